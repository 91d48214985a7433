"""The AWS session: credentials from the ordinary chain, bounded retries, and a guard that refuses what is not a read.

The guard belongs to the session, so it also holds for clients that botocore makes for itself. It looks twice: at the
operation before its request is built, and at the request before it is sent. Nothing leaves the machine for an operation
that is not on the list.
"""

import re
from collections.abc import Mapping
from functools import partial
from threading import Lock
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import boto3
import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    UnknownRegionError,
)
from botocore.regions import EndpointResolver

from scanner import __version__
from scanner.arns import global_region
from scanner.aws.environment import check_environment
from scanner.aws.failures import UNPARSABLE, code_of, first_line, sentence
from scanner.aws.operations import OPERATIONS, Operation
from scanner.aws.options import CollectOptions
from scanner.aws.role_arns import role_arn
from scanner.aws.service_models import know_at_once
from scanner.errors import CollectError, UsageError
from scanner.snapshot.error_codes import REGION_OFF_WHERE_OPT_IN

CREDENTIAL_OPERATIONS = frozenset(
    {
        "sts.AssumeRole",
        "sts.AssumeRoleWithWebIdentity",
        "sso.GetRoleCredentials",
        "sso-oidc.CreateToken",
        "signin.CreateOAuth2Token",
    }
)
"""What botocore's credential chain calls to obtain or renew credentials; none of them touches the account."""

ALLOWED_OPERATIONS = frozenset(OPERATIONS) | CREDENTIAL_OPERATIONS
"""The whole list of a collection. There is no rule by name: ``Get`` and ``Describe`` alone admit nothing."""

_SIGN_IN_AGAIN = "Sign in again (for example with `aws sso login`) or give the environment fresh credentials."


class NotAReadError(CollectError):
    """An operation that is not on the list of read operations was refused; nothing was sent."""


def versions() -> dict[str, str]:
    """The versions of the AWS SDK, by package."""
    return {"boto3": boto3.__version__, "botocore": botocore.__version__}


class AwsSession:
    """Clients of one account, each made once. Safe to use from several threads."""

    def __init__(
        self,
        session: boto3.Session,
        options: CollectOptions,
        partition: str,
        core: botocore.session.Session,
        allowed: frozenset[str] = ALLOWED_OPERATIONS,
    ) -> None:
        self._session = session
        self._core = core
        self._options = options
        self._allowed = allowed
        self._config = _config(options)
        self._lock = Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self.partition = partition

    @property
    def global_region(self) -> str:
        """The Region of calls about the whole account."""
        return global_region(self.partition)

    def client(self, service: str, region: str) -> Any:
        """The boto3 client of a service in a Region. Raises what botocore raises for a Region it cannot reach."""
        with self._lock:
            client = self._clients.get((service, region))
            if client is None:
                # The stubs have one overload for each service and none for a name in a variable.
                make: Any = self._session.client
                client = make(service, region_name=region, config=self._config)
                self._clients[service, region] = client
            return client

    def credentials(self) -> Any:
        """The credentials as they are now, renewed where they must be: what the SDK's signers take."""
        held = self._session.get_credentials()
        return held.get_frozen_credentials() if held is not None else None

    def within(self, credentials: Mapping[str, Any]) -> "AwsSession":
        """A session with the ``Credentials`` of a role, under the same guard. LookupError where they are not whole."""
        assumed = _with_credentials(self._core, credentials, self._options.profile, self._allowed)
        return AwsSession(assumed, self._options, self.partition, self._core, self._allowed)

    def known_regions(self) -> tuple[str, ...]:
        """Every Region of the partition that this botocore knows of, enabled or not."""
        return tuple(sorted(self._session.get_available_regions("ec2", partition_name=self.partition)))


def open_session(options: CollectOptions, operations: Mapping[str, Operation] = OPERATIONS) -> AwsSession:
    """A session on the account that the options and the environment name, with the guard in place.

    The guard lets the given operations of a table through, and what obtains credentials: one who reads log records asks
    for ``log_table.LOG_OPERATIONS``, and a collection can never read an object.
    UsageError for a profile, Region or role that cannot be; CollectError when there are no usable credentials.
    """
    try:
        core = botocore.session.Session(profile=options.profile)
        check_environment(core)
        allowed = frozenset(operations) | CREDENTIAL_OPERATIONS
        know_at_once({name.partition(".")[0] for name in allowed}, core)
        session = boto3.Session(botocore_session=core)
        guard(session, allowed)
        _check_regions(core, options.regions)
        partition = _partition(session, options)
        if not _has_credentials(session):
            raise CollectError(
                "There are no AWS credentials.",
                "Name a profile with --profile, sign in with `aws sso login`, or set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY.",
            )
        if options.role_arn:
            partition = _partition_of_role(options, partition)
            session = _assume(session, core, options, global_region(partition), allowed)
    except ProfileNotFound as error:
        raise _no_profile(options.profile) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise CollectError(
            f"The AWS credentials are incomplete: {sentence(first_line(error))}", _SIGN_IN_AGAIN
        ) from error
    except ConfigParseError as error:
        raise CollectError(
            f"The AWS configuration cannot be read: {sentence(first_line(error))}",
            "Mend the file, or name another one in AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE.",
        ) from error
    except BotoCoreError as error:
        raise CollectError(
            f"The AWS session cannot be opened: {sentence(first_line(error))}", _SIGN_IN_AGAIN
        ) from error
    return AwsSession(session, options, partition, core, allowed)


def guard(session: boto3.Session, allowed: frozenset[str] = ALLOWED_OPERATIONS) -> None:
    """Make every client of a session refuse operations that are not in ``allowed``."""
    refuse_building = partial(_refuse_building, allowed=allowed)
    session.events.register_first("before-parameter-build", refuse_building)
    session.events.register_first("before-call", refuse_building)
    session.events.register_first("before-send", partial(_refuse_sending, allowed=_by_service_id(allowed)))
    session.events.register("before-call.s3-control", _drop_account_label)


def _refuse_building(*, model: Any, allowed: frozenset[str], **_rest: Any) -> None:
    name = f"{model.service_model.service_name}.{model.name}"
    if name not in allowed:
        raise NotAReadError(f"{name} is not one of the read operations Trailwitness may call; nothing was sent.")


def _refuse_sending(*, event_name: str, allowed: Mapping[str, frozenset[str]], **_rest: Any) -> None:
    # before-send.<service id>.<operation>; the service id is not the client's name (``s3-control``).
    _, service_id, operation = event_name.split(".", 2)
    if operation not in allowed.get(service_id, frozenset()):
        raise NotAReadError(f"{service_id}.{operation} is not one of the read operations Trailwitness may call.")


def _drop_account_label(*, params: dict[str, Any], **_rest: Any) -> None:
    # S3 Control puts the account in front of the host name. Before an address (a stand-in for AWS on this machine)
    # that makes a name nobody can resolve; the account is also sent as a header.
    parts = urlsplit(params["url"])
    found = _LABELLED_ADDRESS.fullmatch(parts.netloc)
    if found:
        params["url"] = urlunsplit(parts._replace(netloc=found.group(1)))


_LABELLED_ADDRESS = re.compile(r"\d{12}\.((?:\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\d+)?)")

_SERVICE_IDS: Mapping[str, str] = {
    "apigateway": "api-gateway",
    "elb": "elastic-load-balancing",
    "elbv2": "elastic-load-balancing-v2",
    "config": "config-service",
    "events": "eventbridge",
    "logs": "cloudwatch-logs",
    "s3control": "s3-control",
    "stepfunctions": "sfn",
}
"""boto3 client name -> service id in event names, where the two differ."""


def _by_service_id(names: frozenset[str]) -> dict[str, frozenset[str]]:
    allowed: dict[str, set[str]] = {}
    for name in names:
        service, _, operation = name.partition(".")
        allowed.setdefault(_SERVICE_IDS.get(service, service), set()).add(operation)
    return {service: frozenset(operations) for service, operations in allowed.items()}


def _config(options: CollectOptions) -> Config:
    return Config(
        retries={"mode": "adaptive", "total_max_attempts": options.attempts},
        connect_timeout=options.connect_timeout,
        read_timeout=options.read_timeout,
        max_pool_connections=options.workers,
        user_agent_extra=f"trailwitness/{__version__}",
    )


def _assume(
    session: boto3.Session,
    core: botocore.session.Session,
    options: CollectOptions,
    region: str,
    allowed: frozenset[str],
) -> boto3.Session:
    role = str(options.role_arn)
    arguments: dict[str, Any] = {"RoleArn": role, "RoleSessionName": options.session_name}
    if options.external_id:
        arguments["ExternalId"] = options.external_id
    try:
        answer = session.client("sts", region_name=region, config=_config(options)).assume_role(**arguments)
        return _with_credentials(core, answer["Credentials"], options.profile, allowed)
    except ClientError as error:
        hint = "Check its trust policy, the external id, and that your identity may call sts:AssumeRole on it."
        if code_of(error) in REGION_OFF_WHERE_OPT_IN:
            # STS of a partition knows no credentials of another one, and says so as of keys that do not exist.
            hint = f"AWS STS of the partition {role_arn(role).partition} does not know the credentials."
        raise CollectError(f"The role {role} cannot be assumed: {code_of(error)}.", hint) from error
    except UNPARSABLE as error:
        raise CollectError(
            f"The role {role} cannot be assumed: AWS STS answered something that is not its documented shape.",
            "Check AWS_ENDPOINT_URL and the proxy.",
        ) from error


def _with_credentials(
    core: botocore.session.Session, credentials: Mapping[str, Any], profile: str | None, allowed: frozenset[str]
) -> boto3.Session:
    """A guarded session with the credentials of a role. It shares the service models of ``core``: reading is slow."""
    given = {name: credentials[member] for name, member in _CREDENTIALS.items()}
    fresh = botocore.session.Session(profile=profile)
    fresh.register_component("data_loader", core.get_component("data_loader"))
    assumed = boto3.Session(botocore_session=fresh, **given)
    guard(assumed, allowed)
    return assumed


def _has_credentials(session: boto3.Session) -> bool:
    try:
        return session.get_credentials() is not None
    except UNPARSABLE as error:
        raise CollectError(
            f"The AWS credentials cannot be read ({type(error).__name__}).",
            "Check what the profile's credential_process prints, and the files in ~/.aws.",
        ) from error


_CREDENTIALS: Mapping[str, str] = {
    "aws_access_key_id": "AccessKeyId",
    "aws_secret_access_key": "SecretAccessKey",
    "aws_session_token": "SessionToken",
}


def _partition(session: boto3.Session, options: CollectOptions) -> str:
    """The partition of the Regions asked for, else of the configured Region, else ``aws``."""
    region = options.regions[0] if options.regions else session.region_name
    if not region:
        return "aws"
    try:
        return session.get_partition_for_region(region)
    except UnknownRegionError:
        return "aws"


def _partition_of_role(options: CollectOptions, partition: str) -> str:
    """The partition of the role to be assumed; UsageError where that of named Regions, ``partition``, is another."""
    stated = role_arn(options.role_arn or "").partition
    if options.regions and stated != partition:
        raise UsageError(
            f"The role {options.role_arn} is of partition {stated}, and Region {options.regions[0]} of {partition}.",
            "Name Regions of the partition of the role, or a role of theirs.",
        )
    return stated


def _check_regions(core: botocore.session.Session, regions: tuple[str, ...]) -> None:
    if not regions:
        return
    known = _regions_by_partition(core)
    for region in regions:
        if region not in known:
            raise UsageError(
                f"There is no AWS Region {region!r}.",
                _suggestion(region, list(known)) or "A Region newer than the installed boto3 needs a newer boto3.",
            )
    partitions = sorted({known[region] for region in regions})
    if len(partitions) > 1:
        raise UsageError(
            f"The Regions asked for belong to different partitions: {', '.join(partitions)}.",
            "One set of credentials works in one partition only: run once for each.",
        )


def _regions_by_partition(core: botocore.session.Session) -> dict[str, str]:
    """Every Region that this botocore knows of, with its partition.

    ``Session.get_available_regions`` gives the same, and reads the whole model of EC2 for the name of its endpoint.
    """
    resolver = EndpointResolver(core.get_data("endpoints"))
    known: dict[str, str] = {}
    for partition in resolver.get_available_partitions():
        known |= dict.fromkeys(resolver.get_available_endpoints("ec2", partition), partition)
    return known


def _no_profile(name: str | None) -> UsageError:
    profiles = sorted(botocore.session.Session().available_profiles)
    named = f"The AWS profile {name!r}" if name else "The AWS profile that AWS_PROFILE names"
    known = f"Known profiles: {', '.join(profiles)}." if profiles else "None is configured: run `aws configure sso`."
    return UsageError(f"{named} does not exist.", _suggestion(name or "", profiles) or known)


def _suggestion(name: str, known: list[str]) -> str:
    import difflib  # late: names are seldom mistyped

    close = difflib.get_close_matches(name, known, n=5)
    # Swapped letters are the likelier slip than a wrong one.
    close.sort(key=lambda other: sorted(other) != sorted(name))
    return f"Did you mean {close[0]!r}?" if close else ""
