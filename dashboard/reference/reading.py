"""The OpenAPI document in the structure of the page: chapters, calls, fields, errors."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard.reference.curl import getting, posting
from dashboard.reference.kinds import kind_of, named_by
from dashboard.reference.prose import chapters

type Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """``name`` is a path: ``prompt.required`` is inside ``prompt``. ``things`` are the schemas that it references."""

    name: str
    kind: str
    note: str
    is_required: bool
    choices: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    usual: Any = None


@dataclass(frozen=True, slots=True)
class Example:
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    meaning: str
    advice: str
    text: str

    @property
    def anchor(self) -> str:
        return f"error-{self.status}"


@dataclass(frozen=True, slots=True)
class Call:
    """One operation or webhook. Any one of ``scopes`` is enough."""

    name: str
    tag: str
    method: str
    path: str
    title: str
    description: str
    scopes: tuple[str, ...]
    parameters: tuple[Field, ...]
    fields: tuple[Field, ...]
    sent: tuple[Example, ...]
    answer: str
    answer_fields: tuple[Field, ...]
    answered: tuple[Example, ...]
    refusals: tuple[int, ...]
    is_deprecated: bool

    @property
    def anchor(self) -> str:
        return f"call-{self.name}"


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    text: str

    @property
    def anchor(self) -> str:
        return self.title.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object that several responses contain."""

    name: str
    text: str
    fields: tuple[Field, ...]
    example: Example | None = None

    @property
    def anchor(self) -> str:
        return f"the-{self.name.lower()}"


class Reference:
    """The content of the page, from ``document``."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.origin = document["servers"][0]["url"]
        (_, self.about), *rest = chapters(document["info"]["description"])
        self.chapters = [Chapter(*chapter) for chapter in rest]
        self.coming_in = document["components"]["securitySchemes"]["token"]["description"]

    @cached_property
    def groups(self) -> list[tuple[Chapter, list[Call]]]:
        """Each tag with its calls."""
        tags = [Chapter(tag["name"], tag["description"]) for tag in self.document["tags"]]
        return [(tag, [call for call in self.calls if call.tag == tag.title]) for tag in tags]

    @cached_property
    def of_today(self) -> list[tuple[Chapter, list[Call]]]:
        return [(tag, calls) for tag, calls in self.groups if not all(call.is_deprecated for call in calls)]

    @cached_property
    def of_old(self) -> list[tuple[Chapter, list[Call]]]:
        return [(tag, calls) for tag, calls in self.groups if all(call.is_deprecated for call in calls)]

    @cached_property
    def calls(self) -> list[Call]:
        return [
            self._call(operation, method.upper(), path)
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
        ]

    @cached_property
    def by_name(self) -> dict[str, Call]:
        return {call.name: call for call in self.calls}

    @cached_property
    def webhooks(self) -> list[Call]:
        return [self._call(each["post"], "POST", "") for each in self.document["webhooks"].values()]

    @cached_property
    def things(self) -> list[Thing]:
        """The objects that response fields reference, in the order of the calls."""
        pointed = (thing for call in self.calls for field in call.answer_fields for thing in field.things)
        return [self._thing(name) for name in dict.fromkeys(pointed)]

    @cached_property
    def refusals(self) -> list[Refusal]:
        return sorted(map(self._refusal, self._statuses()), key=lambda refusal: refusal.status)

    @cached_property
    def refusal_fields(self) -> list[Field]:
        """The fields of all error bodies, each once."""
        responses = self.document["components"]["responses"].values()
        fields = (field for each in responses for field in self._fields(_content(each)["schema"]))
        return list({field.name: field for field in fields}.values())

    @cached_property
    def asking(self) -> str:
        """The first example of a request for a clip, as a curl command."""
        call = self.by_name["generateClip"]
        headers = {"Content_Type": "application/json", "Idempotency_Key": "my-first-clip"}
        return posting(self.origin + call.path, call.sent[0].text, **headers)

    @cached_property
    def following(self) -> str:
        return getting(self.origin + self.by_name["getJob"].path.replace("{job_id}", "JOB_ID"))

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────
    def _call(self, operation: Node, method: str, path: str) -> Call:
        answer = next(iter(operation["responses"].values()))
        sent, answered = _content(operation.get("requestBody", {})), _content(answer)
        return Call(
            name=operation["operationId"],
            tag=next(iter(operation.get("tags", ())), ""),
            method=method,
            path=path,
            title=operation["summary"],
            description=operation["description"],
            scopes=tuple(scope for way in operation.get("security", ()) for scope in way["token"]),
            parameters=tuple(_parameter(each) for each in operation.get("parameters", ())),
            fields=tuple(self._fields(sent.get("schema", {}))),
            sent=_examples(sent, "Body"),
            answer=answer["description"],
            answer_fields=tuple(self._fields(answered.get("schema", {}))),
            answered=_examples(answered, "Answer"),
            refusals=tuple(int(status) for status in operation["responses"] if status >= "4"),
            is_deprecated=operation.get("deprecated", False),
        )

    def _named(self, schema: Node) -> Node:
        name = named_by(schema)
        return self.document["components"]["schemas"][name] if name else schema

    def _fields(self, schema: Node, within: str = "", depth: int = 2) -> Iterator[Field]:
        """The fields of an object and of its inline objects; referenced objects have their own section."""
        schema = self._named(schema)
        for part in schema.get("allOf", ()):
            yield from self._fields(part, within, depth)
        required = schema.get("required", ())
        for name, part in schema.get("properties", {}).items():
            yield _field(f"{within}{name}", part, is_required=name in required)
            if depth:
                yield from self._fields(_inner(part), f"{within}{name}.", depth - 1)

    def _thing(self, name: str) -> Thing:
        schema = self.document["components"]["schemas"][name]
        return Thing(name, schema.get("description", ""), tuple(self._fields(schema)))

    def _statuses(self) -> list[tuple[int, str]]:
        """The status and name of each response, including those that no call lists."""
        return [(each["x-status"], name) for name, each in self.document["components"]["responses"].items()]

    def _refusal(self, named: tuple[int, str]) -> Refusal:
        status, name = named
        response = self.document["components"]["responses"][name]
        meaning, _, advice = response["description"].partition("\n\n")
        return Refusal(status, meaning, advice, _text(_content(response)["example"]))


def _content(holder: Node) -> Node:
    content: Node = holder.get("content", {}).get("application/json", {})
    return content


def _examples(content: Node, title: str) -> tuple[Example, ...]:
    named = content.get("examples", {})
    if named:
        return tuple(Example(each["summary"], _text(each["value"])) for each in named.values())
    return (Example(title, _text(content["example"])),) if "example" in content else ()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _parameter(node: Node) -> Field:
    schema = node["schema"] | {"description": node["description"]}
    return _field(node["name"], schema, is_required=node.get("required", False))


def _field(name: str, schema: Node, *, is_required: bool) -> Field:
    kind, things = kind_of(schema, with_null=is_required)
    offered = schema.get("items", schema).get("enum", ())
    choices = tuple(json.dumps(choice) for choice in offered if choice is not None)
    note, usual = schema.get("description", ""), schema.get("default")
    return Field(name, kind, note, is_required, choices, things, usual)


def _inner(schema: Node) -> Node:
    """The inline object, or {} if there is none."""
    return schema if "properties" in schema else {}
