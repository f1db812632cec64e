"""Form widgets whose choices each have an explanation, shown by components/choices.html."""

from collections.abc import Mapping
from typing import Any

from django import forms


class _Explained(forms.widgets.ChoiceWidget):
    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__()
        self.sentences = sentences

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"sentence": self.sentences[value]}


class ExplainedSelect(_Explained, forms.RadioSelect):
    """Radio buttons with explanations."""


class ExplainedChoices(_Explained, forms.CheckboxSelectMultiple):
    """Checkboxes with explanations."""
