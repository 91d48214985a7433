"""When the evidence of an assessment was collected, in the forms that standards ask for."""

from datetime import date, datetime

from scanner.errors import TrailwitnessError
from scanner.model import LogRun, ScanRun
from scanner.times import parse_time, rfc3339

AnyRun = ScanRun | LogRun


def judged_as_of(run: AnyRun) -> datetime:
    """When the collection came to its end, or else began. Raises TrailwitnessError when the run states neither."""
    moment = parse_time(run.collected.finished) or parse_time(run.collected.started)
    if moment is None:
        raise TrailwitnessError(
            "The run does not state when its evidence was collected, and this format asks for it.",
            "Use the JSON report, or collect the evidence again.",
        )
    return moment


def began(run: AnyRun) -> datetime:
    """When the collection began, or else came to its end. Raises TrailwitnessError when the run states neither."""
    return parse_time(run.collected.started) or judged_as_of(run)


def milliseconds(moment: datetime) -> int:
    """A moment in milliseconds since 1970."""
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


def moment_text(moment: datetime) -> str:
    """A moment as RFC 3339 writes it."""
    return rfc3339(moment)


def end_of(day: date) -> str:
    """The last second of a day: what counts until a day counts on it."""
    return f"{day.isoformat()}T23:59:59Z"
