"""A place that is marked as not known is neither absent nor null, and nobody reads it by mistake."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from scanner.model import CallKey, GapKind
from scanner.snapshot.partly import (
    NotKnownError,
    PartlyKnown,
    UnknownPlace,
    known_part,
    parted,
    pointer_problem,
)

KEY = CallKey("111122223333", "us-east-1", "cloudwatch.DescribeAlarms")
PAGES: list[dict[str, Any]] = [
    {
        "MetricAlarms": [
            {"AlarmName": "a", "AlarmActions": ["x", "y"], "Dimensions": [{"Name": "n", "Value": "v"}]},
            {"AlarmName": "b", "Metric": {"Namespace": "N", "Stat": {"Unit": "Count"}}},
        ],
        "Attributes": {"Policy": "{}", "a/b~c": 1},
    }
]


def hidden(*pointers: str) -> tuple[Any, list[str]]:
    """The first page with places hidden, and the pointers that concern a page or a listing as a whole."""
    found = parted(KEY, PAGES, [UnknownPlace(pointer, "a plan") for pointer in pointers])
    return found.pages[0], [place.pointer for place in found.of_listings]


@pytest.mark.parametrize(
    "look",
    [
        lambda held: held["AlarmActions"],
        lambda held: held.get("AlarmActions"),
        lambda held: held.get("AlarmActions", []),
        lambda held: "AlarmActions" in held,
        list,
        dict,
        len,
        lambda held: {**held},
        lambda held: list(held.items()),
        lambda held: list(held.keys()),
        lambda held: list(held.values()),
        lambda held: held.copy(),
        lambda held: held == {},
        lambda held: held != {},
        lambda held: held in ("", [], {}),
        json.dumps,
        copy.deepcopy,
        lambda held: held | {},
        lambda held: {} | held,
    ],
)
def test_every_look_at_what_is_not_known_raises(look: Callable[[Any], object]) -> None:
    page, _ = hidden("/pages/0/MetricAlarms/0/AlarmActions")
    with pytest.raises(NotKnownError) as raised:
        look(page["MetricAlarms"][0])
    assert raised.value.gap.kind is GapKind.NOT_KNOWN
    assert raised.value.gap.pointer == "/pages/0/MetricAlarms/0/AlarmActions"
    place = "/pages/0/MetricAlarms/0/AlarmActions"
    assert str(raised.value) == (f"cloudwatch.DescribeAlarms in 111122223333/us-east-1: {place} is not known (a plan)")


def test_what_is_known_beside_it_is_read_as_ever() -> None:
    page, listings = hidden("/pages/0/MetricAlarms/0/AlarmActions")
    alarm, other = page["MetricAlarms"]
    assert listings == []
    assert (alarm["AlarmName"], alarm.get("Nothing"), bool(alarm)) == ("a", None, True)
    assert isinstance(alarm, dict)
    assert other == PAGES[0]["MetricAlarms"][1]
    assert known_part(alarm)[0] == {"AlarmName": "a", "Dimensions": [{"Name": "n", "Value": "v"}]}
    assert list(known_part(alarm)[1]) == ["AlarmActions"]
    assert known_part(other) == (other, {})


def test_the_answer_itself_is_not_changed() -> None:
    before = copy.deepcopy(PAGES)
    hidden("/pages/0/MetricAlarms/0/AlarmActions", "/pages/0/Attributes/Policy")
    assert before == PAGES


@pytest.mark.parametrize(
    ("pointer", "index", "member"),
    [
        ("/pages/0/MetricAlarms/0/AlarmActions/1", 0, "AlarmActions"),
        ("/pages/0/MetricAlarms/0/Dimensions/0/Value", 0, "Dimensions"),
        ("/pages/0/MetricAlarms/0/NotThere", 0, "NotThere"),
        ("/pages/0/MetricAlarms/1/Metric/Stat/Unit", 1, "Metric"),
        ("/pages/0/MetricAlarms/1/Metric", 1, "Metric"),
    ],
)
def test_a_place_inside_a_thing_hides_the_member_that_it_is_in(pointer: str, index: int, member: str) -> None:
    page, listings = hidden(pointer)
    known, gaps = known_part(page["MetricAlarms"][index])
    assert listings == []
    assert list(gaps) == [member]
    assert gaps[member].pointer == pointer
    assert member not in known


def test_objects_inside_objects_are_known_but_for_the_place() -> None:
    page, _ = hidden("/pages/0/MetricAlarms/1/Metric/Stat/Unit", "/pages/0/Attributes/a~1b~0c")
    assert page["MetricAlarms"][1]["Metric"]["Namespace"] == "N"
    with pytest.raises(NotKnownError):
        page["MetricAlarms"][1]["Metric"]["Stat"].get("Unit")
    assert page["Attributes"]["Policy"] == "{}"
    with pytest.raises(NotKnownError):
        page["Attributes"].get("a/b~c")
    assert list(known_part(page)[1]) == ["Attributes"]
    with pytest.raises(NotKnownError):
        dict(page["MetricAlarms"][1])


@pytest.mark.parametrize("pointer", ["/pages/0", "/pages/0/MetricAlarms", "/pages/0/MetricAlarms/0", "/pages/0/Other"])
def test_a_listing_of_which_something_is_not_known_is_not_whole(pointer: str) -> None:
    assert hidden(pointer)[1] == [pointer]


def test_a_place_inside_another_one_adds_nothing() -> None:
    page, listings = hidden("/pages/0/MetricAlarms/0", "/pages/0")
    assert (page, listings) == ({}, ["/pages/0"])


def test_several_places_of_one_thing() -> None:
    page, _ = hidden("/pages/0/MetricAlarms/0/AlarmActions", "/pages/0/MetricAlarms/0/AlarmName")
    assert sorted(known_part(page["MetricAlarms"][0])[1]) == ["AlarmActions", "AlarmName"]


@pytest.mark.parametrize(
    ("pointer", "problem"),
    [
        ("/pages/0", ""),
        ("/pages/0/MetricAlarms/1/AlarmActions", ""),
        ("/pages/0/Attributes/a~1b~0c", ""),
        ("", "is not a JSON Pointer (RFC 6901)"),
        ("pages/0", "is not a JSON Pointer (RFC 6901)"),
        ("/pages/0/a~2b", "is not a JSON Pointer (RFC 6901)"),
        ("/pages", "does not begin with /pages/ and the number of a page"),
        ("/MetricAlarms/0", "does not begin with /pages/ and the number of a page"),
        ("/pages/1", "leads nowhere: '1' is not an index of a list of 1"),
        ("/pages/00", "leads nowhere: '00' is not an index of a list of 1"),
        ("/pages/0/MetricAlarms/-", "leads nowhere: '-' is not an index of a list of 2"),
        ("/pages/0/Nothing/Below", "leads nowhere: there is no member 'Nothing'"),
        ("/pages/0/MetricAlarms/0/AlarmName/x", "leads nowhere: 'x' is below a value without members"),
    ],
)
def test_a_pointer_leads_to_a_place_of_the_answer(pointer: str, problem: str) -> None:
    assert pointer_problem(pointer, PAGES) == problem


def test_a_mapping_equals_itself_alone() -> None:
    page, _ = hidden("/pages/0/MetricAlarms/0/AlarmActions")
    alarm = page["MetricAlarms"][0]
    assert isinstance(alarm, PartlyKnown)
    same = alarm
    assert alarm == same
