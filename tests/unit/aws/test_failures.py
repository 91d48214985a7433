"""Each kind of refusal is told apart: what does not exist, what may not be seen, what could not be reached."""

from collections.abc import Callable

import pytest
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from scanner.aws.failures import MAX_MESSAGE, breakdown, first_line, refusal
from scanner.model import GapKind


@pytest.mark.parametrize(
    ("code", "status", "opt_in", "kind"),
    [
        ("NoSuchThing", 404, False, "absent"),
        ("AccessDenied", 403, False, "denied"),
        ("AccessDeniedException", 400, False, "denied"),
        ("KMSAccessDeniedException", 400, False, "denied"),
        ("UnauthorizedOperation", 403, False, "denied"),
        ("AuthorizationError", 403, False, "denied"),
        ("OperationNotPermittedException", 400, False, "denied"),
        ("ExpiredTokenException", 400, False, "denied"),
        ("403", 403, False, "denied"),
        ("SomethingNew", 403, False, "denied"),
        ("Throttling", 400, False, "throttled"),
        ("ThrottlingException", 400, True, "throttled"),
        ("SlowDown", 503, False, "throttled"),
        ("TooManyRequestsException", 400, False, "throttled"),
        ("SomethingNew", 429, False, "throttled"),
        ("OptInRequired", 401, True, "region-off"),
        ("OptInRequired", 401, False, "denied"),
        ("UnrecognizedClientException", 403, True, "region-off"),
        ("InvalidClientTokenId", 403, True, "region-off"),
        ("AuthFailure", 401, True, "region-off"),
        ("UnrecognizedClientException", 400, False, "denied"),
        ("InvalidClientTokenId", 403, False, "denied"),
        ("AccessDenied", 403, True, "denied"),
        ("InternalError", 500, False, "error"),
        ("ServiceUnavailable", 503, False, "error"),
        ("404", 404, False, "error"),
        ("TrailNotFoundException", 400, False, "error"),
        ("301", 301, False, "error"),
    ],
)
def test_kinds(code: str, status: int, opt_in: bool, kind: str, refused: Callable[..., ClientError]) -> None:
    found = refusal(refused(code, status), ("NoSuchThing",), opt_in=opt_in)
    assert (found.kind, found.code, found.message) == (kind, code, "no")
    assert kind in {"absent", *GapKind}


def test_an_answer_without_a_code() -> None:
    error = ClientError({}, "Operation")
    found = refusal(error, (), opt_in=False)
    assert (found.kind, found.code, found.message) == ("error", "Unknown", "")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "endpoint"),
        (exceptions.ConnectTimeoutError(endpoint_url="https://x"), "endpoint"),
        (exceptions.ProxyConnectionError(proxy_url="http://p"), "endpoint"),
        (exceptions.SSLError(endpoint_url="https://x", error=OSError("bad")), "endpoint"),
        (exceptions.InvalidRegionError(region_name="e/vil"), "endpoint"),
        (exceptions.NoRegionError(), "endpoint"),
        (exceptions.ReadTimeoutError(endpoint_url="https://x"), "error"),
        (exceptions.ConnectionClosedError(endpoint_url="https://x"), "error"),
        (exceptions.ParamValidationError(report="too short"), "error"),
        (exceptions.PaginationError(message="twice"), "invalid"),
    ],
)
def test_what_botocore_itself_gives_up_on(error: BotoCoreError, kind: str) -> None:
    found = breakdown(error)
    assert found.kind == kind
    assert found.code == type(error).__name__
    assert found.message


def test_messages_are_short_and_hold_no_signed_headers(refused: Callable[..., ClientError]) -> None:
    echo = "The signature does not match.\n\nThe Canonical String was\nx-amz-security-token:SECRET"
    assert refusal(refused("SignatureDoesNotMatch", 403, echo), (), opt_in=False).message == (
        "The signature does not match."
    )
    assert first_line("key AKIAIOSFODNN7EXAMPLE and ASIAIOSFODNN7EXAMPLE are bad") == (
        "key [access key id] and [access key id] are bad"
    )
    assert first_line("Invalid header value b'IQoJb3JpZ2luX2VjTOKEN\\nmore'") == "Invalid header value"
    assert first_line('no answer from "https://me:pass@host:1/"') == 'no answer from "https://[user]@host:1/"'
    assert len(first_line("x" * 9999)) == MAX_MESSAGE
    assert first_line("") == ""
