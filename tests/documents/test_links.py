"""What a document points at exists: pages, headings, files, modules and names of the code."""

import re
from functools import cache

import pytest

from tests.documents.reading import ROOT, TOP, Document, document, documents, sources

SUFFIXES = ("py", "md", "html", "txt", "js", "css", "toml", "yml", "yaml", "svg", "jpg", "c")
PATH = re.compile(rf"[\w.\-/*]+\.({'|'.join(SUFFIXES)})|({'|'.join(map(re.escape, TOP))})/[\w.\-/*]*")
MODULE = re.compile(r"(studio|dashboard|tests)(\.\w+)+")
IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*(\(.*\))?")
MADE_BY_A_READER = {"audit.jsonl"}
OF_OTHERS = {"response_stream"}  # granian's
# A name of somebody else's code or format is not one of ours.
CODE_DOCUMENTS = ("ARCHITECTURE.md", "docs/internals/", "docs/decisions/")
MOST_LINES = {"README.md": 120, "ARCHITECTURE.md": 200}

every_document = pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)


@every_document
def test_every_link_leads_to_a_page_and_a_heading_that_exist(page: Document) -> None:
    broken = [
        link for link in page.links if not link.startswith(("http", "mailto:")) and not leads(page, link)
    ]
    assert broken == []


def leads(page: Document, link: str) -> bool:
    place, _, heading = link.partition("#")
    target = (page.path.parent / place).resolve() if place else page.path
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not heading or heading in Document(target).anchors


@every_document
def test_every_file_and_folder_that_is_named_exists(page: Document) -> None:
    named = {span for span in page.spans if PATH.fullmatch(span)} - MADE_BY_A_READER
    assert sorted(name for name in named if not any(ROOT.glob(name.rstrip("/")))) == []


@every_document
def test_every_module_that_is_named_exists(page: Document) -> None:
    named = {found[0] for code in page.code for found in MODULE.finditer(code.partition(":")[0])}
    assert sorted(name for name in named if not is_module(name)) == []


def is_module(name: str) -> bool:
    """A module, a package, or something that one of them defines."""
    path = ROOT / name.replace(".", "/")
    if path.is_dir() or path.with_suffix(".py").exists():
        return True
    parent, _, symbol = name.rpartition(".")
    return "." in parent and is_module(parent) and symbol in words()


@pytest.mark.parametrize(
    "page",
    [page for page in documents() if page.name.startswith(CODE_DOCUMENTS)],
    ids=lambda page: page.name,
)
def test_every_name_of_the_code_is_one(page: Document) -> None:
    """A class, a function or a field that is named in backticks still occurs in the code."""
    named = {span for span in page.spans if IDENTIFIER.fullmatch(span) and not PATH.fullmatch(span)}
    parts = {part for name in named for part in name.partition("(")[0].split(".") if looks_like_a_name(part)}
    assert sorted(parts - words() - OF_OTHERS) == []


def looks_like_a_name(word: str) -> bool:
    return "_" in word.strip("_") or word[1:] != word[1:].lower()


@cache
def words() -> frozenset[str]:
    """Every word of the code, of its markup and of how it is started."""
    text = "\n".join(path.read_text() for path in sources(".py", ".html", ".js", ".css", ".toml"))
    return frozenset(re.findall(r"\w+", f"{text}\n{(ROOT / 'Makefile').read_text()}"))


def test_documents_that_the_code_refers_to_exist() -> None:
    pattern = re.compile(r"docs/[\w\-/]+(?:\.md)?|\b[A-Z]{4,}\.md")
    for path in sources(".py", ".html", ".toml", ".txt"):
        if "documents" not in path.parts:
            for name in pattern.findall(path.read_text()):
                assert any(ROOT.glob(name.rstrip("/") + ("" if name.endswith(".md") else "*"))), (path, name)


def test_the_index_lists_every_page() -> None:
    for page in documents():
        if page.path.parent.name in ("docs", "internals") and page.path.name != "README.md":
            index = document(f"{page.path.parent.relative_to(ROOT)}/README.md")
            assert page.path.name in {link.partition("#")[0] for link in index.links}, page.name


@pytest.mark.parametrize("name", MOST_LINES)
def test_the_first_documents_stay_short(name: str) -> None:
    assert len(document(name).text.splitlines()) <= MOST_LINES[name]


def test_hosted_ci_runs_what_a_change_must_pass() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert re.search(r"^ +\.ci/run$", workflow, flags=re.MULTILINE)
    assert re.search(r"^permissions:\n  contents: read$", workflow, flags=re.MULTILINE)
    assert re.search(r"timeout-minutes: \d+", workflow)
    assert (ROOT / ".ci/run").stat().st_mode & 0o100
