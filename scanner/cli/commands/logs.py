"""`trailwitness logs`: log-event rules over real records, and the profile of what the records hold."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.aws.options import Account
from scanner.cli.exit_codes import Exit
from scanner.cli.options.account import account_options
from scanner.cli.options.content import selection_options
from scanner.cli.options.once import once
from scanner.cli.options.outputs import check_apart, output_options, parse_outputs
from scanner.cli.terminal.places import check_bundle_target
from scanner.cli.terminal.printing import printable, say
from scanner.cli.terminal.progress import progress_bar
from scanner.cli.terminal.reports import write_outputs
from scanner.cli.terminal.verdict import verdict
from scanner.errors import UsageError
from scanner.model import Assessment, Gate, Over, Rule, Severity
from scanner.runs.log_opening import BUCKET, Asked, Opened, lateness, moment, open_sources
from scanner.runs.selection import Selection, select

if TYPE_CHECKING:
    from scanner.events.profile import Profile
    from scanner.log_sources.keeping import KeptSource

MOST_WORKERS = 64


class _WithProfile(click.Command):
    """The command itself, and `profile` when that is its first word; a source of that name is written ./profile."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of `logs profile` when it was asked for, else the command's own."""
        if args[:1] == [profile.name]:
            return profile.make_context(f"{info_name} {profile.name}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


def _source_options(command: Any) -> Any:
    """What names sources and a window of time: the same for judging and for profiling."""
    options = (
        click.argument("sources", nargs=-1, metavar="[SOURCES]..."),
        click.option("--event-history", is_flag=True, help="Read CloudTrail's event history (90 days, 2 calls/s)."),
        click.option(
            "--log-group", "log_groups", multiple=True, metavar="NAME", help="Read this log group (repeatable)."
        ),
        click.option("--account", "accounts", multiple=True, metavar="ID", help="Of a bucket, read this account only."),
        click.option(
            "--exclude",
            "excluded",
            multiple=True,
            metavar="GLOB",
            help="Leave sources of this name out; the run says so (repeatable). '*.md' is any folder's, 'a/*.md' one path.",
        ),
        once("--since", metavar="TIME", help="Judge events from this time: a date, a time, or 7d ago."),
        once("--until", metavar="TIME", help="Judge events up to this time."),
        once(
            "--late",
            metavar="TIME",
            help="Also read what a bucket or log group got so long after --until (default 1d; CloudTrail retries for 30d).",
        ),
        account_options,
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command(cls=_WithProfile)
@_source_options
@selection_options
@click.option(
    "--sigma",
    "sigma_folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Also judge the Sigma rules for CloudTrail in this folder (repeatable).",
)
@once(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    show_default=True,
    help="Processes that judge at once.",
)
@output_options
@click.option("--allow-unread", is_flag=True, help="Exit 0, not 3, when evidence was not read and nothing failed.")
@click.option(
    "--allow-unseen",
    is_flag=True,
    help="Exit 0, not 3, when all was read but a rule saw none of the records it judges by.",
)
@once(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the evidence bundle here (a new folder, or a .zip file), the logs included.",
)
@click.option(
    "--without-logs", is_flag=True, help="Leave the logs out of the bundle; it then holds their SHA-256 alone."
)
def logs(
    frameworks: tuple[str, ...],
    rule_ids: tuple[str, ...],
    folders: tuple[Path, ...],
    parameters: tuple[str, ...],
    sigma_folders: tuple[Path, ...],
    workers: int,
    output_texts: tuple[str, ...],
    fail_on: str,
    allow_incomplete: bool,
    allow_unread: bool,
    allow_unseen: bool,
    bundle: Path | None,
    without_logs: bool,
    quiet: bool,
    **where: Any,
) -> int:
    """Judge log-event rules over CloudTrail records.

    SOURCES are files, folders, globs, zip files, - for standard input, and s3://bucket/prefix, with records in any shape
    CloudTrail's are met in. `trailwitness logs profile SOURCES...` shows what they hold instead.

    Exit codes: 0 nothing failed; 1 something failed at or above --fail-on; 2 the command could not run; 3 nothing failed,
    but evidence was not read (--allow-unread), a rule saw none of the records it judges by (--allow-unseen), or there was
    no record at all. --allow-incomplete allows all but the last.
    """
    from scanner.collect.collection import utc_now

    outputs = parse_outputs(output_texts)
    started = utc_now()
    asked = _asked(where, started)
    check_apart(outputs, bundle)
    sealing = _Sealing(bundle, with_logs=not without_logs)
    sealing.check(asked)
    refused = _Sigma(sigma_folders)
    selection = select(frameworks, rule_ids, folders, parameters, over=Over.RECORDS, more=refused.rules)
    opened = open_sources(asked, started)
    assessment = _judge(asked, opened, selection, workers, started, sealing)
    if bundle is not None and not quiet:
        say(f"wrote {bundle}")
    gate = Gate(Severity(fail_on), allow_incomplete, allow_unread, allow_unseen)
    left_out = "some Sigma rules could not be turned into rules" if refused.some else ""
    write_outputs(assessment, outputs, gate, quiet=quiet, left_out=left_out)
    return verdict(assessment, gate, quiet=quiet, left_out=left_out)


class _Sigma:
    """The Sigma rules of some folders; what could not be turned into a rule is said, and makes the run incomplete."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.rules: tuple[Rule, ...] = ()
        self.some = False
        if not folders:
            return
        from scanner.sigma import load_sigma

        found: dict[str, Rule] = {}
        for folder in folders:
            result = load_sigma(folder)
            found.update((rule.id, rule) for rule in result.rules)
            self.some = self.some or bool(result.refused)
            for refusal in result.refused:
                say(f"left out: {refusal.path}: {refusal.title or 'unread'}: {refusal.reason}")
            for notice in result.notices:
                say(f"note: {notice.path}: {notice.title}: {notice.text}")
        self.rules = tuple(found[name] for name in sorted(found))


def _asked(where: dict[str, Any], now: Any) -> Asked:
    return Asked(
        sources=where["sources"],
        account=Account(where["profile"], where["role_arn"], where["external_id"], where["regions"]),
        accounts=where["accounts"],
        event_history=where["event_history"],
        log_groups=where["log_groups"],
        excluded=where["excluded"],
        since=moment(where["since"], "--since", now),
        until=moment(where["until"], "--until", now, end=True),
        late=lateness(where["late"]),
    )


@dataclass(frozen=True, slots=True)
class _Sealing:
    """Where the evidence bundle goes (None: nowhere), and whether the logs go into it."""

    target: Path | None
    with_logs: bool

    def check(self, asked: Asked) -> None:
        """Refuse early what could not be sealed, or not be judged again. Raises UsageError."""
        if self.target is None:
            if not self.with_logs:
                raise UsageError(
                    "--without-logs leaves the logs out of a bundle: name one with --bundle.", "Or drop it."
                )
            return
        from scanner.log_sources.files import STDIN

        local = [Path(name) for name in asked.sources if name != STDIN and not name.startswith(BUCKET)]
        check_bundle_target(self.target, local)
        passing = asked.event_history or asked.log_groups or STDIN in asked.sources
        if not self.with_logs and (passing or any(path.is_fifo() for path in local)):
            raise UsageError(
                "--without-logs: event history, log groups and what comes in through a pipe could not be had again, so "
                "that no verdict could ever be re-computed.",
                "Drop --without-logs, or name files and folders alone.",
            )


def _judge(
    asked: Asked, opened: Opened, selection: Selection, workers: int, started: Any, sealing: _Sealing
) -> Assessment:
    from scanner.assessment.logs import LogRun
    from scanner.collect.collection import utc_now
    from scanner.runs.logs import assess_records, kept_sources, read_records, write_log_bundle
    from scanner.snapshot.raw_json import rfc3339

    with ExitStack() as stack:
        kept: Sequence[KeptSource] = ()
        if sealing.target is not None and sealing.with_logs:
            kept = stack.enter_context(kept_sources(opened.sources, sealing.target))
        result = read_records(kept or opened.sources, selection, asked.since, asked.until, workers, progress_bar)
        run = LogRun(
            asked=asked.names,
            started=rfc3339(started),
            finished=rfc3339(utc_now()),
            since=rfc3339(asked.since) if asked.since else "",
            until=rfc3339(asked.until) if asked.until else "",
            partition=opened.partition,
            caller=opened.caller,
            passed_over=tuple(opened.passed_over),
            excluded=asked.excluded,
        )
        assessment = assess_records(result, run, selection)
        if sealing.target is not None:
            write_log_bundle(sealing.target, result, run, assessment, selection, kept)
    return assessment


@click.command(name="profile")
@_source_options
@click.option("--json", "as_json", is_flag=True, help="Write the profile as JSON.")
@once("--top", type=click.IntRange(1, 1000), default=10, show_default=True, help="Entries of each list that are shown.")
def profile(as_json: bool, top: int, **where: Any) -> int:
    """Show what log records hold: how many by source, event, actor, Region, account, error and hour, and what is missing.

    Nothing is judged. Exit codes: 0 everything was read; 2 the command could not run; 3 a source could not be read
    whole, or there was no record at all.
    """
    from reports.plain_json import json_bytes
    from scanner.collect.collection import utc_now
    from scanner.events.profile import summary

    now = utc_now()
    asked = _asked(where, now)
    opened = open_sources(asked, now)
    found, broken = _profile(asked, opened)
    passed_over = [{"source": name, "why": why} for name, why in opened.passed_over]
    told = {
        **summary(found, top),
        "sources": len(opened.sources),
        "not_read_whole": broken,
        "passed_over": passed_over,
        "excluded": list(asked.excluded),
    }
    if as_json:
        click.echo(json_bytes(told), nl=False)
    else:
        for line in _profile_lines(told):
            click.echo(printable(line))
    for each in broken:
        say(f"not read whole: {each['why']}")
    if not found.records:
        say("No record was read.")
    return Exit.INCOMPLETE if broken or not found.records else Exit.CLEAN


def _profile(asked: Asked, opened: Opened) -> "tuple[Profile, list[dict[str, str]]]":
    from scanner.errors import SourceError
    from scanner.events.profile import Profile
    from scanner.events.reading.fields.period import period_of
    from scanner.events.reading.records import split

    found, broken = Profile(), []
    period = period_of(asked.since, asked.until)
    with progress_bar() as progress:
        for done, source in enumerate(sorted(opened.sources, key=lambda each: each.name), start=1):
            try:
                whole = split(source.read(), source.name)
            except SourceError as error:
                broken.append({"source": source.name, "why": str(error)})
                continue
            found.add(whole.within(period).records, source.name)
            broken += [{"source": source.name, "why": why} for _, why in whole.account().losses()]
            progress("log sources", done, len(opened.sources))
    return found, broken


def _profile_lines(told: dict[str, Any]) -> list[str]:
    lines = [
        (
            f"{told['records']} records of {told['sources']} sources: {told['events']} events, "
            f"{told['duplicates']} delivered again, {told['unreadable']} unreadable"
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
