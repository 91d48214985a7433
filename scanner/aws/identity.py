"""Whose credentials these are, when AWS does not say."""

from scanner.aws.failures import EXPIRED, sentence
from scanner.errors import CollectError
from scanner.model import GapKind
from scanner.snapshot.answers import CallError


def unidentified(error: CallError) -> CollectError:
    """Why it cannot be said whose credentials these are. GetCallerIdentity needs no permission (AWS STS API)."""
    again = "Sign in again (for example with `aws sso login`) or give the environment fresh credentials."
    if error.code in EXPIRED:
        return CollectError(f"The AWS credentials have expired ({error.code}).", again)
    if error.kind is GapKind.ENDPOINT:
        return CollectError(
            f"AWS cannot be reached: {sentence(error.message)}", "Check the network, the proxy and AWS_ENDPOINT_URL."
        )
    if error.code in _FORBIDDEN or "AccessDenied" in error.code:
        return CollectError(
            f"AWS refuses sts:GetCallerIdentity ({error.code}): {sentence(error.message)}",
            "The credentials are valid, and the call needs no permission of its own: a service control policy, a "
            "session policy or the policy of a VPC endpoint denies it. Allow sts:GetCallerIdentity there.",
        )
    if error.kind is GapKind.DENIED:
        return CollectError(f"AWS does not accept the credentials ({error.code}): {sentence(error.message)}", again)
    if error.kind is GapKind.THROTTLED:
        return CollectError("AWS throttled the first call to the end.", "Wait a minute and run again.")
    if error.code in _NO_CREDENTIALS:
        return CollectError(f"AWS credentials cannot be had: {sentence(error.message)}", again)
    return CollectError(
        f"AWS did not say whose credentials these are ({error.code}): {sentence(error.message)}",
        "Check the credentials, the network and AWS_ENDPOINT_URL, and run again.",
    )


_FORBIDDEN = frozenset({"Forbidden", "UnauthorizedOperation"})
"""Codes of a refusal by policy, beside every code that names ``AccessDenied``."""

_NO_CREDENTIALS = frozenset(
    {
        "CredentialRetrievalError",
        "InvalidConfigError",
        "LoginRefreshRequired",
        "LoginTokenLoadError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
