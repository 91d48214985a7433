"""`trailwitness pattern`: what patterns match and cover, what they mean, and how another language says it."""

import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.options.patterns import ConversionTarget, read_pattern
from scanner.cli.terminal.printing import printable, say
from scanner.errors import UsageError
from scanner.eventbridge.nodes import EventPattern
from scanner.model import JsonValue
from scanner.pattern.language.nodes import JsonPattern, Pattern

if TYPE_CHECKING:
    from scanner.events.reading.messages import Messages
    from scanner.pattern import CoverageProof, CoverageVerdict

_ZIP = b"PK\x03\x04"


@click.group()
def pattern() -> None:
    """Test, compare, explain and convert filter patterns and event patterns, offline.

    Filter patterns are those of CloudWatch Logs, event patterns those of EventBridge. A pattern that is a JSON object
    is an event pattern. `file://PATH` in place of a pattern reads it from a file; one whose name ends in .json must
    hold an event pattern.
    """


@pattern.command("test", short_help="Print the messages that a pattern matches.")
@click.argument("text", metavar="PATTERN")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--message",
    "messages",
    multiple=True,
    metavar="MESSAGE",
    help="A log message to test (repeatable), instead of files.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; only the exit code answers.")
def test(text: str, files: tuple[Path, ...], messages: tuple[str, ...], quiet: bool) -> int:
    """Print the log messages PATTERN matches, as TestMetricFilter would.

    Messages are the lines of FILES (or of standard input without any), whatever they hold. A file that is one JSON
    object is one message; of a JSON array each element is one, of a CloudTrail log file each record, and of an answer
    of LookupEvents, FilterLogEvents or GetLogEvents, or a CloudWatch Logs subscription, each event. Where none of these
    is a record, records are taken out of whatever `trailwitness logs` opens, and that is said. Files may be zip, gzip
    data, UTF-8 or UTF-16. An event pattern is matched with events as EventBridge delivers them, and with CloudTrail
    records as EventBridge sends them on. Exit code 0: at least one message matches; 1: none; 2: a file cannot be read
    as text, or not all of its records can.
    """
    parsed = read_pattern(text)
    matches = _tester(parsed)
    as_json = isinstance(parsed, JsonPattern | EventPattern)
    matched = total = 0
    for found in _found(files, messages, as_json=as_json):
        if found.note and not quiet:
            say(f"note: {found.note}")
        for number, message in enumerate(found.texts, start=total + 1):
            if matches(message):
                matched += 1
                if not quiet:
                    click.echo(f"{number}: {printable(message)}")
        total += len(found.texts)
    if not quiet:
        click.echo(f"{matched} of {total} messages match.", err=True)
    return Exit.CLEAN if matched else Exit.FINDINGS


@pattern.command("covers", short_help="Decide whether deployed patterns match all that is required.")
@once("--required", required=True, metavar="PATTERN", help="The pattern whose events must all be matched.")
@click.option(
    "--deployed",
    multiple=True,
    required=True,
    metavar="PATTERN",
    help="A deployed pattern of either kind (repeatable; the union counts).",
)
@click.option("--realistic", is_flag=True, help="Only count events CloudTrail can deliver.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def covers_command(required: str, deployed: tuple[str, ...], realistic: bool, as_json: bool) -> int:
    """Decide whether every event that the required pattern matches is matched by a deployed one.

    Exit code 0: covered; 1: not covered (an event that is missed is shown); 3: undetermined.
    """
    from scanner.pattern import covers

    answer = covers(
        read_pattern(required, "--required"),
        [read_pattern(text, "--deployed") for text in deployed],
        realistic=realistic,
        explain=True,
    )
    if as_json:
        document = _as_document(answer)
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    else:
        click.echo(answer.verdict.replace("_", " "))
        if answer.missed:
            click.echo(f"misses: {printable('; '.join(answer.lost_words()))}")
        if answer.witness is not None:
            text = json.dumps(answer.witness, sort_keys=True, ensure_ascii=False)
            click.echo(f"a made-up example of a missed event: {printable(text)}")
        for words, source in answer.assumptions:
            click.echo(f"assuming: {printable(words)} ({source})")
        if answer.reason:
            click.echo(f"because: {printable(answer.reason)}")
    return _exit(answer.verdict)


def _as_document(answer: "CoverageProof") -> dict[str, JsonValue]:
    """What ``--json`` prints."""
    losses: list[JsonValue] = []
    for each in answer.losses:
        where: list[JsonValue] = [{"field": field, "words": words} for field, words in each.where]
        source = each.source or None
        losses.append({"label": each.label, "source": source, "whole": each.whole, "only": each.only, "where": where})
    return {
        "verdict": answer.verdict,
        "missed": list(answer.missed),
        "losses": losses,
        "witness": answer.witness,
        "synthetic": True if answer.witness is not None else None,
        "assumption": answer.assumption,
        "assumptions": [{"words": words, "source": source} for words, source in answer.assumptions],
        "reason": answer.reason,
    }


def _exit(verdict: "CoverageVerdict") -> Exit:
    from scanner.pattern import CoverageVerdict

    match verdict:
        case CoverageVerdict.COVERED:
            return Exit.CLEAN
        case CoverageVerdict.NOT_COVERED:
            return Exit.FINDINGS
        case CoverageVerdict.UNDETERMINED:
            return Exit.INCOMPLETE
        case _:
            assert_never(verdict)


@pattern.command("explain", short_help="Say in plain sentences what a pattern matches.")
@click.argument("text", metavar="PATTERN")
def explain_command(text: str) -> int:
    """Say in plain sentences what PATTERN matches, and where it is likely not what was meant."""
    from scanner.pattern import explain, explain_event_pattern

    parsed = read_pattern(text)
    for line in explain_event_pattern(parsed) if isinstance(parsed, EventPattern) else explain(parsed):
        click.echo(printable(line))
    return Exit.CLEAN


@pattern.command("convert", short_help="Write a pattern in another language.")
@click.argument("text", metavar="PATTERN")
@once("--to", required=True, type=ConversionTarget(), help="The language to write it in.")
def convert_command(text: str, to: str) -> int:
    """Write PATTERN in another language so that it chooses the same CloudTrail records, or say why that cannot be done.

    What the result takes for granted is printed on standard error.
    """
    from scanner.pattern.convert import convert

    conversion = convert(read_pattern(text), to)
    click.echo(conversion.text)
    for note in conversion.notes:
        say(f"note: {note}.")
    return Exit.CLEAN


def _tester(pattern: Pattern | EventPattern) -> Callable[[str], bool]:
    """The test of one message."""
    from scanner.pattern import matcher, matches_message

    return partial(matches_message, pattern) if isinstance(pattern, EventPattern) else matcher(pattern)


def _found(files: tuple[Path, ...], given: tuple[str, ...], *, as_json: bool) -> "Iterator[Messages]":
    """The messages of each file in turn, or those given, or those of standard input."""
    from scanner.events.reading.messages import Messages, messages_of

    if given and files:
        raise UsageError("Both FILES and --message are given.", "Give one of them.")
    if given:
        yield Messages(list(given))
    elif files:
        for path in files:
            for name, data in _contents(path):
                yield messages_of(data, name, as_json=as_json)
    else:
        # Bytes, because a log message is UTF-8 wherever it is read.
        data = sys.stdin.buffer.read() if sys.stdin is not None else b""
        yield messages_of(data, "standard input", as_json=as_json)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """What a file, or each member of a zip file, holds, by its name. Raises SourceError for a damaged member."""
    data = path.read_bytes()  # once: it may be a pipe
    if not (data.startswith(_ZIP) and path.is_file() and zipfile.is_zipfile(path)):
        yield str(path), data
        return
    from scanner.log_sources.kinds.files import local_sources

    for source in local_sources([str(path)], lambda *_: None):
        yield source.name, source.read()
