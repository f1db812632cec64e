"""Values as other languages write them, so that any prompt arrives as it was typed.

What cannot be seen is escaped, where a language has escapes: code is copied by eye, through terminals and pages.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

WIDTH = 88  # columns that a list may fill in one line
ENDS_A_SCRIPT = re.compile("<(?=[/!])")  # "</script>" and "<!--", where a page holds the code


def shell_text(text: str) -> str:
    """One word of a POSIX shell, of any characters but NUL."""
    return "'" + text.replace("'", r"'\''") + "'"


def json_text(text: str) -> str:
    return _visible(json.dumps(text, ensure_ascii=False), lambda char: json.dumps(char)[1:-1])


def javascript_text(text: str) -> str:
    """Also inside a script element."""
    return ENDS_A_SCRIPT.sub(r"\\u003c", json_text(text))


def python_text(text: str) -> str:
    """In double quotes, as formatters like it. JSON's escapes mean the same there, but for what takes two of them."""
    return _visible(json.dumps(text, ensure_ascii=False), _python_escape)


def _visible(literal: str, escape: Callable[[str], str]) -> str:
    return "".join(char if char.isprintable() else escape(char) for char in literal)


def _python_escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


@dataclass(frozen=True, slots=True)
class Syntax:
    """``name`` writes the name of a field, ``step`` columns are a level, ``last`` follows the last of several."""

    text: Callable[[str], str]
    name: Callable[[str], str]
    yes: str = "true"
    no: str = "false"
    step: int = 2
    last: str = ","


JSON = Syntax(json_text, json_text, last="")
JAVASCRIPT = Syntax(javascript_text, str)  # the API's names need no quotes there
PYTHON = Syntax(python_text, python_text, "True", "False", step=4)


def mapping(body: Mapping[str, object], syntax: Syntax, indent: int = 0) -> str:
    """Text, whole numbers, flags and lists of text, by name; all but the first line ``indent`` columns to the right."""
    inner = indent + syntax.step
    lines = [f"{syntax.name(name)}: {_value(value, syntax, inner)}" for name, value in body.items()]
    return _between("{", lines, "}", syntax, indent)


def _value(value: object, syntax: Syntax, indent: int) -> str:
    if isinstance(value, bool):
        return syntax.yes if value else syntax.no
    if isinstance(value, str):
        return syntax.text(value)
    return _list(value, syntax, indent) if isinstance(value, Sequence) else str(value)


def _list(texts: Sequence[str], syntax: Syntax, indent: int) -> str:
    items = [syntax.text(text) for text in texts]
    line = f"[{', '.join(items)}]"
    return line if indent + len(line) < WIDTH else _between("[", items, "]", syntax, indent)


def _between(opening: str, lines: Sequence[str], closing: str, syntax: Syntax, indent: int) -> str:
    margin = "\n" + " " * indent
    step = margin + " " * syntax.step
    return f"{opening}{step}{f',{step}'.join(lines)}{syntax.last}{margin}{closing}"
