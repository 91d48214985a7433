import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from scanner.aws.failures import refusal
from scanner.aws.operations import OPERATIONS
from scanner.cases import Case, CaseResult, case_snapshot, load_cases, run_case, run_cases
from scanner.cases.calls import ACCOUNT, REGION, error_of
from scanner.cases.lint import lint_rules, missing_cases
from scanner.content.rules import load_rules
from scanner.errors import ContentError
from scanner.model import CallKey, Finding, Outcome, ResourceCheck, ResourceScope, RouteDetails, Rule, RuleId, Severity
from scanner.snapshot.error_codes import DENIED, REGION_OFF, REGION_OFF_WHERE_OPT_IN, THROTTLED

RULE = """\
id: trail.validation
title: Every trail validates its log files
severity: high
description: Every trail of the account is asked whether validation is on.
rationale: Without digests nobody can tell that a file was changed afterwards.
remediation: aws cloudtrail update-trail --name NAME --enable-log-file-validation
references: [https://docs.aws.amazon.com/x]
parameters:
  wanted: {type: boolean, default: true, description: What is wanted}
check: resource
resource: cloudtrail.trail
expect: LogFileValidationEnabled == $wanted && Status.IsLogging
when_none: fail
reason: validation is off
"""

BASE = """\
calls:
  - call: cloudtrail.DescribeTrails
    arguments: {includeShadowTrails: true}
    answer:
      trailList:
        - Name: main
          TrailARN: arn:aws:cloudtrail:us-east-1:111122223333:trail/main
          HomeRegion: us-east-1
          S3BucketName: audit
          LogFileValidationEnabled: true
  - call: cloudtrail.GetTrailStatus
    arguments: {Name: "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}
    answer: {IsLogging: true}
"""

CASES = """\
rule: trail.validation
base: ../_sound.calls.yaml
cases:
"""


@pytest.fixture
def rule(tmp_path: Path) -> Rule:
    (tmp_path / "trail").mkdir()
    (tmp_path / "trail" / "validation.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "_sound.calls.yaml").write_text(BASE, encoding="utf-8")
    (loaded,) = load_rules([tmp_path], with_shipped=False)
    return loaded


def cases(rule: Rule, folder: Path, text: str, head: str = CASES) -> tuple[Case, ...]:
    (folder / "trail" / "validation.test.yaml").write_text(head + text, encoding="utf-8")
    return load_cases(rule, folder)


def problems(rule: Rule, folder: Path, text: str, head: str = CASES) -> list[str]:
    with pytest.raises(ContentError) as caught:
        cases(rule, folder, text, head)
    prefix = f"{folder}/trail/validation.test.yaml:"
    return [problem.removeprefix(prefix) for problem in caught.value.problems]


def results(rule: Rule, folder: Path, text: str) -> dict[str, CaseResult]:
    return {result.case.name: result for result in run_cases(rule, cases(rule, folder, text))}


GOOD = """\
  - name: validation on
    expect: pass
  - name: validation off
    set: {"cloudtrail.DescribeTrails#/trailList/0/LogFileValidationEnabled": false}
    expect: {outcome: fail, reason: validation is off, findings: {fail: 1}}
  - name: validation not named
    unset: ["cloudtrail.DescribeTrails#/trailList/0/LogFileValidationEnabled"]
    expect: fail
  - name: no trail
    calls:
      - {call: cloudtrail.DescribeTrails, arguments: {includeShadowTrails: true}, answer: {trailList: []}}
    expect: fail
  - name: status denied
    denied: [cloudtrail.GetTrailStatus]
    expect: {outcome: unknown, reason: denied}
  - name: status never asked
    without: ["cloudtrail.GetTrailStatus@us-east-1"]
    expect: unknown
  - name: a second trail
    set:
      "cloudtrail.DescribeTrails#/trailList/-":
        Name: other
        TrailARN: arn:aws:cloudtrail:us-east-1:111122223333:trail/other
        HomeRegion: us-east-1
        LogFileValidationEnabled: false
    expect: {outcome: fail, findings: {pass: 1, fail: 1}}
  - name: the other way round
    parameters: {wanted: false}
    expect: fail
"""


def test_good_cases(rule: Rule, tmp_path: Path) -> None:
    found = results(rule, tmp_path, GOOD)
    assert len(found) == 8
    assert {name: result.problems for name, result in found.items() if not result.passed} == {}
    assert not any(result.unasked for result in found.values())
    assert found["validation on"].case.place == f"{tmp_path}/trail/validation.test.yaml:4:5"


def test_wrong_expectations_are_found(rule: Rule, tmp_path: Path) -> None:
    found = results(
        rule,
        tmp_path,
        """\
  - {name: outcome, expect: fail}
  - {name: reason, expect: {outcome: pass, reason: nothing like it}}
  - {name: broken, expect: {outcome: pass, broken: filter}}
  - {name: lost, expect: {outcome: pass, lost: [DeleteTrail]}}
  - {name: findings, expect: {outcome: pass, findings: {pass: 2}}}
  - {name: also, expect: {outcome: pass, findings: {pass: 1, unknown: 1}}}
""",
    )
    assert [name for name, result in found.items() if result.passed] == []
    assert found["outcome"].problems[0].startswith("expected fail, the rule said pass (")
    assert found["reason"].problems[0].startswith("no pass finding has the reason 'nothing like it'; they are: ")
    assert "the first broken link filter" in found["broken"].problems[0]
    assert "the lost events DeleteTrail" in found["lost"].problems[0]
    assert found["findings"].problems == ("expected the findings 2 pass, there are 1 pass",)
    assert found["also"].problems == ("expected the findings 1 unknown, 1 pass, there are 1 pass",)


def finding(outcome: str, first_broken: str = "", lost: Sequence[str] = ()) -> Finding:
    details = RouteDetails(first_broken, tuple(lost))
    return Finding(RuleId("a.b"), Outcome(outcome), Severity.LOW, "", "", "", "because", details=details)


def test_what_a_route_must_say(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "  - {name: x, expect: {outcome: fail, reason: because, broken: filter, lost: [A, B]}}\n"
    (case,) = cases(rule, tmp_path, text)

    def passes(*findings: Finding) -> bool:
        monkeypatch.setattr("scanner.cases.run.evaluate", lambda *_: iter(findings))
        return run_case(rule, case).passed

    assert passes(finding("fail", first_broken="filter", lost=["B", "A"]))
    assert passes(finding("pass"), finding("fail", first_broken="filter", lost=["B", "A"]))
    assert not passes(finding("fail", first_broken="alarm", lost=["B", "A"]))
    assert not passes(finding("fail", first_broken="filter", lost=["A"]))
    assert not passes(finding("fail", first_broken="filter", lost=["A", "B", "C"]))
    assert not passes(finding("fail", first_broken="filter"), finding("fail", lost=["A", "B"]))
    assert not passes()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "set: {cloudtrail.DescribeTrial#/trailList/0/Name: x}",
            "4:21: the case has no call cloudtrail.DescribeTrial. Did you mean 'cloudtrail.DescribeTrails'?",
        ),
        (
            "set: {cloudtrail.DescribeTrails@eu-west-1#/trailList/0/Name: x}",
            "4:21: the case has no call cloudtrail.DescribeTrails@eu-west-1. Did you mean",
        ),
        (
            "set: {cloudtrail.DescribeTrails#/trialList/0/Name: x}",
            (
                '4:21: in the answer to 111122223333/us-east-1/cloudtrail.DescribeTrails{"includeShadowTrails":true}: '
                "there is no member 'trialList' (its members: trailList). Did you mean 'trailList'?"
            ),
        ),
        ("set: {cloudtrail.DescribeTrails#/trailList/1/Name: x}", "'1' is not an index of a list of 1."),
        (
            "set: {cloudtrail.DescribeTrails#/trailList/0/LogFileValidationEnabld: x}",
            "there is no member 'LogFileValidationEnabld'; there is 'LogFileValidationEnabled'.",
        ),
        (
            "set: {cloudtrail.DescribeTrails#/trailList/0/Name/x: x}",
            "/trailList/0/Name holds 'main', which has no members.",
        ),
        ("set: {'cloudtrail.DescribeTrails#': x}", "4:21: an answer is a mapping"),
        ("unset: ['cloudtrail.DescribeTrails#/trailList/0/Nam']", "4:23: in the answer to"),
        ("unset: ['cloudtrail.DescribeTrails#']", "the whole answer cannot be removed; use `without`."),
        (
            "denied: [cloudtrail.GetTrailStatsu]",
            "4:24: the case has no call cloudtrail.GetTrailStatsu. Did you mean 'cloudtrail.GetTrailStatus'?",
        ),
        ("without: [sns.ListTopics]", "4:25: the case has no call sns.ListTopics."),
        (
            "denied: [cloudtrail.GetTrailStatus], set: {cloudtrail.GetTrailStatus#/IsLogging: x}",
            "has no answer to change: it ended with AccessDenied",
        ),
        (
            "without: [cloudtrail.GetTrailStatus], denied: [cloudtrail.GetTrailStatus]",
            "the case has no call cloudtrail.GetTrailStatus.",
        ),
        ("parameters: {wantd: true}", "4:28: trail.validation has no parameter 'wantd'. Did you mean 'wanted'?"),
        ("parameters: {wanted: 1}", "4:36: wanted must be true or false, not 1"),
        ("set: {cloudtrail.DescribeTrails/trailList: x}", "must be service.Operation#/json/pointer"),
        (
            "calls: [{call: a.Bc, answer: {}}, {call: a.Bc, absent: X}]",
            "4:49: the call 111122223333/us-east-1/a.Bc{} is here a second time",
        ),
        (
            "calls: [{call: a.Bc, answer: {}, error: X}]",
            "must hold exactly one of the keys 'answer', 'pages', 'error', 'absent'",
        ),
        ("calls: [{call: a.Bc}]", "must hold exactly one of the keys"),
        (
            "calls: [{call: a.Bc, account: '1234', answer: {}}]",
            "must be an account id of 12 digits in quotes, not '1234'",
        ),
        (
            "calls: [{call: a.Bc, account: 012345670123, answer: {}}]",
            "4:45: '012345670123' may be read as different numbers",
        ),
        ("expects: fail", "4:15: the key 'expects' is not known here. Did you mean 'expect'?"),
    ],
)
def test_a_change_that_changes_nothing_is_an_error(rule: Rule, tmp_path: Path, text: str, expected: str) -> None:
    found = problems(rule, tmp_path, f"  - {{name: x, {text}, expect: pass}}\n")
    assert any(expected in problem for problem in found), found


def test_an_answer_that_lists_nothing_is_passed_over_beside_one_that_lists_something(
    rule: Rule, tmp_path: Path
) -> None:
    empty = "{call: cloudtrail.DescribeTrails, region: eu-west-1, answer: {trailList: []}}"
    change = "set: {cloudtrail.DescribeTrails#/trailList/0/LogFileValidationEnabled: false}"
    text = f"  - {{name: x, calls: [{empty}], {change}, expect: fail}}\n"
    (case,) = cases(rule, tmp_path, text)
    assert run_case(rule, case).passed
    none = empty.replace("eu-west-1", "us-east-1").replace("answer", "arguments: {includeShadowTrails: true}, answer")
    found = problems(rule, tmp_path, text.replace(empty, f"{empty}, {none}"))
    assert len(found) == 2
    assert all("'0' is not an index of a list of 0." in problem for problem in found)


def test_files_must_fit(rule: Rule, tmp_path: Path) -> None:
    one = "  - {name: x, expect: pass}\n"
    assert problems(rule, tmp_path, one + one) == ["5:12: another case is called 'x' too"]
    assert problems(rule, tmp_path, one, CASES.replace("trail.v", "trail.x")) == [
        "1:7: these are cases of trail.xalidation, the rule is trail.validation"
    ]
    assert problems(rule, tmp_path, one, CASES.replace("_sound", "_sond")) == [
        "2:7: there is no file '../_sond.calls.yaml' of calls. Did you mean '_sound.calls.yaml'?"
    ]


def test_a_base_stays_in_the_folder(rule: Rule, tmp_path: Path) -> None:
    one = "  - {name: x, expect: pass}\n"
    for base in ("../../secret.calls.yaml", "/etc/passwd"):
        head = CASES.replace("../_sound.calls.yaml", base)
        assert problems(rule, tmp_path, one, head) == ["2:7: the base leads outside the rules folder"]
    inside = tmp_path / "_link.calls.yaml"
    inside.symlink_to("/etc/passwd")
    head = CASES.replace("_sound", "_link")
    assert problems(rule, tmp_path, one, head) == ["2:7: the base leads outside the rules folder"]


def test_bases_build_on_bases(rule: Rule, tmp_path: Path) -> None:
    (tmp_path / "_more.calls.yaml").write_text(
        "base: _sound.calls.yaml\ncalls: [{call: sns.ListTopics, answer: {Topics: []}}]\n", encoding="utf-8"
    )
    head = CASES.replace("_sound", "_more")
    (case,) = cases(rule, tmp_path, "  - {name: x, expect: pass}\n", head)
    assert [call.operation for call in case.calls] == [
        "cloudtrail.DescribeTrails",
        "cloudtrail.GetTrailStatus",
        "sns.ListTopics",
    ]
    (tmp_path / "_more.calls.yaml").write_text("base: _more.calls.yaml\ncalls: []\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"_more\.calls\.yaml:1:7: bases are chained more than 4 deep"):
        cases(rule, tmp_path, "  - {name: x, expect: pass}\n", head)


def test_scope_and_snapshot(rule: Rule, tmp_path: Path) -> None:
    (case,) = cases(
        rule,
        tmp_path,
        """\
  - name: x
    calls:
      - {call: cloudtrail.DescribeTrails, region: eu-west-1, account: "012345670123", answer: {trailList: []}}
    without: ["cloudtrail.DescribeTrails@eu-west-1"]
    expect: pass
""",
    )
    assert case.scope == {"012345670123": ("eu-west-1",), "111122223333": ("us-east-1",)}
    asked: set[str] = set()
    snapshot = case_snapshot(case, asked)
    assert snapshot.accounts == ("012345670123", "111122223333")
    assert snapshot.collected_at.isoformat() == "2026-11-20T07:00:00+00:00"
    gap = snapshot.ask("012345670123", "eu-west-1", "cloudtrail.DescribeTrails").gap
    assert gap is not None
    assert gap.kind == "not-collected"
    assert [call.items for call in snapshot.made("111122223333", "cloudtrail.DescribeTrails")] == [1]
    assert asked == {"cloudtrail.DescribeTrails"}


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_partition(rule: Rule, tmp_path: Path, region: str, partition: str) -> None:
    text = f"  - {{name: x, calls: [{{call: a.Bc, region: {region}, answer: {{}}}}], expect: pass}}\n"
    (case,) = cases(rule, tmp_path, text, "rule: trail.validation\ncases:\n")
    assert case_snapshot(case).partition == partition


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", "denied"),
        ("AccessDeniedException", "denied"),
        ("UnauthorizedOperation", "denied"),
        ("ThrottlingException", "throttled"),
        ("Throttling", "throttled"),
        ("RequestLimitExceeded", "throttled"),
        ("OptInRequired", "denied"),
        ("InternalFailure", "error"),
        ("AuthFailure", "denied"),
        ("InvalidClientTokenId", "denied"),
        ("NoSuchBucketPolicy", "absent"),
    ],
)
def test_error_codes(code: str, kind: str) -> None:
    assert error_of(code, CallKey(ACCOUNT, REGION, "s3.GetBucketPolicy")).kind == kind


@pytest.mark.parametrize("region", ["us-east-1", "me-south-1", "cn-north-1"])
@pytest.mark.parametrize("operation", ["s3.GetBucketPolicy", "cloudtrail.DescribeTrails"])
def test_an_error_in_a_case_is_the_gap_that_collecting_it_leaves(
    region: str, operation: str, refused: Callable[..., ClientError]
) -> None:
    key = CallKey(ACCOUNT, region, operation)
    codes = {*THROTTLED, *REGION_OFF, *REGION_OFF_WHERE_OPT_IN, *DENIED, "NoSuchBucketPolicy", "AccessDenied", "Odd"}
    for code in sorted(codes - {"403", "429"}):
        collected = refusal(refused(code), OPERATIONS[operation].absences, opt_in=region == "me-south-1")
        assert error_of(code, key).kind == collected.kind, code


def test_a_place_that_is_not_known_makes_the_verdict_unknown(rule: Rule, tmp_path: Path) -> None:
    told = """
  - {name: beside, expect: unknown, unknown: ["cloudtrail.DescribeTrails#/trailList/0/LogFileValidationEnabled"]}
  - name: left out
    unset: ["cloudtrail.GetTrailStatus#/IsLogging"]
    unknown: ["cloudtrail.GetTrailStatus#/IsLogging"]
    expect: unknown
  - name: in a call
    calls:
      - call: cloudtrail.GetTrailStatus
        arguments: {Name: "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"}
        answer: {IsLogging: false}
        unknown: [/IsLogging]
    expect: {outcome: unknown, reason: "/pages/0/IsLogging is not known (a case says so)"}
"""
    assert {name: result.problems for name, result in results(rule, tmp_path, told).items()} == {
        "beside": (),
        "left out": (),
        "in a call": (),
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            'unknown: ["cloudtrail.GetTrailStatus#/Latest/Time"]',
            "/Latest/Time leads nowhere: there is no member 'Latest'",
        ),
        ('unknown: ["cloudtrail.DescribeTrails#/trailList/9"]', "/trailList/9 leads nowhere"),
        ('unknown: ["sns.ListTopics#/Topics"]', "the case has no call sns.ListTopics"),
        (
            'denied: [cloudtrail.GetTrailStatus], unknown: ["cloudtrail.GetTrailStatus#/IsLogging"]',
            "has no answer to change: it ended with AccessDenied",
        ),
        (
            "calls: [{call: a.Bc, error: X, unknown: [/a]}]",
            "a call that gave no answer has no places that are not known",
        ),
        ("calls: [{call: a.Bc, answer: {}, unknown: [/a/b]}]", "/a/b leads nowhere: there is no member 'a'"),
        ("calls: [{call: a.Bc, answer: {}, unknown: [a]}]", "must be a JSON Pointer such as"),
    ],
)
def test_a_place_that_is_no_place_is_refused(rule: Rule, tmp_path: Path, change: str, problem: str) -> None:
    with pytest.raises(ContentError, match=re.escape(problem)):
        cases(rule, tmp_path, f"  - {{name: x, {change}, expect: pass}}\n")


@pytest.mark.parametrize(
    ("ending", "problem"),
    [
        ("error: NoSuchBucketPolicy", "NoSuchBucketPolicy says that it does not exist; write it under `absent`"),
        ("absent: NoSuchPolicy", "these do: NoSuchBucketPolicy, NoSuchBucket"),
        ("absent: TrailNotFoundException", "s3.GetBucketPolicy does not say with TrailNotFoundException that"),
    ],
)
def test_a_call_that_ends_as_none_can_is_refused(rule: Rule, tmp_path: Path, ending: str, problem: str) -> None:
    text = f"  - {{name: x, calls: [{{call: s3.GetBucketPolicy, {ending}}}], expect: pass}}\n"
    with pytest.raises(ContentError, match=re.escape(problem)):
        cases(rule, tmp_path, text)


def test_an_operation_nobody_looks_at(rule: Rule, tmp_path: Path) -> None:
    text = "  - {name: x, calls: [{call: sns.ListTopic, answer: {}}], expect: pass}\n"
    assert results(rule, tmp_path, text)["x"].unasked == ("sns.ListTopic",)


def test_missing_cases(rule: Rule, tmp_path: Path) -> None:
    every = cases(rule, tmp_path, GOOD)
    assert missing_cases(rule, every) == ()
    by_name = {case.name: case for case in every}

    def without(*names: str) -> str:
        rest = [case for name, case in by_name.items() if name not in names]
        return "; ".join(missing_cases(rule, rest))

    assert without("validation on") == "a case that passes"
    assert without("no trail").startswith("a case with nothing to judge")
    assert without("status denied") == "a case with a denied call whose outcome is unknown"
    assert missing_cases(rule, [by_name["validation on"]])[0] == "a case that fails"


def test_lint(rule: Rule, tmp_path: Path) -> None:
    every = cases(rule, tmp_path, GOOD)
    path = tmp_path / "trail" / "validation.yaml"
    assert lint_rules([rule], {rule.id: every}, tmp_path, {rule.id}) == []
    assert lint_rules([rule], {rule.id: every}, tmp_path, set()) == [f"{path}:1:5: no framework names trail.validation"]
    assert lint_rules([replace(rule, pack="extended")], {rule.id: every}, tmp_path, set()) == []
    assert len(lint_rules([rule], {}, tmp_path)) == 4
    wrong = cases(rule, tmp_path, GOOD + "  - {name: wrong, expect: fail}\n")
    (problem,) = lint_rules([rule], {rule.id: wrong}, tmp_path)
    place, _, said = problem.partition(": ")
    assert place == wrong[-1].place
    assert place.startswith(f"{tmp_path / 'trail' / 'validation.test.yaml'}:")
    assert said.startswith("trail.validation case 'wrong': expected fail, the rule said pass")


ROUTE = """\
id: route.stop
title: Stopping of a trail reaches a person
severity: high
description: Stopping or deleting a trail must reach a confirmed subscriber.
rationale: Whoever stops a trail works unseen from then on.
remediation: Create a metric filter, an alarm and a topic with a subscriber.
references: [https://docs.aws.amazon.com/x]
check: route
events: |
  { ($.eventName = StopLogging)
    || (($.eventName = DeletTrail) && ($.eventSource = cloudtrial.amazonaws.com)) || ($.eventName = "Put*") }
accept: [metric-filter]
alarm: {max_threshold: 1, max_period: 300}
"""


UNKNOWN_NAME = "which no AWS service is known to have."
SOURCE, MISSPELT = "56: route.stop", "cloudtrial.amazonaws.com"


def test_lint_of_a_route(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(ROUTE, encoding="utf-8")
    (rule,) = load_rules([tmp_path], with_shipped=False)
    path = tmp_path / "wrong.yaml"
    assert lint_rules([rule], {}, tmp_path) == [
        f"{path}:1:5: route.stop belongs into route/stop.yaml",
        f"{path}:11:24: route.stop names the event DeletTrail, {UNKNOWN_NAME} Did you mean 'DeleteTrail'?",
        (
            f"{path}:11:{SOURCE} names the event source {MISSPELT}, {UNKNOWN_NAME} "
            "Did you mean 'cloudtrail.amazonaws.com'?"
        ),
        f"{path}:1:5: route.stop lacks a case that passes",
        f"{path}:1:5: route.stop lacks a case that fails",
        f"{path}:1:5: route.stop lacks a case with nothing to judge (an own call that lists nothing)",
        f"{path}:1:5: route.stop lacks a case with a denied call whose outcome is unknown",
        f"{path}:1:5: route.stop lacks a case called decoy that fails",
    ]


def test_lint_of_a_scope_that_changes_nothing(rule: Rule) -> None:
    assert isinstance(rule.check, ResourceCheck)
    check = replace(rule.check, scope=ResourceScope.OWNER)
    once, coverage = (replace(rule, check=each) for each in (check, replace(check, resource="cloudtrail.coverage")))
    told = [problem for each in (rule, once) for problem in lint_rules([each], {}, Path("own")) if "scope" in problem]
    assert told == []
    assert any(
        "has the scope owner, and each row of cloudtrail.coverage" in each
        for each in lint_rules([coverage], {}, Path("own"))
    )


def test_lint_of_a_title_that_would_be_untrue(rule: Rule) -> None:
    said = lint_rules([replace(rule, title="A trail was stopped")], {}, Path("own"))
    assert [problem for problem in said if "says 'was' in its title" in problem]


def test_lint_of_words(rule: Rule) -> None:
    poor = replace(
        rule, title="Trail Validation", description="Trail validation!", rationale="x" * 50, remediation="x" * 50
    )
    said = [problem for problem in lint_rules([poor], {}, Path("own")) if "lacks" not in problem]
    alike = "says the same in two of description, rationale and remediation"
    lines = {line.partition(":")[0]: number for number, line in enumerate(rule.text.splitlines(), 1)}
    assert [re.sub(r":[0-9]+: ", ": ", problem, count=1) for problem in said] == [
        f"own/trail/validation.yaml:{lines['title']}: trail.validation has its id for a title",
        f"own/trail/validation.yaml:{lines['description']}: trail.validation says next to nothing in its description",
        f"own/trail/validation.yaml:{lines['description']}: trail.validation repeats its title as description",
        f"own/trail/validation.yaml:{lines['remediation']}: trail.validation {alike}",
    ]
