"""Where an assessment over log records contradicts itself; what only the records could tell is not seen."""

from collections.abc import Iterator, Sequence

from scanner.assessment.configuration import summary
from scanner.assessment.logs import judge_controls
from scanner.model import (
    Assessment,
    ControlResult,
    Finding,
    Framework,
    LogEventsCheck,
    LogRun,
    Outcome,
    Polarity,
    Rule,
    RuleId,
    SourceLine,
)

_VERDICTS = {Outcome.PASS: "passes", Outcome.FAIL: "fails"}


def contradictions(assessment: Assessment, frameworks: Sequence[Framework]) -> list[str]:
    """How the parts of an assessment over log records disagree, in words.

    Its findings must follow from the hits that they count, its controls and sums from its findings.
    """
    if not isinstance(assessment.run, LogRun):
        return ["it is not an assessment over log records"]
    run = assessment.run
    controls = judge_controls(frameworks, assessment.findings, {rule.id for rule in assessment.rules})
    return [
        *_of_findings(assessment),
        *_of_controls(assessment.controls, controls),
        *_of_sums(assessment, run, controls),
        *_of_losses(assessment, [line for line in run.sources if _is_lost(line)]),
        *_unjudged(assessment),
    ]


def _of_findings(assessment: Assessment) -> Iterator[str]:
    rules = {rule.id: rule for rule in assessment.rules}
    for finding in assessment.findings:
        said = _contradicted(finding, rules.get(finding.rule))
        if said:
            yield said


def _contradicted(finding: Finding, rule: Rule | None) -> str:
    """How a finding contradicts the hits that it counts; "" when it does not."""
    if rule is None:
        return f"{finding.rule} is not among the rules that were used"
    if (finding.title, finding.severity) != (rule.title, rule.severity):
        return f"{finding.rule} does not have the title and severity of the rule"
    polarity = rule.check.polarity if isinstance(rule.check, LogEventsCheck) else Polarity.LIST
    expected = {Polarity.MUST_NOT: Outcome.FAIL, Polarity.MUST: Outcome.PASS}.get(polarity)
    if expected is None or finding.outcome not in _VERDICTS:
        return ""
    if bool(finding.hit_count) is not (finding.outcome is expected):
        return f"{finding.rule} {_VERDICTS[finding.outcome]}, although it counts {finding.hit_count} hits"
    return ""


def _of_controls(stated: Sequence[ControlResult], controls: Sequence[ControlResult]) -> Iterator[str]:
    if tuple(controls) != tuple(stated):
        differing = [f"{new.framework} {new.id}" for new in controls if new not in stated]
        yield f"the controls do not follow from the findings: {', '.join(differing) or 'some are missing or added'}"


def _of_sums(assessment: Assessment, run: LogRun, controls: Sequence[ControlResult]) -> Iterator[str]:
    records = assessment.summary.records
    if summary(assessment.findings, controls, assessment.gaps, assessment.evidence, records) != assessment.summary:
        yield "the counts of the summary are not those of the findings, controls, gaps and evidence"
    stated = (run.accounting.records, run.accounting.duplicates, run.accounting.matched)
    if stated != _summed(run.sources) or records != run.accounting.records:
        yield "the sums under run.accounting are not those of run.sources"


def _summed(lines: Sequence[SourceLine]) -> tuple[int, int, int]:
    """The records of all sources, how many of them are repeats, and how many a rule matched."""
    records = duplicates = matched = 0
    for line in lines:
        records += line.records
        duplicates += line.duplicates
        matched += line.matched
    return records, duplicates, matched


def _is_lost(line: SourceLine) -> bool:
    """Whether something of a source was not read."""
    return bool(line.cut or line.malformed_count or line.unread_count)


def _of_losses(assessment: Assessment, lost: Sequence[SourceLine]) -> Iterator[str]:
    named = {str(gap.arguments.get("source")) for gap in assessment.gaps}
    for line in lost:
        if line.source not in named:
            yield f"no gap names {line.source}, which was not read whole"
    for finding in assessment.findings if lost else ():
        if finding.outcome is Outcome.PASS and not finding.hit_count:
            yield f"{finding.rule} passes although {lost[0].source} was not read whole"


def _unjudged(assessment: Assessment) -> Iterator[str]:
    judged: set[RuleId] = {finding.rule for finding in assessment.findings}
    for rule in sorted({rule.id for rule in assessment.rules} - judged):
        yield f"the rule {rule} has no finding"
