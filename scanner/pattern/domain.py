"""What CloudTrail can deliver: the field values and relations that the realistic verdict relies on.

The model is of management events as CloudTrail writes them to a log group. It says which fields are always there and
what they hold, and four relations: an API name occurs only with the event sources of the services that have such a
call; it is a read or not; a console sign-in has its own source and event type; the caller's identity carries the
fields of its type. Names, sources and values outside the model stay possible wherever AWS does not enumerate them.

Sources: AWS CloudTrail user guide, "CloudTrail record contents for management, data, and network activity events",
"CloudTrail userIdentity element" and "AWS Management Console sign-in events"; botocore's service models.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scanner.pattern.api_names import RETIRED, ApiName, api_name
from scanner.pattern.components import Component
from scanner.pattern.match import MISSING
from scanner.pattern.vectors import UNWITNESSED, Group, Option

Path = tuple[str, ...]

NAME: Path = ("eventName",)
SOURCE: Path = ("eventSource",)
EVENT_TYPE: Path = ("eventType",)
READ_ONLY: Path = ("readOnly",)
IDENTITY_TYPE: Path = ("userIdentity", "type")
ISSUER: Path = ("userIdentity", "sessionContext", "sessionIssuer")
INVOKED_BY: Path = ("userIdentity", "invokedBy")

EVENT_TYPES = ("AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction", "AwsServiceEvent")
IDENTITY_TYPES = (
    *("IAMUser", "AssumedRole", "Root", "AWSService", "AWSAccount", "FederatedUser", "IdentityCenterUser", "Role"),
    *("SAMLUser", "WebIdentityUser", "Directory", "Unknown"),
)
ISSUER_FIELDS = frozenset({"type", "principalId", "arn", "accountId", "userName"})


class Field(NamedTuple):
    """What a field may hold: a text that is not empty (any, or one of ``only``), and the kinds of ``besides``.

    The kinds are missing, empty (the empty text), null, true, false, object and array.
    """

    text: bool = False
    only: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()


ALWAYS_TEXT = Field(text=True)
TEXT_OR_MISSING = Field(text=True, besides=("missing", "empty"))
GONE = Field(besides=("missing",))

FIELDS: Mapping[Path, tuple[Field, str]] = {
    NAME: (ALWAYS_TEXT, "eventName is always present"),
    SOURCE: (ALWAYS_TEXT, "eventSource is always present"),
    ("awsRegion",): (ALWAYS_TEXT, "awsRegion is always present"),
    ("sourceIPAddress",): (ALWAYS_TEXT, "sourceIPAddress is always present"),
    ("eventTime",): (ALWAYS_TEXT, "eventTime is always present"),
    ("eventID",): (ALWAYS_TEXT, "eventID is always present"),
    ("eventVersion",): (ALWAYS_TEXT, "eventVersion is always present"),
    EVENT_TYPE: (Field(only=EVENT_TYPES), f"eventType is one of {', '.join(EVENT_TYPES)}"),
    ("eventCategory",): (Field(only=("Management",)), "management events have the eventCategory Management"),
    READ_ONLY: (Field(besides=("false", "true")), "readOnly is always true or false"),
    ("managementEvent",): (Field(besides=("true",)), "management events have managementEvent true"),
    ("errorCode",): (TEXT_OR_MISSING, "errorCode is a text or absent"),
    ("errorMessage",): (TEXT_OR_MISSING, "errorMessage is a text or absent"),
    ("userAgent",): (TEXT_OR_MISSING, "userAgent is a text or absent"),
    ("requestID",): (TEXT_OR_MISSING, "requestID is a text or absent"),
    ("recipientAccountId",): (TEXT_OR_MISSING, "recipientAccountId is a text or absent"),
    ("sharedEventID",): (TEXT_OR_MISSING, "sharedEventID is a text or absent"),
    ("vpcEndpointId",): (TEXT_OR_MISSING, "vpcEndpointId is a text or absent"),
    ("userIdentity",): (Field(besides=("object",)), "userIdentity is always an object"),
    ("requestParameters",): (Field(besides=("null", "missing", "object")), "requestParameters is an object or null"),
    ("responseElements",): (Field(besides=("null", "missing", "object")), "responseElements is an object or null"),
    ("additionalEventData",): (
        Field(besides=("missing", "null", "object")),
        "additionalEventData is an object or null",
    ),
    ("additionalEventData", "MFAUsed"): (
        Field(only=("No", "Yes"), besides=("missing",)),
        "additionalEventData.MFAUsed is Yes or No",
    ),
    ("responseElements", "ConsoleLogin"): (
        Field(only=("Success", "Failure"), besides=("missing",)),
        "responseElements.ConsoleLogin is Success or Failure",
    ),
    IDENTITY_TYPE: (
        Field(only=IDENTITY_TYPES, besides=("missing",)),
        "userIdentity.type is one of the types CloudTrail documents",
    ),
    INVOKED_BY: (TEXT_OR_MISSING, "userIdentity.invokedBy is a text or absent"),
    **{
        ("userIdentity", name): (TEXT_OR_MISSING, f"userIdentity.{name} is a text or absent")
        for name in ("accountId", "arn", "principalId", "userName", "accessKeyId", "identityProvider")
    },
    **{
        (*ISSUER, name): (TEXT_OR_MISSING, f"userIdentity.sessionContext.sessionIssuer.{name} is a text or absent")
        for name in sorted(ISSUER_FIELDS)
    },
    ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"): (
        Field(only=("false", "true"), besides=("missing",)),
        "mfaAuthenticated is the text true or false, or absent",
    ),
}
"""Per field what it may hold in a management event, and the same in words."""

RELATIONS: Mapping[str, str] = {
    "sources": "an API call is recorded only with the event sources of the services that have it",
    "read-only": "CloudTrail marks API calls as read-only by what they do",
    "sign-in": "a console sign-in has the eventType AwsConsoleSignIn",
    "identity": "sessionIssuer is given for assumed roles, and never for the root user and IAM users",
    "type": "only service events lack userIdentity.type",
    "retired": "AWS retired EC2-Classic and its ClassicLink calls in 2022",
}
"""The relations between fields, in words."""


@dataclass(slots=True)
class Domain:
    """The values fields may take in what CloudTrail delivers; a ``Choices`` of the search.

    ``without`` names facts to leave out: a key of ``RELATIONS``, or a field's path joined by dots.
    """

    without: frozenset[str] = frozenset()
    _options: dict[tuple[int, Path, Hashable], tuple[Option, ...]] = field(default_factory=dict)

    def hubs(self, present: Sequence[Component]) -> list[Component]:
        """Name, event type and identity type, where they are looked at: they decide what other fields hold."""
        order = (NAME, EVENT_TYPE, IDENTITY_TYPE)
        return [hub for path in order for hub in present if hub.path == path and hub.group is not None]

    def key(self, component: Component, context: Mapping[Path, Any]) -> Hashable:
        """What the component's field may hold; None for any value."""
        return None if component.group is None else self.allowed(component.path, context)

    def options(self, component: Component, key: Hashable) -> Sequence[Option]:
        """The options of a component under ``key``; names that differ in what is known of them are kept apart."""
        if not isinstance(key, Field) or component.group is None:
            return component.options
        remember = (component.mask, component.path, key)
        found = self._options.get(remember)
        if found is None:
            found = self._options[remember] = tuple(self._enumerate(component, key))
        return found

    def allowed(self, path: Path, context: Mapping[Path, Any]) -> Field | None:
        """What the field at ``path`` may hold, given the values of the hubs; None when the model does not say."""
        identity = context.get(IDENTITY_TYPE)
        name = api_name(context[NAME]) if isinstance(context.get(NAME), str) else None
        if path == SOURCE and name is not None and "sources" not in self.without:
            return Field(only=name.sources)
        if path == READ_ONLY and name is not None and name.read_only is not None and "read-only" not in self.without:
            return Field(besides=("true" if name.read_only else "false",))
        if path == EVENT_TYPE and context.get(NAME) == "ConsoleLogin" and "sign-in" not in self.without:
            return Field(only=("AwsConsoleSignIn",))
        if path == IDENTITY_TYPE and context.get(EVENT_TYPE, "AwsServiceEvent") != "AwsServiceEvent":
            return Field(only=IDENTITY_TYPES) if "type" not in self.without else FIELDS[path][0]
        if path[:-1] == ISSUER and path[-1] in ISSUER_FIELDS and "identity" not in self.without:
            if identity in {"Root", "IAMUser"}:
                return GONE
            if identity == "AssumedRole":
                return ALWAYS_TEXT
        if path not in FIELDS or ".".join(path) in self.without:
            return None
        return FIELDS[path][0]

    def admits(self, values: Mapping[Path, Any]) -> bool:
        """Whether fields can have these values together (``MISSING`` for an absent one)."""
        if values.get(NAME) in RETIRED and "retired" not in self.without:
            return False
        return all(self._admits(self.allowed(path, values), value) for path, value in values.items())

    @staticmethod
    def _admits(allowed: Field | None, value: Any) -> bool:
        if allowed is None:
            return True
        if isinstance(value, str):
            return value in allowed.only or (allowed.text if value else "empty" in allowed.besides)
        return _kind(value) in allowed.besides

    def _enumerate(self, component: Component, allowed: Field) -> list[Option]:
        group = component.group
        if group is None:
            return list(component.options)
        found = [Option(group.evaluate(text), text) for text in allowed.only]
        if allowed.text:
            found.extend(group.literals[1:])
            found.extend(group.other_strings)
        if "empty" in allowed.besides:
            found.append(group.literals[0])
        found.extend(option for option in group.constants if _kind(option.value) in allowed.besides)
        return self._names(group, found) if component.path == NAME else found

    def _names(self, group: Group, options: list[Option]) -> list[Option]:
        """One event name for each vector and what is known of the name, and a name of which nothing is known.

        A name found by a wildcard or regex stands for all names that satisfy the same conditions; should it happen to
        be the name of an API call, another one has to stand for the names that are not.
        """
        if "retired" not in self.without:
            options = [option for option in options if option.value not in RETIRED]
        options.extend(
            Option(option.vector, _unknown_name(group, option))
            for option in group.other_strings
            if api_name(option.value)
        )
        kept: dict[tuple[int, ApiName | None], Option] = {}
        for option in options:
            known = api_name(option.value) if isinstance(option.value, str) else None
            kept.setdefault((option.vector, known), option)
        return list(kept.values())

    def facts(self, present: Sequence[Component]) -> dict[str, str]:
        """The facts that bear on these fields, by the name under which ``without`` leaves them out."""
        paths = {component.path for component in present if component.group is not None}
        found = {".".join(path): FIELDS[path][1] for path in FIELDS if path in paths}
        bearing = {
            "sources": SOURCE in paths,
            "read-only": READ_ONLY in paths,
            "sign-in": EVENT_TYPE in paths,
            "identity": any(path[:-1] == ISSUER for path in paths),
            "type": IDENTITY_TYPE in paths,
            "retired": NAME in paths,
        }
        return found | {relation: words for relation, words in RELATIONS.items() if bearing[relation]}


def _unknown_name(group: Group, option: Option) -> Any:
    """A name like that of ``option`` to the conditions, but not of an API call."""
    word: str = option.value
    for place in range(len(word), -1, -1):
        for letter in ("s", "X", "0"):
            name = word[:place] + letter + word[place:]
            if api_name(name) is None and group.evaluate(name) == option.vector:
                return name
    return UNWITNESSED


def _kind(value: Any) -> str:
    """The kind of a value that is no string, as ``Field.besides`` names it."""
    if value is MISSING:
        return "missing"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "number"
