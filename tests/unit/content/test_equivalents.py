"""Every rule of an intent is about exactly the calls that are listed for it, and about no other."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain

import pytest

from scanner.content.reviewed.equivalents import Call, Group, equivalents
from scanner.content.rules import load_rules
from scanner.events.matching.conditions.compiled_rules import judged_rules
from scanner.events.matching.conditions.rule_fields import settle
from scanner.events.reading.fields.record_fields import EVENT_NAME, EVENT_SOURCE
from scanner.model import LogEventsCheck, RouteCheck, RuleId
from scanner.model.json_values import as_texts
from scanner.pattern import And, Compare, Expr, Or, Selector, Text
from scanner.pattern.cloudtrail.api_names import api_name
from scanner.pattern.cloudtrail.unpublished import UNPUBLISHED
from scanner.pattern.language.parsing.with_parameters import parse_required

LISTS = equivalents()
RULES = {rule.id: rule for rule in load_rules()}
HOST = ".amazonaws.com"
_NO_CALL = "NoSuchCall"
_DATED = re.compile(r"20[0-9]{6}(v[0-9])?$")


def texts(expr: Expr, field: str) -> Iterator[str]:
    """What a member at the top of an event is compared with."""
    if isinstance(expr, And | Or):
        for part in expr.parts:
            yield from texts(part, field)
    elif isinstance(expr, Compare) and expr.selector == Selector((field,)) and isinstance(expr.value, Text):
        yield expr.value.text


def of_source(source: str, name: str) -> bool:
    """Whether records of ``source`` can have this name: a rule may list the names of several sources at once."""
    known = api_name(name)
    return name in UNPUBLISHED.get(source, ()) or (known is not None and source in known.sources)


def named(expr: Expr) -> Iterator[Call]:
    """The calls that a pattern speaks of; what it says of all calls alike says nothing about one of them."""
    names = set(texts(expr, "eventName"))
    for source in set(texts(expr, "eventSource")):
        rest = settle(expr, EVENT_SOURCE, source)
        if isinstance(rest, bool):
            continue
        otherwise = settle(rest, EVENT_NAME, _NO_CALL)
        for name in names:
            said = settle(rest, EVENT_NAME, name)
            if said is not False and said != otherwise and of_source(source, name):
                yield Call(source.removesuffix(HOST), _DATED.sub("", name))


def calls(exprs: Iterable[Expr]) -> set[Call]:
    return {call for expr in exprs for call in named(expr)}


@cache
def event_rules() -> dict[str, tuple[Expr, ...]]:
    found = {}
    for rule in judged_rules([rule for rule in RULES.values() if isinstance(rule.check, LogEventsCheck)]):
        found[str(rule.rule)] = (rule.condition.events, *(each.events for each, _ in rule.documents))
    return found


@pytest.mark.parametrize("rule", [rule for rule in LISTS.rules if rule.startswith("event.")])
def test_an_event_rule_reports_what_its_intents_list(rule: str) -> None:
    found = calls(event_rules()[rule])
    wanted = LISTS.wanted(rule).events
    assert found == wanted, f"beyond the list: {sorted(found - wanted)}; not reported: {sorted(wanted - found)}"


@pytest.mark.parametrize("rule", [rule for rule in LISTS.rules if rule.startswith("route.")])
def test_a_route_asks_for_what_its_intents_list(rule: str) -> None:
    check = RULES[RuleId(rule)].check
    assert isinstance(check, RouteCheck)
    every = {each.name: each.default for each in RULES[RuleId(rule)].parameters}
    events = calls([parse_required(check.events, every).expr])
    extended = calls([parse_required(check.extended or "", every).expr])
    wanted = LISTS.wanted(rule)
    assert events == wanted.events
    assert events | extended == wanted.events | wanted.extended
    assert extended >= wanted.extended - wanted.events


def test_the_lists_speak_of_intents_and_rules_that_there_are() -> None:
    assert set(LISTS.rules) <= {str(rule) for rule in RULES}
    assert {group.intent for group in LISTS.groups} == set(LISTS.intents)
    assert {group.route for group in LISTS.groups} == {"", "extended", "named", "data"}
    for rule in LISTS.rules:
        assert LISTS.wanted(rule).events, rule


def test_every_intent_is_one_that_some_rule_is_about() -> None:
    assert set(chain.from_iterable(as_texts(stated["intents"]) for stated in LISTS.about.values())) == set(
        LISTS.intents
    )


def test_no_call_stands_twice_under_an_intent() -> None:
    seen: set[tuple[str, Call]] = set()
    for group in LISTS.groups:
        for call in group.calls:
            marked = (group.intent, call)
            assert marked not in seen or repeated(group, call), marked
            seen.add(marked)


def repeated(group: Group, call: Call) -> bool:
    """Whether routes ask for less of a call than all of it unless they are extended."""
    return group.route == "extended" and call.name == "UpdateDetector"


def test_every_call_is_one_that_records_can_name() -> None:
    listed = chain.from_iterable(group.calls for group in LISTS.groups)
    assert not [call for call in listed if not of_source(f"{call.source}{HOST}", call.name)]


def test_what_groups_do_is_said_in_words() -> None:
    for group in LISTS.groups:
        assert len(group.does.split()) >= 2, group
        assert not group.does.endswith("."), group
