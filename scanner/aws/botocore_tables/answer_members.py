"""Make the table of what AWS's answers look like: the members of every structure, and the types of their values.

The shapes are those of botocore's service models for the operations whose answers a snapshot may hold
(``scanner.aws.operations``, ``scanner.aws.organization_operations``).
Judging checks every recorded answer against them and never loads botocore. Run it after an update of botocore and when
an operation is added::

    python -m scanner.aws.botocore_tables.answer_members > scanner/snapshot/shapes/answer_shapes.json

An operation is written as its structure, the members of which every answer holds one, the error codes with which it
says that the thing does not exist, and the member with which a page says that there is one more, below others with dots
between them, with a blank between the four; members and codes are joined by ``|``.
A structure is written as ``Member:type`` parts, with ``!`` behind the name of a member that the model requires. Types
are ``text``, ``bool``, ``int``, ``long``, ``number``, ``time``, a structure's name, ``[type]`` for a list and
``{type}`` for a map from texts. A number may have bounds: ``int(90..2560)``, ``int(1..)``. A policy of IAM, which comes
as encoded text and is decoded by botocore, is a ``document``: an object, or the text of one.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

import botocore
from botocore.loaders import Loader

from scanner.aws.operations import OPERATIONS, Operation
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS

_TYPES: Mapping[str, str] = {
    "string": "text",
    "character": "text",
    "blob": "text",  # written as base64
    "boolean": "bool",
    "integer": "int",
    "long": "long",
    "bigInteger": "long",
    "float": "number",
    "double": "number",
    "timestamp": "time",
}
_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "GetAdministratorAccountResponse": frozenset({"Administrator"}),  # no account administers GuardDuty for this one
}
"""Members that a model requires and AWS leaves out all the same, by structure."""

_DOCUMENT = "policyDocumentType"
_NUMBERS = frozenset({"int", "long", "number"})


def answer_members() -> dict[str, dict[str, str]]:
    """``operations``: what each answers with; ``structures``: the members of each, by ``<service>.<name>``."""
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    answers: dict[str, str] = {}
    structures: dict[str, str] = {}
    recorded = {**OPERATIONS, **ORGANIZATION_OPERATIONS}
    for name, operation in sorted(recorded.items()):
        service, _, api = name.partition(".")
        model = loader.load_service_model(service, "service-2")
        output = model["operations"][api].get("output", {}).get("shape")
        if output is None:
            continue
        parts = (output, "|".join(operation.members), "|".join(operation.absences), _more(loader, operation))
        answers[name] = " ".join(parts).rstrip()
        waiting = [output]
        while waiting:
            shape = waiting.pop()
            if f"{service}.{shape}" not in structures:
                structures[f"{service}.{shape}"] = _structure(model["shapes"], shape, waiting)
    return {"operations": answers, "structures": dict(sorted(structures.items()))}


def _more(loader: Loader, operation: Operation) -> str:
    """The member with which a page says that there is one more; "" where all is in one, or no more is asked for."""
    if not operation.paginated:
        return operation.next_page
    paging = loader.load_service_model(operation.service, "paginators-1")["pagination"][operation.api]
    return str(paging.get("more_results") or paging["output_token"])


def _structure(shapes: Mapping[str, Any], name: str, found: list[str]) -> str:
    shape = shapes[name]
    required = frozenset(shape.get("required", ())) - _LEFT_OUT.get(name, frozenset())
    return " ".join(
        f"{member}{'!' if member in required else ''}:{_type(shapes, target['shape'], found)}"
        for member, target in sorted(shape["members"].items())
    )


def _type(shapes: Mapping[str, Any], name: str, found: list[str]) -> str:
    shape = shapes[name]
    if name == _DOCUMENT:
        return "document"
    if shape["type"] == "structure":
        found.append(name)
        return name
    if shape["type"] == "list":
        return f"[{_type(shapes, shape['member']['shape'], found)}]"
    if shape["type"] == "map":
        return f"{{{_type(shapes, shape['value']['shape'], found)}}}"
    kind = _TYPES[shape["type"]]
    if kind in _NUMBERS and {"min", "max"} & set(shape):
        return f"{kind}({shape.get('min', '')}..{shape.get('max', '')})"
    return kind


def render(table: Mapping[str, Mapping[str, str]]) -> str:
    """``table`` as the text of the data file."""
    parts = [f'  "botocore": {json.dumps(botocore.__version__)}']
    for kind, entries in table.items():
        lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(text)}" for name, text in entries.items())
        parts.append(f"  {json.dumps(kind)}: {{\n{lines}\n  }}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    """Write the data file to standard output."""
    sys.stdout.write(render(answer_members()))


if __name__ == "__main__":
    main()
