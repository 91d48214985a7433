"""What policies let a role do that a service has assumed: its own policies, and that of the resource it acts on.

Within an account either of them is enough, between accounts it takes both, and a Deny in any of them wins. Source: AWS
IAM User Guide, "Policy evaluation logic" and "AWS JSON policy elements: Principal".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanner.arns import parse_arn
from scanner.model import JsonValue
from scanner.policies.conditions import Request, holds
from scanner.policies.identities import identity_statements
from scanner.policies.statements import Principal, Statement, parse_policy
from scanner.policies.verdicts import any_of, both


@dataclass(frozen=True, slots=True)
class Caller:
    """A role that acts; ``keys`` are what is known of its requests' condition keys, null where one is absent."""

    role: str
    keys: Mapping[str, str | None]

    @property
    def account(self) -> str:
        """The account of the role; "" when its ARN names none."""
        arn = parse_arn(self.role)
        return arn.account if arn is not None else ""

    def request(self) -> Request:
        """What is known of one of its requests."""
        own: Mapping[str, str | None] = {
            "aws:PrincipalArn": self.role,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalIsAWSService": "false",
            "aws:SecureTransport": "true",
        }
        values = {**own, **self.keys}
        return Request({key.lower(): () if value is None else (value,) for key, value in values.items()})


@dataclass(frozen=True, slots=True)
class Say:
    """What policies say to a request: whether they allow it, and whether they deny it; None where that is not known."""

    allow: bool | None
    deny: bool | None


def identity_say(policies: Iterable[JsonValue], action: str, resource: str, caller: Caller) -> Say:
    """What the policies of a role itself say to an action on a resource.

    Raises PolicyDocumentError for a policy that cannot be read.
    """
    statements = [statement for policy in policies for statement in identity_statements(policy)]
    request = caller.request()
    return _say(statements, [_about(statement, action, resource, request) for statement in statements])


def resource_say(policy: JsonValue, action: str, resource: str, caller: Caller) -> Say:
    """What the policy of a resource says to an action of a role on it.

    Raises PolicyDocumentError for a policy that cannot be read.
    """
    statements = parse_policy(policy)
    request = caller.request()
    verdicts = [both(_names(each, caller), _about(each, action, resource, request)) for each in statements]
    return _say(statements, verdicts)


def _say(statements: Sequence[Statement], verdicts: Sequence[bool | None]) -> Say:
    allowing: list[bool | None] = []
    denying: list[bool | None] = []
    for statement, verdict in zip(statements, verdicts, strict=True):
        (allowing if statement.allows else denying).append(verdict)
    return Say(any_of(allowing), any_of(denying))


def _about(statement: Statement, action: str, resource: str, request: Request) -> bool | None:
    """Whether a statement is about a request, whoever makes it."""
    if not statement.concerns_action(action) or not statement.concerns_resource(resource):
        return False
    found: bool | None = True if statement.covers_resource(resource) else None
    for condition in statement.conditions:
        found = both(found, holds(condition, request))
    return found


def _names(statement: Statement, caller: Caller) -> bool | None:
    """Whether the principals of a statement are the role, or have it among them."""
    found = any_of(_is(principal, caller) for principal in statement.principals)
    return found if not statement.not_principal or found is None else not found


def _is(principal: Principal, caller: Caller) -> bool | None:
    if principal == Principal("AWS", "*") or principal.value == caller.role:
        return True
    if principal.kind != "AWS":
        # Whether a request that a service makes as a role is also the service's own is not documented.
        return None if principal.kind == "Service" else False
    if principal.everyone:
        return None
    if principal.account != caller.account or not caller.account:
        return False
    # An account by its id or its root is everybody in it; a session of the role may be the one that is made.
    named = parse_arn(principal.value)
    if named is None or named.resource == "root":
        return True
    return None if named.service == "sts" else False
