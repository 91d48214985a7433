"""An event pattern in plain sentences, with warnings where it is likely not what was meant."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product
from math import inf
from typing import assert_never

from scanner.eventbridge.cloudtrail_events import DETAIL_TYPES
from scanner.eventbridge.matching import passes
from scanner.eventbridge.nodes import (
    Absent,
    AddressRange,
    AnythingBut,
    EventPattern,
    Fields,
    NumberRange,
    Prefix,
    Present,
    Same,
    SameNumber,
    SameText,
    Suffix,
    Test,
    Wildcard,
)
from scanner.pattern.cloudtrail.api_names import is_known_name, known_sources
from scanner.pattern.cloudtrail.event_bus import NOTHING, bounds
from scanner.pattern.cloudtrail.recorded import FIELDS

_ENVELOPE = ("account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version")


def explain_event_pattern(pattern: EventPattern) -> list[str]:
    """What ``pattern`` matches, one sentence per line, then lines that begin with ``Warning:`` or ``Note:``."""
    return [*_meaning(pattern), *_warnings(pattern), *_notes(pattern)]


def _meaning(pattern: EventPattern) -> Iterator[str]:
    several = len(pattern.alternatives) > 1
    for number, fields in enumerate(pattern.alternatives, 1):
        start = f"Alternative {number}: it" if several else "It"
        yield f"{start} matches an event when all of these hold:"
        for path, tests in fields.items():
            yield f"- {path} {_one_of(tests)}."


def _one_of(tests: Sequence[Test]) -> str:
    """What some of the items ask for: plain texts as one list, and the others one by one."""
    texts = [test.value for test in tests if isinstance(test, Same) and isinstance(test.value, str) and test.value]
    if len(texts) == len(tests) > 1:
        return f"is one of {', '.join(texts)}"
    parts = [_words(test) for test in tests]
    return parts[0] if len(parts) == 1 else f"either {'; or '.join(parts)}"


def _words(test: Test) -> str:
    """What one item of a field's array asks for, as the end of a sentence."""
    match test:
        case Present():
            return "is there"
        case Absent():
            return "is absent"
        case AnythingBut(excluded=excluded):
            return f"is there, and not one that {' or '.join(map(_words, excluded))}"
        case NumberRange():
            return _range(test)
        case AddressRange(network=network):
            alone = network.num_addresses == 1
            return f"is the address {network.network_address}" if alone else f"is an address in {network}"
        case Same() | SameNumber() | SameText() | Prefix() | Suffix() | Wildcard():
            return _text(test)
        case _:
            assert_never(test)


def _text(test: Same | SameNumber | SameText | Prefix | Suffix | Wildcard) -> str:
    match test:
        case Same(value=str(text)):
            return f"is {text}" if text else "is the empty text"
        case Same(value=word):
            return f"is {json.dumps(word)}"
        case SameNumber(value=number):
            return f"is the number {number:g}" if isinstance(number, float) else f"is the number {number}"
        case SameText(text=text):
            return f"is {text} in any letter case"
        case Prefix(text=text, ignore_case=ignore_case):
            return f"begins with {text}{' in any letter case' if ignore_case else ''}"
        case Suffix(text=text, ignore_case=ignore_case):
            return f"ends with {text}{' in any letter case' if ignore_case else ''}"
        case Wildcard(pieces=pieces):
            return f"fits {'*'.join(pieces)}"
        case _:
            assert_never(test)


def _range(test: NumberRange) -> str:
    if test.low == test.high:
        return f"is the number {test.low:g}"
    bounds_said = []
    if test.low > -inf:
        bounds_said.append(f"{'greater than' if test.low_open else 'at least'} {test.low:g}")
    if test.high < inf:
        bounds_said.append(f"{'less than' if test.high_open else 'at most'} {test.high:g}")
    return f"is a number {' and '.join(bounds_said)}"


def _warnings(pattern: EventPattern) -> Iterator[str]:
    remarks = dict.fromkeys(chain.from_iterable(map(_of_fields, pattern.alternatives)))
    yield from remarks
    if not remarks and bounds(pattern).at_most == NOTHING:
        yield "Warning: no event that CloudTrail sends can match it."


def _of_fields(fields: Fields) -> Iterator[str]:
    for path, tests in fields.items():
        top, _, below = path.partition(".")
        if top == "detail":
            yield from _of_record(below, tests)
        elif path == "source":
            yield from _of_source(tests)
        elif path == "detail-type":
            yield from _of_type(tests)
        elif top not in _ENVELOPE:
            inside = " Below detail there is such a field of CloudTrail records." if top in _record_fields() else ""
            yield f"Warning: an event has no field {top} at the top, so nothing matches.{inside}"
        elif top == "resources" and Absent() not in tests:
            yield "Warning: events that CloudTrail sends have no resources, so none of them matches."


def _record_fields() -> frozenset[str]:
    return frozenset(path[0] for path in FIELDS)


def _of_source(tests: Iterable[Test]) -> Iterator[str]:
    for test in tests:
        if isinstance(test, Same) and isinstance(test.value, str) and not test.value.startswith("aws."):
            service = test.value.removesuffix(".amazonaws.com")
            hint = f" CloudTrail's events of that service come from aws.{service}." if _is_service(service) else ""
            yield (
                f"Warning: the source {test.value} does not begin with aws., "
                f"so no event of an AWS service matches.{hint}"
            )


def _is_service(name: str) -> bool:
    return f"{name}.amazonaws.com" in known_sources()


def _of_type(tests: tuple[Test, ...]) -> Iterator[str]:
    if any(passes(test, kind) for test, kind in product(tests, DETAIL_TYPES.values())):
        return
    known = {kind.lower(): kind for kind in DETAIL_TYPES.values()}
    given = [str(test.value).lower() for test in tests if isinstance(test, Same)]
    meant = [known[text] for text in given if text in known]
    hint = f' It is spelled "{meant[0]}".' if meant else ""
    yield f"Warning: CloudTrail sends no event with such a detail-type.{hint}"


def _of_record(path: str, tests: Iterable[Test]) -> Iterator[str]:
    """Names and sources that no AWS service is known to have."""
    for test in tests:
        if not isinstance(test, Same) or not isinstance(test.value, str):
            continue
        if path == "eventName" and not is_known_name(test.value):
            yield f"Note: no AWS service is known to have an API call named {test.value}."
        if path == "eventSource" and test.value not in known_sources():
            yield f"Note: no AWS service is known with the event source {test.value}."


def _notes(pattern: EventPattern) -> Iterator[str]:
    if bounds(pattern).at_most != NOTHING:
        yield (
            "Note: read-only calls reach a rule only in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, and "
            "calls of global services only in the partition's global Region, us-east-1 in the partition aws."
        )
