"""The findings of the summary: what failed or is unknown in full, what passed by rule."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reports.characters import visible
from reports.formats.text.commands import pieces
from reports.formats.text.page import Page, counted
from reports.wording import (
    COMMAND,
    NO_REASON,
    WITNESS,
    Lookup,
    cause_words,
    control_names,
    evidence_names,
    extras,
    gaps_of,
    hit_lines,
    link_lines,
    resource_name,
    route,
    what_to_do,
    witness_words,
)
from scanner.model import UNSEEN, Assessment, Cause, Finding, Outcome

COLOURS: Mapping[Outcome, str] = {Outcome.FAIL: "31", Outcome.UNKNOWN: "33", Outcome.PASS: "32"}
"""ANSI colours of outcomes."""

_HEADINGS: Mapping[Outcome, str] = {
    Outcome.FAIL: "Failed",
    Outcome.UNKNOWN: "Unknown: could not be judged",
    Outcome.PASS: "Passed",
    Outcome.NOT_APPLICABLE: "Not applicable",
    Outcome.MANUAL: "Manual",
}
_UNSEEN = "Unknown: all that was given was read, and it holds none of the records these rules judge by"


def write_findings(page: Page, outcome: Outcome, findings: Sequence[Finding], found: Lookup) -> None:
    """All findings of one outcome under a heading; nothing where there is none."""
    if not findings:
        return
    match outcome:
        case Outcome.UNKNOWN:
            unseen = [finding for finding in findings if set(finding.because) == {UNSEEN}]
            others = [finding for finding in findings if finding not in unseen]
            _write_open(page, _HEADINGS[outcome], outcome, others, found)
            _write_open(page, _UNSEEN, outcome, unseen, found)
        case Outcome.FAIL:
            _write_open(page, _HEADINGS[outcome], outcome, findings, found)
        case _:
            _write_settled(page, outcome, findings)


def _write_open(page: Page, heading: str, outcome: Outcome, findings: Sequence[Finding], found: Lookup) -> None:
    """Findings by rule, gravest first."""
    if not findings:
        return
    page.heading(f"{heading} ({len(findings)})", f"1;{COLOURS[outcome]}")
    for group in sorted(_by_rule(findings), key=lambda group: (-group[0].severity.rank, group[0].rule)):
        _write_rule(page, group, found)


def _write_rule(page: Page, group: Sequence[Finding], found: Lookup) -> None:
    """The findings of one rule, each with its reason and what to do: once where that is the same for all."""
    first = group[0]
    page.lines.append("")
    page.paragraph(f"  {first.severity.upper()} ", visible(f"{first.rule}  {first.title}"), COLOURS[first.outcome])
    shown, others = told_once(group)
    fixes = [_fix(finding, found) for finding in shown]
    alike = len(set(fixes)) == 1
    for finding, fix in zip(shown, fixes, strict=True):
        _write_finding(page, finding, found)
        if also := others.get(_alike(finding)):
            page.paragraph("      also        ", visible(_also(page, finding, also)))
        if fix and not alike:
            _write_fix(page, "      fix         ", fix)
    if alike and fixes[0]:
        _write_fix(page, "    fix           ", fixes[0])
    controls = control_names(first.rule, found)
    if controls:
        page.paragraph("    controls      ", visible(", ".join(controls)))


def _write_fix(page: Page, lead: str, fix: str) -> None:
    """How failures are put right; a command in it is never broken, so that it can be copied."""
    for is_command, text in pieces(fix):
        if is_command:
            page.lines.append(f"{lead}{visible(text)}")
        else:
            page.paragraph(lead, visible(text))
        lead = " " * len(lead)


def shared_by(finding: Finding) -> Cause | str | None:
    """What findings of one rule have in common that need telling once: their cause; None for one without."""
    cause = finding.cause
    return cause.what if cause is not None and cause.resource == cause.account else cause


def _alike(finding: Finding) -> tuple[Cause | str | None, str]:
    """What a finding of a rule repeats that has the same: the cause, and the reason in other accounts' words.

    One that a waiver covers, or that the baseline knows, is told by itself: the others are not.
    """
    reason = finding.reason.replace(finding.account, "") if finding.account else finding.reason
    return shared_by(finding), "\n".join((reason, finding.waiver, "known" * finding.known))


def told_once(
    group: Sequence[Finding],
) -> tuple[list[Finding], dict[tuple[Cause | str | None, str], list[Finding]]]:
    """The findings of a rule that are written out, and those that only repeat one of them, by what is alike."""
    shown: list[Finding] = []
    others: dict[tuple[Cause | str | None, str], list[Finding]] = {}
    for finding in group:
        alike = _alike(finding)
        if alike[0] is not None and alike in others:
            others[alike].append(finding)
        else:
            others.setdefault(alike, [])
            shown.append(finding)
    return shown, others


def _also(page: Page, first: Finding, others: Sequence[Finding]) -> str:
    """Where else the same holds, from the same cause."""
    accounts = sorted({finding.account for finding in others} - {first.account})
    told = f"{counted(len(others), 'more finding')} of this rule for the same reason"
    return f"{told}, in {counted(len(accounts), 'more account')}: {page.listed(accounts)}" if accounts else told


def write_causes(page: Page, findings: Iterable[Finding]) -> None:
    """What several findings come from: one broken trail of an organization is put right once, not in every account."""
    rules: dict[Cause | str, set[str]] = {}
    accounts: dict[Cause | str, set[str]] = {}
    times: Counter[Cause | str] = Counter()
    for finding in findings:
        if (shared := shared_by(finding)) is not None:
            times[shared] += 1
            rules.setdefault(shared, set()).add(finding.rule)
            accounts.setdefault(shared, set()).add(finding.account)
    told = [shared for shared, number in times.most_common() if number > 1]
    if not told:
        return
    page.heading(f"Causes that findings share ({len(told)})")
    for shared in told:
        words = f"{shared}: {page.listed(sorted(accounts[shared]))}" if isinstance(shared, str) else cause_words(shared)
        where = f"{counted(times[shared], 'finding')} in {counted(len(accounts[shared]), 'account')}"
        page.paragraph("  ", visible(f"{words}: {where} ({page.listed(sorted(rules[shared]))})"))


def of_outcome(assessment: Assessment, outcome: Outcome) -> list[Finding]:
    """The findings of one outcome; of thousands of accounts only as much of each as is written of it."""
    findings = (finding for finding in assessment.findings if finding.outcome is outcome)
    if isinstance(assessment.findings, tuple):
        return list(findings)
    seen: set[tuple[str, tuple[Cause | str | None, str]]] = set()
    kept: list[Finding] = []
    for finding in findings:
        told = (finding.rule, _alike(finding))
        settled = outcome not in {Outcome.FAIL, Outcome.UNKNOWN}
        kept.append(_name_only(finding) if settled or told in seen else finding)
        if finding.cause is not None:
            seen.add(told)
    return kept


def _name_only(finding: Finding) -> Finding:
    return replace(finding, links=(), witness=None, details=None, sources=(), evidence=())


def _fix(finding: Finding, found: Lookup) -> str:
    """How a failure is put right, in one line; "" for any other finding."""
    return " ".join(what_to_do(finding, found).split()) if finding.outcome is Outcome.FAIL else ""


def _write_finding(page: Page, finding: Finding, found: Lookup) -> None:
    page.paragraph("    resource      ", visible(resource_name(finding)))
    page.paragraph("      why         ", _reason(finding))
    if finding.waiver:
        page.paragraph("      waived      ", visible(f"waived by {finding.waiver}: it fails all the same"))
    if finding.known:
        page.paragraph("      known       ", "known to the baseline: it fails all the same")
    _write_route(page, finding)
    _write_extras(page, finding)
    for line in hit_lines(finding):
        page.paragraph("      hit         ", line)
    if finding.outcome is Outcome.UNKNOWN:
        for gap in gaps_of(finding, found):
            page.paragraph("      gap         ", visible(f"{gap.kind}: {gap.reason}"))
    evidence = ", ".join(evidence_names(finding, found))
    if evidence:
        page.paragraph("      evidence    ", visible(evidence))


def _reason(finding: Finding) -> str:
    return visible(" ".join(finding.reason.split())) or NO_REASON


def _write_route(page: Page, finding: Finding) -> None:
    if finding.links:
        page.paragraph("      route       ", route(finding.links))
        for line in link_lines(finding.links):
            page.paragraph("                  ", line)


def _write_extras(page: Page, finding: Finding) -> None:
    for label, text in extras(finding):
        lead = f"      {label.split(' ', 1)[0].lower():11} "
        if label == COMMAND:  # it is to be copied whole
            page.lines.append(f"{lead}{text}")
        elif label == WITNESS and finding.witness is not None:
            page.paragraph(lead, witness_words(finding.witness))
        else:
            page.paragraph(lead, text)


def _write_settled(page: Page, outcome: Outcome, findings: Sequence[Finding]) -> None:
    """What passed, or does not concern the account, by rule: an auditor asks for the whole population.

    Each resource with what was observed of it.
    """
    page.heading(f"{_HEADINGS[outcome]} ({len(findings)})")
    for group in sorted(_by_rule(findings), key=lambda group: group[0].rule):
        page.paragraph("  ", visible(f"{group[0].rule}  {group[0].title}"))
        for finding in group:
            page.paragraph("    ", visible(resource_name(finding)))
            page.paragraph("        ", _reason(finding))


_ROUTE_WORDS: Mapping[str, str] = {
    "lost": "events that the rule asks for and that no working route carries",
    "nearest": "where a route comes closest: repair it there first",
    "witness": "one lost event as an example; it is made up, and nobody did what it says",
}
"""The words of a finding about a route that a reader meets here for the first time."""


def write_words(page: Page, assessment: Assessment) -> None:
    """What the words of broken routes mean, where there is one."""
    if not any(finding.witness is not None for finding in assessment.findings):
        return
    page.heading("Words")
    for word, meaning in _ROUTE_WORDS.items():
        page.paragraph(f"  {word:9}", meaning)


def _by_rule(findings: Iterable[Finding]) -> list[list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    return list(groups.values())
