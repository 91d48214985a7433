"""How far sets of filters cover a rule's events, decided once however often it is asked."""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter

from scanner.model import ALL_EVENTS, JsonValue, RouteCheck
from scanner.pattern import (
    ANY,
    And,
    Compare,
    CoverageProof,
    CoverageVerdict,
    Expr,
    IsBool,
    JsonPattern,
    Or,
    Pattern,
    Regex,
    Selector,
    Text,
    covering,
    covers,
    loses_parts_whole,
    parse_required,
)
from scanner.pattern.matching.comparisons import text_comparison
from scanner.recording.recorded_events import Condition, Whole, both

_TELLING = 4
"""How many characters of a text a wildcard or regular expression has to name to be meant for it."""

_OFTEN_CERTAIN: tuple[Expr, ...] = (
    Compare(Selector(("eventType",)), "=", Text("AwsApiCall")),
    Compare(Selector(("eventType",)), "=", Text("AwsConsoleSignIn")),
    IsBool(Selector(("readOnly",)), value=False),
)
"""What all events of a rule often have, and what EventBridge rules are told apart by."""

_Deployed = tuple[Pattern, ...]


class Required:
    """A rule's events. Answers about them are kept while this is: Regions and accounts deploy much the same filters."""

    def __init__(self, pattern: JsonPattern) -> None:
        self.pattern = pattern
        self._proofs: dict[_Deployed, CoverageProof] = {}
        self._covering: dict[_Deployed, CoverageProof | None] = {}
        self._words: dict[_Deployed, tuple[str, ...]] = {}
        self._whole: dict[_Deployed, bool] = {}
        self._parts: dict[Expr, Required] = {}
        self._named: dict[Expr, int] = {}

    @property
    def expr(self) -> Expr:
        """The events as an expression."""
        return self.pattern.expr

    @cached_property
    def literals(self) -> frozenset[str]:
        """The texts that they are compared with."""
        return literals(self.expr)

    @cached_property
    def certain(self) -> Condition:
        """What CloudTrail delivers all of them with: what has something else there is none of them."""
        return both(*(each for each in _OFTEN_CERTAIN if self.covering([JsonPattern(each)]) is not None))

    def named_by(self, expr: Expr) -> int:
        """How many of these texts an expression names, as they are or by a wildcard or regular expression."""
        if expr not in self._named:
            texts = frozenset(map(_value_text, _compared(self.expr)))
            chosen = filter(_chooses, _compared(expr))
            tests = [
                text_comparison(value, "wildcard") for node in chosen if isinstance(value := node.value, Text | Regex)
            ]
            found = {_plain(text) for test in tests for text in filter(test, texts)}
            self._named[expr] = len(self.literals & (literals(expr) | found))
        return self._named[expr]

    def compare(self, deployed: Iterable[Pattern]) -> CoverageProof:
        """How far the union of ``deployed`` covers them over the events CloudTrail can deliver.

        The ``assumption`` is empty where the answer holds for all JSON objects.
        """
        asked = tuple(dict.fromkeys(deployed))
        if asked not in self._proofs:
            self._proofs[asked] = self._covering.get(asked) or covers(self.pattern, asked, realistic=True)
        return self._proofs[asked]

    def covering(self, deployed: Iterable[Pattern]) -> CoverageProof | None:
        """What ``compare`` answers where the union of ``deployed`` covers them, else None: that is told sooner."""
        asked = tuple(dict.fromkeys(deployed))
        if asked in self._proofs:
            proof = self._proofs[asked]
            return proof if proof.verdict is CoverageVerdict.COVERED else None
        if asked not in self._covering:
            self._covering[asked] = covering(self.pattern, asked, realistic=True)
        return self._covering[asked]

    def lost_words(self, deployed: Iterable[Pattern]) -> tuple[str, ...]:
        """What ``deployed`` misses, in words: names where all events are lost, else with the values that decide."""
        asked = tuple(dict.fromkeys(deployed))
        if asked not in self._words:
            self._words[asked] = covers(self.pattern, asked, realistic=True, explain=True).lost_words()
        return self._words[asked]

    def loses_parts_whole(self, deployed: Iterable[Pattern]) -> bool:
        """Whether each part of them that ``deployed`` misses is lost with all its events."""
        asked = tuple(dict.fromkeys(deployed))
        if asked not in self._whole:
            self._whole[asked] = loses_parts_whole(self.pattern, asked)
        return self._whole[asked]

    def part(self, expr: Expr) -> "Required":
        """Some of the events: those that satisfy ``expr``, which includes what is required."""
        if expr not in self._parts:
            self._parts[expr] = Required(JsonPattern(expr))
        return self._parts[expr]


class Proofs:
    """What was proved about the events of route rules, for whoever judges several snapshots one after the other."""

    def __init__(self) -> None:
        self._kept: dict[JsonPattern, Required] = {}

    def about(self, pattern: JsonPattern) -> Required:
        """These events, with every answer about them so far."""
        return self._kept.setdefault(pattern, Required(pattern))


def required_events(check: RouteCheck, parameters: Mapping[str, JsonValue], version: str = ALL_EVENTS) -> JsonPattern:
    """The events of a route rule as one pattern, or those that a ``version`` asks for; extended ones when asked for.

    ``parameters`` are values of the rule's parameters. Raises PatternError when the events are not such a pattern.
    """
    extended = parameters.get("extended") is True
    texts = [check.events_of(version), *([check.extended] if extended and check.extended else [])]
    parts: list[Expr] = []
    for text in texts:
        pattern = parse_required(text, parameters)
        parts += pattern.expr.parts if isinstance(pattern.expr, Or) else (pattern.expr,)
    return JsonPattern(parts[0] if len(parts) == 1 else Or(tuple(parts)))


def literals(expr: Expr) -> frozenset[str]:
    """The texts that an expression compares with, without what is easily got wrong: wildcards, blanks, letter case."""
    return frozenset(_plain(_value_text(node)) for node in _compared(expr))


def _compared(expr: Expr) -> Iterator[Compare]:
    """The comparisons of an expression."""
    waiting: list[Expr] = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting += node.parts
        elif isinstance(node, Compare):
            yield node


def _value_text(node: Compare) -> str:
    return node.value.source if isinstance(node.value, Regex) else node.value.text


def _plain(text: str) -> str:
    return "".join(text.replace("*", "").split()).lower()


def _chooses(node: Compare) -> bool:
    """Whether a comparison chooses texts by a part of them that says something."""
    text = _value_text(node)
    return node.op == "=" and (isinstance(node.value, Regex) or "*" in text) and len(_plain(text)) >= _TELLING


def apart(one: Condition, other: Condition) -> bool:
    """Whether some field would have to hold a text of each of two lists that have none in common."""
    if isinstance(one, Whole) or isinstance(other, Whole):
        return False
    wanted, told = _texts(one), _texts(other)
    return any(wanted[field].isdisjoint(told[field]) for field in wanted.keys() & told.keys())


def _texts(expr: Expr) -> Mapping[Selector, frozenset[str]]:
    """Fields of which an expression lists every text that they may hold."""
    match expr:
        case Compare(selector=selector, op="=", value=Text(text=text)) if "*" not in text and ANY not in selector.steps:
            return {selector: frozenset({text})}
        case And(parts=parts):
            return dict(ChainMap(*map(_mutable, parts)))
        case Or(parts=parts) if parts:
            found = list(map(_texts, parts))
            fields = set[Selector].intersection(*map(set, found))
            return {field: frozenset().union(*map(itemgetter(field), found)) for field in fields}
        case _:
            return {}


def _mutable(part: Expr) -> dict[Selector, frozenset[str]]:
    return dict(_texts(part))
