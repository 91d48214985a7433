"""What EventBridge sees of a CloudTrail record, and which records an event pattern therefore matches.

An event pattern is bounded by two conditions of the filter-pattern language: records that satisfy the one surely match,
and none match that do not satisfy the other. Where the two languages can say the same, both are one condition. Sources:
EventBridge User Guide, "AWS service events delivered via AWS CloudTrail" and "Comparison operators for use in event
patterns"; CloudTrail User Guide, "CloudTrail record contents".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, assert_never

from scanner.eventbridge.cloudtrail_events import DETAIL_TYPES, may_be_of_aws
from scanner.eventbridge.matching import matches_event, passes
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
from scanner.pattern.cloudtrail.record_fields import FREE_OBJECTS, OBJECTS
from scanner.pattern.cloudtrail.recorded import CONSOLE_LOGIN, CONSOLE_SIGN_IN, EVENT_TYPE, NAME, SOURCE
from scanner.pattern.language.nodes import (
    And,
    Compare,
    Expr,
    IsBool,
    IsNull,
    JsonPattern,
    NotExists,
    Or,
    Regex,
    Selector,
    Text,
)
from scanner.pattern.matching.json_reader import read_object

EVERYTHING: Expr = And(())
NOTHING: Expr = Or(())

SOURCES = ("cloudtrail", "config", "ec2", "iam", "kms", "organizations", "s3", "signin", "sts")
"""Services documented to have records with the eventSource ``x.amazonaws.com`` sent from ``aws.x``."""

_PLAIN = frozenset(
    {"awsRegion", "errorCode", "errorMessage", "eventName", "eventSource", "eventType", "recipientAccountId"}
    | {"sourceIPAddress", "userIdentity.type"}
)
"""Fields of a record that hold one text or are missing, so that both languages find them missing together."""

_NUMBER_PART = re.compile(r"\*?[-+.0-9eE]*\*?")

_SOURCE, _TYPE, _NAME = Selector(SOURCE), Selector(EVENT_TYPE), Selector(NAME)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Conditions on records: ``surely`` implies that an event pattern matches, which implies ``at_most``.

    Both hold for records as CloudTrail writes them, with a text or nothing in the fields that are documented so. Any
    other field may hold whatever JSON can.
    """

    surely: Expr
    at_most: Expr


@dataclass(frozen=True, slots=True)
class Place:
    """Where records are written: an account and a Region, "" where that is not known."""

    account: str = ""
    region: str = ""


ANYWHERE = Place()


def event_of(record: Mapping[str, Any], place: Place = ANYWHERE) -> dict[str, Any]:
    """The event that EventBridge makes of a record; its ``id`` is made up."""
    service = str(record.get("eventSource", "")).removesuffix(".amazonaws.com")
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": DETAIL_TYPES.get(str(record.get("eventType")), DETAIL_TYPES["AwsApiCall"]),
        "source": f"aws.{service}",
        "account": place.account or str(record.get("recipientAccountId", "")),
        "time": str(record.get("eventTime", "")),
        "region": place.region or str(record.get("awsRegion", "")),
        "resources": [],
        "detail": dict(record),
    }


def matches_record(pattern: EventPattern, record: Mapping[str, Any], place: Place = ANYWHERE) -> bool:
    """Whether EventBridge matches the event that it makes of a record."""
    return matches_event(pattern, event_of(record, place))


def matches_message(pattern: EventPattern, message: str) -> bool:
    """Whether EventBridge matches a message: an event as it is, or a CloudTrail record as the event that is made of it.

    A JSON object with a ``detail-type`` is an event, and without it a record. No other message matches.
    """
    value = read_object(message)
    if value is None:
        return False
    return matches_event(pattern, value) if "detail-type" in value else matches_record(pattern, value)


def bounds(pattern: EventPattern, place: Place = ANYWHERE) -> Bounds:
    """The records of a place that an event pattern matches surely, and those that it matches at most."""
    found = [_bounds(fields, place) for fields in pattern.alternatives]
    surely = _either(each.surely for each in found)
    return Bounds(surely, _either(each.at_most for each in found))


def surely_matched(pattern: EventPattern, place: Place = ANYWHERE) -> JsonPattern:
    """``bounds(...).surely`` as a filter pattern."""
    return JsonPattern(bounds(pattern, place).surely, pattern.text)


def _bounds(fields: Fields, place: Place) -> Bounds:
    found = [_field(path, tests, place) for path, tests in fields.items()]
    surely = _all(each.surely for each in found)
    return Bounds(surely, _all(each.at_most for each in found))


def _field(path: str, tests: tuple[Test, ...], place: Place) -> Bounds:
    top, _, below = path.partition(".")
    if top == "detail" and below:
        known = {"awsRegion": place.region, "recipientAccountId": place.account}.get(below)
        return _certain(_admits(tests, known)) if known else _of_record(below, tests)
    match path:
        case "detail-type":
            return _of_types(tests)
        case "source":
            return _of_sources(tests)
        case "account" | "region":
            known = place.account if path == "account" else place.region
            return _certain(_admits(tests, known)) if known else Bounds(_given(tests), EVERYTHING)
        case "id" | "version" | "time":
            return Bounds(_given(tests), EVERYTHING)
        case _:
            # CloudTrail's events have no other field, and no value in "resources".
            return _certain(Absent() in tests)


def _admits(tests: Iterable[Test], value: str) -> bool:
    return any(passes(test, value) for test in tests)


def _certain(holds: bool) -> Bounds:
    condition = EVERYTHING if holds else NOTHING
    return Bounds(condition, condition)


def _given(tests: tuple[Test, ...]) -> Expr:
    """What surely matches of a field that holds some text which is not known here."""
    return EVERYTHING if Present() in tests or Prefix("") in tests else NOTHING


def _of_types(tests: tuple[Test, ...]) -> Bounds:
    """By the ``eventType``: management events have one of these, and each detail-type holds records of one."""
    admitted = {kind for kind, detail_type in DETAIL_TYPES.items() if _admits(tests, detail_type)}
    if len(admitted) == len(DETAIL_TYPES):
        return _certain(holds=True)
    surely = _either(Compare(_TYPE, "=", Text(kind)) for kind in DETAIL_TYPES if kind in admitted)
    return Bounds(surely, _either(map(_of_type, sorted(admitted))))


def _of_type(kind: str) -> Expr:
    """Console sign-ins are records of the sign-in service, and ConsoleLogin is always one of them."""
    typed = Compare(_TYPE, "=", Text(kind))
    if kind == CONSOLE_SIGN_IN:
        return _all([typed, Compare(_SOURCE, "=", Text("signin.amazonaws.com"))])
    return _all([typed, _either([Compare(_NAME, "!=", Text(CONSOLE_LOGIN)), NotExists(_NAME)])])


def _of_sources(tests: tuple[Test, ...]) -> Bounds:
    if not any(map(may_be_of_aws, tests)):
        return _certain(holds=False)
    if _admits(tests, "aws.") and all(isinstance(test, Present | Prefix) for test in tests):
        return _certain(holds=True)
    admitted = [name for name in SOURCES if _admits(tests, f"aws.{name}")]
    surely = _either(Compare(_SOURCE, "=", Text(f"{name}.amazonaws.com")) for name in admitted)
    refused = [Compare(_SOURCE, "!=", Text(f"{name}.amazonaws.com")) for name in SOURCES if name not in admitted]
    return Bounds(surely, _either([_all(refused), NotExists(_SOURCE)]))


def _of_record(path: str, tests: tuple[Test, ...]) -> Bounds:
    """A field of the record itself."""
    selector = Selector(tuple(path.split(".")))
    surely = [_surely(selector, test) for test in tests if path in _PLAIN or not _may_mean_numbers(test)]
    if path not in _PLAIN:
        return Bounds(_either(surely), EVERYTHING)
    return Bounds(_either(surely), _either(_at_most(selector, test) for test in tests))


def _may_mean_numbers(test: Test) -> bool:
    """Whether a filter pattern that says the same of texts also matches a number, which it compares by its spelling."""
    if isinstance(test, AnythingBut):
        return False
    return any(_may_be_number(value) for value in _values(test))


def _may_be_number(value: Text | Regex) -> bool:
    return isinstance(value, Regex) or _NUMBER_PART.fullmatch(value.text) is not None


def _surely(selector: Selector, test: Test) -> Expr:
    """Records that surely pass a test of a field, whatever kind of value it holds."""
    match test:
        case Present():
            return Compare(selector, "=", Text("*"))
        case Absent():
            return _surely_absent(tuple(map(str, selector.steps)))
        case AnythingBut(excluded=excluded):
            return _none_of(selector, excluded)
        case Same(value=None | bool() as word):
            return IsNull(selector) if word is None else IsBool(selector, word)
        case Same() | Prefix() | Suffix() | Wildcard() | SameText():
            return _either(Compare(selector, "=", value) for value in _values(test))
        case SameNumber() | NumberRange():
            return NOTHING
        case AddressRange(network=network):
            address = Compare(selector, "=", Text(network.network_address.compressed))
            return address if network.num_addresses == 1 else NOTHING
        case _:
            assert_never(test)


def _surely_absent(path: tuple[str, ...]) -> Expr:
    """Records in which EventBridge surely finds nothing at a path.

    It looks into lists, and names with dots look to it like names inside one another, where a filter pattern finds
    nothing; so what holds the field must be missing as a whole, unless it is documented to be an object of plain names.
    """
    if path[0] in FREE_OBJECTS:
        return NotExists(Selector(path if len(path) < 3 else path[:1]))
    lengths = range(1, len(path))
    unknown = next((length for length in lengths if path[:length] not in OBJECTS), len(path))
    return NotExists(Selector(path[:unknown]))


def _at_most(selector: Selector, test: Test) -> Expr:
    """Records that can pass a test of a field that holds one text or is missing."""
    match test:
        case Present():
            return Compare(selector, "=", Text("*"))
        case AddressRange(network=network):
            return Compare(selector, "=", Text(_beginning(network)))
        case SameNumber() | NumberRange() | Same(value=None | bool()):
            return NOTHING
        case AnythingBut(excluded=excluded):
            exact = all(map(_values, excluded))
        case _:
            exact = isinstance(test, Absent) or bool(_values(test))
    return _surely(selector, test) if exact else Compare(selector, "=", Text("*"))


def _beginning(network: IPv4Network | IPv6Network) -> str:
    """How the addresses of a range begin, as CloudTrail writes them; an IPv6 address can be written in several ways."""
    if network.version == 6:
        return "*"
    octets = str(network.network_address).split(".")[: network.prefixlen // 8]
    return ".".join(octets) if len(octets) == 4 else f"{'.'.join(octets)}.*" if octets else "*"


def _none_of(selector: Selector, excluded: tuple[Test, ...]) -> Expr:
    """Records with a text that is none of those excluded."""
    parts: list[Expr] = [Compare(selector, "=", Text("*"))]
    for test in excluded:
        values = _values(test)
        if not values:
            return NOTHING
        parts += [Compare(selector, "!=", value) for value in values]
    return _all(parts)


def _values(test: Test) -> tuple[Text | Regex, ...]:
    """The value of a filter pattern that says what a test of texts says; none where no filter pattern can say it."""
    match test:
        case Same(value=str(text)):
            return _plain(text)
        case Prefix(text=text, ignore_case=ignore_case):
            return _any_case(text, "^", "") if ignore_case else _plain(text, "", "*")
        case Suffix(text=text, ignore_case=ignore_case):
            return _any_case(text, "", "$") if ignore_case else _plain(text, "*")
        case Wildcard(pieces=pieces):
            return _wildcard(pieces)
        case SameText(text=text):
            return _any_case(text, "^", "$")
        case _:
            return ()


def _plain(text: str, before: str = "", after: str = "") -> tuple[Text, ...]:
    """A text as a value of a filter pattern, in which a star would be a wildcard."""
    return () if "*" in text or not text else (Text(f"{before}{text}{after}"),)


def _any_case(text: str, before: str, after: str) -> tuple[Regex, ...]:
    """A text in capital and small letters as a regular expression of a filter pattern, which takes ASCII only."""
    if not text.isascii() or not text.isprintable():
        return ()
    return (Regex(f"{before}{''.join(map(_either_case, text))}{after}"),)


def _either_case(character: str) -> str:
    """One character in either case; what is neither a letter nor a digit by its number, since it may be an operator."""
    if character.isalpha():
        return f"[{character.upper()}{character.lower()}]"
    return character if character.isdigit() else f"\\x{ord(character):02x}"


def _wildcard(pieces: tuple[str, ...]) -> tuple[Text, ...]:
    """A wildcard as a value of a filter pattern, in which a star between other characters may be a plain character."""
    text = "*".join(pieces)
    middle = "*" in text.strip("*") or any("*" in piece for piece in pieces)
    return () if middle or not text else (Text(text),)


def _all(parts: Iterable[Expr]) -> Expr:
    flat: list[Expr] = []
    for part in parts:
        flat += part.parts if isinstance(part, And) else (part,)
    if NOTHING in flat:
        return NOTHING
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def _either(parts: Iterable[Expr]) -> Expr:
    flat: list[Expr] = []
    for part in parts:
        flat += part.parts if isinstance(part, Or) else (part,)
    if EVERYTHING in flat:
        return EVERYTHING
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
