"""Small faults put into source code: a comparison flipped, a call dropped, another value returned.

Pure: source text in, changed syntax trees out. Which modules are mutated, and by which tests they are judged, is in
tests.mutation.core.
"""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
# Dropping these changes what is logged, never what is done.
LOGGERS = {"log", "logger"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to one module. ``name`` survives edits elsewhere in the file; ``position`` does not."""

    name: str  # "budgets.period_of: `a < b` → `a <= b`"
    position: int  # in the order in which the module's mutants are found
    line: int


def mutants_of(module: str, source: str) -> list[Mutant]:
    """All mutants of a module; ``module`` is its name within our code, such as "credits.budgets"."""
    found, seen = [], Counter[str]()
    for position, (function, before, after, line) in enumerate(_changes(ast.parse(source))):
        name = f"{module}.{function}: `{before}` → `{after}`"
        seen[name] += 1
        found.append(Mutant(name if seen[name] == 1 else f"{name} ({seen[name]})", position, line))
    return found


def sample(mutants: list[Mutant], number: int, seed: str) -> list[Mutant]:
    """A random sample that depends on the seed and on each mutant's name alone: it changes only with the code."""

    def rank(mutant: Mutant) -> bytes:
        return hashlib.sha256(f"{seed} {mutant.name}".encode()).digest()

    return sorted(mutants, key=rank)[:number]


def mutate(source: str, position: int) -> ast.Module:
    """The module's syntax tree with one change made."""
    tree = ast.parse(source)
    for found, _ in enumerate(_changes(tree)):
        if found == position:
            return ast.fix_missing_locations(tree)  # the generator stops with its change in the tree
    raise LookupError(f"There is no mutant {position}.")


def _changes(tree: ast.Module) -> Iterator[tuple[str, str, str, int]]:
    """Make each change in turn, yield the function's name, the code before and after and the line, and undo it."""
    for name, function in _functions(tree, ""):
        for parent, field, index, node in list(_nodes(function)):
            for changed in _variants(node):
                _put(parent, field, index, changed)
                yield name, _text(node), _text(changed), getattr(node, "lineno", 0)
                _put(parent, field, index, node)


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef):
            yield prefix + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")


def _nodes(function: ast.FunctionDef) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Each node of a function's body with its place, functions inside it included; no decorators or annotations."""
    stack: list[tuple[ast.AST, str, int | None, ast.AST]] = [
        (function, "body", index, statement) for index, statement in enumerate(function.body)
    ]
    while stack:
        place = stack.pop(0)
        yield place
        node = place[-1]
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "args") and not isinstance(
                node, ast.Call
            ):
                continue
            if isinstance(value, ast.AST):
                stack.append((node, field, None, value))
            elif isinstance(value, list):
                stack += [
                    (node, field, at, item) for at, item in enumerate(value) if isinstance(item, ast.AST)
                ]


def _put(parent: ast.AST, field: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node


def _variants(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[operator]):
            yield _copy(node, ops=[COMPARISONS[type(operator)]()])
        case ast.BoolOp(op=operator):
            yield _copy(node, op=ast.Or() if isinstance(operator, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield deepcopy(node.operand)
        case ast.BinOp(op=operator) if type(operator) in OPERATORS and not _is_text(node):
            yield _copy(node, op=OPERATORS[type(operator)]())
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            yield _copy(node, func=ast.Name(CALLS[name], ast.Load()))
        case ast.Expr(value=ast.Call() as call) if not _logs(call):
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value):
            yield from _other_returns(value)
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            yield ast.Constant(value + 1)


def _other_returns(value: ast.expr) -> Iterator[ast.Return]:
    match value:
        case ast.Constant(value=bool(answer)):
            yield ast.Return(ast.Constant(not answer))
        case ast.Constant(value=None | str()):
            return  # a sentence is what it is
        case _:
            yield ast.Return(ast.Constant(None))


def _copy(node: ast.AST, **changes: object) -> ast.AST:
    copy = deepcopy(node)
    for field, value in changes.items():
        setattr(copy, field, value)
    return copy


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )


def _logs(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in LOGGERS
    )


def _text(node: ast.AST) -> str:
    line = " ".join(ast.unparse(ast.fix_missing_locations(deepcopy(node))).split())
    return line if len(line) <= 70 else f"{line[:34]} … {line[-34:]}"
