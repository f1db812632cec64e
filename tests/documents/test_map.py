"""The map of the rooms is the one that the import contracts draw, and every large folder has its reason."""

from collections import Counter
from xml.etree import ElementTree

from tests.documents import map as drawing
from tests.documents.reading import ROOT, SPAN, document, sources

MOST_MODULES = 10


def test_the_map_is_drawn_from_the_contracts_as_they_are() -> None:
    assert drawing.PICTURE.read_text() == drawing.draw(), "Draw it again: make map"


def test_the_map_shows_every_room_of_the_contracts() -> None:
    found = drawing.contracts()
    shown = {text for element in ElementTree.fromstring(drawing.draw()).iter() if (text := element.text)}
    assert {name for names in (*found.floors, *found.parts) for name in names} <= shown
    assert {*found.root} <= shown


def test_the_map_follows_the_scheme_of_its_reader() -> None:
    assert "prefers-color-scheme: dark" in drawing.draw()


def test_every_room_of_jobs_is_explained() -> None:
    explained = " ".join(SPAN.findall(document("docs/internals/rooms.md").text))
    rooms = {name for names in drawing.contracts().parts for name in names}
    assert {room for room in rooms if f"studio/jobs/{room}" not in explained} == set()


def test_every_folder_of_many_modules_says_why() -> None:
    modules = [path for path in sources(".py") if path.parts[len(ROOT.parts)] in ("studio", "dashboard")]
    sizes = Counter(
        path.parent for path in modules if path.stem != "__init__" and path.parent.name != "migrations"
    )
    large = {str(folder.relative_to(ROOT)) for folder, size in sizes.items() if size > MOST_MODULES}
    explained = {name for row in document("docs/internals/rooms.md").rows() for name in SPAN.findall(row[0])}
    assert large - explained == set()
