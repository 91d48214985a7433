"""The shapes of answers: made again they are the same, and every operation that may be called has one."""

import json
from importlib.resources import files

import botocore
import pytest

from scanner.aws.botocore_tables import answer_members
from scanner.aws.operations import OPERATIONS
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.snapshot.shapes.needs import COMPANIONS, DOCUMENTS, NEEDS, NEVER_EMPTY
from scanner.snapshot.shapes.types import Mapped, answer_shape, structure

COMMITTED = (files("scanner.snapshot.shapes") / "answer_shapes.json").read_text("utf-8")
AGAIN = (
    "Make the shapes again: "
    "python -m scanner.aws.botocore_tables.answer_members > scanner/snapshot/shapes/answer_shapes.json"
)


def test_making_it_again_gives_the_same() -> None:
    if json.loads(COMMITTED)["botocore"] == botocore.__version__:
        assert answer_members.render(answer_members.answer_members()) == COMMITTED, AGAIN


def test_every_operation_has_a_shape() -> None:
    recorded = {**OPERATIONS, **ORGANIZATION_OPERATIONS}
    assert set(recorded) == set(json.loads(COMMITTED)["operations"]), AGAIN
    for name, operation in recorded.items():
        shape = answer_shape(name)
        assert shape is not None
        assert (shape.members, shape.absent) == (operation.members, operation.absences)
        assert set(operation.members) <= set(structure(shape.structure).members)


def test_the_module_writes_the_file(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    table = {"operations": {"a.B": "C d"}, "structures": {"a.C": "d:text"}}
    monkeypatch.setattr("scanner.aws.botocore_tables.answer_members.answer_members", lambda: table)
    answer_members.main()
    assert json.loads(capsys.readouterr().out) == {"botocore": botocore.__version__, **table}


def test_every_structure_can_be_read() -> None:
    for name in json.loads(COMMITTED)["structures"]:
        known = structure(name)
        assert set(known.required) <= set(known.members)


def test_what_meaning_needs_is_what_the_models_know() -> None:
    for name, choices in NEEDS.items():
        assert {member for choice in choices for member in choice} <= set(structure(name).members), name
    for name, pairs in COMPANIONS.items():
        assert {member for pair in pairs for member in pair} <= set(structure(name).members)
    for path in (*DOCUMENTS, *NEVER_EMPTY):
        service, owner, member, *key = path.split(".")
        kind = structure(f"{service}.{owner}").members[member]
        assert isinstance(kind, Mapped) is bool(key or path in NEVER_EMPTY)
