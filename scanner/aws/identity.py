"""Whose credentials are used: those of a role, or why AWS does not say whose they are. Nothing secret is kept."""

from dataclasses import replace
from typing import Any

from scanner.aws.asking import ask
from scanner.aws.failures import EXPIRED, UNPARSABLE, misshapen, sentence
from scanner.aws.operations import Operation
from scanner.aws.options import CollectOptions
from scanner.aws.session import AwsSession
from scanner.errors import CollectError
from scanner.model import GapKind
from scanner.snapshot.answers import CallError, Reply

ASSUME_ROLE = Operation("sts.AssumeRole", ("sts:AssumeRole",), ("Credentials",))
"""The one call beside the reads. Its answer is a set of credentials, so only a refusal is ever recorded."""


def assume(session: AwsSession, role: str, options: CollectOptions) -> AwsSession | Reply:
    """A session with the credentials of a role, given by ARN; the refusal, without any answer, when there is none."""
    arguments: dict[str, Any] = {"RoleArn": role, "RoleSessionName": options.session_name}
    if options.external_id:
        arguments["ExternalId"] = options.external_id
    reply = ask(session, ASSUME_ROLE, session.global_region, arguments)
    if reply.error is not None:
        return reply
    try:
        return session.within(reply.pages[0]["Credentials"])
    except UNPARSABLE as error:
        # The answer itself is dropped: a part of it may be a secret.
        problem = misshapen("UnexpectedAnswer", f"The answer holds no credentials ({type(error).__name__}).")
        return replace(reply, pages=(), items=0, error=problem)


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
