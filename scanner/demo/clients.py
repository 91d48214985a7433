"""Clients that write to a stand-in for AWS on this machine, and to nothing else."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

from scanner.errors import UsageError

HOME = "us-east-1"
"""The Region that a call goes to unless another is named."""

_ANY = "demo"  # the stand-in takes any credentials
_LOOPBACK = "127.0.0.1,localhost"
_SESSION_NAME = "demo"
_CREDENTIALS: Mapping[str, str] = {
    "aws_access_key_id": "AccessKeyId",
    "aws_secret_access_key": "SecretAccessKey",
    "aws_session_token": "SessionToken",
}


def environment(endpoint: str) -> dict[str, str]:
    """The environment variables with which an AWS session reaches the seeded account.

    To be set in place of every ``AWS_`` variable that is there: the user's own profile, files and proxy must not
    interfere. UsageError when the endpoint is not on this machine.
    """
    refuse_remote(endpoint)
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": _ANY,
        "AWS_SECRET_ACCESS_KEY": _ANY,
        "AWS_DEFAULT_REGION": HOME,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
    }


class Clients:
    """Clients of one account of a stand-in, each made once. UsageError for an endpoint that is not on this machine.

    ``credentials`` are those of a role in the account; without them the account is the one that the stand-in gives to
    everybody it does not know.
    """

    def __init__(self, endpoint: str, credentials: Mapping[str, str] | None = None) -> None:
        refuse_remote(endpoint)
        self.endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = {}
        # The user's own profile and files are not looked at: they may be broken, and must not be used here.
        nowhere = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
        self._session = boto3.Session(
            **(credentials or {"aws_access_key_id": _ANY, "aws_secret_access_key": _ANY}),
            botocore_session=botocore.session.Session(session_vars=nowhere),
        )
        self.id = str(self.client("sts").get_caller_identity()["Account"])

    def in_account(self, account: str, role: str) -> Self:
        """Clients of another account, with the credentials of a role there."""
        arn = f"arn:aws:iam::{account}:role/{role}"
        answer = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=_SESSION_NAME)["Credentials"]
        return type(self)(self.endpoint, {name: answer[member] for name, member in _CREDENTIALS.items()})

    def client(self, service: str, region: str = HOME) -> Any:
        """The client of a service in a Region."""
        client = self._clients.get((service, region))
        if client is None:
            config = Config(
                retries={"mode": "standard", "total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}
            )
            # The stubs have one overload for each service and none for a name in a variable.
            make: Any = self._session.client
            client = make(service, region_name=region, endpoint_url=self.endpoint, config=config)
            self._clients[service, region] = client
        return client

    def arn(self, service: str, resource: str, region: str = HOME) -> str:
        """The ARN of a resource of this account."""
        return f"arn:aws:{service}:{region}:{self.id}:{resource}"


def refuse_remote(endpoint: str) -> None:
    """UsageError for an endpoint that is not on this machine."""
    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local or parts.scheme not in {"http", "https"}:
        raise UsageError(
            f"{endpoint!r} is not an endpoint on this machine.",
            "The demo account is only ever written to a loopback address such as http://127.0.0.1:5000.",
        )
