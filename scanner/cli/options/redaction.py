"""``--redact FILE``: values that are replaced by pseudonyms before anything is written, and the key of these."""

import os
from collections.abc import Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from scanner.cli.options.once import Command, once, with_options
from scanner.cli.terminal.printing import say
from scanner.errors import UsageError
from scanner.redaction.asked import Redaction

KEY_VARIABLE = "TRAILWITNESS_REDACT_KEY"
_SHORTEST_KEY = 16
"""Bytes of a key at the least: the values are few and known in kind, so a short key would be guessed."""


def redaction_options(command: Command) -> Command:
    """``--redact`` and ``--redact-key-file``; the command gets ``redaction``, None where nothing is to be replaced."""

    @wraps(command)
    def with_redaction(*, redact: Path | None, redact_key_file: Path | None, **others: Any) -> Any:
        return command(redaction=_redaction(redact, redact_key_file), **others)

    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    options = (
        once(
            "--redact",
            type=file,
            metavar="FILE",
            help="Write pseudonyms for the values that this file chooses, wherever they would be written. Their key "
            "is in TRAILWITNESS_REDACT_KEY or in --redact-key-file.",
        ),
        once("--redact-key-file", type=file, metavar="FILE", help="The key of the pseudonyms; it is never stored."),
    )
    return with_options(with_redaction, options)


def tell_idle(redacted: Mapping[str, int]) -> None:
    """Say which rules chose nothing: a pointer that is mistyped hides nothing, and nobody would hear of it."""
    for rule, count in redacted.items():
        if not count:
            say(f"note: the redaction rule {rule} chose nothing")


def _redaction(rules: Path | None, key_file: Path | None) -> Redaction | None:
    if rules is None:
        if key_file is not None:
            raise UsageError("--redact-key-file is given without --redact.", "Name the file of rules with --redact.")
        return None
    key = os.environ.get(KEY_VARIABLE, "").encode() if key_file is None else _read(key_file)
    if len(key) < _SHORTEST_KEY:
        where = KEY_VARIABLE if key_file is None else str(key_file)
        raise UsageError(
            f"--redact needs a key of at least {_SHORTEST_KEY} bytes, and {where} holds {len(key)}.",
            "Make one with `openssl rand -hex 32`, and keep it: the same key gives the same pseudonyms.",
        )
    return Redaction(rules, key)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
