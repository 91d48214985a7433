"""The exceptions Trailwitness raises on purpose, each carrying where, what and what to do next.

::

    TrailwitnessError           anything the user can act on; the command line exits with 2
    ├── UsageError              an option, argument or output path is wrong
    ├── ContentError            a rule, framework, case or schema file is wrong (many mistakes at once)
    ├── SnapshotError           a snapshot or bundle folder cannot be read or is of another version
    ├── CollectError            AWS could not be reached at all (no credentials, no endpoint)
    ├── SourceError             one source of log records cannot be read; the others still are
    └── PatternError            a filter pattern that CloudWatch Logs would reject

A wrong rule is not a failed rule: these are raised before or instead of judging, never as a verdict.
"""

from collections.abc import Sequence


class TrailwitnessError(Exception):
    """Base of every error the user can act on.

    ``message`` is one sentence that says what is wrong and where; ``hint`` says what to do next ("" when
    the message already does).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(TrailwitnessError):
    """The command was called with something it cannot work with."""


class ContentError(TrailwitnessError):
    """Rule, framework, case or schema files are wrong.

    ``problems`` holds one ``file:line:column: sentence`` a mistake, all mistakes of a file at once.
    """

    def __init__(self, problems: Sequence[str], hint: str = "") -> None:
        super().__init__("\n".join(problems), hint)
        self.problems = tuple(problems)


class SnapshotError(TrailwitnessError):
    """A snapshot or evidence bundle cannot be read."""


class CollectError(TrailwitnessError):
    """Collecting could not even begin."""


class SourceError(TrailwitnessError):
    """One file, object or answer that should hold log records cannot be read; the others still are."""


class PatternError(TrailwitnessError):
    """A filter pattern is not valid in the CloudWatch Logs filter-pattern language.

    ``text`` is the whole pattern, ``span`` the half-open range of characters at fault. ``message`` names what
    CloudWatch Logs would reject and why.
    """

    def __init__(self, message: str, text: str, span: tuple[int, int], hint: str = "") -> None:
        super().__init__(message, hint)
        self.text = text
        self.span = span

    def caret(self) -> str:
        """The line of the pattern at fault with a caret line below it (two lines, no final newline)."""
        start, end = self.span
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        line = self.text[line_start : line_end if line_end >= 0 else len(self.text)]
        width = max(1, min(end, line_start + len(line)) - start)
        return f"{line}\n{' ' * (start - line_start)}{'^' * width}"
