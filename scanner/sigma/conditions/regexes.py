r"""Regular expressions of filter patterns from what Sigma rules hold: texts in any letter case, expressions, networks.

The dialect of filter patterns has no groups, no look-around and no flags (``scanner.pattern.language.values.regex``). A
choice in parentheses is written out as alternatives; what cannot be written is refused.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from scanner.errors import PatternError
from scanner.pattern.language.values.regex import ALLOWED, parse_regex
from scanner.sigma.conditions.formula import Pieces, Wild
from scanner.sigma.outcome import Unsayable
from scanner.wording import shown

MOST_BRANCHES = 64
_OPERATORS = frozenset("^$?[]{}|\\*+.")
_ANY = r"[\s\S]"
_WILD = {Wild.ONE: _ANY, Wild.MANY: f"{_ANY}*"}
_ESCAPES = {"t": 9, "n": 10, "r": 13, "f": 12, "v": 11, "a": 7, "e": 27, "0": 0}
_REPEAT = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})[?+]?")
_FLAGS = re.compile(r"\(\?([a-zA-Z]+)\)")


def text_source(pieces: Pieces, *, cased: bool) -> str:
    """A text with wildcards, matched whole; without ``cased`` in any letter case (ASCII letters)."""
    parts = list(pieces)
    start = end = ""
    if parts and parts[0] is Wild.MANY:
        parts.pop(0)
    else:
        start = "^"
    if parts and parts[-1] is Wild.MANY:
        parts.pop()
    elif not pieces or pieces[-1] is not Wild.MANY:
        end = "$"
    inner = "".join(_literal(part, cased=cased) if isinstance(part, str) else _WILD[part] for part in parts)
    return f"{start}{inner}{end}"


def _literal(text: str, *, cased: bool) -> str:
    return "".join(_character(ord(character), cased=cased) for character in text)


def network_sources(network: IPv4Network) -> tuple[str, ...]:
    """Expressions that hold for the dotted addresses of a network and for no other address."""
    whole, rest = divmod(network.prefixlen, 8)
    octets = str(network.network_address).split(".")
    fixed = "".join(rf"{octet}\." for octet in octets[:whole])
    if whole == 4:
        return (f"^{fixed.removesuffix(chr(92) + '.')}$",)
    lowest = int(octets[whole])
    choices = _octets(lowest, lowest + 2 ** (8 - rest) - 1)
    tail = r"\.[0-9]+" * (3 - whole)
    return tuple(f"^{fixed}{choice}{tail}$" for choice in choices)


def _octets(low: int, high: int) -> tuple[str, ...]:
    """The numbers from ``low`` to ``high`` (at most 255), as few expressions."""
    if (low, high) == (0, 255):
        return ("[0-9]+",)
    found: list[str] = []
    number = low
    while number <= high:
        tens, ones = divmod(number, 10)
        last = min(high, tens * 10 + 9)
        prefix = str(tens) if tens else ""
        found.append(f"{prefix}{ones}" if last == number else f"{prefix}[{ones}-{last % 10}]")
        number = last + 1
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Group:
    """A choice in parentheses: one source per branch."""

    branches: tuple[str, ...]


def regex_sources(source: str, *, folded: bool, dotall: bool, multiline: bool) -> tuple[str, ...]:
    """A regular expression of a Sigma rule, searched for in a value; raises Unsayable for what the dialect lacks."""
    while (found := _FLAGS.match(source)) is not None:
        if set(found.group(1)) - set("ism"):
            raise Unsayable(f"the regular expression {shown(source)} has flags that filter patterns lack")
        folded, dotall = folded or "i" in found.group(1), dotall or "s" in found.group(1)
        multiline = multiline or "m" in found.group(1)
        source = source[found.end() :]
    if multiline and ("^" in source or "$" in source):
        raise Unsayable("the regular expression anchors lines; filter patterns know the beginning and the end only")
    reader = _Reader(source, folded=folded, dotall=dotall)
    branches = reader.choice()
    if reader.at < len(source):
        raise reader.refusal("has a parenthesis that is not open")
    for branch in branches:
        try:
            parse_regex(branch)
        except PatternError as error:
            raise Unsayable(f"the regular expression {shown(source)} cannot be written: {error.message}") from error
    return branches


class _Reader:
    """Reads a regular expression and writes it in the dialect; the position is the only state."""

    def __init__(self, source: str, *, folded: bool, dotall: bool) -> None:
        self.source = source
        self.folded = folded
        self.dotall = dotall
        self.at = 0
        self.depth = 0

    def refusal(self, why: str) -> Unsayable:
        return Unsayable(f"the regular expression {shown(self.source)} {why}")

    def choice(self) -> tuple[str, ...]:
        """Branches up to the end or the closing parenthesis of this level, groups written out."""
        branches: list[str] = []
        current: list[str | _Group] = []
        while self.at < len(self.source) and self.source[self.at] != ")":
            if self.source[self.at] == "|":
                self.at += 1
                branches += self._written_out(current)
                current = []
            else:
                current.append(self._piece())
        branches += self._written_out(current)
        if len(branches) > MOST_BRANCHES:
            raise self.refusal(f"has more than {MOST_BRANCHES} alternatives when its groups are written out")
        return tuple(branches)

    def _written_out(self, parts: list[str | _Group]) -> list[str]:
        found = [""]
        for part in parts:
            choices = (part,) if isinstance(part, str) else part.branches
            found = [before + choice for before in found for choice in choices]
            if len(found) > MOST_BRANCHES:
                raise self.refusal(f"has more than {MOST_BRANCHES} alternatives when its groups are written out")
        return found

    def _piece(self) -> str | _Group:
        character = self.source[self.at]
        if character == "(":
            return self._group()
        if character == "[":
            text = self._bracket()
        elif character == "\\":
            text = self._escape()
        else:
            self.at += 1
            text = self._plain(character)
        repeat = _REPEAT.match(self.source, self.at)
        if repeat is None:
            return text
        self.at = repeat.end()
        if repeat.group().endswith("+") and len(repeat.group()) > 1:
            raise self.refusal("has a possessive repetition, which filter patterns lack")
        return text + repeat.group()

    def _plain(self, character: str) -> str:
        if character == ".":
            return _ANY if self.dotall else "."
        if character in "^$":
            return character
        if character in "*+?":
            raise self.refusal("repeats nothing")
        return _character(ord(character), cased=not self.folded)

    def _group(self) -> _Group:
        self.depth += 1
        if self.depth > 20:
            raise self.refusal("is nested too deeply")
        self.at += 1
        if self.source.startswith("?", self.at):
            if not self.source.startswith("?:", self.at):
                raise self.refusal("looks around, names a group or sets flags inside; filter patterns lack that")
            self.at += 2
        branches = self.choice()
        if self.at >= len(self.source):
            raise self.refusal("has a parenthesis that is not closed")
        self.at += 1
        self.depth -= 1
        if _REPEAT.match(self.source, self.at):
            raise self.refusal("repeats a group; filter patterns repeat single characters and classes only")
        return _Group(branches)

    def _escape(self) -> str:
        following = self.source[self.at + 1 : self.at + 2]
        if following and following in "dDsSwW":
            self.at += 2
            return f"\\{following}"
        if following in {"A", "Z", "z"}:
            self.at += 2
            return "^" if following == "A" else "$"
        return _character(self._escaped_code(), cased=not self.folded)

    def _escaped_code(self) -> int:
        """The character that an escape means, read over."""
        following = self.source[self.at + 1 : self.at + 2]
        if following == "x" and (found := re.compile(r"[0-9A-Fa-f]{2}").match(self.source, self.at + 2)):
            self.at = found.end()
            return int(found.group(), 16)
        self.at += 2
        if following in _ESCAPES and not self.source[self.at : self.at + 1].isdigit():
            return _ESCAPES[following]
        if not following or following.isalnum():
            raise self.refusal(f"has the escape \\{following}, which filter patterns lack")
        return ord(following)

    def _bracket(self) -> str:
        self.at += 1
        negated = self.source.startswith("^", self.at)
        self.at += negated
        items: list[str] = []
        first = True
        while first or not self.source.startswith("]", self.at):
            if self.at >= len(self.source):
                raise self.refusal("has a class that is not closed")
            items.append(self._item())
            first = False
        self.at += 1
        return f"[{'^' if negated else ''}{''.join(items)}]"

    def _item(self) -> str:
        """One class, character or range of characters inside brackets."""
        if self.source.startswith("[", self.at):
            raise self.refusal("has a [ inside a class, which engines read differently; write \\[")
        if self._at_class():
            self.at += 2
            return self.source[self.at - 2 : self.at]
        low = high = self._bound()
        if self.source.startswith("-", self.at) and self.source[self.at + 1 : self.at + 2] not in {"]", ""}:
            self.at += 1
            if self._at_class():
                raise self.refusal("has a range that ends in a class")
            high = self._bound()
        if high < low:
            raise self.refusal("has a range that runs backwards")
        spans = [(low, high), *_in_other_case(low, high)] if self.folded else [(low, high)]
        if max(last for _, last in spans) > 0xFF:
            raise self.refusal("has a character in a class that filter patterns cannot write")
        return "".join(itertools.starmap(_span, spans))

    def _at_class(self) -> bool:
        r"""Whether a class such as ``\d`` comes next."""
        return self.source[self.at] == "\\" and self.source[self.at + 1 : self.at + 2] in set("dDsSwW")

    def _bound(self) -> int:
        if self.source[self.at] == "\\":
            return self._escaped_code()
        self.at += 1
        return ord(self.source[self.at - 1])


def _character(code: int, *, cased: bool) -> str:
    """One character as it is written outside brackets."""
    character = chr(code)
    if not cased and character.isascii() and character.isalpha():
        return f"[{character.upper()}{character.lower()}]"
    if character in _OPERATORS:
        return f"\\{character}"
    if character in ALLOWED:
        return character
    if code > 0xFF:
        raise Unsayable(
            f"the character {shown(character)} cannot be written in a regular expression of a filter pattern"
        )
    return f"\\x{code:02X}"


def _in_other_case(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The ranges of ASCII letters that differ in case alone from letters in a range."""
    for begin, offset in ((0x41, 32), (0x61, -32)):
        first, last = max(low, begin), min(high, begin + 25)
        if first <= last:
            yield first + offset, last + offset


def _span(first: int, last: int) -> str:
    return _code(first) if first == last else f"{_code(first)}-{_code(last)}"


def _code(code: int) -> str:
    """One character as it is written inside brackets, where any symbol may mean something."""
    character = chr(code)
    return character if character.isascii() and character.isalnum() else f"\\x{code:02X}"
