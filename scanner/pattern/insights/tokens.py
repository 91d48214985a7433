"""The words of a query of CloudWatch Logs Insights, and the commands that pipes separate.

Source: CloudWatch Logs User Guide, "CloudWatch Logs Insights language query syntax": commands are separated by ``|``,
``#`` begins a comment, field names with other characters are in backticks, regular expressions between slashes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from scanner.errors import PatternError

MOST_CHARACTERS = 10_000
"""Length of a query at most (CloudWatch Logs API reference, ``CreateScheduledQuery``)."""


class Kind(StrEnum):
    """What a word of a query is."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    REGEX = "regular expression"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """One word: ``text`` is what it means, without quotes and backticks; ``span`` is its place in the query.

    ``plain`` tells a bare name, which may be a keyword, from one in backticks.
    """

    kind: Kind
    text: str
    span: tuple[int, int]
    plain: bool = True

    def says(self, *words: str) -> bool:
        """Whether it is one of these keywords, in capital or small letters."""
        return self.kind is Kind.NAME and self.plain and self.text.lower() in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind is Kind.SIGN and self.text in signs


Command = tuple[Token, ...]

_PART = r"(?:[A-Za-z_@$][A-Za-z0-9_@$]*|`[^`]+`)"
_WORDS = re.compile(
    rf"""(?P<blank>\s+|\#[^\n]*)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![A-Za-z0-9_]))
    |(?P<name>{_PART}(?:\.(?:{_PART}|\d+))*|\d+[A-Za-z]+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<sign>=~|!=|<=|>=|[=<>()\[\],|+*%^:;?.{{}}-])""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)+)/")
_BEFORE_REGEX = ("like", "parse")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def commands(query: str) -> tuple[Command, ...]:
    """The commands of a query, each with its words; empty ones are left out.

    Raises PatternError where the text cannot be a query of Logs Insights.
    """
    if len(query) > MOST_CHARACTERS:
        message = f"The query has {len(query):,} characters; Logs Insights takes {MOST_CHARACTERS:,} at most."
        raise PatternError(message, query, (MOST_CHARACTERS, len(query)), "Split it into several queries.")
    found: list[Command] = []
    current: list[Token] = []
    depth = 0
    for token in _tokens(query):
        depth += token.is_sign("(", "[") - token.is_sign(")", "]")
        if token.is_sign("|") and depth <= 0:
            found.append(tuple(current))
            current, depth = [], 0
        else:
            current.append(token)
    return tuple(command for command in (*found, tuple(current)) if command)


def _tokens(query: str) -> Iterator[Token]:
    at, before, command = 0, "", True
    parsing = False
    while at < len(query):
        regex = _REGEX.match(query, at) if query[at] == "/" and (parsing or before in (*_BEFORE_REGEX, "=~")) else None
        match = regex or _WORDS.match(query, at)
        if match is None and query[at] != "/":
            raise _unreadable(query, at)
        end = match.end() if match else at + 1
        if match is None or match.lastgroup != "blank":
            token = _token(match, regex is not None, (at, end))
            parsing = token.says("parse") if command else parsing
            command, before = token.is_sign("|"), token.text.lower() if token.plain else ""
            yield token
        at = end


def _token(match: re.Match[str] | None, is_regex: bool, span: tuple[int, int]) -> Token:
    if match is None:
        return Token(Kind.SIGN, "/", span)
    if is_regex:
        return Token(Kind.REGEX, match[1], span, plain=False)
    word = match[0]
    match match.lastgroup:
        case "text":
            return Token(Kind.TEXT, _ESCAPE.sub(r"\1", word[1:-1]), span, plain=False)
        case "number":
            return Token(Kind.NUMBER, word, span)
        case "name":
            return Token(Kind.NAME, word.replace("`", ""), span, plain="`" not in word)
        case _:
            return Token(Kind.SIGN, word, span)


def _unreadable(query: str, at: int) -> PatternError:
    sign = query[at]
    if sign in "\"'`":
        message = f"The query cannot be read: the {sign} at character {at + 1} is never closed."
        return PatternError(message, query, (at, len(query)), f"Close it with another {sign}.")
    message = f"The query cannot be read: {sign!r} at character {at + 1} begins no word of Logs Insights QL."
    return PatternError(message, query, (at, at + 1), "Put it in quotes, or a field's name in backticks.")
