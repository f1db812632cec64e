"""Reads the documents of the repository: their links, code spans, code blocks and tables. Starts no process."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
TOP = ("studio", "dashboard", "tests", "templates", "static", "docs", ".ci", ".github")


@dataclass(frozen=True)
class Document:
    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """Without the code blocks."""
        return FENCE.sub("", self.text)

    @cached_property
    def links(self) -> list[str]:
        return LINK.findall(SPAN.sub("", self.prose))

    @cached_property
    def spans(self) -> list[str]:
        """What stands in backticks, outside of code blocks."""
        return SPAN.findall(self.prose)

    @cached_property
    def code(self) -> list[str]:
        """Code spans, and the lines of code blocks; a line that ends with a backslash is joined with the next."""
        blocks = [block.replace("\\\n", " ") for block in FENCE.findall(self.text)]
        return [*self.spans, *(line.strip() for block in blocks for line in block.splitlines()[1:-1])]

    @cached_property
    def anchors(self) -> set[str]:
        """As GitHub makes them of headings."""
        return {anchor(heading) for heading in HEADING.findall(self.prose)}

    def rows(self) -> Iterator[list[str]]:
        """The cells of each table row."""
        for line in self.prose.splitlines():
            if line.startswith("|"):
                yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def anchor(heading: str) -> str:
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


@cache
def documents() -> tuple[Document, ...]:
    paths = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return tuple(Document(path) for path in sorted(paths))


def document(name: str) -> Document:
    return next(each for each in documents() if each.name == name)


@cache
def sources(*suffixes: str) -> tuple[Path, ...]:
    """Files of ours with one of these suffixes, below the folders that are ours."""
    found = [path for top in TOP for path in (ROOT / top).rglob("*") if path.suffix in suffixes]
    return tuple(sorted([*found, *(path for path in ROOT.iterdir() if path.suffix in suffixes)]))


def names_in_first_column(name: str) -> set[str]:
    """The variables that a table of this document explains."""
    return {span for row in document(name).rows() for span in SPAN.findall(row[0]) if span.isupper()}
