"""Frameworks as a picture and a table, and each of their controls with what was tested and what is left to a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.coverage.domain import Square, domain_of
from reports.coverage.drawing import inline
from reports.formats.html.views.marks import CONTROL_MARKS, FINDING_MARKS, Mark, of_control, of_finding
from reports.formats.html.views.rules import rule_anchor
from reports.wording import Lookup, over_words
from scanner.model import Assessment, ControlAttestation, ControlResult, Coverage, FrameworkVersion

_COVERAGE: Mapping[Coverage, str] = {
    Coverage.FULL: "The rules below decide this control.",
    Coverage.PARTIAL: "The rules below decide a part of this control; a person decides the rest.",
    Coverage.SUPPORTING: "The rules below support this control; a person decides it.",
    Coverage.MANUAL: "No rule can decide this control: a person does.",
}

BAR_WIDTH = 1000
"""Width of the picture of a framework, in units of its own."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the bar of a framework: how many controls are in a state, from where to where."""

    mark: Mark
    number: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of a control: its findings by mark."""

    id: str
    anchor: str
    title: str
    population: tuple[tuple[Mark, int], ...]


@dataclass(frozen=True, slots=True)
class ControlView:
    """What is shown of a control; ``left_to_a_person`` says how far rules decide it.

    ``over`` tells of a period what each thing that is judged says by itself.
    """

    id: str
    anchor: str
    title: str
    mark: Mark
    coverage: str
    left_to_a_person: str
    notes: str
    rules: tuple[RuleLine, ...]
    attestation: ControlAttestation | None
    over: str = ""


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """What is shown of a framework.

    ``coverage`` counts its controls by how far rules decide them, and ``picture`` shows it of each, as an element.
    """

    id: str
    title: str
    version: str
    bar: tuple[Segment, ...]
    coverage: tuple[tuple[str, int], ...]
    picture: str
    controls: tuple[ControlView, ...]

    @property
    def anchor(self) -> str:
        """Where it is found in the report."""
        return f"framework-{self.id}"


def framework_views(assessment: Assessment, found: Lookup) -> tuple[FrameworkView, ...]:
    """Every framework that was asked for."""
    population: dict[str, Counter[Mark]] = {}
    for finding in assessment.findings:
        population.setdefault(finding.rule, Counter())[of_finding(finding)] += 1
    stated = {
        (use.attestation.framework, use.attestation.control): use.attestation
        for use in assessment.exceptions.attestations
    }
    controls: dict[str, list[ControlView]] = {}
    for control in assessment.controls:
        view = _control(control, population, stated.get((control.framework, control.id)), found)
        controls.setdefault(control.framework, []).append(view)
    named = {item.id: item for item in assessment.run.frameworks}
    return tuple(_framework(framework, named.get(framework), views) for framework, views in controls.items())


def _framework(framework: str, named: FrameworkVersion | None, views: Sequence[ControlView]) -> FrameworkView:
    counts = Counter(view.coverage for view in views)
    decided = [(coverage.value, counts[coverage]) for coverage in Coverage]
    marks = [view.mark for view in views]
    title = f"{named.title} {named.version}" if named is not None else framework
    squares = (Square(view.id, Coverage(view.coverage), view.title) for view in views)
    return FrameworkView(
        id=framework,
        title=named.title if named is not None else framework,
        version=named.version if named is not None else "",
        bar=_bar(marks),
        coverage=tuple(decided),
        picture=inline(domain_of(title, squares), f"coverage-{framework}"),
        controls=tuple(views),
    )


def control_anchor(framework: str, control: str) -> str:
    """Where a control is found in the report: ``pci-dss-4.0.1-10.2.1``."""
    return f"{framework}-{control}"


def _control(
    control: ControlResult,
    population: Mapping[str, Counter[Mark]],
    attestation: ControlAttestation | None,
    found: Lookup,
) -> ControlView:
    lines = [
        RuleLine(rule, rule_anchor(rule), _title(rule, found), _in_order(population.get(rule, Counter())))
        for rule in control.rules
    ]
    return ControlView(
        id=control.id,
        anchor=control_anchor(control.framework, control.id),
        title=control.title,
        mark=of_control(control),
        coverage=control.coverage,
        left_to_a_person=_COVERAGE[control.coverage],
        notes=control.notes,
        rules=tuple(lines),
        attestation=attestation,
        over=over_words(control),
    )


def _in_order(population: Counter[Mark]) -> tuple[tuple[Mark, int], ...]:
    return tuple((mark, population[mark]) for mark in FINDING_MARKS if population[mark])


def _title(rule: str, found: Lookup) -> str:
    return found.rules[rule].title if rule in found.rules else "This rule was not judged here."


def _bar(marks: Sequence[Mark]) -> tuple[Segment, ...]:
    """The states of the controls side by side; rounding never leaves a gap or a state without a trace."""
    counts = Counter(marks)
    segments, seen = [], 0
    for mark in CONTROL_MARKS:
        if number := counts[mark]:
            start = seen * BAR_WIDTH // len(marks)
            seen += number
            segments.append(Segment(mark, number, start, seen * BAR_WIDTH // len(marks) - start))
    return tuple(segments)
