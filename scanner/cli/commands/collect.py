"""`trailwitness collect`: AWS → snapshot, for judging elsewhere and later."""

from pathlib import Path

import click

from scanner.aws.options import Account
from scanner.cli.exit_codes import Exit
from scanner.cli.options.account import accounts_options
from scanner.cli.options.configured import configuration_options, configured
from scanner.cli.options.content import Wanted, also_option, declared_routes_option, selection_options
from scanner.cli.options.once import once
from scanner.cli.options.redaction import redaction_options, tell_idle
from scanner.cli.terminal.places import sweep
from scanner.cli.terminal.printing import say
from scanner.cli.terminal.progress import progress_bar
from scanner.redaction.asked import Redaction
from scanner.runs.collecting import collect_snapshot
from scanner.runs.redacting import collect_redacted
from scanner.wording import several


@click.command()
@configured
@selection_options
@declared_routes_option
@accounts_options
@once(
    "--output",
    "-o",
    "target",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The snapshot folder to write (new).",
)
@also_option
@click.option("--quiet", "-q", is_flag=True, help="One line, whatever was refused.")
@redaction_options
@configuration_options
def collect(
    wanted: Wanted,
    declared: Path | None,
    account: Account,
    target: Path,
    redaction: Redaction | None,
    also: tuple[str, ...],
    quiet: bool,
) -> int:
    """Record the facts the selected rules need into a snapshot folder.

    Judge it anywhere with `trailwitness scan --snapshot DIR`. Exit code 3: something could not be read; it is
    recorded as a gap.
    """
    selection = wanted.select(declared=declared)
    sweep(target)
    if redaction is None:
        snapshot = collect_snapshot(account, selection.rules, target, progress_bar, also=also)
    else:
        snapshot = collect_redacted(account, selection, redaction, target, progress_bar, also)
    from scanner.snapshot.answers import refusals
    from scanner.snapshot.run_json import redacted_in

    refused = list(refusals(snapshot.calls))
    closed = {each: why for each in snapshot.accounts if (why := snapshot.left_out(each))}
    told = f"wrote {target}: {several(len(snapshot.calls), 'call')}, {len(refused)} of them refused"
    if quiet:
        unseen = f"; {several(len(closed), 'account')} could not be looked at" if closed else ""
        say(f"{told}{unseen}")
        return Exit.INCOMPLETE if refused or closed else Exit.CLEAN
    say(told)
    tell_idle(redacted_in(snapshot.run))
    for gap in refused:
        say(f"  {gap.operation} in {gap.account}/{gap.region}: {gap.code}")
    for each, why in closed.items():
        say(f"  account {each} could not be looked at: {why}")
    for each, why in sorted(snapshot.passed_over.items()):
        say(f"  account {each} was left out: {why}")
    return Exit.INCOMPLETE if refused or closed else Exit.CLEAN
