"""In which minute a record arrives where filters and rules see it.

CloudTrail delivers a log file to the bucket and the same events to CloudWatch Logs about five minutes after an API call
on average (CloudTrail User Guide, "How CloudTrail works"). The name of a log file tells when it was delivered. Minutes
are counted from 1970.
"""

from dataclasses import dataclass

from scanner.times import delivery_time

LAG = 5
"""Minutes from an event to its delivery, where neither the name of a file nor the user says."""

MINUTE = 60_000_000
"""In microseconds."""


_LATEST = 7_000 * 365 * 24 * 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Arrival:
    """How arrival is told: by the names of files, or ``lag`` minutes after each event when the user says so."""

    lag: int | None = None

    def delivered(self, source: str) -> int | None:
        """The minute in which a log file was delivered, by its name; None where only the lag tells."""
        moment = delivery_time(source) if self.lag is None else None
        return int(moment.timestamp()) // 60 if moment is not None else None

    def minute(self, delivered: int | None, time: int | None) -> int | None:
        """The minute in which a record arrives; ``time`` is its eventTime in microseconds. None: nothing tells.

        An eventTime before 1970, or thousands of years ahead, tells nothing.
        """
        happened = time // MINUTE if time is not None and 0 <= time < _LATEST else None
        if delivered is not None:
            # A file is never delivered before what it tells of, whatever its name says.
            return delivered if happened is None else max(delivered, happened)
        return None if happened is None else happened + (LAG if self.lag is None else self.lag)
