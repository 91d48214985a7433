import pytest

from reports.formats.standards.streaming import Listed, Tree, document_pieces
from reports.plain_json import json_bytes
from scanner.model import JsonValue

INNER: Tree = {"in": Listed(iter(("x",)))}
DEEP: Tree = {"deep": Listed(iter((1,)))}
EQUAL: list[tuple[Tree, JsonValue]] = [
    ({"b": 1, "a": {"x": [1, 2], "é\u202e": "\x00"}}, {"b": 1, "a": {"x": [1, 2], "é\u202e": "\x00"}}),
    (Listed(iter(())), []),
    (Listed(iter(({"b": [], "a": None}, 2))), [{"b": [], "a": None}, 2]),
    ({"z": Listed(iter((1, 2))), "a": INNER}, {"z": [1, 2], "a": {"in": ["x"]}}),
    ({"list": (DEEP, {"plain": {}})}, {"list": [{"deep": [1]}, {"plain": {}}]}),
    ({"left": Listed(iter(())), "kept": 1}, {"kept": 1}),
    ({"left": Listed(iter(()))}, {}),
]


@pytest.mark.parametrize(("tree", "value"), EQUAL)
def test_what_is_made_while_written_has_the_one_form_of_json(tree: Tree, value: JsonValue) -> None:
    assert b"".join(document_pieces(tree)) == json_bytes(value)
