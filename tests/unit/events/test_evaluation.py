import gzip
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from scanner.errors import SourceError, UsageError
from scanner.events.counting.parts import SAMPLE, Part, merge
from scanner.events.counting.results import LogResult
from scanner.events.evaluation import Evaluator
from scanner.events.matching.conditions.compiled_rules import Judged, judged_rules
from scanner.events.reading.fields.period import Period
from scanner.events.reading.fields.times import microseconds
from scanner.events.workers import evaluate_sources
from scanner.model import LogEventsCheck, Parameter, RouteCheck, Rule, RuleId, Severity, Threshold

ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Bytes:
    name: str
    data: bytes

    def read(self) -> bytes:
        return self.data


@dataclass(frozen=True)
class Broken:
    name: str

    def read(self) -> bytes:
        raise SourceError(f"{self.name} is locked.")


class Defect(Broken):
    """Breaks the contract of sources: what cannot be read is a SourceError."""

    def read(self) -> bytes:
        raise OSError(f"{self.name} is locked.")


class Stuck(Bytes):
    """Cannot travel to another process."""

    def __reduce__(self) -> str:
        raise TypeError("this source stays here")


def rule(name: str, events: str, **check: Any) -> Rule:
    parameters = check.pop("parameters", ())
    return Rule(
        id=RuleId(f"event.{name}"),
        title=name,
        severity=Severity.HIGH,
        description="",
        rationale="",
        remediation="",
        references=(),
        parameters=parameters,
        check=LogEventsCheck(events, **check),
        path="",
        text="",
    )


STOP = rule("stop", "{ $.eventName = StopLogging }")
BURST = rule("burst", "{ $.eventName = ConsoleLogin }", threshold=Threshold(3, 60, ("sourceIPAddress",)))
RULES = judged_rules([STOP, BURST])


def event(number: int, name: str = "StopLogging", **changes: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "eventTime": f"2026-03-01T00:00:{number % 60:02}Z",
        "eventID": str(uuid.UUID(int=number * 104729 + 7, version=4)),
        "eventName": name,
        "eventSource": "cloudtrail.amazonaws.com",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.7",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/eve", "accountId": ACCOUNT},
        "recipientAccountId": ACCOUNT,
        **changes,
    }


def log_file(name: str, *events: Any, packed: bool = True) -> Bytes:
    content = json.dumps({"Records": list(events)}, separators=(",", ":")).encode()
    return Bytes(name, gzip.compress(content, mtime=0) if packed else content)


def run(sources: Sequence[Any], rules: Sequence[Judged] = RULES, **options: Any) -> LogResult:
    return evaluate_sources(rules, sources, **options)


def test_one_file() -> None:
    result = run([log_file("a", event(1), event(2, "PutObject"), event(3))])
    hits = result.hits[STOP.id, ACCOUNT]
    assert (hits.count, hits.records) == (2, 2)
    first = hits.first[0]
    assert (first.position, first.source, first.time) == (0, "a", "2026-03-01T00:00:01Z")
    assert (first.actor, first.region, first.address) == (
        "arn:aws:iam::111122223333:user/eve",
        "eu-west-1",
        "203.0.113.7",
    )
    (source,) = result.sources
    assert (source.records, source.matched, source.duplicates, source.envelope) == (3, 2, 0, "records")
    assert result.accounts == {ACCOUNT: 3}
    assert result.records == 3
    assert result.exact
    assert result.incomplete == ()


def test_a_record_delivered_twice_counts_once() -> None:
    result = run([log_file("b", event(1), event(2)), log_file("a", event(1), event(1))])
    assert result.hits[STOP.id, ACCOUNT].count == 2
    assert result.hits[STOP.id, ACCOUNT].records == 4
    assert [(hit.source, hit.position) for hit in result.hits[STOP.id, ACCOUNT].first] == [("a", 0), ("b", 1)]
    assert [(source.source, source.duplicates) for source in result.sources] == [("a", 1), ("b", 1)]


def test_a_harmless_record_with_the_same_id_hides_nothing() -> None:
    same = event(1)["eventID"]
    result = run([log_file("a", event(1, "PutObject")), log_file("b", event(2, eventID=same))])
    assert result.hits[STOP.id, ACCOUNT].count == 1
    assert result.sources[1].duplicates == 1


def test_records_without_id_are_never_the_same() -> None:
    result = run([log_file("a", event(1, eventID=None), event(1, eventID=None))])
    assert result.hits[STOP.id, ACCOUNT].count == 2
    assert len(result.hits[STOP.id, ACCOUNT].first) == 2


def test_accounts_are_kept_apart() -> None:
    old = event(3)
    del old["recipientAccountId"]
    nobody = event(4, userIdentity={}, recipientAccountId="")
    result = run([log_file("a", event(1), event(2, recipientAccountId="222233334444"), old, nobody)])
    assert result.accounts == {"": 1, ACCOUNT: 2, "222233334444": 1}
    assert {account: hits.count for (_, account), hits in result.hits.items()} == {"": 1, ACCOUNT: 2, "222233334444": 1}


def test_only_the_first_hits_are_shown() -> None:
    result = run([log_file(f"{number:02}", event(number)) for number in range(SAMPLE * 3)])
    hits = result.hits[STOP.id, ACCOUNT]
    assert hits.count == SAMPLE * 3
    assert [int(hit.source) for hit in hits.first] == list(range(SAMPLE))


def test_bursts_cross_files() -> None:
    logins = [event(number, "ConsoleLogin") for number in (5, 1, 9)]
    result = run([log_file(f"{at}", login) for at, login in enumerate(logins)] + [log_file("9", logins[0])])
    (burst,) = result.bursts[BURST.id].found
    assert burst.group == ("by", '"203.0.113.7"')
    assert [item.hit.source for item in burst.occurrences] == ["1", "0", "2"]
    assert run([log_file("a", *logins[:2], logins[0])]).bursts[BURST.id].found == ()


def test_hits_without_a_time() -> None:
    result = run([log_file("a", event(1, "ConsoleLogin", eventTime="soon"))])
    assert result.bursts[BURST.id].undated == 1


def test_a_second_count_and_different_values() -> None:
    threshold = Threshold(3, 60, ("sourceIPAddress",), ("userIdentity.arn",), "eventName", "$actions")
    actions = Parameter("actions", "integer", 2)
    (judged,) = judged_rules([rule("many", "{ $.errorCode = * }", threshold=threshold, parameters=(actions,))])
    names = ("A", "B", "A")
    events = [
        event(number, name, errorCode="E", sourceIPAddress=f"203.0.113.{number}") for number, name in enumerate(names)
    ]
    (burst,) = run([log_file("a", *events)], [judged]).bursts[judged.rule].found
    assert burst.group[0] == "or_by"
    same = [replaced | {"eventName": "A"} for replaced in events]
    assert run([log_file("a", *same)], [judged]).bursts[judged.rule].found == ()
    unknown = [replaced | {"userIdentity": {}} for replaced in events]
    assert run([log_file("a", *unknown)], [judged]).bursts[judged.rule].found == ()


def test_what_must_have_been_seen() -> None:
    (judged,) = judged_rules([rule("read", "{ $.eventName = GetObject }", seen="{ $.eventSource = s3* }")])
    assert run([log_file("a", event(1))], [judged]).seen == frozenset()
    seen = run([log_file("a", event(1, eventSource="s3.amazonaws.com"))], [judged])
    assert seen.seen == {(judged.rule, ACCOUNT)}
    assert seen.hits == {}
    assert seen.sources[0].matched == 0


def test_what_cannot_be_read_is_accounted_for() -> None:
    half = log_file("half", *(event(number) for number in range(50)))
    result = run(
        [Broken("broken"), Bytes("half", half.data[:-40]), log_file("whole", event(1), packed=False), Bytes("no", b"x")]
    )
    assert [source.source for source in result.sources] == ["broken", "half", "no", "whole"]
    assert "broken" in {source.source for source in result.incomplete}
    assert "half" in {source.source for source in result.incomplete}
    assert "locked" in result.sources[0].cut
    assert result.sources[3].records == 1


def test_a_window_of_time() -> None:
    period = Period(microseconds("2026-03-01T00:00:02Z"), microseconds("2026-03-01T00:00:03Z"))
    result = run([log_file("a", *(event(number) for number in range(6)))], period=period)
    assert [hit.position for hit in result.hits[STOP.id, ACCOUNT].first] == [2, 3]


def test_rules_of_other_kinds_are_refused() -> None:
    route = replace(STOP, check=RouteCheck("{ $.a = b }", None, (), 1, 1))
    with pytest.raises(UsageError, match=r"event\.stop is not a log-events rule"):
        judged_rules([route])
    with pytest.raises(UsageError, match=r"In rule event\.bad: "):
        judged_rules([rule("bad", "{ $.a = }")])


def some_sources(seed: int) -> list[Bytes]:
    generator = random.Random(seed)  # noqa: S311 - not a secret
    names = ["StopLogging", "ConsoleLogin", "PutObject"]
    events = [
        event(number, generator.choice(names), sourceIPAddress=f"203.0.113.{generator.randrange(3)}")
        for number in range(400)
    ]
    events += generator.sample(events, 80)
    generator.shuffle(events)
    return [log_file(f"{at:03}", *events[at * 10 : at * 10 + 10]) for at in range(48)]


def test_the_order_of_sources_does_not_matter() -> None:
    sources = some_sources(1)
    expected = run(sources)
    assert expected.hits[STOP.id, ACCOUNT].count < expected.hits[STOP.id, ACCOUNT].records
    assert expected.bursts[BURST.id].found
    assert sum(source.duplicates for source in expected.sources) == 80
    for seed in range(3):
        random.Random(seed).shuffle(sources)  # noqa: S311 - not a secret
        assert run(sources) == expected


def test_a_source_that_fails_otherwise_gives_no_verdict() -> None:
    with pytest.raises(OSError, match="locked"):
        run([log_file("whole", event(1)), Defect("defect")])


def test_the_division_does_not_matter() -> None:
    sources = sorted(some_sources(2), key=lambda source: source.name)
    expected = run(sources)
    for size in (1, 7, 48):
        parts = []
        for at in range(0, len(sources), size):
            part = Part()
            evaluator = Evaluator(RULES)
            for source in sources[at : at + size]:
                evaluator.judge([evaluator.open(source.name, source.data)], part)
            parts.append(part)
        assert merge(parts, RULES) == expected


def test_the_number_of_processes_does_not_matter() -> None:
    sources: list[Any] = [*some_sources(3), Broken("broken")]
    expected = run(sources)
    seen: list[tuple[int, int]] = []
    sources[5] = Stuck(sources[5].name, sources[5].data)
    assert run(sources, workers=2, progress=lambda done, records: seen.append((done, records))) == expected
    assert seen[-1] == (49, 480)


@pytest.mark.slow
def test_a_killed_run_leaves_nothing_and_the_next_one_is_whole(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import sys
        sys.path.insert(0, sys.argv[1])
        import test_evaluation as t
        from scanner.events.workers import evaluate_sources

        if __name__ == "__main__":
            sources = t.some_sources(4) * 40
            started = lambda done, records: print(done, flush=True)
            evaluate_sources(t.RULES, sources, workers=2, progress=started)
        """
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    before = set(tmp_path.iterdir())
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        os.killpg(process.pid, signal.SIGKILL)
    assert set(tmp_path.iterdir()) == before
    sources = some_sources(4)
    assert run(sources) == run(sources, workers=2)
