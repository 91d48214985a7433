"""What AWS documents about management events as CloudTrail writes them: fields, couplings between them, and sources.

The facts are data here; ``scanner.pattern.coverage.cloudtrail_domain`` applies them. Each has a name, words for a
person and the page that states it. A fact is here only when AWS documents it or every recorded event known to us obeys
it, and only in the strength in which that holds: where AWS gives examples of two kinds, both stay possible.

Three couplings are weaker than they are often told:

* a failed console sign-in carries an ``errorMessage``, but not always "Failed authentication": AWS documents "No
  username found in supplied account" as well;
* ``eventSource`` signin.amazonaws.com does not imply ``eventType`` AwsConsoleSignIn: IAM Identity Center writes
  CredentialChallenge, CredentialVerification and UserAuthentication as AwsServiceEvent, and ``aws login`` writes
  CreateOAuth2Token as AwsApiCall;
* some services write service events under the names of their API calls (``SERVICE_EVENT_SOURCES``).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Path = tuple[str, ...]

_CLOUDTRAIL = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
RECORD_PAGE = f"{_CLOUDTRAIL}cloudtrail-event-reference-record-contents.html"
IDENTITY_PAGE = f"{_CLOUDTRAIL}cloudtrail-event-reference-user-identity.html"
SIGN_IN_PAGE = f"{_CLOUDTRAIL}cloudtrail-event-reference-aws-console-sign-in-events.html"
SERVICE_PAGE = f"{_CLOUDTRAIL}non-api-aws-service-events.html"
API_PAGE = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
CLASSIC_PAGE = "https://aws.amazon.com/blogs/aws/ec2-classic-is-retiring-heres-how-to-prepare/"

NAME: Path = ("eventName",)
SOURCE: Path = ("eventSource",)
EVENT_TYPE: Path = ("eventType",)
READ_ONLY: Path = ("readOnly",)
ERROR_MESSAGE: Path = ("errorMessage",)
RECIPIENT: Path = ("recipientAccountId",)
SIGN_IN_RESULT: Path = ("responseElements", "ConsoleLogin")
IDENTITY_TYPE: Path = ("userIdentity", "type")
ARN: Path = ("userIdentity", "arn")
USER_NAME: Path = ("userIdentity", "userName")
INVOKED_BY: Path = ("userIdentity", "invokedBy")
ISSUER: Path = ("userIdentity", "sessionContext", "sessionIssuer")

CONSOLE_LOGIN = "ConsoleLogin"
API_CALL = "AwsApiCall"
CONSOLE_SIGN_IN = "AwsConsoleSignIn"
SERVICE_EVENT = "AwsServiceEvent"
EVENT_TYPES = (API_CALL, CONSOLE_SIGN_IN, "AwsConsoleAction", SERVICE_EVENT)
IDENTITY_TYPES = (
    *("IAMUser", "AssumedRole", "Root", "AWSService", "AWSAccount", "FederatedUser", "IdentityCenterUser", "Role"),
    *("SAMLUser", "WebIdentityUser", "Directory", "Unknown"),
)

SERVICE_EVENT_SOURCES = frozenset(
    f"{host}.amazonaws.com"
    for host in ("appstream", "controltower", "quicksight", "signin", "sso", "sso-admin", "sso-oauth", "sso-oidc")
)
"""Services known to write AwsServiceEvent records under names that are API calls as well.

Sources: their own CloudTrail pages: AppStream 2.0 (CreateImage), QuickSight (BatchCreateUser), the life-cycle events of
Control Tower, the access portal of IAM Identity Center (ListAccountRoles).
"""

SERVICE_EVENTS: Mapping[str, str] = {
    "ApplyPendingMaintenanceAction": "rds.amazonaws.com",
    "CreateImage": "appstream.amazonaws.com",
}
"""API names that a service writes as AwsServiceEvent: recorded of Amazon RDS, documented by AppStream 2.0."""


class Allowed(NamedTuple):
    """What a field may hold.

    A text that is not empty (with ``text`` any, else one of ``only``, or one of the ``shape``), and the kinds of
    ``besides``. ``shape`` is a regular expression of the filter-pattern language. The kinds are missing, empty (the
    empty text), null, true, false, object and array.
    """

    text: bool = False
    only: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    shape: str = ""


class Fact(NamedTuple):
    """A fact in words, and the page of AWS's documentation that states it."""

    words: str
    source: str


ALWAYS_TEXT = Allowed(text=True)
TEXT_OR_MISSING = Allowed(text=True, besides=("missing", "empty"))
GONE = Allowed(besides=("missing",))

_ID = "[0-9]{12,}"
ROOT_ARN = Allowed(text=True, shape=rf"^arn:aws[a-z-]*:iam::{_ID}:root$")
ROLE_ARN = Allowed(text=True, shape=rf"^arn:aws[a-z-]*:sts::{_ID}:assumed-role/[\x21-\x7e]+$")
USER_ARN = Allowed(text=True, shape=rf"^arn:aws[a-z-]*:iam::{_ID}:user/[\x21-\x7e]+$")
USER_ARN_OR_NONE = USER_ARN._replace(besides=("missing", "empty"))
ACCOUNT_ID = Allowed(text=True, shape=rf"^{_ID}$")


def _paths(names: str, parent: Path = ()) -> tuple[Path, ...]:
    return tuple((*parent, name) for name in names.split())


_ALWAYS = _paths("eventName eventSource awsRegion sourceIPAddress eventTime eventID")
_SOMETIMES = _paths("errorCode errorMessage userAgent requestID sharedEventID vpcEndpointId")
_OBJECTS = _paths("requestParameters responseElements additionalEventData")
_OF_IDENTITY = _paths("accountId arn principalId userName accessKeyId identityProvider invokedBy", ISSUER[:1])
ISSUER_FIELDS = _paths("accountId arn principalId type userName", ISSUER)

_Known = tuple[Allowed, Fact]


def _each(paths: Iterable[Path], field: Allowed, words: str, page: str) -> dict[Path, _Known]:
    """The same about several fields; ``words`` follow the path."""
    return {path: (field, Fact(f"{'.'.join(path)} {words}", page)) for path in paths}


FIELDS: Mapping[Path, _Known] = {
    **_each(_ALWAYS, ALWAYS_TEXT, "is always present", RECORD_PAGE),
    ("eventVersion",): (
        Allowed(text=True, shape=r"^[0-9]+\.[0-9]+$"),
        Fact("eventVersion is always two numbers with a dot between them", RECORD_PAGE),
    ),
    ("sessionCredentialFromConsole",): (
        Allowed(only=("true", "false"), besides=("missing",)),
        Fact("sessionCredentialFromConsole is the text true or false, or absent", RECORD_PAGE),
    ),
    EVENT_TYPE: (
        Allowed(only=EVENT_TYPES),
        Fact(f"eventType is one of {', '.join(EVENT_TYPES)}", RECORD_PAGE),
    ),
    ("eventCategory",): (
        Allowed(only=("Management",)),
        Fact("management events have the eventCategory Management", RECORD_PAGE),
    ),
    READ_ONLY: (Allowed(besides=("false", "true")), Fact("readOnly is always true or false", RECORD_PAGE)),
    ("managementEvent",): (
        Allowed(besides=("true",)),
        Fact("management events have managementEvent true", RECORD_PAGE),
    ),
    RECIPIENT: (
        ACCOUNT_ID,
        Fact("recipientAccountId is always the id of the account that receives the event", RECORD_PAGE),
    ),
    **_each(_SOMETIMES, TEXT_OR_MISSING, "is a text or absent", RECORD_PAGE),
    ("userIdentity",): (Allowed(besides=("object",)), Fact("userIdentity is always an object", RECORD_PAGE)),
    **_each(_OBJECTS, Allowed(besides=("null", "missing", "object")), "is an object or null", RECORD_PAGE),
    ("additionalEventData", "MFAUsed"): (
        Allowed(only=("No", "Yes"), besides=("missing",)),
        Fact("additionalEventData.MFAUsed is Yes or No", SIGN_IN_PAGE),
    ),
    SIGN_IN_RESULT: (
        Allowed(only=("Success", "Failure"), besides=("missing",)),
        Fact("responseElements.ConsoleLogin is Success or Failure", SIGN_IN_PAGE),
    ),
    IDENTITY_TYPE: (
        Allowed(only=IDENTITY_TYPES, besides=("missing",)),
        Fact("userIdentity.type is one of the types CloudTrail documents", IDENTITY_PAGE),
    ),
    **_each(_OF_IDENTITY, TEXT_OR_MISSING, "is a text or absent", IDENTITY_PAGE),
    **_each(ISSUER_FIELDS, TEXT_OR_MISSING, "is a text or absent", IDENTITY_PAGE),
    ("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"): (
        Allowed(only=("false", "true"), besides=("missing",)),
        Fact("mfaAuthenticated is the text true or false, or absent", IDENTITY_PAGE),
    ),
}
"""Per field what it may hold in a management event, and the same in words."""

RELATIONS: Mapping[str, Fact] = {
    "sources": Fact("an API call is recorded only with the event sources of the services that have it", API_PAGE),
    "read-only": Fact("CloudTrail marks API calls as read-only by what they do", RECORD_PAGE),
    "sign-in": Fact("a console sign-in has the eventType AwsConsoleSignIn", SIGN_IN_PAGE),
    "sign-in-source": Fact(
        "the eventType AwsConsoleSignIn occurs with the eventSource signin.amazonaws.com only", SIGN_IN_PAGE
    ),
    "api-call": Fact(
        "an API call is recorded with the eventType AwsApiCall, except by services known to write service events "
        "under the names of their API calls",
        RECORD_PAGE,
    ),
    "result": Fact(
        "every console sign-in, and no other event, has responseElements.ConsoleLogin: Success or Failure", SIGN_IN_PAGE
    ),
    "message": Fact(
        "a failed console sign-in has an errorMessage (Failed authentication or another text), "
        "and a successful one has none",
        SIGN_IN_PAGE,
    ),
    "not-invoked": Fact("a console sign-in has no userIdentity.invokedBy", SIGN_IN_PAGE),
    "root-arn": Fact("the root user's userIdentity.arn is arn:…:iam::(account id):root", IDENTITY_PAGE),
    "role-arn": Fact("an assumed role's userIdentity.arn is arn:…:sts::(account id):assumed-role/…", IDENTITY_PAGE),
    "user-arn": Fact(
        "an IAM user's userIdentity.arn is arn:…:iam::(account id):user/…; "
        "only sign-ins that did not succeed may lack it",
        IDENTITY_PAGE,
    ),
    "user-name": Fact(
        "an IAM user's userIdentity.userName is given; only sign-ins that did not succeed may lack it", IDENTITY_PAGE
    ),
    "identity": Fact(
        "sessionIssuer is given for assumed roles, and never for the root user and IAM users", IDENTITY_PAGE
    ),
    "type": Fact("only service events lack userIdentity.type", SERVICE_PAGE),
    "retired": Fact("AWS retired EC2-Classic and its ClassicLink calls in 2022", CLASSIC_PAGE),
}
"""The couplings between fields."""

BEARS_ON: Mapping[str, frozenset[Path]] = {
    "sources": frozenset({SOURCE}),
    "read-only": frozenset({READ_ONLY}),
    "sign-in": frozenset({EVENT_TYPE}),
    "sign-in-source": frozenset({SOURCE}),
    "api-call": frozenset({EVENT_TYPE, IDENTITY_TYPE, INVOKED_BY, ARN, USER_NAME}),
    "result": frozenset({SIGN_IN_RESULT}),
    "message": frozenset({ERROR_MESSAGE}),
    "not-invoked": frozenset({INVOKED_BY}),
    "root-arn": frozenset({ARN}),
    "role-arn": frozenset({ARN}),
    "user-arn": frozenset({ARN}),
    "user-name": frozenset({USER_NAME}),
    "identity": frozenset(ISSUER_FIELDS),
    "type": frozenset({IDENTITY_TYPE}),
    "retired": frozenset({NAME}),
}
"""Per coupling the fields it restricts: where none of them is looked at, it plays no part."""
