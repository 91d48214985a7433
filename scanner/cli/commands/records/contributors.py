"""`trailwitness logs contributors`: the top contributors of a Contributor Insights rule over log records."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
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

MOST_WORKERS = 64


@click.command()
@source_options
@once(
    "--rule",
    "rule_file",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The definition of the rule, as JSON: what PutInsightRule takes as RuleDefinition.",
)
@once(
    "--top",
    type=WholeNumber(1, 1_000_000),
    metavar="NUMBER",
    default=10,
    show_default=True,
    help="Contributors to show.",
)
@once(
    "--workers",
    type=WholeNumber(1, MOST_WORKERS),
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Number of processes that count in parallel.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the result as JSON.")
def contributors(asked: Asked, started: datetime, rule_file: Path, top: int, workers: int, as_json: bool) -> int:
    """Compute the top contributors of a CloudWatch Contributor Insights rule over CloudTrail records.

    SOURCES are those of `trailwitness logs`. Events that were delivered more than once count once, and the result is
    the same however records lie in files, and for any number of workers. Nothing is judged.

    Exit codes: 0 everything was read; 2 the command could not run; 3 a source could not be read in full, or no
    record was read.
    """
    from reports.plain_json import json_bytes
    from scanner.runs.over_logs.contributing import count_contributors, read_rule

    rule = read_rule(rule_file)
    opened = open_sources(asked, started)
    counted = count_contributors(rule, asked, opened, workers=workers, watch=progress_bar)
    told = counted.document(asked, opened, top)
    if as_json:
        click.echo(json_bytes(told), nl=False)
    else:
        for line in _lines(told):
            click.echo(printable_line(line))
    for source, why in counted.found.losses:
        say(f"not read whole: {source}: {why}")
    if not counted.found.records:
        say("No record was read.")
    return Exit.INCOMPLETE if counted.found.losses or not counted.found.records else Exit.CLEAN


def _lines(told: Mapping[str, Any]) -> list[str]:
    what = f"sum of {told['value_of']}" if told["value_of"] else "events"
    by = " and ".join(told["keys"])
    lines = [
        (
            f"{several(told['records'], 'record')} of {several(told['sources'], 'source')}: "
            f"{told['counted']} counted, {several(told['repeats'], 'repeat')}, "
            f"{told['left_out']['filtered']} filtered out, {told['unreadable']} unreadable"
        ),
        f"{several(told['unique_contributors'], 'contributor')} by {by}, {what} in all: {told['total']}",
        "",
    ]
    lines += [f"  {entry['value']:>12}  {'  '.join(entry['keys'])}" for entry in told["contributors"]]
    return [*lines, "", *(f"note: {note}" for note in told["notes"])]
