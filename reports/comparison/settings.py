"""What two assessments were judged by and over, where it differs: a verdict may change with it and nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports.comparison.sides import Side
from reports.plain_json import compact_json
from scanner.model import Assessment, LogRun, ScanRun


@dataclass(frozen=True, slots=True)
class SetupChange:
    """One thing that differs: of which kind it is, its name, and what it was and is ("" where it was or is not there).

    Kinds are the words of ``KINDS``.
    """

    kind: str
    name: str
    before: str
    after: str


KINDS = (
    "tool",
    "period",
    "account",
    "rule",
    "parameter",
    "framework",
    "mapping",
    "declared route",
    "waiver",
    "baseline",
)
"""What may differ, in the order in which it is told."""

Texts = Mapping[str, str]


def setups(old: Side, new: Side) -> tuple[SetupChange, ...]:
    """Everything that differs in what the two were judged by and over, by kind and name."""
    found: list[SetupChange] = []
    before, after = _texts(old), _texts(new)
    for kind in KINDS:
        found += _differing(kind, before[kind], after[kind])
    return tuple(found)


def _differing(kind: str, before: Texts, after: Texts) -> Iterator[SetupChange]:
    for name in sorted({*before, *after}):
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            yield SetupChange(kind, name, was, now)


def _texts(side: Side) -> Mapping[str, Texts]:
    """What a side was judged by, by kind and name, as text that differs when the thing does."""
    assessment = side.assessment
    run = assessment.run
    rules: Texts = {str(rule): f"file {digest[:16]}" for rule, digest in side.digests.items()}
    return {
        "tool": {run.tool.name or "trailwitness": run.tool.version},
        "period": _period(run),
        "account": _scope(run),
        "rule": rules,
        "parameter": _parameters(run),
        "framework": _frameworks(run),
        "mapping": _mapping(assessment),
        "declared route": _routes(run),
        "waiver": _waivers(assessment),
        "baseline": _baseline(assessment),
    }


def _parameters(run: ScanRun | LogRun) -> Texts:
    return {f"{item.rule}.{item.name}": compact_json(item.value) for item in run.settings}


def _frameworks(run: ScanRun | LogRun) -> Texts:
    return {item.id: f"{item.title}, version {item.version}" for item in run.frameworks}


def _period(run: ScanRun | LogRun) -> Texts:
    if isinstance(run, LogRun):
        return {"records": f"{run.since or 'the beginning'} to {run.until or 'the end'}"}
    return {}


def _scope(run: ScanRun | LogRun) -> Texts:
    if isinstance(run, LogRun):
        return dict.fromkeys(run.accounts, "has records")
    return {account: scope.reason or _regions(scope.regions) for account, scope in run.accounts.items()}


def _regions(regions: tuple[str, ...]) -> str:
    return ", ".join(sorted(regions)) or "no Region"


def _mapping(assessment: Assessment) -> Texts:
    return {
        f"{control.framework} {control.id}": f"{control.coverage}: {', '.join(sorted(control.rules)) or 'no rule'}"
        for control in assessment.controls
    }


def _routes(run: ScanRun | LogRun) -> Texts:
    if isinstance(run, LogRun):
        return {}
    return {
        route.id: f"to {route.watched_by}, until {route.expires}{'' if route.counts else ', does not count'}"
        for route in run.declared
    }


def _waivers(assessment: Assessment) -> Texts:
    return {
        use.waiver.id: f"{use.in_force}, {use.waiver.since.isoformat()} to {use.waiver.until.isoformat()}, "
        f"approved by {use.waiver.approver}"
        for use in assessment.exceptions.waivers
    }


def _baseline(assessment: Assessment) -> Texts:
    use = assessment.exceptions.baseline
    return {} if use is None else {"baseline": f"made of {use.made}, {use.size} known"}
