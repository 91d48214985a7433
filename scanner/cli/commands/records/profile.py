"""`trailwitness profile`: what log records hold, counted; nothing is judged."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.numbers import WholeNumber
from scanner.cli.options.once import once
from scanner.cli.options.sources import source_options
from scanner.cli.terminal.printing import printable_line, say
from scanner.cli.terminal.progress import progress_bar
from scanner.runs.over_logs.opening import Asked, open_sources
from scanner.wording import several


@click.command()
@source_options
@click.option("--json", "as_json", is_flag=True, help="Write the profile as JSON.")
@once(
    "--top",
    type=WholeNumber(1, 1000),
    metavar="NUMBER",
    default=10,
    show_default=True,
    help="Entries to show of each list.",
)
def profile(asked: Asked, started: datetime, as_json: bool, top: int) -> int:
    """Count what log records hold: by source, event, actor, Region, account, error and hour, and what is missing.

    SOURCES are those of `trailwitness logs`. Nothing is judged.

    Exit codes: 0 everything was read; 2 the command could not run; 3 a source could not be read in full, or no
    record was read.
    """
    from reports.plain_json import json_bytes
    from scanner.runs.over_logs.profiling import profile_sources

    opened = open_sources(asked, started)
    found = profile_sources(asked, opened, progress_bar)
    told = found.document(asked, opened, top)
    if as_json:
        click.echo(json_bytes(told), nl=False)
    else:
        for line in _lines(told):
            click.echo(printable_line(line))
    for _, why in found.broken:
        say(f"not read whole: {why}")
    if not found.profile.records:
        say("No record was read.")
    return Exit.INCOMPLETE if found.broken or not found.profile.records else Exit.CLEAN


def _lines(told: Mapping[str, Any]) -> list[str]:
    lines = [
        (
            f"{several(told['records'], 'record')} of {several(told['sources'], 'source')}: "
            f"{several(told['events'], 'event')}, {several(told['duplicates'], 'repeat')}, "
            f"{told['unreadable']} unreadable"
        ),
        f"from {told['first'] or '?'} to {told['last'] or '?'}"
        + (f", {told['without_time']} without a UTC time" if told["without_time"] else ""),
    ]
    for name, counted in told["counts"].items():
        if counted["values"]:
            lines += ["", f"by {name} ({counted['values']})"]
            lines += [f"  {entry['events']:>10}  {entry['name']}" for entry in counted["most_frequent"]]
    lines += ["", "busiest hours", *(f"  {entry['events']:>10}  {entry['hour']}" for entry in told["hours"])]
    for account, gaps in told["gaps"].items():
        lines += ["", f"hours without an event in account {account}"]
        lines += [f"  {gap['hours']:>10}  {gap['from']} to {gap['to']}" for gap in gaps]
    if told["delivery"]["events"]:
        lines += ["", f"delivered after the event (longest {told['delivery']['longest_seconds']} s)"]
        lines += [f"  {count:>10}  {lag}" for lag, count in told["delivery"]["events"].items()]
    return lines
