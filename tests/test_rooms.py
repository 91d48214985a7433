"""The layout of the house, read off the imports themselves and not off the contracts of import-linter.

A *room* is a module or a folder. Whatever one room imports from its neighbours in the same folder must put them all in
one direction, in every folder; the layers that ``pyproject.toml`` declares are held against the same imports.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = tuple(name for name in ("scanner", "reports", "trailwitness") if (ROOT / name).is_dir())
LATE = re.compile(r"([a-z_.]+):[A-Za-z_]+")
"""How a module is named that is imported when its attribute is needed: ``scanner.cli.scan:scan``."""

INIT = "__init__"
"""How the ``__init__`` of a folder is called among the rooms of the folder."""

MAXIMUM_MODULES = 12
"""Modules that one folder may hold, its ``__init__`` apart; more of them need inner rooms."""

GROUND = frozenset({INIT, "__main__", "arns", "documents", "errors", "times", "wording"})
"""The only modules that lie at the top of ``scanner/``."""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == INIT else parts)


MODULES = {name_of(path): path for package in PACKAGES for path in sorted(ROOT.glob(f"{package}/**/*.py"))}
FOLDERS = sorted(name for name, path in MODULES.items() if path.stem == INIT)


def imported(path: Path) -> Iterator[str]:
    """The modules of the house that a module imports, in functions and by ``"module:attribute"`` too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (named := LATE.fullmatch(node.value)):
            yield from {named[1]} & MODULES.keys()
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in MODULES or node.module in MODULES:
                    yield whole if whole in MODULES else str(node.module)


@cache
def imports() -> frozenset[tuple[str, str]]:
    """Who imports whom, by the names of the modules."""
    return frozenset((name, other) for name, path in MODULES.items() for other in imported(path))


def room_in(folder: str, module: str) -> str | None:
    """The room of a folder that a module lies in; ``INIT`` for the folder itself, None for a module elsewhere."""
    if module == folder:
        return INIT
    inside = module.removeprefix(f"{folder}.")
    return None if inside == module else inside.split(".")[0]


def rooms_of(folder: str) -> set[str]:
    return {room for module in MODULES if (room := room_in(folder, module)) not in {None, INIT}}


@cache
def neighbours(folder: str) -> Mapping[tuple[str, str], list[str]]:
    """For two rooms of a folder of which the first imports the second: by which imports."""
    found: dict[tuple[str, str], list[str]] = {}
    for importer, other in sorted(imports()):
        here, there = room_in(folder, importer), room_in(folder, other)
        if here and there and here != there:
            found.setdefault((here, there), []).append(f"{importer} imports {other}")
    return found


def cycle_among(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Names that import each other in a circle; none when the imports have one direction."""
    graph = defaultdict(set)
    for importer, other in pairs:
        graph[importer].add(other)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@cache
def contracts() -> tuple[Mapping[str, Any], ...]:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(declared["tool"]["importlinter"]["contracts"])


@cache
def layers() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """The layers declared for a folder, from the top down."""
    found = {}
    for contract in contracts():
        if contract["type"] == "layers":
            floors = tuple(tuple(layer.replace(" ", "").split("|")) for layer in contract["layers"])
            found.update(dict.fromkeys(contract["containers"], floors))
    return found


def test_the_walk_sees_what_is_there() -> None:
    """A circle is found, a line is not one, and the imports of this house are read."""
    assert cycle_among([("a", "b"), ("b", "c"), ("c", "a")])
    assert not cycle_among([("a", "b"), ("b", "c"), ("a", "c")])
    assert ("scanner.pattern", "scanner.pattern.coverage.cover") in imports()
    assert ("scanner.cli", "scanner.cli.commands.scan") in imports()
    assert ("coverage", "language") in neighbours("scanner.pattern")
    assert len(MODULES) > 250
    assert len(FOLDERS) > 25


def test_no_modules_import_each_other() -> None:
    """Nor does an ``__init__`` import what imports it."""
    assert not cycle_among(imports())


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_rooms_of_a_folder_have_one_direction(folder: str) -> None:
    cycle = cycle_among(neighbours(folder))
    reasons = [neighbours(folder).get((one, other)) for one, other in zip(cycle[1:], cycle, strict=False)]
    assert not cycle, f"{' <- '.join(cycle)}: {reasons}"


def test_folders_with_inner_rooms_declare_their_layers() -> None:
    for folder in FOLDERS:
        inner = {room for room in rooms_of(folder) if f"{folder}.{room}" in FOLDERS}
        assert len(inner) < 2 or folder in layers(), f"{folder} holds {sorted(inner)} and declares no layers"


def test_layers_are_exhaustive_and_excuse_no_import() -> None:
    for contract in contracts():
        assert "ignore_imports" not in contract, contract["name"]
        assert contract["type"] != "layers" or contract["exhaustive"], contract["name"]
        assert "exhaustive_ignores" not in contract, contract["name"]
    for folder, floors in layers().items():
        assert {room for floor in floors for room in floor} == rooms_of(folder), folder


def test_no_import_points_up() -> None:
    for folder, floors in layers().items():
        floor_of = {room: number for number, floor in enumerate(floors) for room in floor}
        for (importer, other), reasons in neighbours(folder).items():
            if INIT not in {importer, other}:
                assert floor_of[importer] < floor_of[other], f"{folder}: {reasons}"


def test_every_folder_says_what_it_is_for() -> None:
    holders = {path.parent for path in MODULES.values()}
    assert holders == {MODULES[folder].parent for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_are_small(folder: str) -> None:
    modules = [room for room in rooms_of(folder) if f"{folder}.{room}" not in FOLDERS]
    assert len(modules) <= MAXIMUM_MODULES


def test_only_the_ground_lies_at_the_top() -> None:
    loose = {room for room in rooms_of("scanner") if f"scanner.{room}" not in FOLDERS}
    assert loose <= GROUND
