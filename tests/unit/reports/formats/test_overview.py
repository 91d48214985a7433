"""The summary on a screen: what failed by the thing to put right, and at its end all that a glance needs."""

import re
from dataclasses import replace
from datetime import date

import pytest

from reports.characters import columns
from reports.formats.text import summary
from reports.formats.text.commands import pieces
from reports.formats.text.tally import tallied
from scanner.model import (
    Assessment,
    AttestationUse,
    BaselineUse,
    Cause,
    ControlAttestation,
    ExceptionsUsed,
    Finding,
    HitDetails,
    InForce,
    KnownFailure,
    LogRun,
    MatchedRecord,
    NoHitDetails,
    Outcome,
    RouteDetails,
    RuleId,
    Severity,
    Waiver,
    WaiverKind,
    WaiverScope,
    WaiverUse,
)

ANSI = re.compile("\x1b\\[[0-9;]*m")
UNTIL = date(2026, 12, 31)


def screen(assessment: Assessment, width: int = 80) -> str:
    return summary(assessment, width=width, brief=True)


def joined(text: str) -> str:
    return " ".join(text.split())


def waived(assessment: Assessment, state: InForce, findings: int = 1, *, key: str = "W-1") -> WaiverUse:
    rule = assessment.findings[0].rule
    why = "The successor is being built."
    scope = WaiverScope(resources=("arn:*",))
    waiver = Waiver(
        key,
        rule,
        scope,
        WaiverKind.RISK_ACCEPTED,
        why,
        "Ann Approver",
        "SEC-7",
        date(2026, 1, 1),
        UNTIL,
        (("constraints", "none known"),),
    )
    return WaiverUse(waiver, state, findings)


def attested(state: InForce, control: str = "164.308(a)(1)(i)") -> AttestationUse:
    made = ControlAttestation(
        "hipaa-security-rule", control, "Otto Officer", "CISO", "We review it.", date(2026, 1, 2), date(2026, 7, 2)
    )
    return AttestationUse(made, state)


def test_the_parts_are_in_the_order_of_a_glance(assessment: Assessment) -> None:
    text = screen(assessment)
    headings = [
        "Could not look (3 gaps)",
        "Controls by framework",
        "What failed: 2 failures, 2 things to put right, most controls first",
        "Unknown: 2 findings could not be judged",
        "The rest",
        "Result",
        "What to do next",
    ]
    places = [text.index(f"\n{heading}") for heading in headings]
    assert places == sorted(places)


def test_one_thing_that_breaks_much_is_told_once_with_its_step_and_command(assessment: Assessment) -> None:
    broken = assessment.findings[0]
    more = [replace(broken, account=f"{number:012}", resource=broken.resource) for number in range(40)]
    cause = next(item.cause for item in (broken,)) or None
    assert cause is None
    text = screen(replace(assessment, findings=tuple(more)))
    assert "What failed: 40 failures, 40 things to put right" in text
    assert text.count("aws logs put-metric-filter") == 8
    assert "and 32 further things to put right: --verbose" in joined(text)


def test_where_many_rules_ask_for_one_step_the_commands_of_the_first_are_shown(assessment: Assessment) -> None:
    broken = assessment.findings[0]
    assert isinstance(broken.details, RouteDetails)
    assert broken.details.fix is not None
    asked = []
    for number in range(14):
        fix = replace(broken.details.fix, text="Create it.", commands=(f"aws one {number}", f"aws two {number}"))
        details = replace(broken.details, fix=fix)
        asked.append(replace(broken, rule=RuleId(f"area.rule-{number}"), details=details))
    text = screen(replace(assessment, findings=tuple(asked)))
    assert re.findall(r"^ +(aws .*)$", text, re.MULTILINE) == ["aws one 0", "aws two 0"]
    assert "then 26 more commands: --verbose tells them" in joined(text)
    whole = summary(replace(assessment, findings=tuple(asked)), width=80)
    assert "aws two 13" in whole


def test_a_command_is_whole_and_alone_on_its_line(assessment: Assessment) -> None:
    for width in (40, 80, 100):
        (line,) = (line for line in screen(assessment, width).splitlines() if "aws logs put-metric-filter" in line)
        assert line.strip() == (
            "aws logs put-metric-filter --log-group-name audit --filter-name CloudTrailChanges --filter-pattern "
            "'{ ($.eventName = DeleteTrail) || ($.eventName = StopLogging) || ($.eventName = UpdateTrail) }' "
            """--metric-transformations '[{"metricName":"Changes","metricNamespace":"Audit"}]' --region us-east-1"""
        )


@pytest.mark.parametrize("width", [80, 100])
def test_lines_fit_but_for_commands_and_single_words(width: int, assessment: Assessment) -> None:
    for line in screen(assessment, width).splitlines():
        assert columns(line) <= width or line.lstrip().startswith("aws ") or " " not in line.strip(), line


@pytest.mark.parametrize("width", [80, 100])
def test_the_end_is_within_one_screen(width: int, assessment: Assessment) -> None:
    many = tuple(
        replace(assessment.findings[0], rule=RuleId(f"area.some-rule-with-a-name-{number}")) for number in range(60)
    )
    unknown = tuple(replace(item, outcome=Outcome.UNKNOWN, rule=RuleId(f"{item.rule}-unknown")) for item in many)
    faults = tuple(waived(assessment, InForce.EXPIRED, key=f"W-{number}") for number in range(5))
    for findings in (assessment.findings, (*many, *unknown)):
        made = replace(assessment, findings=findings, exceptions=ExceptionsUsed(waivers=faults))
        closing = screen(made, width).partition("\nResult\n")[2]
        assert closing
        assert len(closing.splitlines()) <= 21  # and the line with the exit code, which may take two
        assert "\n   and 2 more steps: --verbose lists them\n" in closing


def test_the_end_names_counts_and_the_gravest(assessment: Assessment) -> None:
    closing = screen(assessment).partition("\nResult\n")[2]
    assert closing.startswith("  7 findings: 2 fail, 2 unknown, 2 pass, 1 not applicable\n")
    assert (
        "  CRITICAL route.cloudtrail-changes (1 failure)\n  HIGH     trail.log-file-validation (1 failure)\n" in closing
    )
    assert "1. Allow the caller to make these read calls, then scan again: sns.ListSubscriptionsByTopic." in joined(
        closing
    )


def test_controls_are_counted_where_there_are_any(assessment: Assessment) -> None:
    assert "1 finding of 1 rule, 2 controls\n" in screen(assessment)
    assert (
        " control" not in screen(replace(assessment, controls=())).partition("What failed")[2].partition("The rest")[0]
    )


def test_what_is_unknown_says_why(assessment: Assessment) -> None:
    text = joined(screen(assessment))
    assert "why Whether anybody is told is not known: the subscriptions of topic security-alerts could" in text


def test_waivers_attestations_and_a_baseline_are_told(assessment: Assessment) -> None:
    first, second = (item for item in assessment.findings if item.outcome is Outcome.FAIL)
    others = (item for item in assessment.findings if item.outcome is not Outcome.FAIL)
    gone = KnownFailure(RuleId("bucket.gone"), "111122223333", "", "arn:aws:s3:::gone")
    used = ExceptionsUsed(
        waivers=(waived(assessment, InForce.YES), waived(assessment, InForce.EXPIRED, 0, key="W-2")),
        attestations=(attested(InForce.YES), attested(InForce.EXPIRED, "164.316(b)")),
        baseline=BaselineUse(("111122223333",), "2026-10-01T00:00:00Z", 3, 1, (gone,)),
    )
    made = replace(
        assessment, findings=(replace(first, waiver="W-1"), replace(second, known=True), *others), exceptions=used
    )
    text = joined(screen(made))
    assert "W-1 in force, 2026-01-01 to 2026-12-31, approved by Ann Approver, ticket SEC-7, covers 1 failure" in text
    assert "W-2 EXPIRED, 2026-01-01 to 2026-12-31" in text
    assert "hipaa-security-rule 164.316(b): OVERDUE since 2026-07-02 (Otto Officer)" in text
    assert "knows 3 failures: 1 found again, 1 no longer found: update it" in text
    assert "2 fail, 2 unknown, 2 pass, 1 not applicable (of the failures, 1 waived and 1 known)" in text
    assert "What failed, and what puts it right" in text
    whole = joined(summary(made))
    for words in (
        "why The successor is being built.",
        "constraints: none known",
        "hipaa-security-rule 164.308(a)(1)(i): attested, made 2026-01-02, next due 2026-07-02",
        "by Otto Officer, CISO",
        "says We review it.",
        "gone bucket.gone: arn:aws:s3:::gone in 111122223333",
        "waived by W-1",
        "known to the baseline",
        "Renew or remove waivers: waiver W-2 expired on 2026-12-31.",
        "Have these controls attested again, the attestation is overdue: hipaa-security-rule 164.316(b).",
    ):
        assert words in whole


def test_controls_are_counted_by_what_people_state_of_them(assessment: Assessment) -> None:
    controls = tuple(
        replace(control, attested=InForce.YES, waived=control.outcome is Outcome.FAIL)
        for control in assessment.controls
    )
    made = replace(assessment, controls=controls)
    lines = [joined(line) for line in screen(made).splitlines()]
    assert "fail unknown pass not applicable manual waived attested" in lines
    assert "hipaa-security-rule 1 0 0 0 1 1 2" in lines
    assert "manual 1 control for a person to judge: 1 attested" in lines
    assert "manual, attested" in joined(summary(made))


def test_the_whole_summary_names_every_control(assessment: Assessment) -> None:
    text = joined(summary(assessment))
    for control in assessment.controls:
        assert f"{control.id} {control.title}" in text
        assert joined(control.notes) in text
    assert "manual, not reviewed" in text


def test_hits_in_records_are_told_by_rule_with_the_first(assessment: Assessment) -> None:
    hit = MatchedRecord(
        "id-1", "2026-01-01T00:00:00Z", "StopLogging", "cloudtrail.amazonaws.com", "", "", "", "", "", 1
    )
    found = Finding(
        RuleId("event.logging-stopped"),
        Outcome.FAIL,
        Severity.HIGH,
        "111122223333",
        "",
        "111122223333",
        "2 records match.",
        "Logging goes on",
        details=HitDetails(2, 2, exact=True, hits=(hit,)),
    )
    unseen = replace(found, rule=RuleId("event.other"), outcome=Outcome.UNKNOWN, details=NoHitDetails(9, ("unseen",)))
    text = screen(
        replace(
            assessment, run=LogRun(collected=assessment.run.collected), findings=(found, unseen), gaps=(), controls=()
        )
    )
    assert "What was found in the records: 1 rule matched" in text
    assert "HIGH event.logging-stopped  Logging goes on" in text
    assert "first  " in text
    assert "StopLogging of cloudtrail.amazonaws.com" in text
    assert "event.other: all that was given was read" in joined(text)
    unread = replace(unseen, details=NoHitDetails(9, ("unread", "unseen")), reason="notes could not be read whole")
    both = screen(
        replace(assessment, run=LogRun(collected=assessment.run.collected), findings=(unread,), gaps=(), controls=())
    )
    assert "all that was given was read" not in joined(both)
    assert "why notes could not be read whole" in joined(both)


def test_what_a_waiver_covers_is_not_told_with_what_it_does_not(assessment: Assessment) -> None:
    cause = Cause("trail", "111122223333", "arn:aws:cloudtrail:us-east-1:111122223333:trail/main")
    bare = replace(assessment.findings[0], cause=cause, reason="it is so")
    findings = tuple(replace(bare, account=f"{number:012}", waiver="W-1" * (number == 2)) for number in range(4))
    text = joined(summary(replace(assessment, findings=findings)))
    assert text.count("waived by W-1") == 1
    assert "2 more findings of this rule for the same reason, in 2 more accounts: 000000000001, 000000000003" in text


def test_data_cannot_drive_the_terminal(assessment: Assessment) -> None:
    bad = "\x1b[2J\x9b31m\r\n\u202egnp\x00\udc80\u200b[red]:smile:"
    hit = MatchedRecord(bad, bad, bad, bad, bad, bad, bad, bad, bad, 1)
    findings = tuple(
        replace(item, rule=RuleId(bad), resource=bad, account=bad, region=bad, reason=bad, title=bad, waiver="")
        for item in assessment.findings
    )
    loud = replace(findings[0], details=HitDetails(2, 2, exact=True, hits=(hit,)))
    controls = tuple(replace(control, framework=bad, id=bad, title=bad) for control in assessment.controls)
    gaps = tuple(replace(gap, key=replace(gap.key, region=bad, operation=bad), reason=bad) for gap in assessment.gaps)
    rules = tuple(replace(rule, id=RuleId(bad), remediation=f"Do: aws a b --c {bad}") for rule in assessment.rules)
    for run in (assessment.run, LogRun(collected=assessment.run.collected, accounts=(bad,), asked=(bad,))):
        made = replace(assessment, run=run, rules=rules, findings=(*findings, loud), controls=controls, gaps=gaps)
        text = screen(made)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]", text)
        assert "[red]:smile:" in text


def test_colour_adds_only_colour(assessment: Assessment) -> None:
    coloured = summary(assessment, brief=True, colour=True)
    assert ANSI.search(coloured)
    assert ANSI.sub("", coloured) == summary(assessment, brief=True)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("aws kms enable-key --key-id KEY", [(True, "aws kms enable-key --key-id KEY")]),
        (
            "Turn it on: aws a b-c --d 'e f; g'. Then look.",
            [(False, "Turn it on:"), (True, "aws a b-c --d 'e f; g'"), (False, "Then look.")],
        ),
        ("aws a b --c; or aws d e --f g", [(True, "aws a b --c"), (False, "or"), (True, "aws d e --f g")]),
        ("aws a b --c with one x of y.", [(False, "aws a b --c with one x of y.")]),
        ("See (aws a b --c D) first.", [(False, "See (aws a b --c D) first.")]),
        ("See aws a b, then aws c d --e F)", [(False, "See aws a b, then aws c d --e F)")]),
    ],
)
def test_only_whole_commands_are_taken_out_of_a_sentence(text: str, parts: list[tuple[bool, str]]) -> None:
    assert pieces(text) == parts


def test_of_facts_nothing_is_held_for_each_account(assessment: Assessment) -> None:
    tally = tallied(replace(assessment.findings[0], account=f"{number:012}") for number in range(50))
    (only,) = tally.failed.values()
    assert (only.findings, only.accounts, only.first_hit) == (50, set(), None)
