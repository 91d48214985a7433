"""`trailwitness replay`: records through the filters, alarms and rules that a snapshot shows deployed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.content import Wanted, selection_options
from scanner.cli.options.numbers import WholeNumber
from scanner.cli.options.once import once
from scanner.cli.options.sources import source_options
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.places import check_outside, check_writable
from scanner.cli.terminal.printing import printable_line, reader_may_leave, say
from scanner.cli.terminal.progress import progress_bar
from scanner.errors import UsageError
from scanner.runs.over_logs.opening import Asked, open_sources

if TYPE_CHECKING:
    from scanner.runs.replaying.run import Run

MOST_WORKERS = 64
MOST_DATAPOINTS = 1_000
FORMATS = ("text", "html", "json", "junit", "svg")

LONGEST_LAG = 30 * 24 * 60
"""Minutes."""

_LENGTH = re.compile(r"([0-9]{1,5})([mhd])")
_MINUTES = {"m": 1, "h": 60, "d": 1440}


@click.command()
@once(
    "--snapshot",
    "snapshot",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="What is deployed: a snapshot folder, or the evidence bundle of a scan.",
)
@source_options
@once(
    "--lag",
    metavar="TIME",
    help="Let each record arrive so long after its eventTime, such as 5m, whatever the names of log files say.",
)
@once(
    "--evaluation-range",
    type=WholeNumber(1, MOST_DATAPOINTS),
    metavar="NUMBER",
    help="Datapoints that an alarm looks at. AWS documents none but 5 for an alarm that evaluates 3.",
)
@click.option("--canary", is_flag=True, help="Replay one made-up record for each event that a route names; no LOGS.")
@selection_options
@once(
    "--workers",
    type=WholeNumber(1, MOST_WORKERS),
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Number of processes that read in parallel.",
)
@click.option(
    "--output",
    "-o",
    "output_texts",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help=f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (repeatable; default: text on standard output).",
)
@click.option("--quiet", "-q", is_flag=True, help="No text: one line with the result.")
def replay(
    asked: Asked,
    started: datetime,
    snapshot: Path,
    lag: str | None,
    evaluation_range: int | None,
    canary: bool,
    wanted: Wanted,
    workers: int,
    output_texts: tuple[str, ...],
    quiet: bool,
) -> int:
    """Replay log records through what a snapshot shows deployed.

    It tells of which records somebody would have been told, when, how long after the event, and why not of the others.
    SOURCES are those of `trailwitness logs`. What must be told is what the selected rules about routes name (default:
    all of them). Nothing is sent anywhere, and nothing is judged but what is deployed.

    Exit codes: 0 somebody would have been told of every record that a route must tell of; 1 a record would have raised
    nothing; 2 the command could not run; 3 of a record it is not known, a source could not be read in full, or no
    record was read.
    """
    from scanner.runs.replaying.run import Wanted as How
    from scanner.runs.replaying.run import read_deployed, replay_made_up, replay_sources, routes_of

    outputs = _outputs(output_texts)
    how = How(_minutes(lag), evaluation_range, workers)
    _check(asked, canary=canary)
    written = {f"--output {name}={path}": path for name, path in outputs if path is not None}
    check_outside(written, snapshot, *asked.places())
    # Only the rules about routes can say what must be told; without a choice all of them do.
    routes = routes_of((wanted if wanted.given else replace(wanted, rule_ids=("route",))).select())
    deployed = read_deployed(snapshot)
    if canary:
        run = replay_made_up(deployed, routes, how)
    else:
        run = replay_sources(deployed, routes, asked, open_sources(asked, started), how, progress_bar)
    _write(run, outputs, quiet=quiet)
    for source, why in run.replayed.losses:
        say(f"not read whole: {source}: {why}")
    return _code(run)


def _code(run: "Run") -> int:
    from scanner.runs.replaying.outcome import Result, result

    return {Result.TOLD: Exit.CLEAN, Result.SILENT: Exit.FINDINGS, Result.UNKNOWN: Exit.INCOMPLETE}[result(run)]


def _check(asked: Asked, *, canary: bool) -> None:
    """Refuse what does not go together. Raises UsageError."""
    if not canary:
        return
    if asked.names or asked.since or asked.until:
        raise UsageError("--canary makes its own records, and log sources or a time are given too.", "Drop them.")
    if asked.accounts or asked.excluded or asked.late is not None or asked.account.given:
        raise UsageError(
            "--canary reads no logs, and options that choose among logs, or reach AWS, are given.", "Drop them."
        )


def _minutes(text: str | None) -> int | None:
    """The minutes that ``--lag`` names. Raises UsageError."""
    if text is None:
        return None
    length = _LENGTH.fullmatch(text)
    if length is None:
        raise UsageError(f"--lag {text}: this is not a length of time.", "Write 5m for five minutes (also h, d).")
    minutes = int(length[1]) * _MINUTES[length[2]]
    if minutes > LONGEST_LAG:
        raise UsageError(
            f"--lag {text}: CloudTrail delivers no record so late.", "Write at most 30d: it tries again for 30 days."
        )
    return minutes


def _outputs(texts: Sequence[str]) -> list[tuple[str, Path | None]]:
    """The formats with the files they go to (None: standard output). Raises UsageError."""
    found: list[tuple[str, Path | None]] = []
    for text in texts:
        name, given, path = text.partition("=")
        if name not in FORMATS:
            raise UsageError(f"--output {text}: there is no format {name!r}.", f"Formats: {', '.join(FORMATS)}.")
        if given and not path:
            raise UsageError(f"--output {text}: the path is empty.", f"Write {name}=FILE, or {name}.")
        target = None if path in {"", "-"} else Path(path)
        if target is not None:
            check_writable(target)
        found.append((name, target))
    places = [target.resolve() if target is not None else None for _, target in found]
    if len(set(places)) < len(places):
        raise UsageError("Two reports would go to the same place.", "Give each its own path: FORMAT=PATH.")
    return found if None in places else [*found, ("text", None)]


def _write(run: "Run", outputs: Sequence[tuple[str, Path | None]], *, quiet: bool) -> None:
    """Write every report; the one for standard output last."""
    for name, target in outputs:
        if target is not None:
            write_file(target, _rendered(run, name))
            if not quiet:
                say(f"wrote {target}")
    name = next(name for name, target in outputs if target is None)
    if quiet and name == "text":
        from scanner.runs.replaying.telling import closing

        say(closing(run))
        return
    with reader_may_leave():
        click.echo(_rendered(run, name), nl=False)


def _rendered(run: "Run", name: str) -> bytes:
    if name == "json":
        from reports.plain_json import json_bytes
        from scanner.runs.replaying.document import document

        return json_bytes(document(run))
    if name == "html":
        from scanner.runs.replaying.page import html

        return html(run)
    if name == "junit":
        from scanner.runs.replaying.junit import junit

        return junit(run)
    if name == "svg":
        from reports.timelines.svg import svg
        from scanner.runs.replaying.document import said
        from scanner.runs.replaying.pictures import heading, pictures

        return svg(
            list(pictures(run.replayed, synthetic=run.synthetic)), heading(synthetic=run.synthetic), list(said(run))
        )
    from scanner.runs.replaying.telling import lines

    return "".join(f"{printable_line(line)}\n" for line in lines(run)).encode()
