"""Cases of several accounts: what each of them sees, and what is expected of its findings."""

from pathlib import Path

import pytest

from scanner.cases import Case, load_cases, run_cases
from scanner.content.rules import load_rules
from scanner.errors import ContentError
from scanner.model import Rule

ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"

RULE = """\
id: trail.validation
title: Every trail validates its log files
severity: high
description: Every trail of the account is asked whether validation is on.
rationale: Without digests nobody can tell that a file was changed afterwards.
remediation: aws cloudtrail update-trail --name NAME --enable-log-file-validation
references: [https://docs.aws.amazon.com/x]
check: resource
resource: cloudtrail.trail
expect: LogFileValidationEnabled && Status.IsLogging
when_none: fail
reason: validation is off
"""

HEAD = f"""\
rule: trail.validation
calls:
  - call: cloudtrail.DescribeTrails
    arguments: {{includeShadowTrails: true}}
    answer: {{trailList: [{{Name: main, TrailARN: "{ARN}", HomeRegion: us-east-1, LogFileValidationEnabled: true}}]}}
  - call: cloudtrail.GetTrailStatus
    arguments: {{Name: "{ARN}"}}
    answer: {{IsLogging: true}}
  - call: cloudtrail.GetEventSelectors
    arguments: {{TrailName: "{ARN}"}}
    answer: {{EventSelectors: []}}
  - call: cloudtrail.GetInsightSelectors
    arguments: {{TrailName: "{ARN}"}}
    answer: {{InsightSelectors: []}}
cases:
"""


@pytest.fixture
def rule(tmp_path: Path) -> Rule:
    (tmp_path / "trail").mkdir()
    (tmp_path / "trail" / "validation.yaml").write_text(RULE, encoding="utf-8")
    (loaded,) = load_rules([tmp_path], with_shipped=False)
    return loaded


def cases(rule: Rule, folder: Path, text: str) -> tuple[Case, ...]:
    (folder / "trail" / "validation.test.yaml").write_text(HEAD + text, encoding="utf-8")
    return load_cases(rule, folder)


MEMBERS = """\
  - name: a member that sees the trail, and an account that could not be entered
    accounts:
      "444455556666": {sees: [cloudtrail.DescribeTrails, cloudtrail.GetTrailStatus,
          cloudtrail.GetEventSelectors, cloudtrail.GetInsightSelectors]}
      "000011112222": {left_out: "sts.AssumeRole was denied: AccessDenied"}
    set: {"cloudtrail.DescribeTrails@444455556666#/trailList/0/LogFileValidationEnabled": false}
    expect:
      outcome: fail
      findings: {fail: 1, pass: 1, unknown: 1}
      accounts:
        "111122223333": pass
        "444455556666": {outcome: fail, reason: validation is off}
        "000011112222": {outcome: unknown, reason: "sts.AssumeRole was denied"}
"""


def test_each_account_is_judged_by_what_it_sees(rule: Rule, tmp_path: Path) -> None:
    (result,) = run_cases(rule, cases(rule, tmp_path, MEMBERS))
    assert result.problems == ()
    assert result.unasked == ()
    assert result.case.scope == {
        "000011112222": (),
        "111122223333": ("us-east-1",),
        "444455556666": ("us-east-1",),
    }


def test_what_an_account_says_otherwise_is_told_of_it(rule: Rule, tmp_path: Path) -> None:
    text = MEMBERS.replace('"111122223333": pass', '"111122223333": not_applicable')
    (result,) = run_cases(rule, cases(rule, tmp_path, text))
    (problem,) = result.problems
    assert problem.startswith("account 111122223333: expected not_applicable, the rule said pass")


def test_arguments_name_the_account_that_asks(rule: Rule, tmp_path: Path) -> None:
    named = HEAD.replace("includeShadowTrails: true", 'includeShadowTrails: true, Whose: "111122223333"')
    (tmp_path / "trail" / "validation.test.yaml").write_text(named + MEMBERS, encoding="utf-8")
    (case,) = load_cases(rule, tmp_path)
    asked = {call.account: call.key.arguments.get("Whose") for call in case.calls if "Describe" in call.operation}
    assert asked == {"111122223333": "111122223333", "444455556666": "444455556666"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "[cloudtrail.DescribeTrails, cloudtrail.GetTrailStatus,",
            "[cloudtrail.DescribeTrails, cloudtrail.GetTrailState,",
            "account 111122223333 has no call cloudtrail.GetTrailState. Did you mean 'cloudtrail.GetTrailStatus'?",
        ),
        ("000011112222", "222211110000", "the case has no account 222211110000; it has 000011112222, 111122223333"),
        ("{left_out:", "{left_off:", "the key 'left_off' is not known here"),
        ('"444455556666": {sees', "444455556666: {sees", "444455556666 looks like an account id; put it in quotes"),
        ("@444455556666#", "@444455556667#", "the case has no call cloudtrail.DescribeTrails@444455556667"),
        (
            '"000011112222": {left_out',
            '"111122223333": {left_out',
            "account 111122223333 is left out, and the case has calls of it",
        ),
    ],
)
def test_mistakes(rule: Rule, tmp_path: Path, old: str, new: str, sentence: str) -> None:
    head, _, rest = MEMBERS.rpartition(old) if old == "000011112222" else MEMBERS.partition(old)
    with pytest.raises(ContentError) as caught:
        cases(rule, tmp_path, head + new + rest)
    assert any(sentence in problem for problem in caught.value.problems), caught.value.problems
