"""Why a call gave no answer: an error of AWS or of botocore as the gap that it leaves.

What AWS's own codes mean is said in :mod:`scanner.snapshot.error_codes`. A message is kept to its first line, because
AWS echoes signed headers in later ones.
"""

import re
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    EndpointProviderError,
    EndpointVariantError,
    InvalidRegionError,
    NoRegionError,
    PaginationError,
    ProxyConnectionError,
    SSLError,
    UnknownEndpointError,
)
from botocore.parsers import ResponseParserError

from scanner.model import GapKind
from scanner.snapshot.answers import CallError
from scanner.snapshot.error_codes import meaning

MAX_MESSAGE = 500

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
"""Codes of credentials whose time is over."""

_UNREACHABLE: tuple[type[Exception], ...] = (
    ConnectTimeoutError,
    EndpointConnectionError,
    EndpointProviderError,
    EndpointVariantError,
    InvalidRegionError,
    NoRegionError,
    ProxyConnectionError,
    SSLError,
    UnknownEndpointError,
)

UNPARSABLE: tuple[type[Exception], ...] = (
    ResponseParserError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What botocore raises, or lets through, when an answer is not of its documented shape."""

_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bA[A-Z]{3}[A-Z0-9]{16}\b"), "[access key id]"),
    # urllib3 quotes a header it will not send: with a session token that holds a line break, the token.
    (re.compile(r"(Invalid header (?:value|name)).*"), r"\1"),
    (re.compile(r"(?<=://)[^/@\s\"']+@"), "[user]@"),
)
"""What may occur in a message and must not be told, and what is told in its place."""


def refusal(error: ClientError, absent: tuple[str, ...], *, opt_in: bool) -> CallError:
    """An error that AWS answered with. ``absent``: the call's codes for "does not exist"; ``opt_in``: the Region's."""
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return CallError(meaning(code, absent, opt_in=opt_in, status=status), code, _message(error.response))


def breakdown(error: BotoCoreError) -> CallError:
    """An error of botocore's own: no endpoint, a broken connection, arguments it will not send."""
    kind = GapKind.ERROR
    if isinstance(error, _UNREACHABLE):
        kind = GapKind.ENDPOINT
    elif isinstance(error, PaginationError):
        kind = GapKind.INVALID
    return CallError(kind, type(error).__name__, first_line(error))


def misshapen(code: str, message: str) -> CallError:
    """An answer that is not of its documented shape."""
    return CallError(GapKind.INVALID, code, message)


def code_of(error: ClientError) -> str:
    """The error code of an answer, ``Unknown`` when it has none."""
    return str(error.response.get("Error", {}).get("Code") or "Unknown")


def first_line(value: object) -> str:
    """The first line of a message, cut to a bounded length and without access key ids, tokens and passwords."""
    lines = str(value).strip().splitlines()
    text = lines[0] if lines else ""
    for secret, words in _SECRETS:
        text = secret.sub(words, text)
    return text[:MAX_MESSAGE]


def sentence(text: str) -> str:
    """A message with a full stop at its end, so that a hint can follow."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def words_of(error: Exception) -> str:
    """What went wrong, in one line: the code and message of a refusal, the first line of anything else."""
    if isinstance(error, ClientError):
        said = _message(error.response).rstrip(".")
        return f"{code_of(error)}, {said}" if said else code_of(error)
    return first_line(error).rstrip(".") or type(error).__name__


def _message(response: Any) -> str:
    return first_line(response.get("Error", {}).get("Message") or "")
