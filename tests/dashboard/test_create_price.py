"""The words beside the Generate button add up."""

import pytest

from dashboard.create.price import quote
from tests.factories import a_member, a_model, a_request

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("variations", "changes", "total", "reckoning"),
    [
        (1, {}, 100, ""),
        (3, {}, 300, "3 × 100 credits"),
        (1, {"prompt_directory_optin": True}, 90, "100 credits − directory discount 10"),
        (2, {"prompt_directory_optin": True}, 180, "2 × 90 credits (100 credits − directory discount 10)"),
    ],
)
def test_the_reckoning_makes_the_total(variations, changes, total, reckoning):
    shown = quote(a_member(), a_model(), a_request(**changes), variations)
    assert (shown.total, shown.reckoning) == (total, reckoning)
