"""The command line: the only room that knows collecting, reports and exit codes.

Exit codes: 0 clean · 1 findings at or above ``--fail-on``, a failed rule case, or tampering · 2 usage, rule or
internal error · 3 evidence incomplete and nothing failed.
"""

import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from scanner import __version__
from scanner.cli.exit_codes import INTERRUPTED, Exit
from scanner.cli.helping import complete_help
from scanner.cli.terminal.printing import no_color_option
from scanner.errors import ContentError, PatternError, TrailwitnessError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_OWN = frozenset({"trailwitness", "scanner", "reports"})
"""The packages that Trailwitness consists of."""

COMMANDS: Mapping[str, tuple[str, str]] = {
    "scan": (
        "scanner.cli.commands.scan:scan",
        "Judge accounts, or snapshots of them, and write the reports and the evidence.",
    ),
    "logs": (
        "scanner.cli.commands.logs:logs",
        "Judge log-event rules over CloudTrail records.",
    ),
    "profile": (
        "scanner.cli.commands.records.profile:profile",
        "Count what CloudTrail records hold; nothing is judged.",
    ),
    "assess": (
        "scanner.cli.commands.assess:assess",
        "Assess a period: configuration, records and integrity in one assessment and one bundle.",
    ),
    "integrity": (
        "scanner.cli.commands.integrity.validate:integrity",
        "Validate CloudTrail's log files by their signed digest files.",
    ),
    "replay": (
        "scanner.cli.commands.replay:replay",
        "Replay log records through deployed filters, alarms and rules: who would have been told?",
    ),
    "insights": (
        "scanner.cli.commands.records.insights:insights",
        "Find unusual call rates and error rates in CloudTrail records; nothing is judged.",
    ),
    "collect": ("scanner.cli.commands.collect:collect", "Record the facts of accounts into a snapshot folder."),
    "verify": ("scanner.cli.commands.verify:verify", "Check an evidence bundle and re-compute its verdicts."),
    "sign": ("scanner.cli.commands.bundles.sign:sign", "Sign an evidence bundle that was sealed before."),
    "timestamp": (
        "scanner.cli.commands.bundles.timestamp:timestamp",
        "Add the timestamp of a signature to an evidence bundle.",
    ),
    "pattern": (
        "scanner.cli.commands.pattern:pattern",
        "Test, compare, explain and convert filter patterns and event patterns.",
    ),
    "explain": (
        "scanner.cli.commands.explain:explain",
        "Explain a rule, a control, an AWS system or a piece of evidence.",
    ),
    "rules": ("scanner.cli.commands.rules:rules", "List, show, test and lint rules; print the IAM policy they need."),
    "init": (
        "scanner.cli.commands.authoring.init:init",
        "Write a folder of rules, cases and a framework of your own to begin with.",
    ),
    "frameworks": ("scanner.cli.commands.frameworks:frameworks", "List frameworks and show their controls."),
    "baseline": (
        "scanner.cli.commands.assessments.baseline:baseline",
        "Make or renew a baseline: known failures that do not stop a gate.",
    ),
    "diff": (
        "scanner.cli.commands.assessments.diff:diff",
        "Compare two assessments: new failures, repairs and loss of sight.",
    ),
    "config": (
        "scanner.cli.commands.setup.config:config",
        "Show what the configuration file and the environment set, and where.",
    ),
    "sample": (
        "scanner.cli.commands.assessments.sample:sample",
        "Draw an auditor's sample from a population, by a seed, and record it.",
    ),
    "completion": (
        "scanner.cli.commands.setup.completion:completion",
        "Print what a shell needs to complete words.",
    ),
    "manual": ("scanner.cli.commands.setup.manual:manual_command", "Print the manual page, for man."),
    "demo": ("scanner.cli.commands.demo:demo", "Scan a seeded demo organization on a local stand-in for AWS."),
}
"""Command → (module:attribute, one line of help). Modules are loaded when their command runs."""


class LazyGroup(click.Group):
    """A group whose commands are imported on use, so that ``--help`` stays fast and never loads boto3."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order a newcomer needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module and hand its command over."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return complete_help(cmd_name, command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with. Raises UsageError, with the name that was perhaps meant."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            from scanner.wording import did_you_mean

            raise click.UsageError(f"No such command {args[0]!r}.{did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """The commands and options that begin so, without importing the commands."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


_HELP = """Judge AWS audit logging and monitoring, and keep the proof.

\b
Start with:
  trailwitness demo
Then, on an account:
  trailwitness scan --framework pci-dss-4.0.1
"""


@click.group(
    cls=LazyGroup, help=_HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@no_color_option
@click.version_option(__version__, "-V", "--version", prog_name="trailwitness", message="%(prog)s %(version)s")
def cli() -> None:
    """The command `trailwitness`; its help is ``_HELP``, where lines with commands are not re-wrapped."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; every error the user can act on becomes one clear message and exit code 2."""
    # A CI server cancels with SIGTERM: what is half-written is removed then, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = run(arguments)
    if code == INTERRUPTED:
        # Calls under way would hold the process until their timeouts; nobody waits for their answers any more.
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        outcome: Any = cli.main(
            args=list(arguments) if arguments is not None else None, prog_name="trailwitness", standalone_mode=False
        )
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.Abort:
        click.echo("Interrupted; nothing half-written is left behind.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return Exit.ERROR
    except TrailwitnessError as error:
        _complain(error)
        return Exit.ERROR
    except SystemExit as stop:
        # click's answer to a shell that asks for completions, or to a pipe whose reader left early (`| head`): that
        # one's 1 would read as a verdict.
        return Exit.ERROR if stop.code else Exit.CLEAN
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        _complain(UsageError(f"The operating system refused: {what}{error.strerror or error}."))
        return Exit.ERROR
    except Exception as error:  # noqa: BLE001 - the last resort: an internal error must not look like a verdict
        _complain_internal(error)
        return Exit.ERROR
    return int(outcome) if isinstance(outcome, int) else Exit.CLEAN


def _complain(error: TrailwitnessError) -> None:
    from scanner.cli.terminal.printing import printable

    if isinstance(error, PatternError):
        for line in error.caret().split("\n"):
            click.echo(f"  {printable(line)}", err=True)
    if isinstance(error, ContentError):
        for problem in error.problems:
            click.echo(printable(problem), err=True)
        if error.hint:
            click.echo(printable(error.hint), err=True)
        return
    click.echo(f"Error: {printable(str(error))}", err=True)


def _complain_internal(error: Exception) -> None:
    import traceback

    from scanner.cli.terminal.printing import printable

    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] in _OWN:
        click.echo(
            f"Error: Trailwitness's module {error.name} cannot be loaded: {printable(str(error))}. "
            "It was written over by another distribution, or removed: install Trailwitness again, in a virtual "
            "environment of its own.",
            err=True,
        )
        return
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    click.echo(
        f"Internal error: {type(error).__name__} at {where}: {printable(str(error))}\n"
        "No verdict was given. Please report this with the command you ran and the output of "
        "`trailwitness --version`.",
        err=True,
    )
