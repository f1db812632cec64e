"""The parameters of a model for admins, including additions, corrections and hidden ones."""

from dataclasses import dataclass

from dashboard.models.facts import takes_words
from studio.catalog.models import StudioModel
from studio.contract.capability import Parameter
from studio.contract.corrections import is_hidden
from studio.contract.known_parameters import label_for
from studio.contract.words import value_words

ADDED, CORRECTED, HIDDEN = "added here", "corrected here", "hidden"
UNDO = {ADDED: "Remove", CORRECTED: "Reset", HIDDEN: "Show"}  # the button's label by tag


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    label: str
    tag: str = ""  # one of UNDO
    takes: str = ""
    default: str = ""
    required: str = ""
    modes: str = ""

    @property
    def is_hidden(self) -> bool:
        return self.tag == HIDDEN

    @property
    def is_added(self) -> bool:
        return self.tag == ADDED

    @property
    def undo(self) -> str:
        return UNDO.get(self.tag, "")


def parameter_rows(model: StudioModel) -> list[Row]:
    """The parameters in use, then the hidden ones."""
    capability, published = model.capability, {one.name for one in model.published_capability.parameters}
    selector = capability.parameter(capability.mode)
    rows = []
    for one in capability.parameters:
        modes = ", ".join(selector.label_of(mode) if selector else mode for mode in one.modes)
        rows.append(
            Row(
                name=one.name,
                label=one.label,
                tag="" if not one.is_ours else CORRECTED if one.name in published else ADDED,
                takes=takes_words(one),
                default="" if one.default is None else value_words(one.default, one),
                required=_required(one),
                modes=modes,
            )
        )
    hidden = [entry["name"] for entry in model.own_parameters if is_hidden(entry)]
    return rows + [Row(name, _label(model, name), HIDDEN) for name in hidden]


def _required(parameter: Parameter) -> str:
    return "unknown" if parameter.required is None else "yes" if parameter.required else "no"


def _label(model: StudioModel, name: str) -> str:
    published = model.published_capability.parameter(name)
    return published.label if published else label_for(name)


def is_known(model: StudioModel, name: str) -> bool:
    """Whether the studio describes a parameter with this name, or an admin added or changed it."""
    own = {entry["name"] for entry in model.own_parameters}
    return name in own or model.published_capability.parameter(name) is not None
