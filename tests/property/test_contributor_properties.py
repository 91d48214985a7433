"""Top contributors: the same for any sharding, order and repetition of records, and as the converted pattern says."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import PatternError
from scanner.events.contributors import Contributors, contributors
from scanner.files.log_source import HeldSource
from scanner.pattern import JsonPattern, matches_value, parse
from scanner.pattern.contribution.contribution import Contribution, Left, contribution
from scanner.pattern.contribution.definition import read_definition
from scanner.pattern.convert import convert
from tests.unit.pattern.convert.records import CONDITIONS, RECORDS

RULE = read_definition(
    json.dumps(
        {
            "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
            "LogGroupNames": ["audit"],
            "LogFormat": "JSON",
            "Contribution": {
                "Keys": ["$.userIdentity.arn"],
                "ValueOf": "$.amount",
                "Filters": [{"Match": "$.eventName", "NotIn": ["Skipped"]}],
            },
            "AggregateOn": "Sum",
        }
    ),
    "rule.json",
)

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["alice", "bob", None]),
        st.one_of(st.integers(-5, 5), st.floats(-1e6, 1e6), st.none()),
        st.sampled_from(["Read", "Skipped", None]),
    ),
    max_size=30,
)


def records_of(events: Sequence[tuple[Any, Any, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, (who, amount, name) in enumerate(events):
        record = {"eventVersion": "1.09", "eventID": f"{number:08}-0000-4000-8000-000000000000", "amount": amount}
        record |= {"eventTime": "2026-11-20T06:00:00Z", "eventSource": "s3.amazonaws.com"}
        record |= {"userIdentity": {"arn": who} if who else {}, **({"eventName": name} if name else {})}
        found.append(record)
    return found


def counted(shards: Sequence[Sequence[dict[str, Any]]]) -> Contributors:
    sources = [
        HeldSource(f"{number}.json", json.dumps({"Records": list(shard)}).encode())
        for number, shard in enumerate(shards)
    ]
    found = Contributors()
    for shard in contributors(RULE, sources):
        found.add(shard)
    return found


@settings(max_examples=30, deadline=None)
@given(EVENTS, st.data())
def test_no_sharding_and_no_repeat_changes_the_result(events: list[tuple[Any, Any, Any]], data: st.DataObject) -> None:
    records = records_of(events)
    whole = counted([records])
    shards: list[list[dict[str, Any]]] = [[] for _ in range(4)]
    for record in data.draw(st.permutations(records)):
        for shard in data.draw(st.sets(st.sampled_from(range(4)), min_size=1, max_size=3)):
            shards[shard].append(record)
    spread = counted(shards)
    assert spread.top(100) == whole.top(100)
    assert (spread.total, spread.counted) == (whole.total, whole.counted)
    named = sorted(set(whole.left) - {Left.FILTERED}, key=lambda why: why.name)
    assert [spread.left[why] for why in named] == list(map(whole.left.__getitem__, named))


@settings(max_examples=30, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=3), st.sampled_from(["&&", "||"]))
def test_a_converted_pattern_counts_what_it_matches(conditions: list[str], operator: str) -> None:
    pattern = parse(f"{{ {f' {operator} '.join(conditions)} }}")
    assert isinstance(pattern, JsonPattern)
    try:
        written = convert(pattern, "contributor-insights").text
    except PatternError:
        return
    rule = read_definition(written.replace("$.userIdentity.arn", "$.eventSource"), "rule.json")
    for record in RECORDS:
        assert isinstance(contribution(rule, record), Contribution) is matches_value(pattern, record)


def test_amounts_are_added_up_by_contributor() -> None:
    events = [("alice", 2, "Read"), ("bob", 5, "Read"), ("alice", 0.5, "Read"), ("alice", 9, "Skipped")]
    found = counted([records_of(events)])
    assert Counter(dict(found.top(10))) == Counter({("bob",): 5, ("alice",): 2.5})
    assert found.top(1) == [(("bob",), 5)]


def test_equal_amounts_are_in_the_order_of_their_keys() -> None:
    found = counted([records_of([("zoe", 1, "Read"), ("bob", 1, "Read"), ("alice", 1, "Read")])])
    assert [keys for keys, _ in found.top(10)] == [("alice",), ("bob",), ("zoe",)]


def test_what_is_small_is_not_lost_beside_what_is_large() -> None:
    amounts = [1e16, 1.0, -1e16]
    for order in (amounts, amounts[::-1], [1.0, 1e16, -1e16]):
        assert counted([records_of([("alice", amount, "Read") for amount in order])]).total == 1
