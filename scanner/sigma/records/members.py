"""The members that AWS documents below the closed objects of a CloudTrail record, and what of them may hold anything.

Source: AWS, CloudTrail user guide: "CloudTrail record contents", "userIdentity element", "Insights events record
contents", and the record contents of aggregated events and of the activity log.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from scanner.sigma.outcome import Unsayable
from scanner.wording import did_you_mean, shown

Tree = Mapping[str, "Tree | None"]
"""Member -> the members below it; an empty mapping is a single value, None is an object that may hold anything."""

_VALUE: Final[Tree] = {}
_ISSUER: Final[Tree] = dict.fromkeys(("type", "userName", "principalId", "arn", "accountId"), _VALUE)
_SESSION: Final[Tree] = {
    "sessionIssuer": _ISSUER,
    "webIdFederationData": {"federatedProvider": _VALUE, "attributes": None},
    "attributes": dict.fromkeys(("mfaAuthenticated", "creationDate", "sessionCredentialFromConsole"), _VALUE),
    **dict.fromkeys(("assumedRoot", "ec2RoleDelivery", "sourceIdentity"), _VALUE),
}
CLOSED: Final[Tree] = {
    "userIdentity": {
        **dict.fromkeys(("type", "userName", "principalId", "arn", "accountId", "accessKeyId"), _VALUE),
        **dict.fromkeys(("invokedBy", "identityProvider", "credentialId", "details"), _VALUE),
        "sessionContext": _SESSION,
        "onBehalfOf": dict.fromkeys(("userId", "identityStoreArn"), _VALUE),
        "inScopeOf": dict.fromkeys(("issuerType", "sourceArn", "sourceAccount", "credentialsIssuedTo"), _VALUE),
        "invokedByDelegate": {"accountId": _VALUE},
    },
    "tlsDetails": dict.fromkeys(("tlsVersion", "cipherSuite", "clientProvidedHostHeader", "keyExchange"), _VALUE),
    "resources": dict.fromkeys(("ARN", "arn", "ARNPrefix", "accountId", "type"), _VALUE),
    "addendum": dict.fromkeys(
        ("reason", "updatedFields", "originalRequestID", "originalEventID", "originalUID"), _VALUE
    ),
    "insightDetails": {
        **dict.fromkeys(
            ("state", "eventSource", "eventName", "insightType", "errorCode", "sourceEventCategory"), _VALUE
        ),
        "insightContext": None,
    },
    "timeWindow": dict.fromkeys(("windowStart", "windowEnd", "windowSize"), _VALUE),
}
"""Objects of a record whose members are all documented. ``details`` is a member of the activity log's userIdentity."""


def require_documented(names: Sequence[str], *, objects: bool = False) -> None:
    """Raises Unsayable for a dotted path below a closed object that no record has: a rule over it would never match.

    With ``objects`` the path may lead to an object as a whole.
    """
    below: Tree | None = CLOSED.get(names[0])
    way = names[0]
    for name in names[1:]:
        if below is None:
            return
        if not below:
            raise Unsayable(f"{way} is a single value in CloudTrail records and has no member {shown(name)}")
        if name not in below:
            raise Unsayable(f"{way} has no member {shown(name)} in CloudTrail records.{did_you_mean(name, below)}")
        below, way = below[name], f"{way}.{name}"
    if below and not objects:
        example = next(iter(below))
        raise Unsayable(f"{way} holds members and no text; name the member that is meant, as {way}.{example}")
