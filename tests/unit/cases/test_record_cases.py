"""Cases of log-event rules: records made from named ones, numbered, and judged by the engine and the language."""

from pathlib import Path

import pytest

from scanner.cases import Case, load_cases, record_run, run_case
from scanner.cases.lint import lint_rules, missing_cases
from scanner.content.rules import load_rules
from scanner.errors import ContentError
from scanner.model import Outcome, Rule

RULE = """\
id: event.stopped
title: Nobody stops a trail
severity: high
description: The records hold no call that stops the logging of a trail.
rationale: Without logging nothing that happens leaves a record behind.
remediation: aws cloudtrail start-logging --name NAME, then ask who stopped it.
references: [https://docs.aws.amazon.com/x]
parameters:
  names: {type: strings, default: [StopLogging], description: What must not happen}
check: log-events
events: '{ $.eventName = $names }'
except: '{ $.errorCode = %.% }'
"""

BASE = """\
records:
  user:
    eventVersion: "1.11"
    eventSource: cloudtrail.amazonaws.com
    eventName: GetTrail
    eventID: a
    eventTime: b
    recipientAccountId: "111122223333"
    tls: {version: "1"}
"""

HEAD = "rule: event.stopped\nbase: _made.records.yaml\ncases:\n"


@pytest.fixture
def rule(tmp_path: Path) -> Rule:
    (tmp_path / "event").mkdir()
    (tmp_path / "event" / "stopped.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "event" / "_made.records.yaml").write_text(BASE, encoding="utf-8")
    (loaded,) = load_rules([tmp_path], with_shipped=False)
    return loaded


def cases(rule: Rule, folder: Path, text: str, head: str = HEAD) -> tuple[Case, ...]:
    (folder / "event" / "stopped.test.yaml").write_text(head + text, encoding="utf-8")
    return load_cases(rule, folder)


def problems(rule: Rule, folder: Path, text: str, head: str = HEAD) -> str:
    with pytest.raises(ContentError) as caught:
        cases(rule, folder, text, head)
    return "\n".join(caught.value.problems)


def test_records_are_made_numbered_and_timed(rule: Rule, tmp_path: Path) -> None:
    (case,) = cases(
        rule,
        tmp_path,
        """\
  - name: several
    records:
      - {from: user, set: {/eventName: StopLogging, /tls/version: "2"}, unset: [/eventSource]}
      - {from: user, times: 2, every: 60}
      - {from: user, set: {/eventID: own, /eventTime: "2026-11-20T10:00:00Z"}, times: 2, every: 30}
      - record: {eventVersion: "1.11", eventName: Other}
    expect: fail
""",
    )
    assert case.records is not None
    assert [each["eventTime"] for each in case.records] == [
        "2026-11-20T07:00:00Z",
        "2026-11-20T07:00:01Z",
        "2026-11-20T07:01:01Z",
        "2026-11-20T10:00:00Z",
        "2026-11-20T10:00:30Z",
        "2026-11-20T07:03:01Z",
    ]
    ids = [each["eventID"] for each in case.records]
    assert ids[3:5] == ["own", "own"]
    assert len(set(ids)) == 5
    assert case.records[0]["tls"] == {"version": "2"}
    assert case.records[1]["tls"] == {"version": "1"}
    assert "eventSource" not in case.records[0]


def test_what_the_rule_says(rule: Rule, tmp_path: Path) -> None:
    text = """\
  - {name: hit, records: [{from: user, set: {/eventName: StopLogging}}], expect: {outcome: fail, hits: 1}}
  - {name: none, records: [{from: user}], expect: {outcome: pass, hits: 0}}
  - {name: empty, records: [], expect: unknown}
  - {name: decoy, records: [{from: user, set: {/eventName: StopLogging, /errorCode: AccessDenied}}], expect: pass}
  - {name: other, records: [{from: user}], parameters: {names: [GetTrail]}, expect: {outcome: fail, reason: GetTrail}}
"""
    found = cases(rule, tmp_path, text)
    assert [run_case(rule, case).problems for case in found] == [()] * 5
    assert missing_cases(rule, found) == ()
    assert lint_rules([rule], {rule.id: found}, Path("own")) == []


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        ("pass", "expected pass, the rule said fail"),
        ("{outcome: fail, hits: 2}", "expected 2 hits, there are 1"),
        ("{outcome: fail, reason: DeleteTrail}", "no fail finding has the reason"),
    ],
)
def test_a_case_that_does_not_hold(rule: Rule, tmp_path: Path, expect: str, complaint: str) -> None:
    text = f"  - {{name: x, records: [{{from: user, set: {{/eventName: StopLogging}}}}], expect: {expect}}}\n"
    (case,) = cases(rule, tmp_path, text)
    assert complaint in "; ".join(run_case(rule, case).problems)


def test_engine_and_language_must_agree(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "  - {name: x, records: [{from: user, set: {/eventName: StopLogging}}], expect: fail}\n"
    (case,) = cases(rule, tmp_path, text)
    monkeypatch.setattr(record_run, "matches", lambda _pattern, _text: False)
    assert "the pattern itself matches these: none" in run_case(rule, case).problems[0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("  - {name: x, records: [{from: nobody}], expect: pass}\n", "there is no record 'nobody'"),
        ("  - {name: x, records: [{from: user, set: {/eventNam: y}}], expect: pass}\n", "there is 'eventName'"),
        ("  - {name: x, records: [{from: user, unset: [/nothing]}], expect: pass}\n", "no member 'nothing'"),
        ("  - {name: x, records: [{from: user, set: {/no/where: 1}}], expect: pass}\n", "no member 'no'"),
        ("  - {name: x, records: [{set: {/a: 1}}], expect: pass}\n", "records"),
        ("  - {name: x, expect: pass}\n", "lacks the key 'records'"),
        ("  - {name: x, records: [], calls: [], expect: pass}\n", "a log-event rule is judged over `records`"),
        ("  - {name: x, records: [], parameters: {name: [a]}, expect: pass}\n", "no parameter 'name'"),
    ],
)
def test_mistakes_are_said_with_their_place(rule: Rule, tmp_path: Path, text: str, complaint: str) -> None:
    found = problems(rule, tmp_path, text)
    assert complaint in found
    assert "stopped.test.yaml:4:" in found


@pytest.mark.parametrize("base", ["_other.records.yaml", "../../outside.records.yaml", "_made.calls.yaml"])
def test_bases_that_cannot_be(rule: Rule, tmp_path: Path, base: str) -> None:
    head = f"rule: event.stopped\nbase: {base}\ncases:\n"
    assert "stopped.test.yaml:2:" in problems(rule, tmp_path, "  - {name: x, records: [], expect: unknown}\n", head)


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        ("hit", "a case with records that are hits"),
        ("empty", "a case without records"),
        ("decoy", "a case called decoy whose records are not hits"),
    ],
)
def test_kinds_of_case_that_are_needed(rule: Rule, tmp_path: Path, left_out: str, missing: str) -> None:
    lines = {
        "hit": "  - {name: hit, records: [{from: user, set: {/eventName: StopLogging}}], expect: fail}\n",
        "none": "  - {name: none, records: [{from: user}], expect: pass}\n",
        "empty": "  - {name: empty, records: [], expect: unknown}\n",
        "decoy": "  - {name: decoy, records: [{from: user}], expect: pass}\n",
    }
    found = cases(rule, tmp_path, "".join(line for name, line in lines.items() if name != left_out))
    assert missing_cases(rule, found) == (missing,)
    assert all(case.expect.outcome in Outcome for case in found)


def test_records_do_not_belong_to_other_rules(tmp_path: Path) -> None:
    shipped = load_rules()
    (scanned,) = (each for each in shipped if each.id == "trail.log-file-validation")
    (tmp_path / "trail").mkdir()
    text = "rule: trail.log-file-validation\ncases:\n  - {name: x, records: [], expect: pass}\n"
    (tmp_path / "trail" / "log-file-validation.test.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match="`records` are for log-event rules"):
        load_cases(scanned, tmp_path)
