"""What people state beside the evidence, from files to a selection, and back out of an evidence bundle."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from scanner.errors import UsageError
from scanner.model import Assessment, Baseline, Exceptions
from scanner.runs.selection import Selection

WAIVERS, ATTESTATIONS, BASELINE = "waivers.yaml", "attestations.yaml", "baseline.json"
"""The names of the three files in a bundle, below ``data``."""


@dataclass(frozen=True, slots=True)
class Stated:
    """The files of waivers, of attestations and of a baseline; None where there is none."""

    waivers: Path | None = None
    attestations: Path | None = None
    baseline: Path | None = None

    @property
    def given(self) -> tuple[Path, ...]:
        """The files that there are."""
        return tuple(path for path in (self.waivers, self.attestations, self.baseline) if path is not None)


def with_stated(selection: Selection, stated: Stated, *, sealed: bool = False) -> Selection:
    """The selection with what the files state.

    ``sealed`` files come out of a bundle: rules that were not judged there are not known, and attached files are not
    beside them. Raises ContentError for a file that is wrong, and UsageError for attestations of nothing reported.
    """
    if not stated.given:
        return replace(selection, exceptions=Exceptions())
    from scanner.content.stated.attestations import read_attestations
    from scanner.content.stated.baseline import read_baseline
    from scanner.content.stated.waivers import read_waivers

    exceptions = Exceptions()
    texts: dict[str, str] = {}
    if stated.waivers is not None:
        known = None if sealed else _every_rule(selection)
        waivers, texts[WAIVERS] = read_waivers(stated.waivers, known)
        exceptions = replace(exceptions, waivers=waivers)
    if stated.attestations is not None:
        attestations, texts[ATTESTATIONS] = read_attestations(
            stated.attestations, selection.frameworks, files=not sealed
        )
        exceptions = replace(exceptions, attestations=attestations)
        if not sealed:
            _check_frameworks(stated.attestations, {item.framework for item in attestations}, selection)
    if stated.baseline is not None:
        baseline, texts[BASELINE] = read_baseline(stated.baseline)
        exceptions = replace(exceptions, baseline=baseline)
    return replace(selection, exceptions=replace(exceptions, texts=texts))


def stated_in(payload: Path) -> Stated:
    """The files that a bundle was judged with; ``payload`` is its ``data`` folder."""
    found = [path if (path := payload / name).is_file() else None for name in (WAIVERS, ATTESTATIONS, BASELINE)]
    return Stated(*found)


def check_baseline(baseline: Baseline | None, assessment: Assessment) -> None:
    """Refuse a baseline of other accounts: it would let nothing pass, and say that everything it knows is gone.

    Raises UsageError.
    """
    accounts = assessment.run.account_ids
    if baseline is None or not baseline.accounts or not accounts or set(baseline.accounts) & set(accounts):
        return
    raise UsageError(
        f"The baseline is of {_named(baseline.accounts)}, and what was judged is of {_named(accounts)}.",
        "Give the baseline of these accounts, or make one with `trailwitness baseline create`.",
    )


def _named(accounts: Iterable[str]) -> str:
    first, *others = accounts
    more = f" and {len(others)} more" if others else ""
    return f"account {first}{more}"


def _every_rule(selection: Selection) -> frozenset[str]:
    from scanner.content.rules import load_rules

    return frozenset(rule.id for rule in (*load_rules(), *selection.rules))


def _check_frameworks(path: Path, stated: set[str], selection: Selection) -> None:
    from scanner.content.frameworks import framework_ids
    from scanner.wording import did_you_mean

    known = {*framework_ids(), *(item.id for item in selection.frameworks)}
    if unknown := sorted(stated - known):
        hint = did_you_mean(unknown[0], known).strip() or "See `trailwitness frameworks list`."
        raise UsageError(f"{path} attests a control of {unknown[0]}, and there is no such framework.", hint)
