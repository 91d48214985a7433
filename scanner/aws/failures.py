"""Why a call gave no answer, sorted into the kinds that a report explains: absent, denied, throttled, ….

"Could not look" is never "there is nothing": only the codes that the table lists for a call mean that the thing does
not exist. A message is kept to its first line, for AWS echoes signed headers in later ones.
"""

import re
from typing import Any, Literal

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
from scanner.snapshot.answers import ABSENT, CallError

MAX_MESSAGE = 500

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "429",
    }
)
"""Codes of a refusal for speed, which remain after the last retry (botocore's retry rules and the services' pages)."""

REGION_OFF = frozenset({"OptInRequired"})
"""Codes that say by themselves that the account has not enabled the Region."""

REGION_OFF_WHERE_OPT_IN = frozenset({"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"})
"""Codes with which a Region that is not enabled rejects credentials that are valid elsewhere."""

DENIED = frozenset(
    {
        "AuthFailure",
        "AuthorizationError",
        "AuthorizationErrorException",
        "ExpiredToken",
        "ExpiredTokenException",
        "Forbidden",
        "InvalidClientTokenId",
        "NotAuthorized",
        "OperationNotPermittedException",
        "RequestExpired",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "403",
    }
)
"""Codes of a refusal for lack of rights or of valid credentials, beside every code that names ``AccessDenied``."""

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
"""What may stand in a message and must not be told, and what is told in its place."""


def refusal(error: ClientError, absent: tuple[str, ...], *, opt_in: bool) -> CallError:
    """An error that AWS answered with. ``absent``: the call's codes for "does not exist"; ``opt_in``: the Region's."""
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return CallError(_kind(code, status, absent, opt_in=opt_in), code, _message(error.response))


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


def _kind(code: str, status: Any, absent: tuple[str, ...], *, opt_in: bool) -> GapKind | Literal["absent"]:
    if code in absent:
        return ABSENT
    if code in THROTTLED or status == 429:
        return GapKind.THROTTLED
    if code in REGION_OFF or (opt_in and code in REGION_OFF_WHERE_OPT_IN):
        return GapKind.REGION_OFF
    if code in DENIED or "AccessDenied" in code or status == 403:
        return GapKind.DENIED
    return GapKind.ERROR


def _message(response: Any) -> str:
    return first_line(response.get("Error", {}).get("Message") or "")
