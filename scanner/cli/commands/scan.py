"""`trailwitness scan`: collect (or read a snapshot) → evaluate → report, and the evidence bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from scanner.aws.options import Account
from scanner.cli.options.account import accounts_options
from scanner.cli.options.configured import configuration_options, configured
from scanner.cli.options.content import (
    Wanted,
    also_option,
    declared_routes_option,
    selection_options,
    stated_options,
)
from scanner.cli.options.once import once
from scanner.cli.options.outputs import check_apart, output_options, parse_outputs
from scanner.cli.options.redaction import redaction_options, tell_idle
from scanner.cli.options.signing import AskedMarks, sealing_options, told
from scanner.cli.terminal.places import check_bundle_target, sweep
from scanner.cli.terminal.progress import progress_bar
from scanner.cli.terminal.reports import Output, write_outputs
from scanner.cli.terminal.verdict import verdict
from scanner.errors import UsageError
from scanner.model import Gate, Over, Severity
from scanner.redaction.asked import Redaction
from scanner.runs.exceptions import Stated
from scanner.runs.redacting import redacted_account, redacted_scan
from scanner.runs.scanning import Scan, scan_account, scan_snapshot, seal_scan
from scanner.runs.signing.marks import Marks


@click.command()
@configured
@selection_options
@declared_routes_option
@stated_options
@accounts_options
@click.option(
    "--snapshot",
    "snapshots",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="DIR",
    help="Judge this snapshot or evidence bundle instead of an account; needs no AWS. Several are judged as one.",
)
@also_option
@output_options
@once(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the evidence bundle here (a new folder, or a .zip file).",
)
@sealing_options
@redaction_options
@configuration_options
def scan(
    wanted: Wanted,
    declared: Path | None,
    stated: Stated,
    account: Account,
    snapshots: tuple[Path, ...],
    also: tuple[str, ...],
    output_texts: tuple[str, ...],
    bundle: Path | None,
    marks: AskedMarks,
    redaction: Redaction | None,
    fail_on: str,
    allow_incomplete: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge accounts, or snapshots of them, and write the reports and the evidence.

    Exit codes: 0 nothing failed; 1 something failed at or above --fail-on; 2 the command could not run; 3 something
    could not be looked at and nothing failed.
    """
    if snapshots and account.given:
        raise UsageError("--snapshot is given together with AWS options.", "A snapshot is judged offline: drop them.")
    if also and snapshots:
        raise UsageError("--with and --snapshot are given.", "Drop one of them: a snapshot is judged as it is.")
    outputs = parse_outputs(output_texts, Over.FACTS)
    check_apart(outputs, bundle, *snapshots, *stated.given)
    if bundle is not None:
        check_bundle_target(bundle, snapshots)
    target = Target(bundle, marks.read(bundle, account.profile), redaction)
    selection = wanted.select(declared=declared, stated=stated)
    gate = Gate(Severity(fail_on), allow_incomplete)
    if snapshots:
        return _finish(scan_snapshot(snapshots[0], selection, *snapshots[1:]), outputs, target, gate, quiet, verbose)
    sweep()
    if redaction is not None:
        with redacted_account(account, selection, redaction, progress_bar, also) as judged:
            return _written(judged, outputs, target, gate, quiet, verbose)
    with scan_account(account, selection, progress_bar, also) as judged:
        return _written(judged, outputs, target, gate, quiet, verbose)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the evidence bundle goes (None: nowhere), what is put on it, and what is replaced before."""

    bundle: Path | None
    marks: Marks
    redaction: Redaction | None


def _finish(judged: Scan, outputs: Sequence[Output], target: Target, gate: Gate, quiet: bool, verbose: bool) -> int:
    """Write everything; what is to be replaced is replaced before."""
    if target.redaction is None:
        return _written(judged, outputs, target, gate, quiet, verbose)
    with redacted_scan(judged, target.redaction) as redacted:
        return _written(redacted, outputs, target, gate, quiet, verbose)


def _written(judged: Scan, outputs: Sequence[Output], target: Target, gate: Gate, quiet: bool, verbose: bool) -> int:
    if target.redaction is not None and not quiet:
        tell_idle(judged.assessment.run.redacted)
    if target.bundle is not None:
        identity = seal_scan(judged, target.bundle, target.marks)
        if not quiet:
            told(target.bundle, identity, target.marks)
    write_outputs(judged.assessment, outputs, gate, quiet=quiet, verbose=verbose)
    return verdict(judged.assessment, gate)
