"""Renders the subset of CommonMark that the document's descriptions use."""

import re
from collections.abc import Iterator

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

MARKS = re.compile(r"`([^`]+)`|\*([^*]+)\*")
FENCE = "```"


def chapters(text: str) -> list[tuple[str, str]]:
    """Split at headings into titles and texts; the text before the first heading has the title ""."""
    found = ["", *re.split(r"^## (.+)$", text, flags=re.MULTILINE)]
    return [(name, words.strip()) for name, words in zip(found[::2], found[1::2], strict=True)]


def prose(text: str) -> SafeString:
    """Render paragraphs, lists and code blocks."""
    return mark_safe("".join(_block(block) for block in _blocks(text)))  # noqa: S308 each block is escaped


def inline(text: str) -> SafeString:
    """Render inline code and emphasis."""
    parts, end = [], 0
    for found in MARKS.finditer(text):
        parts.append(conditional_escape(text[end : found.start()]))
        code, stressed = found.groups()
        parts.append(format_html("<code>{}</code>", code) if code else format_html("<em>{}</em>", stressed))
        end = found.end()
    parts.append(conditional_escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 each part is escaped


def _blocks(text: str) -> Iterator[str]:
    """Split at blank lines, except inside code fences."""
    for number, part in enumerate(text.split(FENCE)):
        if number % 2:
            yield f"{FENCE}{part}"
        else:
            yield from filter(None, (block.strip() for block in re.split(r"\n\s*\n", part)))


def _block(block: str) -> SafeString:
    if block.startswith(FENCE):
        return format_html('<pre tabindex="0"><code>{}</code></pre>', block.removeprefix(FENCE).strip("\n"))
    if block.startswith("- "):
        points = re.split(r"^- ", block, flags=re.MULTILINE)[1:]
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((inline(p),) for p in points)))
    return format_html("<p>{}</p>", inline(block))
