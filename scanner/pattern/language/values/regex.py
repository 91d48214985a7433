r"""The regular expressions of filter patterns: a restricted dialect, parsed to a small tree.

CloudWatch Logs admits between ``%`` signs only ASCII letters and digits, blanks, the symbols ``: _ # = @ / ; , -`` and
the operators ``^ $ ? [ ] { } | \ * + .``; there are no groups. What the service accepts and rejects beyond that follows
the RE2 family: possessive and stacked repetitions are errors, lazy ones are not, ``$`` is the end of the text and
nothing else, ``.`` is any character but a newline, and the classes are ASCII. A regular expression is searched, not
matched in full.

The tree serves two readers: the matcher turns it into a Python ``re`` pattern, the coverage decision into an automaton.
Source: AWS, "Filter pattern syntax for metric filters", supported regular expressions.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scanner.errors import PatternError

Range = tuple[int, int]
"""Code points from the first to the last, both included."""

LAST_CODE_POINT = 0x10FFFF
ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_#=@/;,- ^$?[]{}|\\*+.")
MAXIMUM_REPEAT = 1000


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of ``ranges``: sorted, disjoint, not adjacent; empty ranges match nothing."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Concat:
    """All parts one after the other; without parts the empty text."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Alternate:
    """Any of at least two parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``node`` from ``minimum`` to ``maximum`` times (None: any number); ``lazy`` does not change what is found."""

    node: "Node"
    minimum: int
    maximum: int | None
    lazy: bool


@dataclass(frozen=True, slots=True)
class Start:
    """``^``: the beginning of the text."""


@dataclass(frozen=True, slots=True)
class End:
    """``$``: the end of the text, not the place before a final newline."""


Node = Chars | Concat | Alternate | Repeat | Start | End


def union(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same characters as sorted, disjoint ranges that do not touch."""
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """All characters that are not in ``ranges``."""
    rest: list[Range] = []
    following = 0
    for low, high in union(ranges):
        if low > following:
            rest.append((following, low - 1))
        following = high + 1
    if following <= LAST_CODE_POINT:
        rest.append((following, LAST_CODE_POINT))
    return tuple(rest)


def _ranges(spelling: str) -> tuple[Range, ...]:
    """Ranges from pairs of characters: ``"09AZ"`` is 0-9 and A-Z."""
    return union((ord(low), ord(high)) for low, high in zip(spelling[::2], spelling[1::2], strict=True))


DIGIT = _ranges("09")
WORD = _ranges("09AZ__az")
BLANK = _ranges("\t\n\f\r  ")
ANY_BUT_NEWLINE = complement(_ranges("\n\n"))
_CLASSES = {
    "d": DIGIT,
    "D": complement(DIGIT),
    "w": WORD,
    "W": complement(WORD),
    "s": BLANK,
    "S": complement(BLANK),
}
_POSIX = {
    "alnum": _ranges("09AZaz"),
    "alpha": _ranges("AZaz"),
    "ascii": _ranges("\x00\x7f"),
    "blank": _ranges("\t\t  "),
    "cntrl": _ranges("\x00\x1f\x7f\x7f"),
    "digit": DIGIT,
    "graph": _ranges("!~"),
    "lower": _ranges("az"),
    "print": _ranges(" ~"),
    "punct": _ranges("!/:@[`{~"),
    "space": _ranges("\t\r  "),
    "upper": _ranges("AZ"),
    "word": WORD,
    "xdigit": _ranges("09AFaf"),
}
_BOUNDS = re.compile(r"\{([0-9]+)(,([0-9]*))?\}")
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]*):\]")
_HEX = re.compile(r"[0-9A-Fa-f]{2}")


class _Parser:
    """Recursive descent over one source; the position is the only state."""

    def __init__(self, source: str, text: str, offset: int) -> None:
        self.source = source
        self.text = text
        self.offset = offset
        self.at = 0

    def fail(self, start: int, why: str, hint: str = "") -> PatternError:
        """The error the service gives for an expression that its engine does not compile."""
        span = (self.offset + start, self.offset + max(start + 1, self.at))
        return PatternError(f"Failed to compile regular expression: {why}.", self.text, span, hint)

    def peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def parse(self) -> Node:
        """``regex := branch ('|' branch)*``."""
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        return branches[0] if len(branches) == 1 else Alternate(tuple(branches))

    def branch(self) -> Node:
        """``branch := (piece)*``, possibly empty."""
        parts: list[Node] = []
        while self.at < len(self.source) and self.peek() != "|":
            parts.append(self.piece())
        return parts[0] if len(parts) == 1 else Concat(tuple(parts))

    def piece(self) -> Node:
        """``piece := atom (('*' | '+' | '?' | '{' n (',' m?)? '}') '?'?)?``."""
        start = self.at
        if self.bounds() is not None:
            raise self.fail(start, "a repetition has nothing to repeat", "Put a character or a class before it.")
        node = self.atom()
        begin = self.at
        bounds = self.bounds()
        if bounds is None:
            return node
        lazy = self.peek() == "?"
        if lazy:
            self.at += 1
        if self.bounds() is not None:
            why = f"the repetitions {self.source[begin : self.at]!r} are stacked"
            raise self.fail(begin, why, "Possessive and doubled repetitions do not exist here; keep one.")
        return Repeat(node, bounds[0], bounds[1], lazy)

    def bounds(self) -> tuple[int, int | None] | None:
        """The repetition that begins here, read over; None when none does."""
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.peek() in simple:
            self.at += 1
            return simple[self.source[self.at - 1]]
        found = _BOUNDS.match(self.source, self.at)
        if found is None:
            return None
        start, self.at = self.at, found.end()
        low, comma, high = found.group(1, 2, 3)
        minimum = int(low)
        maximum = minimum if comma is None else (int(high) if high else None)
        if max(minimum, maximum or 0) > MAXIMUM_REPEAT or (maximum is not None and maximum < minimum):
            raise self.fail(
                start, f"the repeat count {found.group()!r} is out of range", "Count upwards, to 1000 at most."
            )
        return minimum, maximum

    def atom(self) -> Node:
        """``atom := '.' | '^' | '$' | class | escape | any other character``."""
        character = self.peek()
        if character == "[":
            return Chars(self.bracket())
        if character == "\\":
            return Chars(self.escape())
        self.at += 1
        if character == ".":
            return Chars(ANY_BUT_NEWLINE)
        if character == "^":
            return Start()
        if character == "$":
            return End()
        return Chars(((ord(character), ord(character)),))

    def escape(self) -> tuple[Range, ...]:
        r"""``escape := '\' ([dDsSwW] | 'x' hex hex | symbol)``."""
        start = self.at
        self.at += 2
        character = self.source[start + 1 : start + 2]
        if character in _CLASSES:
            return _CLASSES[character]
        if character == "x":
            found = _HEX.match(self.source, self.at)
            if found is None:
                raise self.fail(
                    start, r"\x is not followed by two hexadecimal digits", r"Write \x28 for an opening parenthesis."
                )
            self.at = found.end()
            code = int(found.group(), 16)
            return ((code, code),)
        if not character:
            raise self.fail(start, "it ends in a backslash", r"Write \\ for a backslash; a percent sign is \x25.")
        if character.isalnum():
            hint = r"Letters and digits are escaped only as \d \D \s \S \w \W and \xhh."
            raise self.fail(start, f"the escape \\{character} does not exist", hint)
        return ((ord(character), ord(character)),)

    def bracket(self) -> tuple[Range, ...]:
        """``class := '[' '^'? item+ ']'``; a ``]`` in the first place is itself."""
        start = self.at
        self.at += 1
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[Range] = []
        first = True
        while first or self.peek() != "]":
            if self.at >= len(self.source):
                raise self.fail(start, "a character class is not closed", r"End it with ], or write \[ for a bracket.")
            ranges.extend(self.item())
            first = False
        self.at += 1
        return complement(ranges) if negated else union(ranges)

    def item(self) -> tuple[Range, ...]:
        """``item := '[:' '^'? name ':]' | escape | character ('-' character)?``."""
        start = self.at
        posix = _POSIX_CLASS.match(self.source, self.at)
        if posix is not None:
            self.at = posix.end()
            if posix.group(2) not in _POSIX:
                raise self.fail(start, f"there is no class {posix.group()}")
            named = _POSIX[posix.group(2)]
            return complement(named) if posix.group(1) else named
        low = self.bound()
        ends = self.source[self.at : self.at + 2]
        if not ends.startswith("-") or ends in {"-", "-]"} or len(low) != 1 or low[0][0] != low[0][1]:
            return low
        self.at += 1
        high = self.bound()
        if len(high) != 1 or high[0][0] != high[0][1] or high[0][0] < low[0][0]:
            why = f"the range {self.source[start : self.at]} runs backwards"
            raise self.fail(start, why, "Write the smaller character first.")
        return ((low[0][0], high[0][0]),)

    def bound(self) -> tuple[Range, ...]:
        """One character or escape inside a class."""
        if self.peek() == "\\":
            return self.escape()
        self.at += 1
        code = ord(self.source[self.at - 1])
        return ((code, code),)


def parse_regex(source: str, text: str = "", offset: int = 1) -> Node:
    """The tree of ``source``, the part between the percent signs.

    ``text`` is the whole filter pattern and ``offset`` the place of the source in it; both serve the error only.
    Raises PatternError for what CloudWatch Logs rejects.
    """
    text = text or f"%{source}%"
    if not source:
        span = (offset - 1, offset + 1)
        raise PatternError(
            "Invalid character(s) in term '%%': a regular expression cannot be empty.",
            text,
            span,
            "Write it between the signs.",
        )
    for place, character in enumerate(source):
        if character not in ALLOWED:
            span = (offset + place, offset + place + 1)
            why = f"{character!r} is not allowed in a regular expression"
            hint = (
                "Only ASCII letters, digits, blanks, : _ # = @ / ; , - and the operators ^ $ ? [ ] { } | \\ * + . are"
            )
            hint += f"; write \\x{ord(character):02X} instead." if ord(character) <= 0xFF else "."
            raise PatternError(f"Invalid character(s) in term '{text[offset - 1 : span[1]]}': {why}.", text, span, hint)
    return _Parser(source, text, offset).parse()


def to_python(node: Node) -> str:
    """``node`` in the syntax of Python's ``re``."""
    if isinstance(node, Chars):
        if not node.ranges:
            return r"(?!)"
        return "[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in node.ranges) + "]"
    if isinstance(node, Concat):
        return "".join(to_python(part) for part in node.parts)
    if isinstance(node, Alternate):
        return "(?:" + "|".join(to_python(part) for part in node.parts) + ")"
    if isinstance(node, Repeat):
        upper = "" if node.maximum is None else str(node.maximum)
        return f"(?:{to_python(node.node)}){{{node.minimum},{upper}}}" + ("?" if node.lazy else "")
    return r"\A" if isinstance(node, Start) else r"\Z"
