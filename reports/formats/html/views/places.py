"""Accounts by Region: where what failed, as a map that is a table, so that everybody can read it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reports.wording import joined_lately
from scanner.model import Assessment, Finding, LogRun, Outcome, ScanRun

ROWS_SHOWN = 60
"""Accounts that the map shows, those with most failures first; the CSV holds all."""

WHOLE = "whole account"
"""The column of findings that concern an account and none of its Regions."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Findings of one account in one Region. ``heat`` is 0 to 4, by how many failed among all cells."""

    region: str
    failed: int
    unknown: int
    passed: int
    heat: int
    skipped: str

    @property
    def judged(self) -> int:
        """How many findings there are."""
        return self.failed + self.unknown + self.passed


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account of the map; ``reason`` says why nothing of it was looked at.

    ``joined`` is the day on which it joined its organization, where that was lately.
    """

    account: str
    cells: tuple[Cell, ...]
    reason: str
    failed: int
    joined: str = ""


@dataclass(frozen=True, slots=True)
class MapView:
    """The map: its columns, its rows, and how many accounts it leaves out."""

    regions: tuple[str, ...]
    rows: tuple[AccountRow, ...]
    left_out: int


def map_view(assessment: Assessment) -> MapView:
    """Failures, unknown verdicts and passes by account and Region; Regions without a finding or a call are left out."""
    counts = _counts(assessment.findings)
    hottest = max((counter[Outcome.FAIL] for counter in counts.values()), default=0)
    regions = sorted({region for _, region in counts}, key=lambda region: (region != "", region))
    run = assessment.run
    joined = joined_lately(run) if isinstance(run, ScanRun) else {}
    rows = [_row(run, account, regions, counts, hottest, joined) for account in run.account_ids]
    rows.sort(key=lambda row: (-row.failed, row.account))
    return MapView(
        regions=tuple(region or WHOLE for region in regions),
        rows=tuple(rows[:ROWS_SHOWN]),
        left_out=max(0, len(rows) - ROWS_SHOWN),
    )


_Counts = dict[tuple[str, str], Counter[Outcome]]


def _counts(findings: Iterable[Finding]) -> _Counts:
    counts: _Counts = {}
    for finding in findings:
        counts.setdefault((finding.account, finding.region), Counter())[finding.outcome] += 1
    return counts


def _row(
    run: ScanRun | LogRun,
    account: str,
    regions: Iterable[str],
    counts: _Counts,
    hottest: int,
    joined: Mapping[str, str],
) -> AccountRow:
    scope = run.accounts.get(account) if isinstance(run, ScanRun) else None
    skipped = scope.skipped if scope is not None else {}
    cells = []
    for region in regions:
        found = counts.get((account, region), Counter())
        failed = found[Outcome.FAIL]
        heat = -(-4 * failed // hottest) if hottest else 0
        cells.append(
            Cell(region or WHOLE, failed, found[Outcome.UNKNOWN], found[Outcome.PASS], heat, skipped.get(region, ""))
        )
    reason = scope.reason if scope is not None else ""
    return AccountRow(account, tuple(cells), reason, sum(cell.failed for cell in cells), joined.get(account, ""))
