"""A rule file while it is checked: what the schema accepts of it, and its parameters."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.documents import Document, Pointer
from scanner.model import JsonValue, Parameter

Resources = Mapping[str, Collection[str]]
"""The fields of every resource type by its name."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the schema accepts of a rule file. ``parameters`` is None when they cannot be known."""

    document: Document
    data: Mapping[str, Any]
    parameters: tuple[Parameter, ...] | None

    @property
    def defaults(self) -> dict[str, JsonValue] | None:
        """The parameters' defaults by name."""
        return None if self.parameters is None else {item.name: item.default for item in self.parameters}

    @property
    def types(self) -> dict[str, str]:
        """The parameters' types by name; none when they cannot be known."""
        return {parameter.name: parameter.type for parameter in self.parameters or ()}

    def mistake(self, pointer: Pointer, sentence: str) -> str:
        """A mistake at a place of the file, as ``file:line:column: sentence``."""
        return self.document.problem(pointer, sentence)


def draft_of(document: Document, refused: Collection[str | int]) -> Draft:
    """A rule file without its ``refused`` keys."""
    whole = document.value if isinstance(document.value, dict) else {}
    data = {key: value for key, value in whole.items() if key not in refused}
    is_known = "parameters" not in whole or "parameters" in data
    return Draft(document, data, tuple(parameters_in(data)) if is_known else None)


def parameters_in(data: Mapping[str, Any]) -> Iterator[Parameter]:
    """The parameters that a rule file declares."""
    for name, raw in data.get("parameters", {}).items():
        yield Parameter(
            name=name,
            type=raw["type"],
            default=raw["default"],
            description=raw["description"].strip(),
            minimum=raw.get("minimum"),
            maximum=raw.get("maximum"),
            choices=tuple(raw.get("choices", ())),
        )
