"""A comparison as one HTML file that asks for nothing else, in the style of the report and without any script.

Every value is escaped by the template engine, and what a browser may apply is pinned by hash, as in the report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from reports.comparison.comparing import Change, Comparison, ControlPair, FindingPair
from reports.comparison.settings import KINDS, SetupChange
from reports.comparison.telling import COUNTED, HEADINGS, control_state, counted, reasons, told
from reports.formats.html.rendering import asset, content_security_policy, environment
from reports.formats.html.views.marks import MARKS, Mark, of_control, of_finding
from reports.repairs import thing_of
from reports.wording import resource_name
from scanner.model import Assessment, ControlResult, Finding, Outcome

MOST = 500
"""Rows that a section shows; the JSON document lists all of them."""

_PACKAGE = "reports.comparison"
_NOT_JUDGED = Mark("manual", "not judged", "–")
_NOT_LISTED = Mark("manual", "not listed", "–")


@dataclass(frozen=True, slots=True)
class Row:
    """A finding before and after, with why it is taken for what it became."""

    severity: str
    rule: str
    title: str
    resource: str
    before: Mark
    after: Mark
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """The findings that became one thing, by what they come from; ``left`` of them are not shown."""

    name: str
    heading: str
    number: int
    groups: Mapping[str, Sequence[Row]]
    left: int


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control whose outcome changed."""

    name: str
    title: str
    before: Mark
    after: Mark
    words: str


def comparison_page(comparison: Comparison) -> bytes:
    """The page as UTF-8 bytes: equal comparisons give equal bytes."""
    styles = asset("report.css") + files(_PACKAGE).joinpath("assets", "comparison.css").read_text(encoding="utf-8")
    sections = (_section(comparison, change, words) for change, words in HEADINGS.items())
    page = environment(_PACKAGE).get_template("comparison.html.j2")
    text = page.render(
        styles=styles,
        policy=content_security_policy(styles),
        sides=(("Old", comparison.old), ("New", comparison.new)),
        counts_of=_counts,
        swapped=comparison.swapped,
        verdict=_verdict(comparison),
        counts=_numbers(comparison),
        setups=_in_order(comparison.setups)[:MOST],
        setups_left=max(0, len(comparison.setups) - MOST),
        sections=[section for section in sections if section.number],
        controls=list(map(_control, comparison.controls[:MOST])),
        controls_left=max(0, len(comparison.controls) - MOST),
    )
    return text.encode()


def _verdict(comparison: Comparison) -> tuple[Mark, str]:
    """The worst that became of a finding, and what it means; what is waived or known is no less a failure here."""
    if comparison.of(Change.NEW) or comparison.of(Change.UNWAIVED):
        return MARKS[Outcome.FAIL], "Something fails that did not fail before, or is no longer waived."
    if comparison.out_of_sight:
        return MARKS[Outcome.UNKNOWN], "Nothing fails anew, and something cannot be told now."
    return MARKS[Outcome.PASS], "Nothing fails anew, and everything that was judged before can still be told."


def _numbers(comparison: Comparison) -> list[tuple[str, int]]:
    numbers = ((change, len(comparison.of(change))) for change in COUNTED)
    return [(counted(change, number), number) for change, number in numbers if number]


def _counts(assessment: Assessment) -> list[tuple[Mark, int]]:
    counted = assessment.summary.findings
    return [(mark, counted[outcome]) for outcome, mark in MARKS.items() if counted.get(outcome)]


def _in_order(setups: Sequence[SetupChange]) -> list[SetupChange]:
    return sorted(setups, key=lambda setup: KINDS.index(setup.kind))


def _section(comparison: Comparison, change: Change, heading: str) -> Section:
    pairs = sorted(told(comparison, change), key=lambda pair: -pair.shown.severity.rank)
    groups: dict[str, list[Row]] = {}
    for pair in pairs[:MOST]:
        groups.setdefault(thing_of(pair.shown).name, []).append(_row(pair))
    return Section(change, heading, len(pairs), groups, max(0, len(pairs) - MOST))


def _row(pair: FindingPair) -> Row:
    shown = pair.shown
    return Row(
        severity=shown.severity,
        rule=shown.rule,
        title=shown.title,
        resource=resource_name(shown),
        before=_mark(pair.before),
        after=_mark(pair.after),
        reasons=reasons(pair),
    )


def _mark(finding: Finding | None) -> Mark:
    return _NOT_JUDGED if finding is None else of_finding(finding)


def _control(pair: ControlPair) -> ControlRow:
    shown = pair.after or pair.before
    return ControlRow(
        name="" if shown is None else f"{shown.framework} {shown.id}",
        title="" if shown is None else shown.title,
        before=_control_mark(pair.before),
        after=_control_mark(pair.after),
        words=f"{control_state(pair.before)} → {control_state(pair.after)}",
    )


def _control_mark(control: ControlResult | None) -> Mark:
    return _NOT_LISTED if control is None else of_control(control)
