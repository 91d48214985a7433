"""Annotations of GitHub Actions: workflow commands, which a step prints to its standard output.

GitHub keeps ten errors, ten warnings and ten notices of a step and drops the rest without a word, so one annotation is
one thing to put right, and the tenth says how many more there are. What stops the gate is an error, what it passes over
for its severity or by an option a warning; what waivers and a baseline cover is told in a notice. An annotation names
no file: what is judged is an account, and a rule's file need not be in the repository that is checked.

Source: GitHub Docs, "Workflow commands for GitHub Actions"; limits: "Annotations" of checks.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reports.characters import visible
from reports.formats.ci.gating import EVERYTHING, Totals, below_the_bar, counts, headline, some, stopping
from reports.repairs import Repair, Repairs, repairs
from reports.streams import Stream, put_bytes
from reports.wording import Lookup, first_line, lookup
from scanner.model import Assessment, Finding, Gate, Outcome

MOST = 10
"""Annotations of one kind that GitHub keeps of a step."""

_LINE = 400
_FEW = 3

Annotation = tuple[str, str]
"""A title and a message."""


def write(assessment: Assessment, out: Stream, gate: Gate = EVERYTHING, incomplete: str = "") -> None:
    """Write ``assessment`` to ``out`` as workflow commands, errors as far as they stop ``gate``.

    ``incomplete`` says why the run stops the gate although nothing failed ("" when it does not).
    """
    put_bytes(out, "".join(f"{line}\n" for line in _lines(assessment, gate, incomplete)).encode())


def _lines(assessment: Assessment, gate: Gate, incomplete: str) -> Iterator[str]:
    found, totals = lookup(assessment), Totals.of(assessment.findings, gate)
    first = [("A waiver no longer counts", fault) for fault in assessment.exceptions.faults]
    if incomplete and not totals.stops[Outcome.UNKNOWN]:
        first.append(("Not everything was looked at", incomplete))
    stops, passes = stopping(assessment.findings, gate), below_the_bar(assessment.findings, gate)
    yield from _level("error", first, _by_outcome(stops, totals.stops, found))
    yield from _level("warning", [], _by_outcome(passes, totals.below, found))
    yield from _commands("notice", _notices(assessment, totals, incomplete))


def _by_outcome(findings: Sequence[Finding], counted: Counter[Outcome], found: Lookup) -> dict[Outcome, Repairs]:
    """What causes failures, then what could not be judged; findings are passed over only where there are some."""
    wanted = (outcome for outcome in (Outcome.FAIL, Outcome.UNKNOWN) if counted[outcome])
    return {outcome: repairs(findings, found, MOST, outcome) for outcome in wanted}


def _level(level: str, first: Sequence[Annotation], causes: Mapping[Outcome, Repairs]) -> Iterator[str]:
    """One kind of annotation: what comes first, then what causes the findings of each outcome."""
    told = list(first)
    for outcome, each in causes.items():
        told += _of(each, outcome)
    total = len(first) + sum(each.total for each in causes.values())
    if total > MOST:
        left = total - MOST + 1
        more = f"{left} more are not shown here: GitHub keeps {MOST} {level}s of a step."
        told = [*told[: MOST - 1], (f"{left} more", f"{more} The text and HTML reports tell all of them.")]
    return _commands(level, told)


def _of(found: Repairs, outcome: Outcome) -> list[Annotation]:
    return [(_title(repair, outcome), _message(repair, outcome)) for repair in found.first]


def _title(repair: Repair, outcome: Outcome) -> str:
    owner = repair.thing.account
    where = f" ({owner})" if owner and owner != repair.thing.resource else ""
    judged = "could not be judged" if outcome is Outcome.UNKNOWN else "fails"
    return f"{repair.severity}: {repair.thing.name}{where} {judged}"


def _message(repair: Repair, outcome: Outcome) -> str:
    number, rules = repair.findings, list(repair.rules)
    what = "finding" if number == 1 else "findings"
    lines = [f"{number} {what} of {'rule' if len(rules) == 1 else 'rules'} {some(rules, _FEW)}."]
    if repair.controls:
        lines.append(f"Controls: {some(list(repair.controls), _FEW)}.")
    if outcome is Outcome.FAIL:
        lines += [f"To do: {step}" for step in list(repair.steps)[:1]]
    return "\n".join(first_line(line, _LINE) for line in lines)


def _notices(assessment: Assessment, totals: Totals, incomplete: str) -> Iterator[Annotation]:
    said = headline(assessment, totals, incomplete)
    yield f"Trailwitness: {said.verdict}", f"{counts(totals.outcomes)}. {first_line(said.why, _LINE)}"
    if covered := totals.waived.total():
        told = "1 failure is covered by a waiver" if covered == 1 else f"{covered} failures are covered by waivers"
        yield "Waived", f"{told}: {some(sorted(totals.waived), _FEW)}."
    if known := totals.known:
        told = "1 failure is known" if known == 1 else f"{known} failures are known"
        yield "Known", f"{told} to the baseline, which nobody approved."


def _commands(level: str, annotations: Sequence[Annotation] | Iterator[Annotation]) -> Iterator[str]:
    return (f"::{level} title={_property(title)}::{_data(message)}" for title, message in annotations)


def _data(text: str) -> str:
    """A message as the runner takes it: nothing in it ends the line, so nothing begins a command of its own."""
    return visible(text, keep="\n").replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(first_line(text, 200)).replace(":", "%3A").replace(",", "%2C")
