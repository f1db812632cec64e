"""Choices that each have a sentence of their own, by their value: components/choices.html shows it."""

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
    """One of them."""


class ExplainedChoices(_Explained, forms.CheckboxSelectMultiple):
    """Any of them."""
