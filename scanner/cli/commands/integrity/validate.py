"""`trailwitness integrity`: digest files, their chain, and the log files they name, over a period."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.aws.options import Account
from scanner.cli.exit_codes import Exit
from scanner.cli.helping import complete_help
from scanner.cli.options.account import account_options
from scanner.cli.options.configured import configuration_options, configured
from scanner.cli.options.numbers import WholeNumber
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.places import check_bundle_target, check_writable
from scanner.cli.terminal.printing import reader_may_leave, say
from scanner.cli.terminal.progress import estimating
from scanner.errors import SourceError, UsageError
from scanner.wording import several

if TYPE_CHECKING:
    from scanner.integrity.validation.whole import Done
    from scanner.runs.integrity.queries import Told
    from scanner.runs.integrity.validating import AskedValidation, Validated

FORMATS = ("text", "json", "junit")

_HELP = """Validate CloudTrail's log files over a period by their digest files, online or offline.

SOURCE is s3://bucket/prefix, or a folder that was copied from there, with --public-keys. Every account, Region and
trail below it is validated; so are saved results of a CloudTrail Lake query, when it holds those.
Where the bucket of a trail was changed, the bucket before is looked at too; of copies, name its FOLDER after the first.
`trailwitness integrity capture s3://bucket -o FILE` takes the public keys and the newest signatures that a copy is
proved with.

Exit codes: 0 every digest file and log file of the period is there and valid; 1 something was changed, added, moved or
deleted, or hours have no digest file; 2 the command could not run; 3 nothing was found wrong, but not everything could
be seen.
"""


@dataclass(frozen=True, slots=True)
class _Output:
    """A form of the report and where it goes (None: standard output)."""

    form: str
    path: Path | None


class IntegrityCommand(click.Command):
    """``integrity``, and ``integrity capture``, which is a command of its own unless there is a folder of that name."""

    inner_name = "capture"

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that the arguments begin with."""
        name = self.inner_name
        if args[:1] == [name] and not Path(name).exists():
            return self.inner().make_context(f"{info_name} {name}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def inner(self) -> click.Command:
        """``integrity capture``."""
        from scanner.cli.commands.integrity.capture import capture

        return complete_help(f"integrity {self.inner_name}", capture)


@click.command(cls=IntegrityCommand, help=_HELP)
@configured
@click.argument("source", metavar="SOURCE")
@click.argument("more", metavar="[FOLDER]...", nargs=-1)
@once("--since", metavar="TIME", help="The beginning of the period: a date, a time, or 7d (seven days ago).")
@once("--until", metavar="TIME", help="The end of the period (default: now; of a copy, when its keys were captured).")
@once("--trail", metavar="NAME", help="Validate this trail only; digest files of others only name what is theirs.")
@click.option("--account", "accounts", multiple=True, metavar="ID", help="Validate this account only (repeatable).")
@account_options
@once(
    "--public-keys",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Prove by these keys and signatures, which `integrity capture` wrote.",
)
@once(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep each day that is done here: a run that was stopped goes on from it.",
)
@once(
    "--workers",
    type=WholeNumber(1, 256),
    metavar="NUMBER",
    default=64,
    show_default=True,
    help="How many objects are read at once.",
)
@click.option(
    "--output",
    "-o",
    "outputs",
    multiple=True,
    metavar="FORMAT[=PATH]",
    help="text, json or junit (repeatable; default: text on standard output).",
)
@once(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Seal the reports, the public keys and what they prove here as an evidence bundle (a new folder).",
)
@click.option("--quiet", "-q", is_flag=True, help="No text: one line that says why the exit code is so.")
@configuration_options
def integrity(
    source: str,
    more: tuple[str, ...],
    since: str | None,
    until: str | None,
    trail: str | None,
    accounts: tuple[str, ...],
    account: Account,
    public_keys: Path | None,
    state: Path | None,
    workers: int,
    outputs: tuple[str, ...],
    bundle: Path | None,
    quiet: bool,
) -> int:
    """Validate log files by their digest files; ``_HELP`` is what its users read."""
    from scanner.collect.recording import utc_now
    from scanner.runs.integrity.validating import AskedValidation

    wanted = _outputs(outputs)
    if bundle is not None:
        check_bundle_target(bundle, [Path(each) for each in (source, *more) if not each.lower().startswith("s3://")])
    reached = Account(account.profile, account.role_arn, account.external_id, account.regions, workers=workers)
    asked = AskedValidation(
        source, since, until, accounts, trail or "", public_keys, state, reached, proofs=bundle is not None, more=more
    )
    try:
        from scanner.runs.integrity.queries import query_results

        queried = query_results(asked, utc_now())
        if queried is not None:
            return _query(queried, wanted, bundle, more, quiet=quiet)
        validated = _validated(asked)
    except SourceError as error:
        say(f"{error} Exit code 3: this is not a pass.")
        return Exit.INCOMPLETE
    if bundle is not None:
        from scanner.runs.integrity.sealing import seal

        say(f"wrote {bundle}: SHA-256 {seal(validated, bundle)}")
    from scanner.runs.integrity.document import verdict_of
    from scanner.runs.integrity.telling import why, written

    _write(partial(written, validated.report), wanted, quiet=quiet)
    return _close(verdict_of(validated.report), why(validated.report))


def _validated(asked: "AskedValidation") -> "Validated":
    """What comes of a validation, with its progress on stderr."""
    from scanner.collect.recording import utc_now
    from scanner.runs.integrity.validating import validate

    with estimating() as estimate:

        def told(done: "Done") -> None:
            words = f"{several(done.digests, 'digest file')}, {several(done.logs, 'log file')}"
            estimate(done.days, done.of_days, words)

        return validate(asked, utc_now(), told)


def _query(told: "Told", outputs: Sequence[_Output], bundle: Path | None, more: Sequence[str], *, quiet: bool) -> int:
    """Tell what came of query results, which are their own evidence. Raises UsageError for what is not for them."""
    if more:
        raise UsageError(f"{more[0]} is named beside query results.", "Validate each folder of them by itself.")
    if bundle is not None:
        raise UsageError("--bundle is for digest files, and query results are named.", "Drop it.")
    _write(told.written, outputs, quiet=quiet)
    return _close(told.verdict(), told.why())


def _outputs(texts: Sequence[str]) -> tuple[_Output, ...]:
    """Read ``FORMAT[=PATH]`` options. Raises UsageError for what is not a format and what cannot be written."""
    found = []
    for text in texts:
        form, given, path = text.partition("=")
        if form not in FORMATS:
            raise UsageError(f"--output {text}: there is no format {form!r}.", f"Formats: {', '.join(FORMATS)}.")
        if given and not path:
            raise UsageError(
                f"--output {text}: the path is empty.", f"Write {form}=FILE, or {form} for standard output."
            )
        target = None if path in {"", "-"} else Path(path)
        if target is not None:
            check_writable(target)
        found.append(_Output(form, target))
    if sum(each.path is None for each in found) > 1:
        raise UsageError("Two reports would go to standard output.", "Give all but one a path: FORMAT=PATH.")
    return (*found, *([] if any(each.path is None for each in found) else [_Output("text", None)]))


def _write(written: Callable[[str], bytes], outputs: Sequence[_Output], *, quiet: bool) -> None:
    """Every report, the one for standard output last."""
    for each in outputs:
        if each.path is not None:
            write_file(each.path, written(each.form))
            say(f"wrote {each.path}")
    for each in outputs:
        if each.path is None and not (quiet and each.form == "text"):
            with reader_may_leave():
                click.echo(written(each.form), nl=False)


def _close(verdict: str, why: str) -> int:
    """The exit code, and a closing line that says why."""
    code = {"invalid": Exit.FINDINGS, "unknown": Exit.INCOMPLETE, "valid": Exit.CLEAN}[verdict]
    say(f"Exit code {int(code)}: {why}")
    return code
