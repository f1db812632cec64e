"""Reading pages as a script would."""

from html.parser import HTMLParser


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
