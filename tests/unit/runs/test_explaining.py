"""Every rule, control and system can be explained, and a scan's findings join the explanation."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reports.document.writing import document_bytes
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.content.frameworks import load_frameworks
from scanner.content.rules import area_of, load_rules
from scanner.content.systems import monitoring_systems, systems_of
from scanner.content.systems_page import ASKED, systems_page
from scanner.errors import SnapshotError, UsageError
from scanner.model import Finding, Fix, Outcome, RouteDetails
from scanner.runs.explaining import Explainer, Explanation, next_step, scan_of, told
from tests.golden.sample_assessment import assessment

ASSESSMENT = assessment()
RULES = load_rules()
FRAMEWORKS = load_frameworks(None, {rule.id for rule in RULES})
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    return Explainer(RULES, FRAMEWORKS)


def said(explanation: Explanation) -> Iterator[str]:
    yield explanation.title
    for section in explanation.sections:
        yield from (section.heading, *section.lines, *section.items)


def text_of(explanation: Explanation, heading: str) -> str:
    (section,) = [section for section in explanation.sections if section.heading == heading]
    return "\n".join((*section.lines, *section.items))


def systems_told(explanation: Explanation) -> str:
    (section,) = [section for section in explanation.sections if section.heading.startswith("AWS systems ")]
    return "\n".join((*section.lines, *section.items))


def test_every_rule_names_who_asks_for_it_and_what_can_do_it(explainer: Explainer) -> None:
    for rule in RULES:
        explanation = explainer.explain(rule.id)
        systems = systems_told(explanation)
        assert systems.count("\n") >= 1, rule.id
        assert systems.count(" Delay: ") == systems.count(" Not when ") == systems.count("\n")
        assert rule.remediation.strip() in text_of(explanation, "Next step")
        assert f"--rule {rule.id}" in text_of(explanation, "Next step")
        if "pattern under events" in rule.remediation:
            told = text_of(explanation, "Next step")
            assert re.search("The pattern under events(: |, as one metric filter each:\n){", told), rule.id
        assert "{" not in "".join(line for line in said(explanation) if line not in text_of(explanation, "Next step"))


@pytest.mark.parametrize(
    ("rule", "heading", "systems"),
    [
        ("route.root-usage", "AWS systems that can do it", ["metric-filter-alarm", "eventbridge"]),
        ("route.guardduty-findings", "AWS systems that can do it", ["eventbridge"]),
        ("route.cloudtrail-insights", "AWS systems that can do it", ["eventbridge", "cloudtrail-insights"]),
        ("trail.s3-delivery-fresh", "AWS systems that it is about", ["trail", "s3-log-files"]),
        ("insights.scheduled-review", "AWS systems that it is about", ["logs-insights"]),
        (
            "event.root-activity",
            "AWS systems that hold or search the records",
            ["event-history", "s3-log-files", "cloudtrail-lake", "cloudwatch-logs", "logs-insights"],
        ),
    ],
)
def test_names_the_systems_that_answer_a_rule_and_no_others(
    explainer: Explainer, rule: str, heading: str, systems: list[str]
) -> None:
    assert [line.partition(":")[0] for line in text_of(explainer.explain(rule), heading).splitlines()[1:]] == systems


def test_every_control_says_what_is_left_to_a_person(explainer: Explainer) -> None:
    for framework in FRAMEWORKS:
        for control in framework.controls:
            explanation = explainer.explain(f"{framework.id}/{control.id}")
            assert control.notes.strip() in text_of(explanation, "How far the rules decide it")
            assert text_of(explanation, "Next step")
            told = text_of(explanation, "Rules")
            assert told.count("\n") == max(len(control.all_rules), 1) - 1
            assert told.count("(judged over log records only)") == len(control.log_rules)
            assert told.count("(judged over a period only)") == len(control.period_rules)


def test_a_remediation_that_rules_share_is_told_once(explainer: Explainer) -> None:
    told = next(each for each in explainer.explain("pci-dss-4.0.1/10.4.1.1").sections if each.heading == "Next step")
    texts = [line.partition(" fails: ")[2] for line in told.items if " fails: " in line]
    assert len(texts) == len(set(texts)) < 30
    assert any(line.startswith("Where route.") and " or route.vpc-changes fails: " in line for line in told.items)
    assert "The pattern under events of each: `trailwitness explain RULE`." in told.items


def test_every_system_is_complete_and_serves_some_rule(explainer: Explainer) -> None:
    areas = {area_of(rule.id) for rule in RULES}
    for system in monitoring_systems():
        assert set(system.rules) <= areas | {rule.id for rule in RULES}
        assert system.limits
        assert all(source.startswith("https://docs.aws.amazon.com/") for source in system.sources)
        facts = (system.use, system.delay, system.retention, system.alerts, system.organization)
        clauses = (*facts, system.cost, system.avoid, *system.limits, *system.needs)
        assert not [clause for clause in clauses if clause.endswith(".") or clause != clause.strip() or not clause]
        assert f"Use it to {system.use}." in said(explainer.explain(system.id))
    assert not [rule.id for rule in RULES if not systems_of(rule.id)]


def test_the_page_is_made_from_the_same_data(explainer: Explainer) -> None:
    path = ROOT / "docs/monitoring-systems.md"
    if os.environ.get("TRAILWITNESS_UPDATE_GOLDEN") == "1":
        path.write_text(systems_page(), encoding="utf-8")
    page = path.read_text(encoding="utf-8")
    assert page == systems_page(), "make docs writes it anew"
    headings = {
        f"#{re.sub('[^a-z0-9 -]', '', line[3:].lower()).replace(' ', '-')}"
        for line in page.splitlines()
        if line.startswith("## ")
    }
    assert set(re.findall(r"\]\((#[^)]+)\)", page)) <= headings
    for system in monitoring_systems():
        told = " ".join(said(explainer.explain(system.id)))
        for fact in (system.use, system.delay, system.retention, system.alerts, system.organization, *system.limits):
            assert fact[1:] in told
            assert fact in page or fact[3:] in page


def test_what_auditors_ask_for_names_controls_and_systems_that_exist(explainer: Explainer) -> None:
    controls = {f"{framework.id}/{control.id}" for framework in FRAMEWORKS for control in framework.controls}
    for _, named, systems in ASKED:
        assert set(named) <= controls
        for control in named:
            told = systems_told(explainer.explain(control))
            assert [each for each in systems if f"\n{each}: " in told], control


def test_a_scan_joins_with_its_findings_and_their_fixes() -> None:
    explainer = Explainer(ASSESSMENT.rules, FRAMEWORKS, ASSESSMENT)
    for finding in ASSESSMENT.findings:
        explanation = explainer.explain(finding.rule)
        assert finding.reason in text_of(explanation, "What was found here")
        if finding.outcome is Outcome.FAIL:
            assert finding.resource in text_of(explanation, "Next step")
    evidence = ASSESSMENT.evidence[0]
    shown = explainer.explain(evidence.id.lower())
    assert evidence.sha256 in text_of(shown, "What was asked")
    resting = [finding for finding in ASSESSMENT.findings if evidence.id in finding.evidence]
    assert all(finding.reason in text_of(shown, "What rests on it") for finding in resting)
    with pytest.raises(UsageError, match="no evidence EV-9999"):
        explainer.explain("EV-9999")


def found(outcome: Outcome, resource: str = "111122223333", commands: tuple[str, ...] = ()) -> Finding:
    details = RouteDetails(fix=Fix("Switch it on.", commands)) if commands else None
    rule = RULES[0]
    return Finding(rule.id, outcome, rule.severity, "111122223333", "", resource, "because", details=details)


@pytest.mark.parametrize(
    ("outcomes", "lines"),
    [
        ([Outcome.PASS, Outcome.NOT_APPLICABLE], ["Nothing failed."]),
        ([Outcome.UNKNOWN, Outcome.PASS], ["Nothing failed.", "Each reason above says why"]),
        ([Outcome.FAIL, Outcome.UNKNOWN], ["Each reason above says why"]),
        ([Outcome.FAIL], []),
    ],
)
def test_the_next_step_is_true_of_every_outcome(outcomes: list[Outcome], lines: list[str]) -> None:
    findings = [found(outcome) for outcome in outcomes]
    step = next_step([RULES[0]], findings)
    assert [line.startswith(start) for line, start in zip(step.lines, lines, strict=True)] == [True] * len(lines)
    assert bool(step.items) == (Outcome.FAIL in outcomes)
    open_still = next_step([RULES[0]], findings, left_open=True)
    assert (open_still.items or open_still.lines)[-1].startswith("What the rules leave open: have a person examine it")


def test_evidence_names_an_account_and_a_region_only_where_there_is_one() -> None:
    evidence = ASSESSMENT.evidence[0]
    log = replace(evidence, key=replace(evidence.key, account="", region="", operation="read"))
    explainer = Explainer(RULES, FRAMEWORKS, replace(ASSESSMENT, evidence=(log,)))
    assert f"), at {log.started}." in text_of(explainer.explain(log.id), "What was asked").splitlines()[0]
    asked = text_of(Explainer(RULES, FRAMEWORKS, ASSESSMENT).explain(evidence.id), "What was asked")
    assert f" in account {evidence.key.account}, {evidence.key.region}, at " in asked


def test_a_finding_says_for_which_account_a_bucket_was_judged() -> None:
    assert told(found(Outcome.PASS)) == "pass, 111122223333: because"
    assert (
        told(found(Outcome.PASS, "arn:aws:s3:::logs")) == "pass, arn:aws:s3:::logs, for account 111122223333: because"
    )
    topic = "arn:aws:sns:eu-west-1:111122223333:alerts"
    assert told(replace(found(Outcome.PASS, topic), region="eu-west-1")) == f"pass, {topic}: because"


def test_rules_over_records_that_a_scan_cannot_judge_are_a_step_of_their_own() -> None:
    over_records = next(rule for rule in RULES if rule.id == "event.root-activity")
    step = next_step([RULES[0], over_records], [found(Outcome.PASS)], left_open=True)
    assert step.lines[0] == "Nothing failed."
    assert step.lines[1] == "Judge the log records: `trailwitness logs SOURCES --rule event.root-activity`."
    assert step.lines[2].startswith("What the rules leave open: have")
    before = next_step([over_records], [], left_open=True)
    assert before.lines[-1].startswith("What the rules leave open: have")


def test_a_repair_of_several_resources_is_told_once() -> None:
    repair = ("aws sns subscribe",)
    failed = [found(Outcome.FAIL, name, repair) for name in ("here", "there", "here")]
    step = next_step([RULES[0]], [*failed, found(Outcome.FAIL, "elsewhere", ("aws sns publish",))])
    assert step.items == (
        "here, there: Switch it on.",
        "aws sns subscribe",
        "elsewhere: Switch it on.",
        "aws sns publish",
    )


@pytest.mark.parametrize(
    ("subject", "message", "hint"),
    [
        ("route.root-usag", "Did you mean 'route.root-usage'", "rules list"),
        ("contributor-insight", "Did you mean 'contributor-insights'", "event-history"),
        ("EV-0001", "no scan is given", "--from"),
        ("pci-dss-4.0/10.2.1", "Did you mean 'pci-dss-4.0.1/10.2.1'", "frameworks show"),
        ("pci-dss-4.0.1/99", "pci-dss-4.0.1 has no control '99'.", "frameworks show pci-dss-4.0.1"),
        ("pci-dss-4.0.1/10.2.11", "has no control '10.2.11'. Did you mean '10.2.1.1'?", "frameworks show"),
        ("pci-dss-4.0.1", "pci-dss-4.0.1 is a framework; name one of its controls", "frameworks show pci-dss-4.0.1"),
    ],
)
def test_says_what_can_be_explained(explainer: Explainer, subject: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        explainer.explain(subject)
    assert message in error.value.message
    assert hint in error.value.hint


def test_a_control_of_several_frameworks_is_to_be_named_in_full() -> None:
    first, second = FRAMEWORKS[:2]
    twice = Explainer(RULES, (first, second, first))
    with pytest.raises(UsageError, match="a control of several frameworks") as error:
        twice.explain(first.controls[0].id)
    assert f"{first.id}/{first.controls[0].id}" in error.value.hint


def test_reads_a_report_and_refuses_what_is_none(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_bytes(document_bytes(ASSESSMENT))
    assert scan_of(report, ASSESSMENT.rules).findings == ASSESSMENT.findings
    report.write_text("{}", encoding="utf-8")
    with pytest.raises(SnapshotError, match="not an assessment document"):
        scan_of(report, RULES)
    (tmp_path / "folder").mkdir()
    with pytest.raises(SnapshotError, match=r"holds no data/assessment\.json"):
        scan_of(tmp_path / "folder", RULES)


def test_the_command_wraps_what_it_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert run(["explain", "metric-filter-alarm"]) == Exit.CLEAN
    shown = capsys.readouterr().out
    assert shown.startswith("metric-filter-alarm: Metric filter and alarm\n\nWhat it is for\n  Use it to tell a person")
    assert not [line for line in shown.splitlines() if len(line) > 60 and " " in line.strip(" -")]
    report = tmp_path / "report.json"
    report.write_text(json.dumps([]), encoding="utf-8")
    assert run(["explain", "trail", "--from", str(report)]) == Exit.ERROR
    assert "not an assessment document" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["rules", "show", "event.log-store-tampering"], ["frameworks", "show", "pci-dss-4.0.1"]]
)
def test_what_is_shown_of_rules_and_frameworks_fits_the_terminal(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    assert run(words) == Exit.CLEAN
    shown = capsys.readouterr().out.splitlines()
    sentences = [line for line in shown if "$." not in line and "[" not in line and ", pci" not in line]
    assert not [line for line in sentences if len(line) > 70 and " " in line.strip()[:60] and line.endswith(".")]


def test_findings_of_a_service_leave_it_through_eventbridge_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "route.guardduty-findings"]) == Exit.CLEAN
    told = capsys.readouterr().out
    assert "- eventbridge:" in told
    assert "- metric-filter-alarm:" not in told
    assert run(["explain", "route.root-usage"]) == Exit.CLEAN
    assert "- metric-filter-alarm:" in capsys.readouterr().out
