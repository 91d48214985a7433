"""What the error codes of AWS mean: the one reading of a refusal, whether it was collected or written in a rule case.

"Could not look" is never "there is nothing": only the codes that the table of operations lists for a call mean that the
thing does not exist.
"""

from collections.abc import Collection
from typing import Literal

from scanner.arns import ALWAYS_ENABLED
from scanner.model import GapKind
from scanner.snapshot.answers import ABSENT
from scanner.snapshot.shapes.types import answer_shape

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
"""Codes of a service to which the account is not subscribed (AWS common errors).

Where accounts must enable the Region, that is because they have not. Elsewhere the Region is enabled all the same, and
what is in it was not told.
"""

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
        "OptInRequired",
        "RequestExpired",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "403",
    }
)
"""Codes of a refusal for lack of rights or of valid credentials, beside every code that names ``AccessDenied``."""

_TOO_MANY_REQUESTS, _FORBIDDEN = 429, 403


def meaning(
    code: str, absent: Collection[str], *, opt_in: bool, status: int | None = None
) -> GapKind | Literal["absent"]:
    """What the error code of a call means.

    ``absent`` are the call's codes for "does not exist" (:func:`absences`), ``opt_in`` says whether accounts must
    enable the Region, and ``status`` is HTTP's.
    """
    if code in absent:
        return ABSENT
    if code in THROTTLED or status == _TOO_MANY_REQUESTS:
        return GapKind.THROTTLED
    if opt_in and code in REGION_OFF | REGION_OFF_WHERE_OPT_IN:
        return GapKind.REGION_OFF
    if code in DENIED or "AccessDenied" in code or status == _FORBIDDEN:
        return GapKind.DENIED
    return GapKind.ERROR


def absences(operation: str) -> tuple[str, ...]:
    """The codes with which an operation says that the thing does not exist; none for an operation that is not known."""
    shape = answer_shape(operation)
    return shape.absent if shape is not None else ()


def known_operation(operation: str) -> bool:
    """Whether an operation is one of those that are collected."""
    return answer_shape(operation) is not None


def may_be_off(region: str, partition: str) -> bool:
    """Whether a Region is one that accounts must enable, where no listing of the account's Regions says so."""
    return partition == "aws" and region not in ALWAYS_ENABLED
