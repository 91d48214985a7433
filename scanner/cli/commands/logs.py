"""`trailwitness logs`: log-event rules over real records."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.helping import complete_help
from scanner.cli.options.configured import configuration_options, configured
from scanner.cli.options.content import Wanted, selection_options, stated_options
from scanner.cli.options.numbers import WholeNumber
from scanner.cli.options.once import once
from scanner.cli.options.outputs import check_apart, output_options, parse_outputs
from scanner.cli.options.redaction import redaction_options, tell_idle
from scanner.cli.options.signing import AskedMarks, sealing_options, told
from scanner.cli.options.sources import source_options
from scanner.cli.terminal.places import check_bundle_target, sweep
from scanner.cli.terminal.printing import say
from scanner.cli.terminal.progress import progress_bar
from scanner.cli.terminal.reports import write_outputs
from scanner.cli.terminal.verdict import verdict
from scanner.errors import UsageError
from scanner.log_sources import forms
from scanner.model import Gate, Over, Severity
from scanner.redaction.asked import Redaction
from scanner.runs.exceptions import Stated
from scanner.runs.over_logs.opening import Asked, open_sources
from scanner.runs.over_logs.sigma_rules import ImportedRules, import_sigma
from scanner.runs.selection import Selection
from scanner.runs.signing.marks import Marks
from scanner.wording import listed

if TYPE_CHECKING:
    from scanner.runs.over_logs.judging import LogJudgement

MOST_WORKERS = 64

_HELP = f"""Judge log-event rules over CloudTrail records.

SOURCES are {listed(forms(), "and")}, in any format CloudTrail records
come in. `trailwitness profile SOURCES...` shows what they hold instead, and `trailwitness logs contributors
--rule FILE SOURCES...` the top contributors of a CloudWatch Contributor Insights rule.

Exit codes: 0 nothing failed; 1 something failed at or above --fail-on; 2 the command could not run; 3 nothing failed,
but evidence was not read (--allow-unread), a rule saw none of the records it judges by (--allow-unseen), or no record
was read. --allow-incomplete turns every 3 but the last into 0.
"""


class LogsCommand(click.Command):
    """``logs``, and ``logs contributors``, which is a command of its own unless there is a source of that name."""

    inner_name = "contributors"

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that the arguments begin with."""
        name = self.inner_name
        if args[:1] == [name] and not Path(name).exists():
            return self.inner().make_context(f"{info_name} {name}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def inner(self) -> click.Command:
        """``logs contributors``."""
        from scanner.cli.commands.records.contributors import contributors

        return complete_help(f"logs {self.inner_name}", contributors)


@click.command(cls=LogsCommand, help=_HELP)
@configured
@source_options
@selection_options
@stated_options
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
    type=WholeNumber(1, MOST_WORKERS),
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Number of processes that judge in parallel.",
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
@sealing_options
@redaction_options
@configuration_options
def logs(
    asked: Asked,
    started: datetime,
    wanted: Wanted,
    stated: Stated,
    sigma_folders: tuple[Path, ...],
    workers: int,
    output_texts: tuple[str, ...],
    fail_on: str,
    allow_incomplete: bool,
    allow_unread: bool,
    allow_unseen: bool,
    bundle: Path | None,
    without_logs: bool,
    marks: AskedMarks,
    redaction: Redaction | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge log-event rules over CloudTrail records; ``_HELP`` is what its users read."""
    outputs = parse_outputs(output_texts, Over.RECORDS)
    check_apart(outputs, bundle, *asked.places(), *stated.given)
    _check_sealing(bundle, asked, with_logs=not without_logs, redacted=redaction is not None)
    _check_moved(asked)
    imported = import_sigma(sigma_folders)
    if not quiet:
        _tell(imported)
    selection = wanted.select(over=Over.RECORDS, more=imported.rules, stated=stated)
    put = marks.read(bundle, asked.account.profile)
    judged = _judged(asked, selection, started, redaction, workers, bundle, put, with_logs=not without_logs)
    if not quiet:
        tell_idle(judged.assessment.run.redacted)
    if bundle is not None and not quiet:
        told(bundle, judged.identity, put)
    gate = Gate(Severity(fail_on), allow_incomplete, allow_unread, allow_unseen)
    left_out = "some Sigma rules could not be turned into rules" if imported.refused else ""
    write_outputs(judged.assessment, outputs, gate, quiet=quiet, verbose=verbose, left_out=left_out)
    return verdict(judged.assessment, gate, left_out=left_out)


def _judged(
    asked: Asked,
    selection: Selection,
    started: datetime,
    redaction: Redaction | None,
    workers: int,
    bundle: Path | None,
    marks: Marks,
    *,
    with_logs: bool,
) -> "LogJudgement":
    """Judge what was asked for, with values replaced where that is asked for, and write the bundle."""
    from scanner.runs.over_logs.judging import Sealing, judge_sources

    sealing = Sealing(bundle, with_logs, marks)
    opened = open_sources(asked, started)
    if redaction is None:
        return judge_sources(asked, opened, selection, started, workers=workers, sealing=sealing, watch=progress_bar)
    from scanner.runs.over_logs.redacting import judge_redacted

    sweep()
    judge = partial(judge_redacted, redaction=redaction)
    return judge(asked, opened, selection, started, workers=workers, sealing=sealing, watch=progress_bar)


def _tell(imported: ImportedRules) -> None:
    """Say which Sigma rules are left out, and what to know about the others."""
    for refusal in imported.refused:
        say(f"left out: {refusal.path}: {refusal.title or 'unread'}: {refusal.reason}")
    for notice in imported.notices:
        say(f"note: {notice.path}: {notice.title}: {notice.text}")


def _check_moved(asked: Asked) -> None:
    """Point those who still write `logs profile` to the command. Raises UsageError."""
    if asked.sources[:1] == ("profile",) and not Path("profile").exists():
        raise UsageError("There is no source named profile.", "Profiling is a command now: `trailwitness profile`.")


def _check_sealing(target: Path | None, asked: Asked, *, with_logs: bool, redacted: bool) -> None:
    """Refuse early what could not be sealed, or could not be judged again. Raises UsageError."""
    if target is None:
        if not with_logs:
            raise UsageError("--without-logs leaves the logs out of a bundle: name one with --bundle.", "Or drop it.")
        return
    check_bundle_target(target, asked.places())
    if redacted and not with_logs:
        raise UsageError(
            "--without-logs: with --redact the logs are judged with values replaced, and nobody else has those.",
            "Drop --without-logs: what the bundle holds is redacted.",
        )
    passing = asked.passing()
    if passing and not with_logs:
        raise UsageError(
            f"--without-logs: {listed(passing, 'and')} could not be read a second time, "
            "so no verdict could ever be re-computed.",
            "Drop --without-logs, or judge it in a run of its own.",
        )
