"""`trailwitness pattern`: an offline TestMetricFilter, the coverage question, and an explanation."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from scanner.cli import Exit
from scanner.cli.terminal import printable
from scanner.errors import PatternError, UsageError
from scanner.pattern.nodes import Pattern


@click.group()
def pattern() -> None:
    """Test, compare and explain CloudWatch Logs filter patterns, offline."""


@pattern.command("test")
@click.argument("text", metavar="PATTERN")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--message", "messages", multiple=True, help="A log message to test (repeatable), instead of files.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; only the exit code answers.")
def test(text: str, files: tuple[Path, ...], messages: tuple[str, ...], quiet: bool) -> int:
    """Print the log messages PATTERN matches, as TestMetricFilter would.

    Messages are the lines of FILES (or of standard input without any); a JSON file holding one document, an array
    or a CloudTrail file with "Records" counts each record as one message. Exit code 0: at least one message
    matches; 1: none.
    """
    from scanner.pattern import matches, parse

    parsed = parse(text)
    matched = total = 0
    for number, message in enumerate(_messages(files, messages), start=1):
        total += 1
        if matches(parsed, message):
            matched += 1
            if not quiet:
                click.echo(f"{number}: {printable(message)}")
    if not quiet:
        click.echo(f"{matched} of {total} messages match.", err=True)
    return Exit.CLEAN if matched else Exit.FINDINGS


@pattern.command("covers")
@click.option("--required", required=True, help="The pattern whose events must all be matched.")
@click.option(
    "--deployed", multiple=True, required=True, help="A deployed filter pattern (repeatable; the union counts)."
)
@click.option("--realistic", is_flag=True, help="Only count events CloudTrail can deliver.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
def covers_command(required: str, deployed: tuple[str, ...], realistic: bool, as_json: bool) -> int:
    """Decide whether every event the required pattern matches is matched by a deployed one.

    Exit code 0: covered; 1: not covered (an event that is missed is shown); 3: undetermined.
    """
    from scanner.pattern import covers

    answer = covers(
        _parse("--required", required), [_parse("--deployed", text) for text in deployed], realistic=realistic
    )
    if as_json:
        document = {
            "verdict": answer.verdict,
            "missed": list(answer.missed),
            "witness": answer.witness,
            "assumption": answer.assumption,
            "reason": answer.reason,
        }
        click.echo(json.dumps(document, indent=2, sort_keys=True))
    else:
        click.echo(answer.verdict.replace("_", " "))
        if answer.missed:
            click.echo(f"misses: {printable(', '.join(answer.missed))}")
        if answer.witness is not None:
            click.echo(f"for example: {printable(json.dumps(answer.witness, sort_keys=True, ensure_ascii=False))}")
        if answer.assumption:
            click.echo(f"assuming: {printable(answer.assumption)}")
        if answer.reason:
            click.echo(f"because: {printable(answer.reason)}")
    return {"covered": Exit.CLEAN, "not_covered": Exit.FINDINGS}.get(answer.verdict, Exit.INCOMPLETE)


@pattern.command("explain")
@click.argument("text", metavar="PATTERN")
def explain_command(text: str) -> int:
    """Say in plain sentences what PATTERN matches, and where it is likely not what was meant."""
    from scanner.pattern import explain, parse

    for line in explain(parse(text)):
        click.echo(printable(line))
    return Exit.CLEAN


def _parse(option: str, text: str) -> Pattern:
    """Parse one option's pattern, naming the option in the error."""
    from scanner.pattern import parse

    try:
        return parse(text)
    except PatternError as error:
        raise PatternError(f"{option}: {error.message}", error.text, error.span, error.hint) from error


def _messages(files: tuple[Path, ...], given: tuple[str, ...]) -> Iterator[str]:
    if given and files:
        raise UsageError("Both FILES and --message are given.", "Give one of them.")
    if given:
        yield from given
    elif files:
        for path in files:
            yield from _split(path.read_text(encoding="utf-8", errors="surrogateescape"))
    else:
        yield from _split(sys.stdin.read())


def _split(text: str) -> Iterator[str]:
    """The records of one JSON document as they are spelled, or else the lines."""
    start = _records_start(text)
    if start is None:
        yield from text.splitlines()
        return
    decoder = json.JSONDecoder()
    position = start
    while True:
        position = _skip(text, position, " \t\r\n,")
        if text[position] == "]":
            return
        record, end = decoder.raw_decode(text, position)
        yield record if isinstance(record, str) else text[position:end]
        position = end


def _records_start(text: str) -> int | None:
    """Where the records of a JSON array or a CloudTrail file begin; None when the text is neither."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, list):
        return text.index("[") + 1
    if isinstance(document, dict) and isinstance(document.get("Records"), list):
        opening = re.search(r'"Records"\s*:\s*\[', text)
        return opening.end() if opening else None
    return None


def _skip(text: str, position: int, characters: str) -> int:
    while text[position] in characters:
        position += 1
    return position
