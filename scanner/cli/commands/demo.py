"""`trailwitness demo`: the whole of Trailwitness on a seeded organization, with no AWS."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from scanner.aws.options import Account, Accounts
from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.printing import printable, say
from scanner.cli.terminal.progress import progress_bar
from scanner.cli.terminal.reports import Output, render, write_outputs
from scanner.errors import UsageError
from scanner.model import Gate
from scanner.runs.collecting import collect_snapshot
from scanner.runs.scanning import Scan, scan_snapshot, seal_scan
from scanner.runs.selection import Selection, select

MARK = ".trailwitness-demo"
"""Marks a folder as one this command wrote and may replace."""


@click.command()
@once(
    "--output",
    "-o",
    "target",
    type=click.Path(path_type=Path),
    default=Path("trailwitness-demo"),
    show_default=True,
    metavar="DIR",
    help="Where the reports and the evidence bundle go.",
)
def demo(target: Path) -> int:
    """Seed a realistic, partly broken organization on a local stand-in for AWS, scan it over HTTP, write the evidence.

    The management account has the trail, and two routes lead on to the security account.

    Needs the demo extra: pip install '.[demo]' in a checkout, or make demo there. Nothing leaves this machine.
    """
    from reports.formats import FORMATS
    from scanner.demo.clients import environment
    from scanner.demo.organization import MEMBER_ROLE, seed_organization
    from scanner.demo.partly_known import mark_actions
    from scanner.demo.server import demo_server

    _prepare(target)
    selection = select((), (), (), ())
    say("Starting a local AWS endpoint and seeding the demo organization …")
    with demo_server() as endpoint, _environment(environment(endpoint)):
        seed_organization(endpoint)
        say(f"Scanning it at {endpoint} …")
        accounts = Account(accounts=Accounts(role_name=MEMBER_ROLE, organization=True))
        collect_snapshot(accounts, selection.rules, target / "snapshot", progress_bar)
    judged = scan_snapshot(target / "snapshot", selection)
    seal_scan(judged, target / "evidence")
    gate = Gate()
    for name, each in FORMATS.items():
        if each.sealed_as and name != "text":  # the text is printed
            write_file(target / each.sealed_as, render(judged.assessment, name, gate))
    mark_actions(target / "snapshot", target / "partly-known")
    partly = scan_snapshot(target / "partly-known", selection)
    write_file(target / "partly-known.txt", render(partly.assessment, "text", gate))
    write_outputs(judged.assessment, (Output("text", None),), gate)
    _replay(target, judged, selection)
    click.echo(printable(_validated(target)))
    click.echo(printable(farewell(target, _program())))
    return Exit.CLEAN


def _replay(target: Path, judged: Scan, selection: Selection) -> None:
    """Replay records of the demo account: what would have been told, and which whole route would have told nobody."""
    from scanner.demo.records import write_records
    from scanner.runs.replaying.run import read_deployed
    from scanner.runs.replaying.showing import replay_folder, whole_and_silent
    from scanner.runs.replaying.telling import closing, lines

    deployed = read_deployed(target / "snapshot")
    account = next(each.account for each in deployed.deployment.trails if each.group and not each.off)
    write_records(target / "logs", account, deployed.snapshot.collected_at)
    run = replay_folder(deployed, selection, target / "logs")
    write_file(target / "replay.txt", "".join(f"{printable(line)}\n" for line in lines(run)).encode())
    told = [f"  {line}" for line in whole_and_silent(run, judged.assessment)]
    click.echo(printable("\n".join(("\nReplay of last week's records", f"  {closing(run)}", *told))))


def _validated(target: Path) -> str:
    """A paragraph on a small signed chain of digest files, of which an hour is missing."""
    from scanner.runs.integrity.demonstrating import LOGS, demonstrate

    found = demonstrate(target)
    return "\n".join(
        (f"\nLog files of a trail, {target / LOGS}, by their signed digest files, one of which was deleted:", *found)
    )


def _prepare(target: Path) -> None:
    """An empty folder to write to; one that an earlier demo wrote is replaced, nothing else ever is."""
    if target.is_symlink():
        raise UsageError(f"{target} is a link.", "Choose another folder with --output.")
    try:
        if target.exists():
            if not target.is_dir() or (any(target.iterdir()) and not (target / MARK).is_file()):
                raise UsageError(
                    f"{target} exists and was not written by the demo.", "Choose another folder with --output."
                )
            shutil.rmtree(target)
        target.mkdir(parents=True)
        (target / MARK).write_text("written by trailwitness demo\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror}.", "Choose another folder with --output."
        ) from error


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The demo's endpoint and placeholder credentials, instead of whatever account the environment names."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name in variables}
    for name in before:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name, None)
        os.environ.update(before)


def farewell(target: Path, program: str) -> str:
    """What the demo says at its end: what it wrote, and commands to try, with the program as it is called here."""
    return (
        "\nWhat to look at next:\n"
        f"  {target}/evidence/data/report.html  the report for a person: open it in a browser\n"
        f"  {target}/evidence/data/README.txt   how an auditor checks the bundle with sha256sum alone\n"
        f"  {target}/assessment.json            every finding, link by link, with its evidence\n"
        f"  {target}/findings.csv               one row per finding, for a spreadsheet\n"
        f"  {target}/junit.xml                  what a CI gate reads\n"
        f"  {target}/replay.txt                 whether somebody would have been told of last week's records\n"
        f"  {target}/partly-known.txt           the same accounts when the actions of one alarm are not known\n"
        f"  {target}/integrity.txt              log files proved by their digest files, one of which was deleted\n"
        "Then try:\n"
        f"  {program} verify {target}/evidence\n"
        f"  {program} integrity {target}/trail-logs --public-keys {target}/trail-keys.json \\\n"
        "      --since 2026-05-04T06:17:28Z\n"
        f"  {program} scan --snapshot {target}/snapshot --framework cis-aws-5.0.0\n"
        f"  {program} replay --snapshot {target}/snapshot {target}/logs"
    )


def _program() -> str:
    """How to call the program again: after `make demo` it lies in the checkout and not on the PATH."""
    if shutil.which("trailwitness"):
        return "trailwitness"
    called = Path(sys.argv[0])
    return f"{shlex.quote(sys.executable)} -m trailwitness" if called.suffix == ".py" else shlex.quote(str(called))
