"""A JSON text read with the place of every value, so that an error can point at what is wrong.

Members are kept as often as they are given: what a second one of a name means is for the reader to say.
Source: RFC 8259.
"""

import json
import re
from dataclasses import dataclass

from scanner.errors import PatternError

Span = tuple[int, int]
"""A half-open range of characters."""

DEEPEST = 200
"""How deep arrays and objects may be nested here; no pattern in use comes near it."""

_TOKEN = re.compile(
    r"[ \t\n\r]*(?:"
    r"(?P<mark>[{}\[\],:])"
    r'|(?P<text>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>true|false|null)"
    r"|(?P<end>\Z)"
    r")"
)
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Spelled:
    """A number as it is spelled."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Word:
    """``true``, ``false`` or ``null``."""

    value: bool | None
    span: Span


@dataclass(frozen=True, slots=True)
class Array:
    """The items of an array."""

    items: tuple["Node", ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object; ``span`` is where its name is written."""

    name: str
    span: Span
    node: "Node"


@dataclass(frozen=True, slots=True)
class Object:
    """The members of an object in order."""

    members: tuple[Member, ...]
    span: Span


Node = Text | Spelled | Word | Array | Object


def read_document(text: str) -> Node:
    """The value of a JSON text. Raises PatternError, with the place, where the text is not JSON or nested too deep."""
    reader = _Reader(text)
    node = reader.value(0)
    reader.take("end", "the end of the document")
    return node


class _Reader:
    """Reads tokens one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._kind, self._span = "", (0, 0)
        self._next = 0
        self._advance()

    def value(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise self._wrong(f"It is nested more than {DEEPEST} levels deep.", "Nest it less.")
        kind, span, spelling = self._kind, self._span, self._spelling()
        if kind == "{":
            return self._object(depth)
        if kind == "[":
            return self._array(depth)
        if kind not in {"text", "number", "word"}:
            raise self._expected("a value")
        self._advance()
        if kind == "text":
            return Text(json.loads(spelling), span)
        return Spelled(spelling, span) if kind == "number" else Word(_WORDS[spelling], span)

    def take(self, kind: str, expected: str) -> Span:
        """Step over a token of this kind. Raises PatternError when the next one is another."""
        if self._kind != kind:
            raise self._expected(expected)
        span = self._span
        self._advance()
        return span

    def _object(self, depth: int) -> Object:
        start, _ = self.take("{", "{")
        members: list[Member] = []
        while self._kind != "}":
            if members:
                self.take(",", '"," or "}"')
            name, span = self._spelling(), self.take("text", "a name in double quotes")
            self.take(":", '":"')
            members.append(Member(json.loads(name), span, self.value(depth + 1)))
        _, end = self.take("}", "}")
        return Object(tuple(members), (start, end))

    def _array(self, depth: int) -> Array:
        start, _ = self.take("[", "[")
        items: list[Node] = []
        while self._kind != "]":
            if items:
                self.take(",", '"," or "]"')
            items.append(self.value(depth + 1))
        _, end = self.take("]", "]")
        return Array(tuple(items), (start, end))

    def _spelling(self) -> str:
        return self._text[slice(*self._span)]

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._next)
        if found is None or found.lastgroup is None:
            rest = self._text[self._next :]
            start = self._next + len(rest) - len(rest.lstrip(" \t\n\r"))
            self._kind, self._span = "wrong", (start, start + 1)
            return
        kind = found.lastgroup
        self._span = found.span(kind)
        self._kind = self._spelling() if kind == "mark" else kind
        self._next = found.end()

    def _expected(self, what: str) -> PatternError:
        found = "the end of the document" if self._kind == "end" else f"{self._text[slice(*self._span)]!r}"
        return self._wrong(f"It is not JSON: {what} is expected here and not {found}.", "Correct the JSON.")

    def _wrong(self, message: str, hint: str) -> PatternError:
        return PatternError(f"The event pattern is not valid. {message}", self._text, self._span, hint)
