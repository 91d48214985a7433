"""The time in which records are wanted, and which deliveries may hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LATE = timedelta(days=1)
"""How long after an event its delivery is looked for unless more is asked for. CloudTrail delivers within minutes on
average (user guide, "How CloudTrail works"), later during an outage of its own."""

RETRIES = timedelta(days=30)
"""How long CloudTrail tries to deliver to a bucket that refuses it (user guide, "Troubleshooting delivery")."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which records are wanted, by ``eventTime``, both ends included; ``None`` leaves an end open.

    Sources are chosen generously by their time of delivery. They also hold records outside the window: whoever judges
    them looks at ``eventTime``. ``late`` is how long after its end deliveries are looked at.
    """

    since: datetime | None = None
    until: datetime | None = None
    late: timedelta = LATE

    def unlooked(self, now: datetime) -> str:
        """What of late deliveries is not looked at, as a sentence; "" when nothing is."""
        if self.until is None or self.late >= RETRIES or self.until + self.late >= now:
            return ""
        end = self.until + self.late
        return (
            f"what was delivered after {end:%Y-%m-%dT%H:%M:%SZ} is not looked at; "
            "CloudTrail tries for 30 days to deliver to a bucket that refuses it (--late 30d)"
        )

    def delivered(self, moment: datetime) -> bool:
        """Whether what was delivered then may hold records of the window."""
        if self.since is not None and moment < self.since.replace(second=0, microsecond=0):
            return False
        return self.until is None or moment <= self.until + self.late

    def days(self, now: datetime) -> Sequence[date]:
        """The UTC days on which records of the window may have been delivered; none when it has no beginning."""
        if self.since is None:
            return ()
        first = self.since.astimezone(UTC).date()
        last = (min(self.until + self.late, now) if self.until else now).astimezone(UTC).date()
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
