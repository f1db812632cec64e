"""Draws docs/map.svg from the import contracts in pyproject.toml: ``python -m tests.documents.map``, or ``make map``.

The contracts say which rooms there are and on which floor each lies; only the descriptions stand here. A room without
one, and a description without a room, stop the drawing. The picture follows the reader's light or dark scheme.
"""

import sys
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs/map.svg"
CORE = "studio.jobs"

FLOORS = (
    "Pages and upkeep",
    "Ways in, and the clock",
    "Clips",
    "What clips need",
    "Studios and people",
    "Foundations",
    "For all",
)
ROOMS = {
    "dashboard": "The pages: a folder for each noun. Knows no upstream.",
    "studio.upkeep": "Backup, restore, system checks.",
    "studio.gateway": "The Video Studio API for scripts, and manage.py clip.",
    "studio.worker": "Loops that call the steps; the supervisor.",
    "studio.jobs": "Requests and clips: the state machine, and every step around it.",
    "studio.library": "The files of clips.",
    "studio.catalog": "Connections, their keys, the mirrored models.",
    "studio.credits": "Ledger, totals, budgets, reports, balances.",
    "studio.projects": "What clips are made for.",
    "studio.tokens": "Personal tokens of scripts.",
    "studio.upstream": "The HTTP client and the guarded fetch. The only way out.",
    "studio.sandbox": "The embedded studio: draws clips without a key.",
    "studio.team": "Members, roles, invitations, sessions.",
    "studio.contract": "The wire contract: decoding, rules, prices. Pure.",
    "studio.film": "Video in a child process: draw, probe, convert.",
    "studio.front": "Before Django: bounds on slow clients.",
    "studio.audit": "Decisions, in a chain of hashes.",
    "studio.notify": "Inbox, mail and webhooks.",
    "studio.core": "What every room may use: the base of errors with a sentence, compare-and-set.",
}
PARTS = {  # of studio.jobs
    "submit": "a form becomes rows",
    "handover": "someone leaves",
    "sync": "reads the studio: running clips, history, connection tests, proof after a restore",
    "matching": "lost answers, and the evidence for a person",
    "dispatch": "order, hourly quota, what holds requests back, sending",
    "lifecycle": "the state machine: every move, by the worker or a person",
    "notifications": "when people and scripts are notified",
    "job_report": "a clip in the words of the API",
    "money": "estimates, spending checks",
    "visibility": "who may open what",
    "queries": "what lists and pages read",
    "intents": "one-time tokens of forms",
    "models": "the tables",
    "history_redaction": "hidden rows",
    "privacy": "private clips",
    "states": "allowed moves",
}
ROOT_MODULES = {
    "settings": "every setting, in one place",
    "env": "reads the environment strictly",
    "servers": "database and bucket addresses",
    "databases": "safe options for each database",
    "storages": "a folder, or a bucket",
    "single_sign_on": "the OpenID Connect provider",
    "log_redaction": "keeps secrets out of the log",
    "urls": "all addresses",
    "wsgi": "Django and the polls",
    "rsgi": "the front, in granian",
}
OUTSIDE = (
    ("Browsers", "to dashboard"),
    ("Scripts", "to studio.gateway"),
    ("Video Studio API", "from studio.upstream"),
    ("Mail and webhooks", "from studio.worker"),
    ("Disk or bucket", "from studio.library"),
)
LIBRARY = ("fetch", "check it is whole", "name by content", "draw pictures", "convert for browsers", "verify")

WIDTH, MARGIN, TOP, GAP, GUTTER, SIDE = 1240, 28, 84, 12, 128, 214
SIDE_X = WIDTH - MARGIN - SIDE + 16
INNER = WIDTH - 2 * MARGIN - GUTTER - SIDE - GAP  # of the floors
PART, PAD = 32, 14

STYLE = """
  svg { --paper: #f7f5f0; --floor: #eeeae2; --card: #ffffff; --line: #d9d3c7; --ink: #1f1c17; --soft: #655e52;
    --accent: #9a4a00; --tint: #fbeadb; font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #171512; --floor: #211e1a; --card: #2b2722; --line: #453f36; --ink: #f3efe7; --soft: #b5ac9c;
      --accent: #f0a45d; --tint: #3a2a1a; }
  }
  .paper { fill: var(--paper); } .floor { fill: var(--floor); }
  .card { fill: var(--card); stroke: var(--line); } .core { fill: var(--tint); stroke: var(--accent); }
  .name { fill: var(--ink); font-size: 14.5px; font-weight: 650; } .core-name { fill: var(--accent); }
  .part { fill: var(--ink); font-size: 13px; font-weight: 600; }
  .note { fill: var(--soft); font-size: 12px; } .title { fill: var(--ink); font-size: 22px; font-weight: 700; }
  .number { fill: var(--accent); font-size: 12px; font-weight: 700; letter-spacing: .04em; }
  .arrow { stroke: var(--accent); stroke-width: 1.6; fill: none; }
"""


@dataclass(frozen=True, slots=True)
class Contracts:
    """What pyproject.toml says: floors from the top, those inside of the core, the composition root, other rules."""

    floors: Sequence[Sequence[str]]
    parts: Sequence[Sequence[str]]
    root: Sequence[str]
    walls: Sequence[str]


def contracts() -> Contracts:
    tools: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    told = tools["importlinter"]["contracts"]
    layers = [each for each in told if each["type"] == "layers"]
    whole = next(each for each in layers if "containers" not in each)
    core = next(each for each in layers if each.get("containers") == [CORE])
    root = next(each for each in told if "studio.settings" in each.get("forbidden_modules", ()))
    modules = [module.removeprefix("studio.") for module in root["forbidden_modules"]]
    walls = [each["name"] for each in told if each["type"] == "forbidden" and each is not root]
    found = Contracts(_split(whole["layers"]), _split(core["layers"]), modules, walls)
    if len(found.floors) != len(FLOORS):
        raise SystemExit("tests/documents/map.py must name every floor of pyproject.toml in FLOORS.")
    _must_match(found.floors, ROOMS)
    _must_match(found.parts, PARTS)
    _must_match([found.root], ROOT_MODULES)
    return found


def _split(layers: Sequence[str]) -> list[list[str]]:
    return [[name.strip(" ()") for name in layer.split("|")] for layer in layers]


def _must_match(floors: Sequence[Sequence[str]], told: dict[str, str]) -> None:
    names = {name for floor in floors for name in floor}
    if names != set(told):
        raise SystemExit(
            f"tests/documents/map.py must describe the rooms of pyproject.toml: {names ^ set(told)}"
        )


def draw() -> str:
    found = contracts()
    body, arrows, y = list[str](), list[str](), TOP
    for index, rooms in enumerate(found.floors):
        height = _height_of(rooms, found)
        body += [
            *_floor(y, height, len(found.floors) - 1 - index, FLOORS[index]),
            *_rooms(y, height, rooms, found),
        ]
        y += height + GAP
        if rooms is not found.floors[-1]:
            arrows.append(
                f'<path class="arrow" d="M{MARGIN + 24} {y - GAP - 14}v{GAP + 24}m-4 -6l4 6l4 -6"/>'
            )
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + MARGIN - GAP}" role="img" '
        'aria-labelledby="title description">',
        '<title id="title">The rooms of Dailies</title>',
        f'<desc id="description">{escape(_in_words(found))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{y + MARGIN - GAP}" rx="18"/>',
        _text(MARGIN, 48, "The rooms of Dailies", "title"),
        _text(MARGIN, 68, "A room imports only rooms on lower floors, never its own floor or above.", "note"),
    ]
    return "\n".join([*head, *body, *arrows, *_side(y - GAP, found), "</svg>", ""])


def _height_of(rooms: Sequence[str], found: Contracts) -> int:
    if CORE in rooms:
        return PAD * 2 + 66 + (PART + 6) * len(found.parts)
    width = (INNER - PAD - GAP * (len(rooms) - 1)) / len(rooms) - 22
    return PAD * 2 + 38 + 16 * max(2, *(len(_wrapped(ROOMS[name], width)) for name in rooms), 0)


def _floor(y: int, height: int, number: int, label: str) -> Iterator[str]:
    yield f'<rect class="floor" x="{MARGIN}" y="{y}" width="{GUTTER + INNER}" height="{height}" rx="12"/>'
    yield _text(MARGIN + 16, y + 32, f"FLOOR {number}", "number")
    yield from _lines(MARGIN + 16, y + 52, label, GUTTER - 24, "note")


def _rooms(y: int, height: int, rooms: Sequence[str], found: Contracts) -> Iterator[str]:
    left: float = MARGIN + GUTTER
    top, space = y + PAD, INNER - PAD - GAP * (len(rooms) - 1)
    narrow = 168
    for name in rooms:
        width = space / len(rooms)
        if CORE in rooms:
            width = space - narrow * (len(rooms) - 1) if name == CORE else narrow
        yield _box(left, top, width, height - 2 * PAD, "core" if name == CORE else "card")
        yield _text(left + 14, top + 26, name, "name core-name" if name == CORE else "name")
        yield from _lines(left + 14, top + 46, ROOMS[name], width - 22, "note")
        if name == CORE:
            yield from _parts(left + 14, top + 58, width - 28, found.parts)
        if name == "studio.library":
            yield from _steps(left + 14, top + 84, LIBRARY)
        left += width + GAP


def _parts(left: float, top: float, width: float, floors: Sequence[Sequence[str]]) -> Iterator[str]:
    for row, names in enumerate(floors):
        x, y = left, top + row * (PART + 6)
        letters = [len(name) + len(PARTS[name]) + 6 for name in names]
        for name, share in zip(names, letters, strict=True):
            each = (width - 8 * (len(names) - 1)) * share / sum(letters)
            yield _box(x, y, each, PART, "card", 7)
            yield (
                f'<text x="{x + 12:g}" y="{y + 21:g}"><tspan class="part">{name}</tspan>'
                f'<tspan class="note" dx="9">{escape(PARTS[name])}</tspan></text>'
            )
            x += each + 8


def _steps(left: float, top: float, steps: Sequence[str]) -> Iterator[str]:
    """What happens to a file, from the top."""
    for row, step in enumerate(steps):
        y = top + row * 56
        yield _box(left, y, 140, PART, "floor", 7)
        yield _text(left + 10, y + 21, step, "note")
        if row:
            yield f'<path class="arrow" d="M{left + 70:g} {y - 20:g}v15m-4 -6l4 6l4 -6"/>'


def _side(end: int, found: Contracts) -> Iterator[str]:
    """The composition root, what no layer says, and what is outside."""
    modules = [(name, ROOT_MODULES[name]) for name in found.root]
    second, third = TOP + 100 + 44 * len(modules) + GAP, end - 44 * len(OUTSIDE) - 56
    yield from _card(TOP, second - GAP, "Composition root")
    yield from _lines(SIDE_X, TOP + 52, "May import anything. Nothing imports it.", SIDE - 28, "note")
    yield from _pairs(TOP + 106, modules)
    yield from _card(second, third - GAP, "Walls")
    y = second + 58
    for wall in found.walls:
        yield from _lines(SIDE_X, y, wall, SIDE - 28, "note")
        y += 16 * len(_wrapped(wall, SIDE - 28)) + 12
    yield from _card(third, end, "Outside")
    yield from _pairs(third + 62, OUTSIDE)


def _card(top: int, end: int, title: str) -> Iterator[str]:
    yield _box(SIDE_X - 16, top, SIDE, end - top, "card", 12)
    yield _text(SIDE_X, top + 32, title, "name")


def _pairs(top: int, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    for row, (name, note) in enumerate(pairs):
        yield _text(SIDE_X, top + row * 44, name, "part")
        yield _text(SIDE_X, top + row * 44 + 17, note, "note")


def _box(x: float, y: float, width: float, height: float, kind: str, radius: int = 10) -> str:
    return f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius}"/>'


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def _lines(x: float, y: float, words: str, width: float, kind: str) -> Iterator[str]:
    for row, line in enumerate(_wrapped(words, width)):
        yield _text(x, y + row * 16, line, kind)


def _wrapped(words: str, width: float) -> list[str]:
    return textwrap.wrap(words, int(width / 6.7))


def _in_words(found: Contracts) -> str:
    floors = "; ".join(", ".join(names) for names in found.floors)
    parts = "; ".join(", ".join(names) for names in found.parts)
    return f"Floors from the top: {floors}. Inside {CORE}, from the top: {parts}."


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
    sys.stdout.write(f"Drawn: {PICTURE.relative_to(ROOT)}\n")
