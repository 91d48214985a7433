import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from reports.characters import columns
from reports.formats import FORMATS
from reports.formats.ci.junit import junit_bytes
from reports.formats.text import DEFAULT_WIDTH, summary, write
from reports.formats.text.page import wrapped
from scanner.model import (
    AccountScope,
    Assessment,
    Caller,
    CallKey,
    Collected,
    Finding,
    Fix,
    Gap,
    GapKind,
    HitDetails,
    MatchedRecord,
    Outcome,
    ResourceDetails,
    RouteDetails,
    RuleId,
    ScanRun,
    Severity,
    Tool,
)

ANSI = re.compile("\x1b\\[[0-9;]*m")
HOSTILE = "\x1b]8;;http://evil.test\x07click\x1b[2J\x9b31m\r\n\u202egnp\u2066\x00\udc80\u200b"


def test_gaps_stand_above_results_and_failures_above_the_rest(assessment: Assessment) -> None:
    text = summary(assessment)
    headings = [
        "Could not look (3 gaps)",
        "Findings",
        "Controls by framework",
        "Failed (2)",
        "Unknown: could not be judged (2)",
        "Passed (2)",
        "Not applicable (1)",
        "What to do next",
    ]
    places = [text.index(f"\n{heading}") for heading in headings]
    assert places == sorted(places)


def test_a_broken_route_is_drawn_with_words(assessment: Assessment) -> None:
    text = " ".join(summary(assessment).split())
    assert "log-group ✓ → filter ✗ broken → alarm ✓" in text
    assert "subscription ? unknown" in text
    assert "filter fail (CloudTrailChanges): the pattern matches CreateTrail only" in text
    assert "lost DeleteTrail, StartLogging, StopLogging, UpdateTrail" in text
    assert "nearest CloudTrailChanges" in text


def test_a_lost_event_is_told_in_words(assessment: Assessment) -> None:
    assert "      witness     made-up example, not a record: StopLogging of cloudtrail.amazonaws.com\n" in summary(
        assessment
    )


def test_the_words_of_routes_are_explained_where_they_are_used(assessment: Assessment) -> None:
    words = summary(assessment).partition("\nWords\n")[2]
    assert words.startswith("  lost     events that the rule asks for")
    assert "  witness  one lost event as an example; it is made up" in words
    sound = replace(assessment, findings=tuple(item for item in assessment.findings if item.witness is None))
    assert "\nWords\n" not in summary(sound)


def test_what_to_do_names_the_resource_where_the_finding_does(assessment: Assessment) -> None:
    """One line for all when it is the same for all, otherwise one below each."""
    broken = next(finding for finding in assessment.findings if finding.outcome is Outcome.FAIL and not finding.links)

    def made(name: str) -> Finding:
        text = f"aws cloudtrail update-trail --name {name} --enable-log-file-validation"
        return replace(broken, resource=name, details=ResourceDetails(Fix(text)))

    def lines(*findings: Finding) -> list[str]:
        text = summary(replace(assessment, findings=findings))
        return [" ".join(line.split()) for line in text.splitlines() if line.lstrip().startswith("fix ")]

    assert lines(made("a"), made("b")) == [
        f"fix aws cloudtrail update-trail --name {name} --enable-log-file-validation" for name in ("a", "b")
    ]
    assert len(lines(made("a"), made("a"))) == 1
    assert len(lines(broken, broken)) == 1
    report = junit_bytes(replace(assessment, findings=(made("a"),))).decode()
    assert "What to do: aws cloudtrail update-trail --name a --enable-log-file-validation" in report
    assert "Repair:" not in report


def test_gravest_rule_comes_first_and_its_remediation_once(assessment: Assessment) -> None:
    doubled = replace(assessment, findings=(*assessment.findings, assessment.findings[0]))
    text = summary(doubled)
    assert text.index("CRITICAL route.cloudtrail-changes") < text.index("HIGH trail.log-file-validation")
    assert text.count("Widen the filter pattern") == 1


def test_unknown_findings_name_their_gap(assessment: Assessment) -> None:
    assert "gap         denied: sns.ListSubscriptionsByTopic was denied" in summary(assessment)


def test_a_region_left_out_is_told_with_the_scope_and_not_as_a_refusal(assessment: Assessment) -> None:
    text = summary(assessment)
    assert "(skipped: not enabled: ap-east-1, me-south-1)" in text
    assert "region-off" not in text
    left_out = tuple(gap for gap in assessment.gaps if not gap.operation)
    alone = summary(replace(assessment, gaps=left_out))
    assert "Could not look" not in alone
    assert "Leave out Regions" not in alone


def test_each_framework_is_counted(assessment: Assessment) -> None:
    lines = [" ".join(line.split()) for line in summary(assessment).splitlines()]
    assert "fail unknown pass not applicable manual" in lines
    assert "hipaa-security-rule 1 0 0 0 1" in lines
    assert "pci-dss-4.0.1 1 1 1 1 0" in lines


def test_control_lines_say_what_is_left_to_a_person(assessment: Assessment) -> None:
    text = summary(assessment)
    assert "  hipaa-security-rule\n    fail    164.312(b) Audit controls [partial]\n" in text
    assert text.count("\n  [partial], [supporting]: rules decide only that much") == 1
    assert "    fail    10.2.1.6 Changes to audit logs are logged\n    unknown 10.4.1.1" in text
    full = replace(assessment, controls=assessment.controls[2:3])
    assert "[partial]" not in summary(full)


def test_the_word_is_never_used(assessment: Assessment) -> None:
    empty = replace(assessment, findings=(), controls=(), gaps=())
    passed = replace(assessment, findings=assessment.findings[2:3], gaps=())
    for made in (assessment, empty, passed):
        assert "complian" not in summary(made).lower()


@pytest.mark.parametrize("width", [40, 60, 80, DEFAULT_WIDTH, 200])
def test_lines_fit_the_width_but_for_single_words(width: int, assessment: Assessment) -> None:
    for line in summary(assessment, width=width).splitlines():
        table = re.search(r"not applicable  manual|  \d+ +\d+ +\d+", line)
        copied = re.match(r"(command +|fix +)?aws [a-z0-9-]+ ", line.lstrip())  # a command is copied whole
        if columns(line) > width and "witness" not in line and not table and not copied:
            assert " " not in line[-(columns(line) - width) - 1 :].strip(), line


def test_wrapping_counts_columns_not_characters() -> None:
    assert wrapped("名前 名前 名前", 9) == ["名前 名前", "名前"]
    assert wrapped("", 9) == [""]
    assert wrapped("abcdefghijkl mn", 5) == ["abcdefghijkl", "mn"]


def test_colour_adds_only_colour(assessment: Assessment) -> None:
    out = io.StringIO()
    write(assessment, out, colour=True)
    assert ANSI.search(out.getvalue())
    assert ANSI.sub("", out.getvalue()) == summary(assessment)


def test_without_colour_there_is_no_escape(assessment: Assessment) -> None:
    out = io.BytesIO()
    FORMATS["text"].write(assessment, out)
    assert b"\x1b" not in out.getvalue()


def test_data_cannot_drive_the_terminal(assessment: Assessment) -> None:
    text = summary(_hostile(assessment))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ud800-\udfff]", text)
    assert r"\u001b]8;;http://evil.test\u0007click" in text
    out = io.BytesIO()
    write(_hostile(assessment), out, colour=True)
    assert ANSI.sub("", out.getvalue().decode()) == text


def test_many_places_are_summed_up(assessment: Assessment) -> None:
    gaps = _in_regions(assessment.gaps[0])
    text = " ".join(summary(replace(assessment, gaps=gaps), brief=True).split())
    assert "9 times in 111122223333/eu-west-0" in text
    assert "111122223333/eu-west-3 and 5 more" in text
    assert "--verbose, or --output text=FILE, writes all of them" in text
    passed = tuple(replace(assessment.findings[2], resource=f"trail-{number}") for number in range(6))
    assert "passed         6 findings of 1 rule" in summary(replace(assessment, findings=passed), brief=True)


def test_nothing_is_left_out_of_a_file(assessment: Assessment) -> None:
    scope = AccountScope(("us-east-1",), {f"ap-{each}": "not enabled" for each in range(9)})
    accounts = {f"{number:012}": scope for number in range(7)}
    passed = [
        replace(assessment.findings[2], resource=f"trail-{number}", reason=f"it is {number}") for number in range(40)
    ]
    failed = [replace(assessment.findings[0], rule=RuleId(f"trail.rule-{number}")) for number in range(12)]
    hits = tuple(MatchedRecord(str(each), "", f"Stop{each}", "", "", "", "", "", "", each) for each in range(10))
    loud = replace(assessment.findings[0], details=HitDetails(10, 10, exact=True, hits=hits))
    gaps = _in_regions(assessment.gaps[0])
    made = replace(
        assessment,
        run=ScanRun(collected=assessment.run.collected, accounts=accounts),
        findings=(*passed, *failed, loud),
        gaps=gaps,
    )
    text = " ".join(summary(made).split())
    for name in (*accounts, "ap-8", "trail-39", "it is 39", "trail.rule-11", "eu-west-8", "Stop9"):
        assert name in text
    assert not re.search(r"and [0-9]+ more", text)
    assert "shortened" not in text
    assert re.search(r"and [0-9]+ more", " ".join(summary(made, brief=True).split()))


def test_many_accounts_are_summed_up(assessment: Assessment) -> None:
    accounts = {f"{number:012}": AccountScope() for number in range(6)}
    run = ScanRun(collected=assessment.run.collected, accounts=accounts)
    text = summary(replace(assessment, run=run), brief=True)
    assert "6 accounts (000000000000, 000000000001, 000000000002, 000000000003 and 2 more)" in " ".join(text.split())
    assert "), 0 Regions" in " ".join(text.split())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda made: replace(made, findings=()), "Nothing was judged"),
        (lambda made: replace(made, findings=made.findings[2:3], gaps=()), "No rule failed."),
        (
            lambda made: made,
            "Allow the caller to make these read calls, then scan again: sns.ListSubscriptionsByTopic.",
        ),
        (lambda made: made, "it throttled: cloudwatch.DescribeAlarms."),
        (
            lambda made: made,
            "could not be judged: bucket.versioning, route.console-sign-in-without-mfa. The line 'why'",
        ),
        (lambda made: made, "gravest first: route.cloudtrail-changes, trail.log-file-validation."),
        (lambda made: made, "Have a person judge the controls that rules cannot: 1 of hipaa-security-rule."),
        (lambda made: replace(made, gaps=_of_kind(made, "not-collected")), "Collect again with these rules selected"),
        (lambda made: replace(made, gaps=_of_kind(made, "out-of-scope")), "Scan without --region"),
        (lambda made: replace(made, gaps=_of_kind(made, "region-off")), "Leave out Regions that are not enabled"),
        (lambda made: replace(made, gaps=_of_kind(made, "endpoint")), "Check the network path"),
        (lambda made: replace(made, gaps=_of_kind(made, "invalid")), "Update Trailwitness"),
        (lambda made: replace(made, gaps=_of_kind(made, "error")), "these calls failed: sns.ListSubscriptionsByTopic"),
    ],
)
def test_advice(change: Callable[[Assessment], Assessment], sentence: str, assessment: Assessment) -> None:
    text = " ".join(summary(change(assessment)).split("What to do next")[1].split())
    assert sentence in text


def test_advice_about_calls_that_nobody_made_is_true_of_each(assessment: Assessment) -> None:
    assert isinstance(assessment.run, ScanRun)
    scopes = {"111122223333": AccountScope(("us-east-1",)), "444455556666": AccountScope(reason="the role is refused")}
    run = replace(assessment.run, accounts=scopes, skipped={"777788889999": "the account is suspended"})
    places = [
        ("111122223333", "us-east-1", "sns.GetTopicAttributes"),
        ("111122223333", "eu-west-1", "logs.DescribeLogGroups"),
        ("222233334444", "us-east-1", "kms.DescribeKey"),
        ("444455556666", "us-east-1", "cloudwatch.DescribeAlarms"),
        ("777788889999", "us-east-1", "events.ListRules"),
    ]
    gaps = tuple(
        Gap(key=CallKey(account, region, operation, {}), kind=GapKind.NOT_COLLECTED, reason="It was not collected.")
        for account, region, operation in places
    )
    text = " ".join(summary(replace(assessment, run=run, gaps=gaps)).split("What to do next")[1].split())
    assert "Scan these accounts too, together with the others; nothing was asked there: 222233334444." in text
    assert "leaving it out; nothing was asked there: eu-west-1 in 111122223333." in text
    assert "Collect again with these rules selected; the snapshot lacks: sns.GetTopicAttributes." in text
    for unsaid in ("DescribeAlarms", "ListRules", "DescribeKey"):
        assert unsaid not in text


@pytest.mark.parametrize("kind", GapKind)
def test_every_kind_of_gap_has_its_advice(kind: GapKind, assessment: Assessment) -> None:
    text = summary(replace(assessment, gaps=_of_kind(assessment, kind))).split("What to do next")[1]
    assert "sns.ListSubscriptionsByTopic" in text


def test_no_praise_while_something_is_unknown(assessment: Assessment) -> None:
    assert "No rule failed." not in summary(replace(assessment, findings=assessment.findings[1:3]))


def test_advice_on_a_screen_names_the_gravest_rules(assessment: Assessment) -> None:
    failed = [
        Finding(RuleId(f"area.rule-{number}"), Outcome.FAIL, Severity.LOW, "", "", "", "x") for number in range(7)
    ]
    made = replace(assessment, findings=tuple(failed))
    closing = summary(made, brief=True).partition("\nResult\n")[2]
    assert "  LOW      area.rule-2 (1 failure)\n" in closing
    assert "area.rule-3" not in closing
    assert "area.rule-3, area.rule-4, area.rule-5, area.rule-6. The line 'fix'" in " ".join(summary(made).split())


def _of_kind(assessment: Assessment, kind: str) -> tuple[Gap, ...]:
    return (replace(assessment.gaps[0], kind=GapKind(kind)),)


def _in_regions(gap: Gap) -> tuple[Gap, ...]:
    """The gap nine times, each in a Region of its own."""
    return tuple(replace(gap, key=replace(gap.key, region=f"eu-west-{number}")) for number in range(9))


def _hostile_finding(finding: Finding) -> Finding:
    return replace(
        finding,
        resource=HOSTILE,
        reason=HOSTILE,
        region=HOSTILE,
        account=HOSTILE,
        title=HOSTILE,
        links=tuple(replace(link, name=HOSTILE, reason=HOSTILE, candidate=HOSTILE) for link in finding.links),
        witness={HOSTILE: HOSTILE},
        details=RouteDetails(lost=(HOSTILE,), nearest=HOSTILE, assumption=HOSTILE, warnings=(HOSTILE,)),
    )


def _hostile(assessment: Assessment) -> Assessment:
    """The sample with every text that comes from outside replaced."""
    findings = tuple(map(_hostile_finding, assessment.findings))
    gaps = tuple(
        replace(gap, key=replace(gap.key, region=HOSTILE, operation=HOSTILE), code=HOSTILE, reason=HOSTILE)
        for gap in assessment.gaps
    )
    controls = tuple(replace(control, framework=HOSTILE, id=HOSTILE, title=HOSTILE) for control in assessment.controls)
    rules = tuple(replace(rule, remediation=HOSTILE, title=HOSTILE) for rule in assessment.rules)
    run = ScanRun(
        tool=Tool(HOSTILE, HOSTILE),
        collected=Collected(HOSTILE, HOSTILE),
        caller=Caller(arn=HOSTILE),
        accounts={HOSTILE: AccountScope((HOSTILE,), {HOSTILE: HOSTILE})},
    )
    return replace(assessment, run=run, findings=findings, gaps=gaps, controls=controls, rules=rules)


def test_what_several_accounts_have_of_one_name_is_told_with_its_place(assessment: Assessment) -> None:
    first = next(finding for finding in assessment.findings if finding.outcome is Outcome.PASS)
    shared = [
        replace(
            first, outcome=Outcome.NOT_APPLICABLE, account=account, region="us-east-1", resource="arn:aws:s3:::logs"
        )
        for account in ("444455556666", "555566667777")
    ]
    text = " ".join(summary(replace(assessment, findings=tuple(shared))).split())
    for account in ("444455556666", "555566667777"):
        assert text.count(f"arn:aws:s3:::logs in {account}/us-east-1") == 1
