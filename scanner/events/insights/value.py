"""What an Insights episode is: unusual activity of one API, with what it was compared to and who took part."""

from dataclasses import dataclass
from enum import StrEnum


class InsightType(StrEnum):
    """What is unusual, as ``insightType`` names it."""

    CALL_RATE = "ApiCallRateInsight"
    ERROR_RATE = "ApiErrorRateInsight"


@dataclass(frozen=True, slots=True, order=True)
class Api:
    """What is counted apart: an API of a service in an account and a Region, and for error rates an error code.

    ``category`` is ``Management`` or ``Data``; ``error`` is "" for call rates.
    """

    account: str
    region: str
    source: str
    name: str
    category: str
    error: str = ""

    @property
    def kind(self) -> InsightType:
        """Which Insights are told of it."""
        return InsightType.ERROR_RATE if self.error else InsightType.CALL_RATE


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the calls, per minute, had one value of an attribute."""

    value: str
    average: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """The most frequent values of an attribute (``userIdentityArn``, ``userAgent``, ``errorCode``), at most five."""

    attribute: str
    insight: tuple[Share, ...]
    baseline: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """Unusual activity of an API from ``start`` to ``end`` ("" while it lasts, or where no record tells it).

    Times are RFC 3339 in UTC, averages calls per minute, lengths minutes. ``computed`` says that the episode is ours
    and not AWS's; then ``probability`` is that of such a count under the baseline, which AWS does not tell. ``start``
    is "" where AWS's record of the end is all there is.
    """

    api: Api
    start: str
    end: str
    baseline_average: float
    insight_average: float
    baseline_minutes: int
    insight_minutes: int
    attributions: tuple[Attribution, ...]
    shared_id: str
    computed: bool
    probability: float | None = None

    @property
    def fell(self) -> bool:
        """Whether there were fewer calls than usual."""
        return self.insight_average < self.baseline_average
