"""The summary for a screen: what failed by the thing to put right, and at its end, in one screen, where to begin.

It is laid out by ``Page`` and not by a library for terminals: a command or an ARN that is longer than a line stays
whole, which tables and panels would cut, and the same assessment gives the same bytes with every version of it.
"""

from collections.abc import Sequence

from reports.characters import visible
from reports.formats.text.advice import next_steps
from reports.formats.text.commands import pieces
from reports.formats.text.controls import write_table
from reports.formats.text.findings import COLOURS
from reports.formats.text.head import write_gaps, write_place
from reports.formats.text.page import Page, counted
from reports.formats.text.stated import write_exceptions_in_short
from reports.formats.text.tally import RuleTally, Tally, tallied
from reports.repairs import Repair, Repairs, Thing, repairs, thing_of
from reports.wording import NO_ACCOUNT, NO_REASON, OUTCOME_ORDER, OUTCOME_WORDS, Lookup, hit_words, lookup
from scanner.model import Assessment, Finding, InForce, Outcome, Over, Severity

_MOST_CAUSES = 8
_MOST_UNKNOWN = 4
_MOST_STEPS = 4
_WORST = 3
_FEW_NAMES = 2
"""How many of each are told on a screen; what is left out is counted."""


def write_overview(page: Page, assessment: Assessment) -> None:
    """The whole of it."""
    found = lookup(assessment)
    tally = tallied(assessment.findings)
    write_place(page, assessment)
    write_gaps(page, assessment)
    write_table(page, assessment)
    _write_failures(page, assessment, tally, found)
    _write_unknown(page, assessment, tally, found)
    _write_rest(page, assessment, tally)
    _write_closing(page, assessment, tally)


def _write_failures(page: Page, assessment: Assessment, tally: Tally, found: Lookup) -> None:
    if not tally.failed:
        return
    if assessment.run.over is Over.RECORDS:
        _write_hits(page, tally.gravest, found)
        return
    told = repairs(assessment.findings, found, _MOST_CAUSES)
    failures = sum(each.findings for each in tally.failed.values())
    if failures == 1:
        page.heading("What failed, and what puts it right", f"1;{COLOURS[Outcome.FAIL]}")
    else:
        order = "most controls first" if assessment.controls else "gravest first"
        whole = f"{counted(failures, 'failure')}, {counted(told.total, 'thing')} to put right, {order}"
        page.heading(f"What failed: {whole}", f"1;{COLOURS[Outcome.FAIL]}")
    for number, repair in enumerate(told.first, start=1):
        _write_repair(page, number, repair)
    _write_left(page, told, "further", "to put right")


def _write_repair(page: Page, number: int, repair: Repair) -> None:
    page.lines.append("")
    page.paragraph(f"{number:2} {repair.severity.upper()}  ", _thing_words(repair.thing), COLOURS[Outcome.FAIL])
    page.paragraph("   ", _extent(repair))
    page.paragraph("   rules  ", visible(page.listed(list(repair.rules))))
    if not repair.steps:
        return
    (step, commands), *others = repair.steps.items()
    shown = commands[: repair.first_commands]
    _write_step(page, [*pieces(step), *((True, command) for command in shown)])
    left = ((len(commands) - len(shown), "more command"), (len(others), "more step"))
    if more := " and ".join(counted(number, what) for number, what in left if number):
        page.paragraph("   then   ", f"{more}: --verbose tells them with the findings")


def _write_step(page: Page, parts: Sequence[tuple[bool, str]]) -> None:
    """How a thing is put right. A command is on a line of its own, which is never broken, so that it can be copied."""
    lead = "   do     "
    for is_command, text in parts:
        if is_command and lead.strip():
            page.lines.append(lead.rstrip())
        if is_command:
            page.lines.append(f"     {visible(text)}")
        else:
            page.paragraph(lead, visible(text))
        lead = " " * 10


def _thing_words(thing: Thing) -> str:
    name = thing.name
    where = f" of account {thing.account}" if thing.account and thing.account != thing.resource else ""
    return visible(f"{name}{where}")


def _extent(repair: Repair) -> str:
    rules = f"{counted(repair.findings, 'finding')} of {counted(len(repair.rules), 'rule')}"
    accounts = f" in {len(repair.accounts)} accounts" if len(repair.accounts) > 1 else ""
    controls = f", {counted(len(repair.controls), 'control')}" if repair.controls else ""
    return f"{rules}{accounts}{controls}"


def _write_left(page: Page, told: Repairs, more: str, purpose: str) -> None:
    if told.left:
        page.lines.append("")
        page.paragraph("   ", f"and {told.left} {more} things {purpose}: --verbose, or --output html=FILE, shows them")


def _write_hits(page: Page, failed: Sequence[RuleTally], found: Lookup) -> None:
    """Rules that log records matched, gravest first, each with the first record."""
    page.heading(f"What was found in the records: {counted(len(failed), 'rule')} matched", f"1;{COLOURS[Outcome.FAIL]}")
    for each in failed[:_MOST_CAUSES]:
        page.lines.append("")
        lead = f"  {each.severity.upper()} "
        page.paragraph(lead, visible(f"{each.rule}  {each.title}"), COLOURS[Outcome.FAIL])
        whose = page.listed([account or NO_ACCOUNT for account in sorted(each.accounts)])
        told = f"{counted(each.hits, 'record')}, {counted(each.findings, 'finding')}: {whose}"
        page.paragraph("    ", visible(told))
        if each.first_hit is not None:
            page.paragraph("    first  ", hit_words(each.first_hit))
        if (rule := found.rules.get(each.rule)) is not None:
            _write_step(page, pieces(" ".join(rule.remediation.split())))
    if (left := len(failed) - _MOST_CAUSES) > 0:
        page.lines.append("")
        page.paragraph("    ", f"and {counted(left, 'more rule')}: --verbose shows them with their records")


def _write_unknown(page: Page, assessment: Assessment, tally: Tally, found: Lookup) -> None:
    """What could not be judged: by the thing it was to be judged on, with why."""
    if not tally.outcomes[Outcome.UNKNOWN]:
        return
    page.heading(
        f"Unknown: {counted(tally.outcomes[Outcome.UNKNOWN], 'finding')} could not be judged",
        f"1;{COLOURS[Outcome.UNKNOWN]}",
    )
    if assessment.run.over is Over.RECORDS:
        _write_unknown_rules(page, tally)
        return
    told = repairs(assessment.findings, found, _MOST_UNKNOWN, Outcome.UNKNOWN)
    reasons = _reasons(assessment.findings, {each.thing for each in told.first})
    for repair in told.first:
        page.lines.append("")
        lead = f"   {repair.severity.upper()}  "
        page.paragraph(lead, _thing_words(repair.thing), COLOURS[Outcome.UNKNOWN])
        page.paragraph("   ", _extent(repair))
        page.paragraph("   rules  ", visible(page.listed(list(repair.rules))))
        page.paragraph("   why    ", visible(" ".join(reasons.get(repair.thing, "").split())) or NO_REASON)
    _write_left(page, told, "more", "that could not be judged")


def _reasons(findings: Sequence[Finding], wanted: set[Thing]) -> dict[Thing, str]:
    """Why the first finding of each thing is unknown."""
    reasons: dict[Thing, str] = {}
    for finding in findings:
        if finding.outcome is Outcome.UNKNOWN and (thing := thing_of(finding)) in wanted:
            reasons.setdefault(thing, finding.reason)
    return reasons


def _write_unknown_rules(page: Page, tally: Tally) -> None:
    if unseen := sorted(tally.unseen - tally.unknown.keys()):
        told = "all that was given was read, and it holds none of the records these rules judge by"
        page.paragraph("  unseen  ", visible(f"{page.listed(unseen)}: {told}"))
    by_reason: dict[str, list[str]] = {}
    for rule, reason in tally.unknown.items():
        by_reason.setdefault(" ".join(reason.split()), []).append(rule)
    for reason, rules in list(by_reason.items())[:_MOST_UNKNOWN]:
        page.paragraph("  rules   ", visible(page.listed(sorted(rules))))
        page.paragraph("    why   ", visible(reason) or NO_REASON)
    if (left := len(by_reason) - _MOST_UNKNOWN) > 0:
        page.paragraph("  ", f"and {counted(left, 'more reason')}: --verbose shows them")


def _write_rest(page: Page, assessment: Assessment, tally: Tally) -> None:
    """What passed, what is left to people, and what they stated."""
    page.heading("The rest")
    outcomes = tally.outcomes
    passed = f"{counted(outcomes[Outcome.PASS], 'finding')} of {counted(len(tally.passed), 'rule')}"
    page.paragraph("  passed         ", f"{passed}; not applicable: {outcomes[Outcome.NOT_APPLICABLE]}")
    manual = [control for control in assessment.controls if control.outcome is Outcome.MANUAL]
    if manual:
        attested = sum(control.attested is InForce.YES for control in manual)
        overdue = sum(control.attested is InForce.EXPIRED for control in manual)
        numbers = ((attested, "attested"), (overdue, "overdue"), (len(manual) - attested - overdue, "not reviewed"))
        told = ", ".join(f"{number} {word}" for number, word in numbers if number)
        page.paragraph("  manual         ", f"{counted(len(manual), 'control')} for a person to judge: {told}")
    write_exceptions_in_short(page, assessment)
    if page.shortened:
        page.paragraph("  ", "Long lists are shortened here: --verbose, or --output text=FILE, writes all of them.")


def _write_closing(page: Page, assessment: Assessment, tally: Tally) -> None:
    """Counts, what failed worst and what to do next: all of it fits the last screen, of 24 lines."""
    page.heading("Result")
    counts = ", ".join(
        f"{tally.outcomes[outcome]} {OUTCOME_WORDS[outcome]}"
        for outcome in OUTCOME_ORDER
        if outcome is not Outcome.MANUAL
    )
    among = [f"{number} {word}" for number, word in ((tally.waived, "waived"), (tally.known, "known")) if number]
    page.paragraph("  ", f"{counted(tally.outcomes.total(), 'finding')}: {counts}{_among(among)}")
    for each in tally.gravest[:_WORST]:
        lead = f"  {_gravity(each.severity)} "
        page.paragraph(lead, visible(f"{each.rule} ({counted(each.findings, 'failure')})"), COLOURS[Outcome.FAIL])
    page.heading("What to do next")
    steps = next_steps(assessment, tally, _few, by_cause=True)
    for number, step in enumerate(steps[:_MOST_STEPS], start=1):
        page.paragraph(f"{number}. ", step)
    if (left := len(steps) - _MOST_STEPS) > 0:
        page.paragraph("   ", f"and {counted(left, 'more step')}: --verbose lists them")


def _among(among: Sequence[str]) -> str:
    return f" (of the failures, {' and '.join(among)})" if among else ""


def _gravity(severity: Severity) -> str:
    return f"{severity.upper():8}"


def _few(names: Sequence[str]) -> str:
    """A few names in one line, and how many more there are: the last screen has no room for all."""
    shown = ", ".join(names[:_FEW_NAMES])
    return shown if len(names) <= _FEW_NAMES else f"{shown} and {len(names) - _FEW_NAMES} more"
