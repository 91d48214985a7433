"""An assessment over log records that contradicts itself is found out without the records."""

from dataclasses import replace

import pytest

from scanner.assessment.configuration import summary
from scanner.assessment.consistency import contradictions
from scanner.assessment.logs import judge_controls
from scanner.model import (
    Accounting,
    Assessment,
    CallKey,
    Collected,
    Control,
    Coverage,
    EvidenceId,
    Finding,
    Framework,
    Gap,
    GapKind,
    HitDetails,
    LogEventsCheck,
    LogRun,
    NoHitDetails,
    Outcome,
    Polarity,
    Rule,
    RuleId,
    ScanRun,
    Severity,
    SourceLine,
)

LOUD, QUIET, WANTED = RuleId("event.loud"), RuleId("event.quiet"), RuleId("event.wanted")
LINE = SourceLine(EvidenceId("EV-0001"), "a.json", "records", 5, 1, 2, (), 0, (), 0, "", "", (), 9, "")
HITS = HitDetails(2, 3, exact=True, hits=())
GAP = Gap(key=CallKey.of_source("a.json"), kind=GapKind.INVALID, reason="a.json was not read whole")


def rule(name: RuleId, polarity: Polarity) -> Rule:
    check = LogEventsCheck("{ $.eventName = * }", polarity=polarity)
    return Rule(name, f"Title of {name}", Severity.HIGH, "", "", "", (), (), check, "", "")


RULES = (rule(LOUD, Polarity.MUST_NOT), rule(QUIET, Polarity.MUST_NOT), rule(WANTED, Polarity.MUST))
CONTROL = Control("pci", "10.2.1", "Logs", Coverage.FULL, "", (), (LOUD, QUIET, WANTED))
FRAMEWORKS = (Framework("pci", "PCI", "4", "", (CONTROL,), "", ""),)


def finding(name: RuleId, outcome: Outcome, details: HitDetails | NoHitDetails) -> Finding:
    return Finding(name, outcome, Severity.HIGH, "", "", "", "so", f"Title of {name}", details=details)


def assessed(*findings: Finding, line: SourceLine = LINE, gaps: tuple[Gap, ...] = ()) -> Assessment:
    controls = judge_controls(FRAMEWORKS, findings, {each.id for each in RULES})
    sums = Accounting(sources=1, records=line.records, duplicates=line.duplicates, matched=line.matched)
    run = LogRun(collected=Collected(""), sources=(line,), accounting=sums)
    return Assessment(run, RULES, findings, controls, gaps, (), summary(findings, controls, gaps, (), line.records))


SOUND = assessed(
    finding(LOUD, Outcome.FAIL, HITS),
    finding(QUIET, Outcome.PASS, NoHitDetails(5)),
    finding(WANTED, Outcome.PASS, HITS),
)


def test_a_sound_one_has_none() -> None:
    assert contradictions(SOUND, FRAMEWORKS) == []
    unread = replace(SOUND.findings[1], outcome=Outcome.UNKNOWN)
    cut = assessed(SOUND.findings[0], unread, SOUND.findings[2], line=replace(LINE, cut="cut off"), gaps=(GAP,))
    assert contradictions(cut, FRAMEWORKS) == []


def changed(number: int, **changes: object) -> Assessment:
    """The sound one with one finding changed, and everything that follows from it."""
    findings = list(SOUND.findings)
    findings[number] = replace(findings[number], **changes)  # type: ignore[arg-type]  # each case names its own
    return assessed(*findings)


RUN = SOUND.run
assert isinstance(RUN, LogRun)
CASES = {
    "a fail without a hit": (changed(0, details=NoHitDetails(5)), "event.loud fails, although it counts 0 hits"),
    "a pass with hits": (changed(1, details=HITS), "event.quiet passes, although it counts 2 hits"),
    "what must occur did not": (changed(2, details=NoHitDetails(5)), "event.wanted passes, although it counts 0 hits"),
    "another severity": (changed(0, severity=Severity.LOW), "event.loud does not have the title and severity"),
    "another title": (changed(0, title="Mine"), "event.loud does not have the title and severity"),
    "a rule that was not used": (changed(0, rule=RuleId("event.x")), "event.x is not among the rules that were used"),
    "a rule without a finding": (assessed(*SOUND.findings[:2]), "the rule event.wanted has no finding"),
    "another control": (
        replace(SOUND, controls=(replace(SOUND.controls[0], outcome=Outcome.PASS),)),
        "the controls do not follow from the findings: pci 10.2.1",
    ),
    "no control": (replace(SOUND, controls=()), "the controls do not follow from the findings: pci 10.2.1"),
    "another count": (replace(SOUND, summary=replace(SOUND.summary, gaps=1)), "the counts of the summary are not"),
    "other records": (replace(SOUND, summary=replace(SOUND.summary, records=6)), "the sums under run.accounting"),
    "other sums": (
        replace(SOUND, run=replace(RUN, accounting=replace(RUN.accounting, matched=1))),
        "the sums under run.accounting are not those of run.sources",
    ),
    "other repeats": (
        replace(SOUND, run=replace(RUN, accounting=replace(RUN.accounting, duplicates=0))),
        "the sums under run.accounting are not those of run.sources",
    ),
    "a loss without a gap": (assessed(*SOUND.findings, line=replace(LINE, cut="cut")), "no gap names a.json"),
    "a pass in spite of a loss": (
        assessed(*SOUND.findings, line=replace(LINE, unread_count=1), gaps=(GAP,)),
        "event.quiet passes although a.json was not read whole",
    ),
    "a pass in spite of broken items": (
        assessed(*SOUND.findings, line=replace(LINE, malformed_count=1), gaps=(GAP,)),
        "event.quiet passes although a.json was not read whole",
    ),
    "a scan": (replace(SOUND, run=ScanRun(collected=Collected(""))), "it is not an assessment over log records"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_contradiction_is_told(case: str) -> None:
    made, words = CASES[case]
    told = contradictions(made, FRAMEWORKS)
    assert any(line.startswith(words) for line in told), told
