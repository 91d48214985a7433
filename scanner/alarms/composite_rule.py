"""The rule expressions of composite alarms: parsed, and evaluated over the states of other alarms.

Source: CloudWatch User Guide, "Composite alarms", and the API reference of ``PutCompositeAlarm`` (``AlarmRule``):
``ALARM(…)``, ``OK(…)`` and ``INSUFFICIENT_DATA(…)`` over an alarm's name or ARN, ``TRUE``, ``FALSE``, ``AND``, ``OR``,
``NOT``, parentheses, and ``AT_LEAST(count or percentage, [NOT] state, (alarm, …))``.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from scanner.arns import parse_arn

State = Literal["ALARM", "OK", "INSUFFICIENT_DATA"]

STATES: tuple[State, ...] = ("ALARM", "OK", "INSUFFICIENT_DATA")

_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([(),])|([^\s(),"]+))')
_DEEPEST = 40


class AlarmRuleError(ValueError):
    """A rule expression that is not understood; the message is a clause about it."""


@dataclass(frozen=True, slots=True)
class Constant:
    """``TRUE`` or ``FALSE``."""

    value: bool


@dataclass(frozen=True, slots=True)
class InState:
    """At least ``needed`` of the alarms are in the state (or, ``negated``, are not in it)."""

    state: State
    alarms: tuple[str, ...]
    needed: int = 1
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "AlarmRule"


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold (``AND``)."""

    parts: tuple["AlarmRule", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Some part holds (``OR``)."""

    parts: tuple["AlarmRule", ...]


AlarmRule = Constant | InState | Not | Every | Some


def parse_alarm_rule(text: str, account: str = "", region: str = "") -> AlarmRule:
    """The rule of a composite alarm of an account and Region; ``AlarmRuleError`` when it is not understood."""
    return _Parser(text, account, region).whole()


def rule_holds(rule: AlarmRule, state: Callable[[str], State]) -> bool:
    """Whether a rule holds; ``state`` tells the state of an alarm by its name."""
    if isinstance(rule, Constant):
        return rule.value
    if isinstance(rule, InState):
        held = sum((state(name) == rule.state) is not rule.negated for name in rule.alarms)
        return held >= rule.needed
    if isinstance(rule, Not):
        return not rule_holds(rule.part, state)
    if isinstance(rule, Every):
        return all(rule_holds(part, state) for part in rule.parts)
    return any(rule_holds(part, state) for part in rule.parts)


def rule_alarms(rule: AlarmRule) -> Iterator[str]:
    """The names of the alarms a rule looks at, as often as it names them."""
    if isinstance(rule, InState):
        yield from rule.alarms
    elif isinstance(rule, Not):
        yield from rule_alarms(rule.part)
    elif isinstance(rule, Every | Some):
        for part in rule.parts:
            yield from rule_alarms(part)


def quiet_alarms(rule: AlarmRule) -> Iterator[str]:
    """The names of the alarms of which a rule asks more than whether they are in ALARM."""
    if isinstance(rule, InState):
        yield from rule.alarms if rule.state != "ALARM" else ()
    elif isinstance(rule, Not):
        yield from quiet_alarms(rule.part)
    elif isinstance(rule, Every | Some):
        for part in rule.parts:
            yield from quiet_alarms(part)


def composite_states(rules: Mapping[str, AlarmRule], base: Callable[[str], State]) -> Callable[[str], State]:
    """The state of every alarm, composite ones computed from their rules and all others from ``base``.

    An alarm that depends on itself is taken from ``base`` where the circle closes.
    """
    known: dict[str, State] = {}
    open_names: set[str] = set()

    def state(name: str) -> State:
        if name not in rules or name in open_names:
            return base(name)
        if name not in known:
            open_names.add(name)
            known[name] = "ALARM" if rule_holds(rules[name], state) else "OK"
            open_names.discard(name)
        return known[name]

    return state


def alarm_name(reference: str, account: str = "", region: str = "") -> str:
    """The name of an alarm that a rule refers to by name or ARN (``arn:…:cloudwatch:region:account:alarm:NAME``).

    The ARN of an alarm elsewhere than in the account and Region, where these are given, stays as it is: it names none
    of the alarms there. The alarms under a composite alarm are in its own account and Region (CloudWatch User Guide).
    """
    arn = parse_arn(reference)
    if arn is None or arn.service != "cloudwatch" or not arn.after("alarm:"):
        return reference
    here = (not region or arn.region == region) and (not account or arn.account == account)
    return arn.after("alarm:") if here else reference


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    quoted: bool


class _Parser:
    """Recursive descent: ``OR`` binds loosest, then ``AND``, then ``NOT``."""

    def __init__(self, text: str, account: str, region: str) -> None:
        self._place = (account, region)
        self._words: list[_Word] = []
        self._next = 0
        self._depth = 0
        position = 0
        text = text.strip()
        while position < len(text):
            found = _WORD.match(text, position)
            if found is None:
                raise AlarmRuleError(f"its rule cannot be read at {text[position : position + 20]!r}")
            quoted = found.group(1)
            plain = found.group(2) or found.group(3)
            self._words.append(
                _Word(re.sub(r"\\(.)", r"\1", quoted), True) if quoted is not None else _Word(plain, False)
            )
            position = found.end()

    def whole(self) -> AlarmRule:
        rule = self._some()
        if self._next < len(self._words):
            raise AlarmRuleError(f"its rule has an unexpected {self._words[self._next].text!r}")
        return rule

    def _keyword(self) -> str:
        if self._next >= len(self._words) or self._words[self._next].quoted:
            return ""
        return self._words[self._next].text.upper()

    def _take(self, expected: str) -> None:
        if self._keyword() != expected:
            raise AlarmRuleError(f"its rule lacks {expected!r}")
        self._next += 1

    def _some(self) -> AlarmRule:
        parts = [self._every()]
        while self._keyword() == "OR":
            self._next += 1
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self) -> AlarmRule:
        parts = [self._one()]
        while self._keyword() == "AND":
            self._next += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> AlarmRule:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise AlarmRuleError("its rule is nested too deeply")
        rule = self._primary(self._keyword())
        self._depth -= 1
        return rule

    def _primary(self, keyword: str) -> AlarmRule:
        if keyword in {"TRUE", "FALSE"}:
            self._next += 1
            return Constant(keyword == "TRUE")
        if keyword == "NOT":
            self._next += 1
            return Not(self._one())
        if keyword == "(":
            self._next += 1
            rule = self._some()
            self._take(")")
            return rule
        if keyword == "AT_LEAST":
            return self._at_least()
        state = self._state()
        self._take("(")
        name = self._name()
        self._take(")")
        return InState(state, (name,))

    def _state(self) -> State:
        for state in STATES:
            if self._keyword() == state:
                self._next += 1
                return state
        raise AlarmRuleError(f"its rule has {self._keyword() or 'its end'!r} where an alarm state belongs")

    def _name(self) -> str:
        if self._next >= len(self._words) or self._keyword() in {"(", ")", ","}:
            raise AlarmRuleError("its rule lacks the name of an alarm")
        self._next += 1
        word = self._words[self._next - 1]
        if not word.quoted and "'" in {word.text[0], word.text[-1]}:
            # Only double quotes are documented; whether this is an alarm's name with or without its quotes is open.
            raise AlarmRuleError(f"its rule has {word.text} in single quotes, which AWS does not document")
        return alarm_name(word.text, *self._place)

    def _at_least(self) -> InState:
        self._take("AT_LEAST")
        self._take("(")
        amount = self._keyword()
        self._next += 1
        self._take(",")
        negated = self._keyword() == "NOT"
        if negated:
            self._take("NOT")
        state = self._state()
        self._take(",")
        self._take("(")
        names = [self._name()]
        while self._keyword() == ",":
            self._take(",")
            names.append(self._name())
        self._take(")")
        self._take(")")
        if len(set(names)) < len(names):
            raise AlarmRuleError(
                "its rule names an alarm twice in one AT_LEAST, of which AWS does not say how it counts"
            )
        return InState(state, tuple(names), _needed(amount, len(names)), negated)


def _needed(amount: str, of: int) -> int:
    if re.fullmatch(r"\d{1,4}", amount):
        return int(amount)
    if re.fullmatch(r"\d{1,3}%", amount):
        return math.ceil(int(amount[:-1]) * of / 100)
    raise AlarmRuleError(f"its rule has {amount!r} where a count or percentage belongs")
