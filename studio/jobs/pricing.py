"""What a request will cost, as far as that can be told before it is sent."""

from studio.catalog.models import StudioModel
from studio.contract.price import Estimate, estimate
from studio.contract.request import GenerateRequest


def price_of(request: GenerateRequest, model: StudioModel) -> Estimate:
    return estimate(request, model.capability)
