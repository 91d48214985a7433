"""What a document inside a record says, such as the policy that a call sets: judged by an expression, not as text."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from scanner.errors import UsageError
from scanner.expressions.language import Expression, compile_expression
from scanner.model import DocumentCheck, JsonValue
from scanner.pattern.language.nodes import Steps
from scanner.pattern.matching.values import MISSING, find_in_json

DOCUMENT: Final = "document"
"""What an expression calls the document."""

RECORD: Final = "record"
"""What it calls the whole record, for what the document must be compared with."""

_UNTIMED = datetime(1970, 1, 1, tzinfo=UTC)
"""Rules over records have no time of collection; expressions that ask for an age are refused when a rule is read."""

_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2}|\s)*%(?:5[Bb]|7[Bb])")
_BYTES = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class DocumentTest:
    """Whether a record counts, by its document: the value at the first path of ``of`` that leads to something."""

    of: tuple[Steps, ...]
    when: Expression

    def __call__(self, record: Mapping[str, Any]) -> bool:
        """Whether the expression is exactly true; a document that is not there or cannot be read counts."""
        for steps in self.of:
            found = find_in_json(steps)(record)
            if found is not MISSING and found is not None:
                return self._counts(found, record)
        return True

    def _counts(self, value: Any, record: Mapping[str, Any]) -> bool:
        document = document_in(value)
        if document is None:
            return True
        try:
            return self.when.evaluate({DOCUMENT: document, RECORD: record}, _UNTIMED) is True
        except UsageError:
            return True


def document_test(check: DocumentCheck, parameters: Mapping[str, JsonValue]) -> DocumentTest:
    """The test of one entry of ``documents``. Raises UsageError for a wrong expression."""
    return DocumentTest(tuple(map(steps_of, check.of)), compile_expression(check.when, parameters))


def steps_of(path: str) -> Steps:
    """The keys of a dotted record path."""
    return tuple(path.split("."))


def document_in(value: Any) -> dict[str, Any] | Sequence[Any] | None:
    """A document given as an object or list, or as its JSON text, which may be URL-encoded; None for anything else."""
    if isinstance(value, dict | list):
        return value
    if not isinstance(value, str):
        return None
    text = _decoded(value) if _ENCODED.match(value) else value
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _decoded(text: str) -> str:
    """Percent-encoded text as it was (RFC 3986, section 2.1)."""
    raw = text.encode("utf-8", "surrogatepass")
    return _BYTES.sub(lambda found: bytes.fromhex(found[1].decode()), raw).decode("utf-8", "replace")
