"""What the fields of CloudTrail's records hold, as far as it is documented.

Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from collections.abc import Iterable

Field = tuple[str, ...]
"""The names that lead to a value of a record."""

_TOP = (
    "eventVersion",
    "eventTime",
    "eventSource",
    "eventName",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "errorCode",
    "errorMessage",
    "requestID",
    "eventID",
    "eventType",
    "apiVersion",
    "recipientAccountId",
    "sharedEventId",
    "vpcEndpointId",
)
_IDENTITY = ("type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy")
_ISSUER = ("type", "principalId", "arn", "accountId", "userName")
_SESSION = ("userIdentity", "sessionContext")


def _below(above: Field, names: Iterable[str]) -> set[Field]:
    return {(*above, name) for name in names}


TEXTS: frozenset[Field] = frozenset(
    _below((), _TOP)
    | _below(("userIdentity",), _IDENTITY)
    | _below((*_SESSION, "sessionIssuer"), _ISSUER)
    | _below((*_SESSION, "attributes"), ("mfaAuthenticated", "creationDate"))
)
"""Fields that hold a text wherever they are there."""

READ_ONLY: Field = ("readOnly",)
TRUE_OR_FALSE: frozenset[Field] = frozenset({READ_ONLY, ("managementEvent",)})
"""Fields that hold true or false wherever they are there."""

FREE_OBJECTS = frozenset({"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"})
"""Fields at the top that hold an object whose members depend on the event."""

OBJECTS: frozenset[Field] = frozenset(
    _below((), (*FREE_OBJECTS, "userIdentity", "tlsDetails", "edgeDeviceDetails", "insightDetails", "addendum"))
    | {_SESSION, (*_SESSION, "sessionIssuer"), (*_SESSION, "attributes"), (*_SESSION, "webIdFederationData")}
)
"""Fields that hold an object, or null."""

ARRAYS: frozenset[Field] = frozenset({("resources",)})
"""Fields that hold a list of objects."""
