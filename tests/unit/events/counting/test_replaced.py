"""A record with an addendum UPDATED_DATA replaces the one it names, wherever the two are."""

import errno
import json
from array import array
from pathlib import Path
from typing import Any

import pytest

from scanner.cases.record_run import judge_records
from scanner.checks.log_events import judge_all
from scanner.events.counting import kept
from scanner.events.counting.parts import Part, merge
from scanner.events.counting.results import LogResult
from scanner.events.matching.conditions.compiled_rules import judged_rules
from scanner.events.workers import evaluate_sources
from scanner.log_sources.kinds.files import FileSource
from scanner.model import LogEventsCheck, Outcome, Rule, RuleId, Severity, Threshold

RULE = Rule(
    id=RuleId("event.mine"),
    title="",
    severity=Severity.LOW,
    description="",
    rationale="",
    remediation="",
    references=(),
    parameters=(),
    check=LogEventsCheck('{ $.eventName = "StopLogging" }', excluded='{ $.errorCode = "*" }'),
    path="",
    text="",
)
PLAIN = {
    "eventVersion": "1.11",
    "eventTime": "2026-11-20T07:00:00Z",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "recipientAccountId": "111122223333",
}


def record(event_id: str, **more: Any) -> dict[str, Any]:
    return {**PLAIN, "eventID": event_id, **more}


def update(event_id: str, original: str, reason: str = "UPDATED_DATA", **more: Any) -> dict[str, Any]:
    return record(event_id, addendum={"reason": reason, "originalEventID": original}, **more)


def over(folder: Path, *files: list[dict[str, Any]], rule: Rule = RULE) -> LogResult:
    sources = []
    for number, records in enumerate(files):
        path = folder / f"{number}.json"
        path.write_text(json.dumps({"Records": records}), encoding="utf-8")
        sources.append(FileSource(path.name, path, 1 << 20))
    return evaluate_sources(judged_rules((rule,)), sources)


@pytest.mark.parametrize("same_id", [True, False])
@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize("later_first", [True, False])
def test_the_later_record_counts(tmp_path: Path, *, same_id: bool, split: bool, later_first: bool) -> None:
    both = [record("a"), update("a" if same_id else "b", "a", errorCode="AccessDenied")]
    both = both[::-1] if later_first else both
    result = over(tmp_path, *([[each] for each in both] if split else [both]))
    (finding,) = judge_all((RULE,), result)
    assert finding.outcome is Outcome.PASS
    assert sum(source.duplicates for source in result.sources) == 1
    assert [note for source in result.sources for note in source.notes] == [
        "1 record replaced by a later one (addendum UPDATED_DATA)"
    ]


def test_one_event_is_one_hit(tmp_path: Path) -> None:
    result = over(tmp_path, [record("a"), record("a"), record("c")], [update("b", "a")])
    (hits,) = result.hits.values()
    assert (hits.count, hits.records) == (2, 2)
    assert [hit.event_id for hit in hits.first] == ["c", "b"]
    assert (result.records, sum(source.duplicates for source in result.sources)) == (4, 2)


def test_the_same_id_twice_is_one_event(tmp_path: Path) -> None:
    result = over(tmp_path, [record("a")], [update("a", "a"), update("a", "a"), record("a")])
    (hits,) = result.hits.values()
    assert (hits.count, hits.records) == (1, 2)
    assert [(hit.event_id, hit.source, hit.position) for hit in hits.first] == [("a", "1.json", 0)]
    assert result.records - sum(source.duplicates for source in result.sources) == 1


def test_a_completed_record_alone_is_an_event(tmp_path: Path) -> None:
    result = over(tmp_path, [update("a", "a")])
    (hits,) = result.hits.values()
    assert hits.count == 1
    assert result.sources[0].duplicates == 0


@pytest.mark.parametrize("reason", ["DELIVERY_DELAY", "SERVICE_OUTAGE"])
def test_other_addenda_replace_nothing(tmp_path: Path, reason: str) -> None:
    result = over(tmp_path, [record("a"), update("b", "a", reason)])
    (hits,) = result.hits.values()
    assert hits.count == 2


def test_more_hits_than_are_shown(tmp_path: Path) -> None:
    originals = [record(f"a{number}") for number in range(30)]
    later = [update(f"z{number}", f"a{number}", errorCode="x") for number in range(29)]
    result = over(tmp_path, originals, later)
    (finding,) = judge_all((RULE,), result)
    assert finding.outcome is Outcome.FAIL
    assert finding.hit_count == 1


def test_a_burst_of_replaced_records_is_none(tmp_path: Path) -> None:
    check = LogEventsCheck('{ $.eventName = "StopLogging" }', '{ $.errorCode = "*" }', threshold=Threshold(2, 60))
    rule = Rule(**{**{name: getattr(RULE, name) for name in RULE.__slots__}, "check": check})
    files = [record("a"), record("b")], [update("c", "a", errorCode="x")]
    (finding,) = judge_all((rule,), over(tmp_path, *files, rule=rule))
    assert finding.outcome is not Outcome.FAIL


def test_engine_and_language_agree() -> None:
    (finding,), problems = judge_records(RULE, [record("a"), update("b", "a", errorCode="x"), record("c")], {})
    assert not problems
    assert finding.hit_count == 1


def kept_part(first: int) -> kept.KeptPart:
    places = {(0, "111122223333"): array("I", [0, 1]), (7, ""): array("I", []), (8, "x"): array("I", [1])}
    return kept.KeptPart(array("Q", [first, 2**64 - 1]), array("I", [1]), first, places)


@pytest.mark.parametrize("in_memory", [1, 50, 1_000_000])
def test_what_is_remembered_comes_back_from_memory_and_from_the_file(in_memory: int) -> None:
    parts = [kept_part(number) for number in (1, 2, 3)]
    with kept.Kept(in_memory) as held:
        for part in parts:
            held.add(part)
        assert held.all
        assert list(held.taken_back({2, 3})) == [(parts[1], frozenset({0})), (parts[2], frozenset({0}))]
        assert [places for _, places in held.taken_back({1, 2**64 - 1})] == [{0, 1}, {1}, {1}]


class Full:
    """A file on a disk without room."""

    def tell(self) -> int:
        return 0

    def write(self, _: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(self) -> None:
        pass


def test_without_room_to_remember_nothing_is_taken_back_and_the_count_is_not_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "SpooledTemporaryFile", lambda **_: Full())
    with kept.Kept() as held:
        held.add(kept_part(1))
        held.add(kept_part(2))
        assert not held.all
        assert not list(held.taken_back({1, 2}))
    later = Part()
    later.prints.append(2)
    assert merge([later], ()).exact  # no record of it replaces another
    later.originals.add(1)
    assert not merge([later], ()).exact


def aggregated(event_id: str) -> dict[str, Any]:
    return {
        "eventVersion": "1.0",
        "accountId": "111122223333",
        "eventId": event_id,
        "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent",
        "awsRegion": "us-east-1",
        "eventSource": "s3.amazonaws.com",
        "timeWindow": {"windowStart": "2026-05-01T12:00:00Z", "windowEnd": "2026-05-01T12:05:00Z"},
        "summary": {},
    }


def test_aggregated_events_have_an_account_and_an_id(tmp_path: Path) -> None:
    result = over(tmp_path, [aggregated("x"), aggregated("x"), aggregated("y")])
    assert dict(result.accounts) == {"111122223333": 3}
    assert dict(result.apart) == {("111122223333", "Aggregated"): 3}
    assert sum(source.duplicates for source in result.sources) == 1
    (finding,) = judge_all((RULE,), result)
    assert finding.outcome is Outcome.UNKNOWN
