"""Patterns on the command line: of either kind, given as text or as the name of a file."""

from pathlib import Path

import click

from scanner.errors import PatternError, UsageError
from scanner.eventbridge.nodes import EventPattern
from scanner.pattern.language.nodes import Pattern

FROM_FILE = "file://"
"""What begins the name of a file that holds the pattern, as for the AWS CLI."""

_EVENT_PATTERN_FILE = ".json"
"""How the name of a file ends that holds an event pattern and nothing else: whatever it holds must be JSON."""


class ConversionTarget(click.Choice[str]):
    """The name of a language to convert to; the list is only looked up when it is needed."""

    def __init__(self) -> None:
        from scanner.pattern.convert import TARGETS

        super().__init__(list(TARGETS))


def read_pattern(given: str, option: str = "") -> Pattern | EventPattern:
    """The pattern that an argument gives, or that the file holds that it names.

    A file whose name ends in ``.json`` holds an event pattern. Raises UsageError for a file that cannot be read as
    text, and PatternError, naming the option or the file, for what the service would reject.
    """
    from scanner.pattern import parse_either, parse_event_pattern

    where = ": ".join(part for part in (option, given if given.startswith(FROM_FILE) else "") if part)
    text = _of_file(given) if given.startswith(FROM_FILE) else given
    named_as_json = given.startswith(FROM_FILE) and given.lower().endswith(_EVENT_PATTERN_FILE)
    try:
        return parse_event_pattern(text) if named_as_json else parse_either(text)
    except PatternError as error:
        if not where:
            raise
        raise PatternError(f"{where}: {error.message}", error.text, error.span, error.hint) from error


def _of_file(given: str) -> str:
    path = Path(given.removeprefix(FROM_FILE))
    try:
        return path.read_text(encoding="utf-8-sig").removesuffix("\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{path} cannot be read as a pattern: {reason}.", "Give the path of a text file.") from error
    except UnicodeDecodeError as error:
        message = f"{path} cannot be read as a pattern: it is not UTF-8 text."
        raise UsageError(message, "Save it as UTF-8.") from error
