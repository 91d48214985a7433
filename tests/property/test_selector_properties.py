"""What selectors leave out, against trying every event of a small world with a reader that knows nothing of boxes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.pattern import JsonPattern, matches_value
from scanner.recording.recorded_events import EVERYTHING, NOTHING, Condition, Whole
from scanner.recording.recorded_events import recorded as recorded_as_conditions
from scanner.recording.selected_events import EVERY_SOURCE, SIDES
from scanner.recording.selectors import (
    OPTIONAL_SOURCES,
    Selector,
    dropping_fields,
    read_selectors,
    records_all_objects,
    records_as_much,
    unrecorded_sources,
)

Event = Mapping[str, str | None]

# "c" stands for the letters that no condition names.
TEXTS = st.lists(st.sampled_from("ab"), min_size=1, max_size=2)
SMALL = sorted({"a", "b", *(f"{start}c{end}" for start in ("", "a", "b") for end in ("", "a", "b"))})
BOUNDED = settings(max_examples=30, deadline=None)
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")


def conditions(field: str, values: st.SearchStrategy[list[str]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(OPERATORS), values, max_size=2).map(lambda found: {"Field": field, **found})


def listed(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2)


NAMES = ["GetObject", "GetObjectAcl", "PutObject", "PutObjectAcl", "DeleteObject", "Get", "Put"]
ENDS = ("Acl", "Object")
KEYS = ["", "a", *(f"{start}x{end}" for start in ("", "a") for end in ("", "a", "p", "p/", "p/a", "q/"))]
SIDE = st.one_of(
    st.sampled_from(({"Field": "readOnly", "Equals": ["true"]}, {"Field": "readOnly", "Equals": ["false"]})),
    conditions("readOnly", listed("true", "false")),
)
TYPES = listed("AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn", "AwsVpceEvent", "Aws")
CONSOLE = conditions("sessionCredentialFromConsole", listed("true", "false"))
MANAGEMENT_FIELD = st.one_of(
    SIDE,
    conditions("eventSource", TEXTS),
    conditions("eventName", TEXTS),
    conditions("userIdentity.arn", TEXTS),
    conditions("eventType", TYPES),
    CONSOLE,
)
OBJECT_FIELD = st.one_of(
    SIDE,
    conditions("eventSource", listed("s3.amazonaws.com", "s3", "kms.amazonaws.com")),
    conditions("eventName", listed(*NAMES, *ENDS)),
    conditions("resources.ARN", listed("p", "p/", "p/a", "q/", "a")),
    conditions("eventType", TYPES),
    CONSOLE,
)
CATEGORY = st.sampled_from(("Management", "Management", "Management", "Data"))


def selectors(category: st.SearchStrategy[str], fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(
        st.builds(
            lambda name, rest: {"FieldSelectors": [{"Field": "eventCategory", "Equals": [name]}, *rest]},
            category,
            st.lists(fields, max_size=3),
        ),
        min_size=1,
        max_size=3,
    )


def accepts(condition: Mapping[str, Any], value: str | None) -> bool:
    """One field selector, operator by operator, as the user guide tells it."""
    chosen = [key for key in ("Equals", "StartsWith", "EndsWith") if key in condition]
    refused = [key for key in ("NotEquals", "NotStartsWith", "NotEndsWith") if key in condition]

    def hit(key: str) -> bool:
        def one(text: str) -> bool:
            if value is None:
                return False
            if key.endswith("Equals"):
                return value == text
            return value.startswith(text) if key.endswith("StartsWith") else value.endswith(text)

        return any(map(one, condition[key]))

    if not chosen and not refused:
        return False
    return not any(map(hit, refused)) and (not chosen or any(map(hit, chosen)))


def recorded(given_selectors: list[Any], event: Event) -> bool:
    for selector in given_selectors:
        if all(accepts(part, event.get(part["Field"])) for part in selector["FieldSelectors"]):
            return True
    return False


def management(side: str, source: str, names: list[str], arns: list[str]) -> Iterator[Event]:
    kinds = ("AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn", "AwsConsoleAction")
    for name, kind, console, arn in product(names, kinds, ("true", None), (*arns, None)):
        yield {
            "eventCategory": "Management",
            "readOnly": side,
            "eventSource": source,
            "eventName": name,
            "eventType": kind,
            "sessionCredentialFromConsole": console,
            "userIdentity.arn": arn,
        }


def narrowed_words(given_selectors: list[Any], field: str) -> list[str]:
    """The small world's words, but one word where no selector looks at the field."""
    used = any(part["Field"] == field for item in given_selectors for part in item["FieldSelectors"])
    return SMALL if used else ["c"]


def missed(given_selectors: list[Any], side: str, source: str) -> bool:
    names, arns = (narrowed_words(given_selectors, field) for field in ("eventName", "userIdentity.arn"))
    return not all(recorded(given_selectors, event) for event in management(side, source, names, arns))


def stands_for(shown: str, source: str) -> bool:
    if "*" not in shown:
        return shown == source
    start, _, end = shown.partition("*")
    return source.startswith(start) and source.endswith(end)


@BOUNDED
@given(selectors(CATEGORY, MANAGEMENT_FIELD))
def test_sources_are_left_out_exactly_when_an_event_is_missed(listing: list[Any]) -> None:
    read = read_selectors({"AdvancedEventSelectors": listing}, custom=True)
    sources = narrowed_words(listing, "eventSource")
    for side, value in (("read", "true"), ("write", "false")):
        said = unrecorded_sources(read, side)
        missing = [source for source in (*sources, *OPTIONAL_SOURCES) if missed(listing, value, source)]
        assert bool(missing) == bool(said), (side, said, missing)
        for source in missing:
            assert EVERY_SOURCE in said or any(stands_for(shown, source) for shown in said)
        for shown in said:
            assert shown == EVERY_SOURCE or any(stands_for(shown, source) for source in missing)


EVENT = st.fixed_dictionaries(
    {
        "readOnly": st.sampled_from(("true", "false")),
        "eventSource": st.sampled_from(SMALL),
        "eventName": st.sampled_from(SMALL),
        "eventType": st.sampled_from(("AwsApiCall", "AwsServiceEvent", "AwsConsoleSignIn", "AwsVpceEvent")),
        "sessionCredentialFromConsole": st.sampled_from(("true", None)),
        "userIdentity.arn": st.sampled_from((*SMALL, None)),
    }
)


def selected(read: Sequence[Selector], event: Event) -> bool:
    """Whether coverage counts a management event as recorded."""
    for item in read:
        box = item.management
        if box is not None and all(part.accepts(event.get(part.name)) for part in box):
            return True
    return False


def holds(condition: Condition, event: Event) -> bool:
    """Whether a route's condition on events holds for one, written as records are."""
    if isinstance(condition, Whole):
        return condition is EVERYTHING
    record: dict[str, Any] = {name: value for name, value in event.items() if value is not None}
    record["readOnly"] = event["readOnly"] == "true"
    record["userIdentity"] = {"arn": record.pop("userIdentity.arn", None)}
    if record["userIdentity"]["arn"] is None:
        record["userIdentity"] = {}
    return matches_value(JsonPattern(condition), record)


@BOUNDED
@given(selectors(CATEGORY, MANAGEMENT_FIELD), st.lists(EVENT, min_size=10, max_size=30))
def test_routes_and_coverage_read_the_same_selectors_alike(listing: list[Any], events: list[Event]) -> None:
    read = read_selectors({"AdvancedEventSelectors": listing}, custom=True)
    as_conditions = recorded_as_conditions(read)
    for event in events:
        is_recorded = recorded(listing, {**event, "eventCategory": "Management"})
        assert holds(as_conditions.surely, event) <= is_recorded <= holds(as_conditions.at_most, event)
        assert is_recorded == selected(read, event)
    if as_conditions.surely is EVERYTHING:
        assert not any(unrecorded_sources(read, side) for side in SIDES)
    if as_conditions.at_most is NOTHING:
        assert all(unrecorded_sources(read, side) == (EVERY_SOURCE,) for side in SIDES)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("name", ["eventSource", "eventName", "eventType", "userIdentity.arn", "readOnly"])
def test_every_operator_of_a_field_is_read_alike(name: str, operator: str) -> None:
    texts = ["true"] if name == "readOnly" else ["a", "bc"]
    listing = [
        {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": name, operator: texts}]}
    ]
    (read,) = read_selectors({"AdvancedEventSelectors": listing}, custom=True)
    as_conditions = recorded_as_conditions([read])
    plain: Event = {
        "readOnly": "true",
        "eventSource": "s",
        "eventName": "n",
        "eventType": "t",
        "userIdentity.arn": None,
    }
    values = (
        ("true", "false") if name == "readOnly" else (*SMALL, "bc", *([None] if name == "userIdentity.arn" else []))
    )
    for value in values:
        event = {**plain, name: value}
        is_recorded = recorded(listing, {**event, "eventCategory": "Management"})
        assert is_recorded == selected([read], event)
        if name == "readOnly" and operator.endswith("With"):
            assert (as_conditions.surely, as_conditions.at_most) == (NOTHING, EVERYTHING)
        else:
            assert holds(as_conditions.surely, event) == holds(as_conditions.at_most, event) == is_recorded


@BOUNDED
@given(st.lists(st.sampled_from(("All", "ReadOnly", "WriteOnly", "Odd")), max_size=2), TEXTS, EVENT)
def test_basic_selectors_are_read_alike(kinds: list[str], excluded: list[str], event: Event) -> None:
    listing = [{"ReadWriteType": kind, "ExcludeManagementEventSources": excluded} for kind in kinds]
    read = read_selectors({"EventSelectors": listing}, custom=True)
    as_conditions = recorded_as_conditions(read)
    assert holds(as_conditions.surely, event) == selected(read, event)
    assert "Odd" in kinds or as_conditions.surely == as_conditions.at_most


@BOUNDED
@given(selectors(CATEGORY, MANAGEMENT_FIELD))
def test_a_field_is_named_exactly_when_management_selectors_drop_an_event(listing: list[Any]) -> None:
    read = read_selectors({"AdvancedEventSelectors": listing}, custom=True)
    if not any(item.management is not None for item in read):
        return
    for side, value in (("read", "true"), ("write", "false")):
        named = dropping_fields(read, side)
        dropped = any(
            missed(listing, value, source) for source in (*narrowed_words(listing, "eventSource"), *OPTIONAL_SOURCES)
        )
        assert bool(named) == dropped
        assert named <= {part["Field"] for item in listing for part in item["FieldSelectors"]}


@BOUNDED
@given(selectors(st.just("Data"), OBJECT_FIELD))
@example(
    [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "eventName", "NotEquals": ["Acl"]}]}]
)
def test_objects_are_recorded_exactly_when_no_event_of_theirs_is_missed(listing: list[Any]) -> None:
    kind = {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}
    whole = [{"FieldSelectors": [kind, *item["FieldSelectors"]]} for item in listing]
    read = read_selectors({"AdvancedEventSelectors": whole}, custom=True)
    others = {"true": ("Put", "Delete"), "false": ("Get", "List")}
    for side, value in (("read", "true"), ("write", "false")):
        made_up = (f"{start}x{end}" for start in ("", *NAMES, *ENDS) for end in ("", *NAMES, *ENDS))
        names = [name for name in (*NAMES, *ENDS, *made_up) if not name.startswith(others[value])]
        events: Iterator[Event] = (
            {
                "eventCategory": "Data",
                "resources.type": "AWS::S3::Object",
                "eventSource": "s3.amazonaws.com",
                "readOnly": value,
                "eventName": name,
                "resources.ARN": f"p/{key}",
                "eventType": event_type,
                "sessionCredentialFromConsole": console,
            }
            for name in names
            for key in KEYS
            for event_type in ("AwsApiCall", "AwsServiceEvent")
            for console in ("true", None)
        )
        everything = all(recorded(whole, event) for event in events)
        assert records_all_objects(read, side, "p/") == everything


@settings(max_examples=40, deadline=None)
@given(selectors(CATEGORY, MANAGEMENT_FIELD), selectors(CATEGORY, MANAGEMENT_FIELD))
def test_selectors_record_as_much_exactly_when_no_event_is_lost(mine: list[Any], theirs: list[Any]) -> None:
    one, other = (read_selectors({"AdvancedEventSelectors": listing}, custom=True) for listing in (mine, theirs))
    sources, names, arns = (
        narrowed_words([*mine, *theirs], field) for field in ("eventSource", "eventName", "userIdentity.arn")
    )
    lost = any(
        recorded(mine, event) and not recorded(theirs, event)
        for side in ("true", "false")
        for source in sources
        for event in management(side, source, names, arns)
    )
    assert records_as_much(other, one) is not lost
