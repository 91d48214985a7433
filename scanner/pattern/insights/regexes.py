r"""Regular expressions of a query as values of filter patterns, as far as both mean the same.

Both search. Filter patterns have no groups and no alternatives, so these are written out; letters in either case are
listed. Nothing else is translated: neither look-around nor classes like ``\p{L}``.
"""

import re
from collections.abc import Iterable
from itertools import product

from scanner.errors import PatternError
from scanner.pattern.language.nodes import Regex, Text
from scanner.pattern.language.parsing.parser import parse

MOST_ALTERNATIVES = 200
"""Alternatives of one expression at most."""

_PIECE = re.compile(r"\\[^A-Za-z0-9]|\\[dswDSW]|\[[A-Za-z0-9_ .:-]+\]|[^\\()|\[\]{}]")
_LITERAL = re.compile(r"\\[^A-Za-z0-9]|[A-Za-z0-9_ :=@/;,#\-!\"'%&<>~`]|[^\x00-\x7f]")
_SAFE = re.compile(r"(?:\\[-^$.*+?()\[\]{}|/\\ :_=@;,#]|\\[dswDSW]|\[[A-Za-z0-9_ .:-]+\]|[A-Za-z0-9_ :=@/;,#^$.*+?-])*")
_ANY_CASE = "(?i)"


def values_of(source: str) -> tuple[Text | Regex, ...] | None:
    """Values of which one fits a text exactly when the expression is found in it; None where that cannot be told."""
    ignore_case = _ANY_CASE in source
    at_front = source.startswith((_ANY_CASE, f"^{_ANY_CASE}"))
    if ignore_case and (not at_front or source.count(_ANY_CASE) > 1):
        return None
    alternatives = _written_out(source.replace(_ANY_CASE, ""))
    if not alternatives:
        return None
    values = [_value(each, ignore_case) for each in alternatives]
    found = tuple(value for value in values if value is not None)
    return found if len(found) == len(values) else None


def finds_one_of(source: str, words: Iterable[str]) -> bool:
    """Whether an expression for which there are values is found in one of the words."""
    searched = re.compile(source.replace(_ANY_CASE, ""), re.IGNORECASE if _ANY_CASE in source else 0)
    return any(map(searched.search, words))


def _value(source: str, ignore_case: bool) -> Text | Regex | None:
    body = source.removeprefix("^")
    body = body[:-1] if body.endswith("$") and not body.endswith("\\$") else body
    literal = _literal(body)
    if literal and not ignore_case and "*" not in literal:
        before = "" if source.startswith("^") else "*"
        after = "" if len(source) - len(body) == (2 if source.startswith("^") else 1) else "*"
        return Text(f"{before}{literal}{after}")
    if not _SAFE.fullmatch(source) or not source.isascii():
        return None
    if ignore_case and not literal:
        return None
    return _taken(re.sub("[A-Za-z]", _either_case, source) if ignore_case else source)


def _taken(source: str) -> Regex | None:
    """The expression as a filter pattern takes it; None for one that it refuses."""
    try:
        parse(f"{{ $.field = %{source}% }}")
    except PatternError:
        return None
    return Regex(source)


def _either_case(match: re.Match[str]) -> str:
    return f"[{match[0].upper()}{match[0].lower()}]"


def _literal(body: str) -> str:
    """The text that an expression without operators finds; "" where it has one."""
    pieces: list[str] = []
    at = 0
    while at < len(body):
        match = _LITERAL.match(body, at)
        if match is None:
            return ""
        pieces.append(match[0][-1])
        at = match.end()
    return "".join(pieces)


def _written_out(source: str) -> list[str] | None:
    """The expression as alternatives without groups and bars; None where it is more than that."""
    found: list[list[str]] = [[""]]
    whole: list[str] = []
    at = 0
    while at < len(source):
        if source[at] == "|":
            whole += map("".join, product(*found))
            found, at = [[""]], at + 1
            continue
        piece, at = _piece(source, at)
        if piece is None:
            return None
        found.append(piece)
        if len(whole) + _count(found) > MOST_ALTERNATIVES:
            return None
    return [*whole, *map("".join, product(*found))]


def _count(found: list[list[str]]) -> int:
    total = 1
    for each in found:
        total *= len(each)
    return total


def _piece(source: str, at: int) -> tuple[list[str] | None, int]:
    """What is at a place: a character with its operators, or the alternatives of a group; and where it ends."""
    if source[at] != "(":
        match = _PIECE.match(source, at)
        return ([match[0]], match.end()) if match else (None, at)
    end = source.find(")", at)
    inner = source[at + 1 : end].removeprefix("?:")
    repeated = source[end + 1 : end + 2] in {"*", "+", "?", "{"} and end + 1 < len(source)
    if end < 0 or repeated or not re.fullmatch(r"(?:\\[^A-Za-z0-9]|[^\\()?*+{\[^$])+", inner):
        return None, at
    return inner.split("|"), end + 1
