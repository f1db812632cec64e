"""Reading pages as a script would."""

import re
from html import unescape
from html.parser import HTMLParser

from tests.responses import Response


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "data-job-id" in given:
            self.rows.append(given)


def rows_of(page: str) -> list[dict[str, str]]:
    """The attributes of every element that stands for a job, in the order of the page."""
    reader = _Rows()
    reader.feed(page)
    return reader.rows


def facts_of(page: str) -> list[str]:
    """The small facts of the first row, each as it is read."""
    line = page.partition('<small class="meta">')[2].partition("</small>")[0]
    return [fact.strip() for fact in re.sub("<[^>]+>", "\n", line).splitlines() if fact.strip()]


def text_of(response: Response) -> str:
    """What a person reads of a page: its words, one space between them."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
