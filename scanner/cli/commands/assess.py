"""`trailwitness assess`: configuration, records and integrity of a period in one assessment and one bundle."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner.aws.options import Account
from scanner.cli.exit_codes import Exit
from scanner.cli.options.account import account_options
from scanner.cli.options.configured import configuration_options, configured
from scanner.cli.options.content import Wanted, declared_routes_option, selection_options, stated_options
from scanner.cli.options.numbers import WholeNumber
from scanner.cli.options.once import once
from scanner.cli.options.outputs import check_apart, output_options, parse_outputs
from scanner.cli.options.signing import AskedMarks, sealing_options, told
from scanner.cli.terminal.places import check_bundle_target
from scanner.cli.terminal.printing import say
from scanner.cli.terminal.progress import progress_bar
from scanner.cli.terminal.reports import write_outputs
from scanner.cli.terminal.verdict import verdict
from scanner.errors import SourceError, UsageError
from scanner.files.unfinished import workplace
from scanner.model import Gate, Over, Severity
from scanner.runs.exceptions import Stated

if TYPE_CHECKING:
    from scanner.runs.periods.assessing import PeriodJudgement
    from scanner.runs.signing.marks import Marks

MOST_WORKERS = 64


@click.command()
@configured
@once("--period", "period", required=True, metavar="FROM..UNTIL", help="The period, such as 2026-01-01..2026-04-01.")
@once(
    "--bundles",
    "bundles",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder with the bundles of the scans of the period; the newest is the configuration that is judged. "
    "Bundles of `trailwitness logs` in it are reviews of the logs.",
)
@once(
    "--logs",
    "logs",
    metavar="SOURCE",
    help="The logs: s3://bucket/prefix, or a folder that was copied from there, digest files included.",
)
@click.option(
    "--logs-before",
    "before",
    multiple=True,
    metavar="SOURCE",
    help="The logs of the bucket that a trail delivered to before, where that was changed in the period: a bucket "
    "where --logs names one, else a copy (repeatable, the latest first).",
)
@once(
    "--public-keys",
    "public_keys",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What the digest files are proved with: the file that `integrity capture` wrote.",
)
@once(
    "--listing",
    "listing",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What `aws s3api list-objects-v2 --optional-object-attributes RestoreStatus` printed of the bucket, as JSON.",
)
@once(
    "--approved-starts",
    "starts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Beginnings of digest chains that somebody approved, as a JSON list of account, trail, at, by and why.",
)
@once(
    "--statements",
    "statements",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What people recorded of the period: tests of routes, responses to alarms, outages and reviews (a YAML file).",
)
@selection_options
@declared_routes_option
@stated_options
@account_options
@once(
    "--workers",
    type=WholeNumber(1, MOST_WORKERS),
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Number of processes that judge log records in parallel.",
)
@output_options
@once(
    "--bundle",
    "bundle",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the evidence bundle here (a new folder, or a .zip file), bundles and logs included.",
)
@sealing_options
@configuration_options
def assess(
    period: str,
    bundles: Path,
    logs: str | None,
    before: tuple[str, ...],
    account: Account,
    public_keys: Path | None,
    listing: Path | None,
    starts: Path | None,
    statements: Path | None,
    wanted: Wanted,
    declared: Path | None,
    stated: Stated,
    workers: int,
    output_texts: tuple[str, ...],
    bundle: Path | None,
    marks: AskedMarks,
    fail_on: str,
    allow_incomplete: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Assess a period: its configuration, its log records, their integrity, and what its rules ask of the whole.

    Exit codes: 0 nothing failed; 1 something failed at or above --fail-on; 2 the command could not run; 3 something
    could not be looked at and nothing failed.
    """
    from scanner.collect.recording import utc_now
    from scanner.runs.periods.assessing import assess_period
    from scanner.runs.periods.inputs import Inputs, bundles_in, period_asked, reviews_in

    outputs = parse_outputs(output_texts, Over.PERIOD)
    online = logs is not None and logs.lower().startswith("s3://")
    copied = Path(logs) if logs is not None and not online else None
    earlier = () if online else tuple(map(Path, before))
    given = [path for path in (copied, *earlier, public_keys, listing, starts, statements) if path is not None]
    _check_before(before, logs, online=online)
    _check_given(given, account, public_keys, logs)
    check_apart(outputs, bundle, bundles, *given, *stated.given)
    if bundle is not None:
        check_bundle_target(bundle, (bundles, *given))
    since, until = period_asked(period, utc_now())
    selection = wanted.select(over=None, declared=declared, stated=stated)
    put = marks.read(bundle, account.profile)
    held, reviews = bundles_in(bundles), reviews_in(bundles)
    with workplace() as place:
        if online and logs is not None:
            try:
                copied, public_keys, earlier = _copied((logs, *before), (since, until, utc_now()), account, place)
            except SourceError as error:
                say(f"{error} Exit code 3: this is not a pass.")
                return Exit.INCOMPLETE
        inputs = Inputs(since, until, held, copied, public_keys, listing, starts, statements, reviews, earlier)
        judged = assess_period(inputs, selection, workers, progress_bar)
        _seal(judged, bundle, put, quiet=quiet)
    gate = Gate(Severity(fail_on), allow_incomplete)
    write_outputs(judged.assessment, outputs, gate, quiet=quiet, verbose=verbose)
    return verdict(judged.assessment, gate)


def _seal(judged: "PeriodJudgement", bundle: Path | None, put: "Marks", *, quiet: bool) -> None:
    """Write the bundle where one is asked for, and tell its identity and which statements are of nothing judged."""
    from scanner.period.histories import beside
    from scanner.runs.periods.sealing import seal_period

    for sentence in () if quiet else beside(judged.evidence):
        say(f"note: {sentence}. Is that as it was meant?")
    if bundle is not None:
        identity = seal_period(judged, bundle, put)
        if not quiet:
            told(bundle, identity, put)


def _copied(
    buckets: tuple[str, ...], times: tuple[datetime, datetime, datetime], account: Account, place: Path
) -> tuple[Path, Path, tuple[Path, ...]]:
    """A copy of the logs of the first bucket, the keys that prove it, and copies of the buckets before."""
    from scanner.integrity.judging.results import Period
    from scanner.runs.periods.fetching import fetch, fetch_before

    period = Period(*times)
    fetched = fetch(buckets[0], period, account, place, progress_bar)
    before = tuple(place / f"before-{number}" for number in range(1, len(buckets)))
    for url, target in zip(buckets[1:], before, strict=True):
        fetch_before(url, period, account, target, progress_bar)
    return fetched.logs, fetched.keys, before


def _check_before(before: tuple[str, ...], logs: str | None, *, online: bool) -> None:
    """Refuse logs from before without those of now, and what is not of their kind. Raises UsageError."""
    if before and logs is None:
        raise UsageError("--logs-before is given without --logs.", "Name the logs that the trail delivers now.")
    other = next((each for each in before if each.lower().startswith("s3://") is not online), "")
    if other:
        hint = "Name buckets with both, or copies with both."
        raise UsageError(f"--logs names {logs} and --logs-before {other}: one is a bucket, the other is not.", hint)


def _check_given(paths: list[Path], account: Account, public_keys: Path | None, logs: str | None) -> None:
    """Refuse what is not there and what does not go together. Raises UsageError."""
    if public_keys is not None and logs is None:
        raise UsageError("--public-keys is given without --logs: it proves nothing.", "Name the copy of the logs.")
    online = logs is not None and logs.lower().startswith("s3://")
    if account.given and not online:
        raise UsageError("AWS options are given, but nothing is read from AWS.", "Drop them.")
    if online and public_keys is not None:
        raise UsageError("--public-keys proves a copy, and a bucket is named.", "Drop it: the keys are asked for.")
    for path in paths:
        if not path.exists():
            raise UsageError(f"There is no {path}.", "Name what is there.")
