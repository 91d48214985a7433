"""The read-only guard lets nothing through, and a wrong profile, Region or role is one clear sentence."""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from scanner.audit_path.topics import metric_arguments
from scanner.aws import session as session_module
from scanner.aws.asking import ask
from scanner.aws.operations import OPERATIONS
from scanner.aws.options import CollectOptions
from scanner.aws.session import (
    ALLOWED_OPERATIONS,
    CREDENTIAL_OPERATIONS,
    AwsSession,
    NotAReadError,
    guard,
    open_session,
)
from scanner.errors import CollectError, UsageError

ROLE = "arn:aws:iam::111122223333:role/Auditor"
SERVICES = sorted({operation.service for operation in OPERATIONS.values()} | {"iam", "sso", "sso-oidc", "events"})


class Server:
    """Counts requests and answers each with an empty JSON object."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        seen = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                seen.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_POST  # noqa: N815 - names of http.server

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(plain_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An endpoint that the session takes for AWS."""
    made = Server()
    for name, value in variables(made.url, plain_environment).items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, AwsSession]]:
    """One such endpoint with one session, for the tests that only differ in the operation."""
    made = Server()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables(made.url, tmp_path_factory.mktemp("aws")).items():
            patch.setenv(name, value)
        yield made, open_session(CollectOptions(attempts=1))
    made.close()


def variables(url: str, folder: Path) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture
def credentials(plain_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys in the environment and nothing else."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    return plain_environment


def test_a_write_never_leaves(server: Server) -> None:
    session = open_session(CollectOptions(attempts=1))
    trail = session.client("cloudtrail", "us-east-1")
    with pytest.raises(NotAReadError, match=r"cloudtrail\.StopLogging.*nothing was sent"):
        trail.stop_logging(Name="main")
    with pytest.raises(NotAReadError):
        session.client("s3", "us-east-1").put_object(Bucket="b", Key="k", Body=b"x")
    with pytest.raises(NotAReadError):
        session.client("s3", "us-east-1").generate_presigned_url("delete_bucket", Params={"Bucket": "b"})
    assert server.requests == []
    trail.describe_trails()
    assert len(server.requests) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_every_other_operation_of_a_service_is_refused(service: str, shared: tuple[Server, AwsSession]) -> None:
    server, session = shared
    server.requests.clear()
    client = session.client(service, "us-east-1")
    refused = 0
    for operation in client.meta.service_model.operation_names:
        if f"{service}.{operation}" not in ALLOWED_OPERATIONS:
            with pytest.raises(NotAReadError):
                client._make_api_call(operation, {})
            refused += 1
    assert refused > 0
    assert server.requests == []


def test_reads_that_are_not_on_the_list_are_refused_too(server: Server) -> None:
    session = open_session(CollectOptions(attempts=1))
    for service, method, arguments in (
        ("s3", "get_object", {"Bucket": "b", "Key": "k"}),
        ("s3", "get_object_acl", {"Bucket": "b", "Key": "k"}),
        ("sts", "get_session_token", {}),
        ("sts", "get_federation_token", {"Name": "xx"}),
        ("kms", "generate_data_key", {"KeyId": "k"}),
        ("logs", "get_log_events", {"logStreamName": "s"}),
        ("cloudtrail", "lookup_events", {}),
    ):
        with pytest.raises(NotAReadError):
            getattr(session.client(service, "us-east-1"), method)(**arguments)
    assert server.requests == []


def test_the_second_look_stands_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the first look the request is built, and stopped before it is sent."""
    monkeypatch.setattr(session_module, "_refuse_building", lambda **_: None)
    session = boto3.Session()
    guard(session)
    with pytest.raises(NotAReadError, match=r"cloudtrail\.StopLogging"):
        session.client("cloudtrail", region_name="us-east-1").stop_logging(Name="main")
    assert server.requests == []
    made: Any = session.client
    for name in ("logs.describe_log_groups", "cloudtrail.describe_trails"):
        service, _, method = name.partition(".")
        getattr(made(service, region_name="us-east-1"), method)()
    assert len(server.requests) == 2


def test_the_guard_also_holds_for_clients_that_botocore_makes(server: Server) -> None:
    session = open_session(CollectOptions(attempts=1))
    inner: Any = session._session._session.create_client("iam", region_name="us-east-1")
    with pytest.raises(NotAReadError):
        inner.create_user(UserName="x")
    assert server.requests == []


def test_the_list_is_the_table_and_what_gives_credentials() -> None:
    assert ALLOWED_OPERATIONS - set(OPERATIONS) == CREDENTIAL_OPERATIONS
    assert not [name for name in CREDENTIAL_OPERATIONS if re.search(r"\.(Put|Delete|Update|Stop|Start)", name)]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_listed_operation_passes_both_looks(name: str, shared: tuple[Server, AwsSession]) -> None:
    server, session = shared
    server.requests.clear()
    operation = OPERATIONS[name]
    client = session.client(operation.service, "us-east-1")
    arguments: dict[str, Any] = {
        argument: "1" * (12 if value == "$account" else 20)
        if isinstance(value, str) and value.startswith("$")
        else value
        for argument, value in operation.arguments.items()
    }
    if name == "cloudwatch.GetMetricData":  # its arguments are computed whole
        arguments = metric_arguments("alerts", datetime(2026, 11, 20, 12, tzinfo=UTC))
    if name == "cloudtrail.ListTags":  # and so are the trails it is asked about
        arguments = {"ResourceIdList": ["arn:aws:cloudtrail:us-east-1:111122223333:trail/main"]}
    if name == "guardduty.GetFindings":  # and so are the findings
        arguments |= {"FindingIds": ["f" * 32]}
    # An empty object is not an answer to the services that speak XML; that it was asked for is the point.
    with suppress(ResponseParserError, ClientError):
        getattr(client, xform_name(operation.api))(**arguments)
    assert len(server.requests) == 1


def test_the_account_is_dropped_from_a_host_that_is_an_address(server: Server) -> None:
    client = open_session(CollectOptions(attempts=1)).client("s3control", "us-east-1")
    with pytest.raises(ResponseParserError):
        client.get_public_access_block(AccountId="111122223333")
    assert server.requests == ["GET /v20180820/configuration/publicAccessBlock"]


@pytest.mark.usefixtures("plain_environment")
def test_no_credentials() -> None:
    with pytest.raises(CollectError, match=r"no AWS credentials\. Name a profile"):
        open_session(CollectOptions())


@pytest.mark.usefixtures("plain_environment")
def test_half_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    with pytest.raises(CollectError, match="incomplete"):
        open_session(CollectOptions())


def test_a_credential_process_that_prints_something_else(plain_environment: Path) -> None:
    """Its output is never repeated: it may be half a secret."""
    (plain_environment / "config").write_text('[default]\ncredential_process = echo "{hush"\n', encoding="utf-8")
    with pytest.raises(CollectError, match="cannot be read") as caught:
        open_session(CollectOptions())
    assert "hush" not in str(caught.value)


def test_a_session_token_with_a_line_break_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "SESSION_TOKEN": "hush\nhush"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    reply = ask(open_session(CollectOptions(attempts=1)), OPERATIONS["sts.GetCallerIdentity"], "us-east-1", {})
    assert reply.error is not None
    assert "hush" not in reply.error.message


def test_a_broken_configuration(plain_environment: Path) -> None:
    (plain_environment / "config").write_text("[profile x\nregion", encoding="utf-8")
    with pytest.raises(CollectError, match=r"configuration cannot be read: .*Mend the file"):
        open_session(CollectOptions())


@pytest.mark.parametrize(
    ("profile", "hint"), [("prodd", "Did you mean 'prod'?"), ("zzz", "Known profiles: default, prod.")]
)
def test_a_profile_that_does_not_exist(profile: str, hint: str, plain_environment: Path) -> None:
    (plain_environment / "config").write_text("[default]\n[profile prod]\nregion=eu-west-1\n", encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(f"The AWS profile '{profile}' does not exist. {hint}")):
        open_session(CollectOptions(profile=profile))


@pytest.mark.usefixtures("plain_environment")
def test_a_profile_of_the_environment_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    with pytest.raises(UsageError, match=r"AWS_PROFILE names does not exist\. None is configured"):
        open_session(CollectOptions())


@pytest.mark.parametrize(
    ("region", "hint"),
    [("us-esat-1", "Did you mean 'us-east-1'?"), ("eu-west1", "Did you mean 'eu-west-1'?"), ("zz", "newer boto3")],
)
@pytest.mark.usefixtures("credentials")
def test_a_region_that_does_not_exist(region: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"There is no AWS Region '{region}'.*{re.escape(hint)}"):
        open_session(CollectOptions(regions=("us-east-1", region)))


@pytest.mark.usefixtures("credentials")
def test_regions_of_two_partitions() -> None:
    with pytest.raises(UsageError, match="different partitions: aws, aws-us-gov"):
        open_session(CollectOptions(regions=("us-east-1", "us-gov-west-1")))


@pytest.mark.usefixtures("credentials")
def test_a_role_of_another_partition_than_the_regions() -> None:
    role = ROLE.replace("aws", "aws-cn", 1)
    with pytest.raises(UsageError, match="is of partition aws-cn, and Region us-east-1 of aws"):
        open_session(CollectOptions(role_arn=role, regions=("us-east-1",)))


@pytest.mark.parametrize(
    ("regions", "configured", "partition", "home"),
    [
        ((), None, "aws", "us-east-1"),
        (("us-gov-east-1",), None, "aws-us-gov", "us-gov-west-1"),
        ((), "cn-northwest-1", "aws-cn", "cn-north-1"),
        (("eu-west-1",), "cn-northwest-1", "aws", "us-east-1"),
        ((), "not a region", "aws", "us-east-1"),
    ],
)
@pytest.mark.usefixtures("credentials")
def test_the_partition_follows_the_region(
    regions: tuple[str, ...],
    configured: str | None,
    partition: str,
    home: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if configured:
        monkeypatch.setenv("AWS_DEFAULT_REGION", configured)
    session = open_session(CollectOptions(regions=regions))
    assert (session.partition, session.global_region) == (partition, home)
    assert home in session.known_regions()


@pytest.mark.parametrize("role", ["Auditor", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:user/x", ""])
@pytest.mark.usefixtures("credentials")
def test_a_role_that_cannot_be(role: str) -> None:
    if role:
        with pytest.raises(UsageError, match="is not the ARN of a role"):
            open_session(CollectOptions(role_arn=role))
    else:
        assert open_session(CollectOptions(role_arn=role)).partition == "aws"


class Assuming:
    """Puts a stub under the client that assumes the role."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: Any = boto3.Session.client
        self.asked: list[dict[str, Any]] = []
        self.error = ""
        self.answer: dict[str, Any] | None = None

        def client(session: boto3.Session, name: str, **options: Any) -> Any:
            real = made(session, name, **options)
            if name == "sts":
                stub = Stubber(real)
                if self.answer is not None:
                    stub.add_response("assume_role", self.answer)
                elif self.error:
                    stub.add_client_error("assume_role", self.error, "no", 403)
                else:
                    keys = {"AccessKeyId": "A" * 20, "SecretAccessKey": "s", "SessionToken": "t"}
                    stub.add_response("assume_role", {"Credentials": {**keys, "Expiration": "2026-11-20T12:00:00Z"}})
                stub.activate()
                real.meta.events.register("provide-client-params.sts.AssumeRole", self._note)
            return real

        monkeypatch.setattr(boto3.Session, "client", client)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self.asked.append(params)


@pytest.mark.usefixtures("credentials")
def test_a_role_is_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    assuming = Assuming(monkeypatch)
    session = open_session(CollectOptions(role_arn=ROLE, external_id="1234"))
    assert assuming.asked == [{"RoleArn": ROLE, "RoleSessionName": "trailwitness", "ExternalId": "1234"}]
    held = session._session.get_credentials()
    assert held is not None
    assert held.access_key == "A" * 20
    with pytest.raises(NotAReadError):
        session.client("iam", "us-east-1").list_users()


@pytest.mark.usefixtures("credentials")
def test_a_role_of_another_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    Assuming(monkeypatch)
    session = open_session(CollectOptions(role_arn=ROLE.replace("aws", "aws-us-gov", 1)))
    assert session.global_region == "us-gov-west-1"


@pytest.mark.usefixtures("credentials")
def test_a_role_that_may_not_be_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    Assuming(monkeypatch).error = "AccessDenied"
    with pytest.raises(CollectError, match=f"{ROLE} cannot be assumed: AccessDenied.*trust policy"):
        open_session(CollectOptions(role_arn=ROLE))


@pytest.mark.usefixtures("credentials")
def test_a_role_whose_partition_does_not_know_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    Assuming(monkeypatch).error = "InvalidClientTokenId"
    with pytest.raises(CollectError, match=r"InvalidClientTokenId\. AWS STS of the partition aws-cn does not know the"):
        open_session(CollectOptions(role_arn=ROLE.replace("aws", "aws-cn", 1)))


@pytest.mark.usefixtures("credentials")
def test_a_session_within_a_role_is_guarded_as_strictly() -> None:
    session = open_session(CollectOptions(), {"sts.GetCallerIdentity": OPERATIONS["sts.GetCallerIdentity"]})
    inside = session.within({"AccessKeyId": "A" * 20, "SecretAccessKey": "s", "SessionToken": "t"})
    held = inside._session.get_credentials()
    assert held is not None
    assert (held.access_key, held.token) == ("A" * 20, "t")
    assert inside.partition == session.partition
    with pytest.raises(NotAReadError):
        inside.client("iam", "us-east-1").list_users()
    with pytest.raises(NotAReadError):  # what the session itself may not call, no role of it may
        inside.client("ec2", "us-east-1").describe_regions()
    with pytest.raises(NotAReadError):
        inside.client("organizations", "us-east-1").leave_organization()
    with pytest.raises(LookupError):
        session.within({"AccessKeyId": "A" * 20})


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    "answer", [{}, {"AssumedRoleUser": {"AssumedRoleId": "a:b", "Arn": "arn:aws:sts::1:x/yyyyyy"}}]
)
def test_an_answer_without_credentials(answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    Assuming(monkeypatch).answer = answer
    with pytest.raises(CollectError, match="not its documented shape"):
        open_session(CollectOptions(role_arn=ROLE))


@pytest.mark.usefixtures("credentials")
def test_clients_are_made_once_and_bounded() -> None:
    session = open_session(CollectOptions(workers=7, attempts=3, connect_timeout=1, read_timeout=2))
    client = session.client("cloudtrail", "us-east-1")
    assert session.client("cloudtrail", "us-east-1") is client
    assert session.client("cloudtrail", "eu-west-1") is not client
    config = client.meta.config
    assert config.retries == {"mode": "adaptive", "total_max_attempts": 3}
    assert (config.max_pool_connections, config.connect_timeout, config.read_timeout) == (7, 1, 2)
    assert "trailwitness/" in config.user_agent_extra


@pytest.mark.usefixtures("credentials")
def test_an_endpoint_that_is_not_there_is_left_to_the_call() -> None:
    assert isinstance(open_session(CollectOptions()), AwsSession)
