"""Who acted, read one way for findings and for the profile.

Source: CloudTrail User Guide, "CloudTrail userIdentity element": only ``type`` is always there; a session of a role has
the ARN ``arn:aws:sts::account:assumed-role/role/session``, a service no ARN but ``invokedBy``.
"""

from functools import lru_cache
from typing import Any

from scanner.arns import parse_arn
from scanner.pattern.language.nodes import Steps

ACTOR_FIELDS: tuple[Steps, ...] = (
    ("userIdentity", "arn"),
    ("userIdentity", "userName"),
    ("userIdentity", "principalId"),
    ("userIdentity", "invokedBy"),
    ("userIdentity", "type"),
    ("userIdentity", "accountId"),
)
"""What ``actor_of`` is told, in its order."""

_SESSION = "assumed-role/"


def actor_of(arn: str, user: str, principal: str, service: str, kind: str, account: str) -> str:
    """Who acted: the ARN, else the service, else the kind of identity with its name or id; "" when nothing is known."""
    return arn or service or " ".join(filter(None, (kind, user or principal or account)))


def actor_in(identity: Any) -> str:
    """Who acted, by a ``userIdentity`` of whatever type."""
    if not isinstance(identity, dict):
        return ""
    arn = identity.get("arn")
    if arn.__class__ is str and arn:
        return str(arn)  # nearly every record has one, and it decides
    values = [identity.get(member) for _, member in ACTOR_FIELDS]
    return actor_of(*(value if isinstance(value, str) else "" for value in values))


@lru_cache(maxsize=4096)
def without_session(actor: str) -> str:
    """The same without the name of a session, which differs each time a role is assumed."""
    arn = parse_arn(actor) if _SESSION in actor else None
    role, _, session = arn.after(_SESSION).partition("/") if arn else ("", "", "")
    return actor.removesuffix(f"/{session}") if role and session else actor
