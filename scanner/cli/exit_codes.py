"""What the process answers with."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command."""

    CLEAN = 0
    FINDINGS = 1
    ERROR = 2
    INCOMPLETE = 3


INTERRUPTED = 130
"""What the process answers with after Ctrl-C or a request to end, as shells have it."""
