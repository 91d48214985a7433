"""What could not be looked at, for readers of one export alone: without it they would take silence for a pass.

A call that was refused, or a log that was not read whole, need not leave a finding unknown. It is told beside the
findings, as something that is not known: calls of one operation in one account and Region that have one cause together.
What was left out of scope, such as a Region that is not enabled, is not asked about and not told here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.characters import visible
from reports.formats.standards.identity import stable_id
from reports.wording import gap_place
from scanner.model import Assessment, Gap, GapKind

RULE = "trailwitness.could-not-look"
"""What takes the place of a rule where a format asks for one; no rule has this id, for rules begin with an area."""

TITLE = "Something could not be looked at"


@dataclass(frozen=True, slots=True)
class Unseen:
    """Gaps of one operation in one account and Region, with one cause; ``where`` is the place of the first."""

    account: str
    region: str
    operation: str
    kind: GapKind
    code: str
    number: int
    where: str
    reason: str

    @property
    def uid(self) -> str:
        """The same for the same gap in every run."""
        source = "" if self.account else self.where
        return stable_id("unseen", self.account, self.region, self.operation, self.kind, self.code, source)

    @property
    def name(self) -> str:
        """What was not seen, and where."""
        return visible(f"{self.operation} in {self.where}")

    @property
    def words(self) -> str:
        """What happened, and what follows, as sentences."""
        times = "" if self.number == 1 else f" {self.number} times; the first:"
        because = f"{self.kind}{f', {self.code}' if self.code else ''}"
        told = visible(self.reason.strip().rstrip("."))
        return f"Not looked at ({visible(because)}):{times} {told}. What rests on it is unknown. This is not a pass."


def unseen_in(assessment: Assessment) -> list[Unseen]:
    """Everything that could not be looked at, by account, Region and operation."""
    alike: dict[tuple[str, str, str, str, str], list[Gap]] = {}
    for gap in assessment.gaps:
        if gap.operation:
            alike.setdefault((gap.account, gap.region, gap.operation, gap.kind, gap.code), []).append(gap)
    return [_together(gaps) for _, gaps in sorted(alike.items())]


def _together(gaps: Sequence[Gap]) -> Unseen:
    first = gaps[0]
    return Unseen(
        account=first.account,
        region=first.region,
        operation=first.operation,
        kind=first.kind,
        code=first.code,
        number=len(gaps),
        where=gap_place(first),
        reason=first.reason,
    )
