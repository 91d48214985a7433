"""`trailwitness manual`: the manual page, made from the help of every command, so that it cannot be out of date."""

import re
from collections.abc import Iterator, Sequence

import click

from scanner import __version__
from scanner.cli.exit_codes import Exit
from scanner.cli.helping import Fronting
from scanner.cli.terminal.printing import reader_may_leave

_FURTHER = (
    ("TRAILWITNESS_OPTION", "The value of --option for scan, collect, logs and verify, unless it is given."),
    ("TRAILWITNESS_COMMAND_OPTION", "The same for one command alone; it counts before the other."),
    ("TRAILWITNESS_CONFIG, TRAILWITNESS_PRESET, TRAILWITNESS_NO_CONFIG", "As the options of those names."),
    ("TRAILWITNESS_SIGN_PASSWORD", "The password of the private key that --sign names."),
    ("NO_COLOR", "No colour, when it is set."),
    ("AWS_PROFILE, AWS_REGION and others", "As the AWS SDK for Python reads them."),
)


@click.command("manual")
@click.pass_context
def manual_command(context: click.Context) -> int:
    """Print the manual page, for man: it is made from the help of this version.

    Where man looks for the pages of one user, `man trailwitness` shows it from then on.
    """
    root = context.find_root().command
    if isinstance(root, click.Group):
        with reader_may_leave():
            click.echo(manual(root), nl=False)
    return Exit.CLEAN


def manual(root: click.Group) -> str:
    """The page of section 1, in the macros of man(7)."""
    with click.Context(root, info_name="trailwitness", **root.context_settings) as context:
        lines = [
            f'.TH TRAILWITNESS 1 "" "trailwitness {__version__}" "User Commands"',
            ".SH NAME",
            r"trailwitness \- judge AWS audit logging and monitoring, and keep the proof",
            ".SH SYNOPSIS",
            ".B trailwitness",
            r"[OPTIONS] COMMAND [ARGUMENTS]",
            ".SH DESCRIPTION",
            _text(
                "Judges the audit logging and monitoring of AWS accounts by rules, says which controls of PCI DSS, "
                "HIPAA and CIS hold, and seals the evidence so that it can be checked by others."
            ),
            ".SH COMMANDS",
            *_commands(root, context, "trailwitness"),
            ".SH ENVIRONMENT",
            *_terms(_FURTHER),
            ".SH FILES",
            *_terms(
                (
                    (
                        ".trailwitness.yaml, pyproject.toml",
                        "Options of scan, collect, logs and verify, looked for upwards from the present folder.",
                    ),
                )
            ),
            ".SH EXIT STATUS",
            _text("What each code means to a command is said with it. 130: interrupted."),
        ]
    return "\n".join(lines) + "\n"


def _commands(group: click.Group, context: click.Context, name: str) -> Iterator[str]:
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        if command is None:
            continue
        inner = click.Context(command, parent=context, info_name=each)
        if isinstance(command, click.Group):
            yield from _commands(command, inner, f"{name} {each}")
        else:
            yield from _command(command, inner, f"{name} {each}")
        if isinstance(command, Fronting):
            beside, word = command.inner(), command.inner_name
            yield from _command(beside, click.Context(beside, parent=inner, info_name=word), f"{name} {each} {word}")


def _command(command: click.Command, context: click.Context, name: str) -> Iterator[str]:
    yield f".SS {_escaped(' '.join((name, *command.collect_usage_pieces(context))))}"
    for paragraph in re.split(r"\n\s*\n", command.help or ""):
        yield from _paragraph(paragraph)
    records = [each.get_help_record(context) for each in command.get_params(context)]
    yield from _terms([record for record in records if record is not None])
    for paragraph in (command.epilog or "").split("\n\n"):
        yield from _paragraph(paragraph)


def _paragraph(paragraph: str) -> Iterator[str]:
    if paragraph.strip() == "":
        return
    yield ".PP"
    if paragraph.lstrip(" \n").startswith("\b"):
        yield from (".nf", *_raw(paragraph.replace("\b", "").strip("\n")), ".fi")
    else:
        yield _text(" ".join(paragraph.split()))


def _terms(records: Sequence[tuple[str, str]]) -> Iterator[str]:
    for term, text in records:
        yield from (".TP", rf"\fB{_escaped(term)}\fR", _text(" ".join(text.split())))


def _raw(text: str) -> list[str]:
    return [_text(line) for line in text.split("\n")]


def _text(text: str) -> str:
    """A line of text: one that begins with a control character would be a request."""
    escaped = _escaped(text)
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", r"\e").replace("-", r"\-")
