"""`trailwitness insights`: unusual call rates and error rates in CloudTrail records; nothing is judged."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.numbers import NumberRange, WholeNumber
from scanner.cli.options.once import once
from scanner.cli.options.sources import source_options
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.places import check_outside, check_writable
from scanner.cli.terminal.printing import printable_line, say
from scanner.cli.terminal.progress import progress_bar
from scanner.runs.over_logs.opening import Asked, open_sources
from scanner.wording import several

MOST_WORKERS = 64


@click.command()
@source_options
@once(
    "--baseline-days",
    type=NumberRange(0.05, 7),
    metavar="DAYS",
    default=7.0,
    show_default=True,
    help="Days of records that must lie before a minute for it to be compared; AWS takes 7.",
)
@once(
    "--probability",
    type=NumberRange(1e-15, 0.01),
    metavar="NUMBER",
    default=1e-8,
    show_default=True,
    help="How improbable a count must be, by the baseline, to be told.",
)
@once(
    "--floor",
    type=WholeNumber(2, 1_000_000),
    metavar="NUMBER",
    default=2,
    show_default=True,
    help="Calls that a rise must have at least.",
)
@once(
    "--records",
    "records_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the computed episodes as a log file of Insights events, which `trailwitness logs` judges.",
)
@click.option(
    "--metric-data",
    is_flag=True,
    help="Ask CloudTrail what it counted itself in the minutes of each computed episode, where Insights is on.",
)
@once(
    "--workers",
    type=WholeNumber(1, MOST_WORKERS),
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Number of processes that read in parallel.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")
def insights(
    asked: Asked,
    started: datetime,
    baseline_days: float,
    probability: float,
    floor: int,
    records_file: Path | None,
    metric_data: bool,
    workers: int,
    as_json: bool,
) -> int:
    """Find unusual activity in CloudTrail records, as CloudTrail Insights does.

    Told are call rates of APIs that write and of data events, and error rates, against the seven days before.
    SOURCES are those of `trailwitness logs`. Insights events that AWS delivered are told apart from those computed
    here, which need no subscription. The result is the same however records lie in files, and for any number of
    workers. Nothing is judged.

    Exit codes: 0 everything was read; 2 the command could not run; 3 a source or an Insights event could not be read
    in full, a record has no time, no record was read, or nowhere do records reach back as far as a baseline, so that
    nothing was compared; or CloudTrail did not tell a count that --metric-data asks for.
    """
    from reports.plain_json import json_bytes
    from scanner.events.insights.detection import Sensitivity
    from scanner.runs.over_logs.metric_data import count_episodes
    from scanner.runs.over_logs.unusual import find_unusual

    _check_target(records_file, asked)
    sensitivity = Sensitivity(probability=probability, floor=floor, baseline=int(baseline_days * 1440))
    opened = open_sources(asked, started, asks_aws=metric_data, insights=True)
    found = find_unusual(asked, opened, sensitivity, workers=workers, watch=progress_bar)
    if metric_data:
        found = replace(found, counted=count_episodes(asked.account, found.computed, started))
    if records_file is not None:
        write_file(records_file, json_bytes(found.delivered_form()))
    told = found.document(asked, opened)
    if as_json:
        click.echo(json_bytes(told), nl=False)
    else:
        for line in _lines(told):
            click.echo(printable_line(line))
    if records_file is not None:
        say(f"wrote {records_file}")
    for source, why in found.losses:
        say(f"not read whole: {source}: {why}")
    if not found.records:
        say("No record was read. Name log files of the time that is asked for.")
    unasked = found.counted is not None and not found.counted.complete
    incomplete = found.losses or found.strange or found.untimed or found.nothing_compared or unasked
    return Exit.INCOMPLETE if incomplete else Exit.CLEAN


def _check_target(target: Path | None, asked: Asked) -> None:
    """Refuse a file early that cannot be written, or lies in what is read. Raises UsageError."""
    if target is not None:
        check_outside({f"--records {target}": target}, *asked.places())
        check_writable(target)


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{several(told['records'], 'record')} of {several(told['sources'], 'source')}: "
        f"{several(told['repeats'], 'repeat')}, {told['unreadable']} unreadable"
    )
    yield ""
    yield f"delivered by CloudTrail Insights ({len(told['delivered'])})"
    for episode in told["delivered"]:
        yield from _episode(episode)
    yield ""
    yield f"computed from these records, no finding of AWS ({len(told['computed'])})"
    for episode in told["computed"]:
        yield from _episode(episode)
    if told["notes"]:
        yield ""
        yield from (f"note: {note}" for note in told["notes"])


def _episode(told: Mapping[str, Any]) -> Iterator[str]:
    what = "error rate" if told["error_code"] else "call rate"
    error = f" {told['error_code']}" if told["error_code"] else ""
    way = "fell" if told["fell"] else "rose"
    span = f"{told['start'] or 'start not recorded'} to {told['end'] or 'end not recorded'}"
    yield f"  {span}  {told['account'] or '(no account)'} {told['region'] or '(no Region)'}"
    known = told["insight_average"] or told["baseline_average"]
    rates = f"{told['insight_average']:.4g} calls per minute, usually {told['baseline_average']:.4g}"
    told_by = f"{way}: {rates}" if known else "is unusual: the event does not tell how many calls there were"
    called = f"{told['event_source'] or '(no service)'} {told['event_name'] or '(no name)'}"
    yield f"    {what} of {called}{error} {told_by}"
    if "metric_data" in told:
        yield f"    {_counted(told['metric_data'])}"
    for attribution in told["attributions"]:
        shares = [f"{share['value'] or '(none)'} ({share['average']:.4g})" for share in attribution["insight"]]
        if shares:
            yield f"    {attribution['attribute']}: {', '.join(shares)}"


def _counted(told: Mapping[str, Any]) -> str:
    if told["calls"] is None:
        return f"CloudTrail's own count is not known: {told['why_not']}"
    return f"CloudTrail itself counted {several(told['calls'], 'call')}; these records hold {told['records']}"
