"""The seeded organization of three accounts, whose links tests break and mend, and scans of it within the process."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import scanner.collect.collection as collecting
from scanner.aws.identity import assume
from scanner.aws.options import CollectOptions
from scanner.aws.session import AwsSession
from scanner.cli import run
from scanner.demo.clients import Clients
from scanner.demo.clients import environment as at_endpoint
from scanner.demo.organization import MEMBER_ROLE, seed_organization
from scanner.demo.server import demo_server
from scanner.runs import selection
from scanner.snapshot.answers import Reply
from tests.e2e.organization.breaking import Company, Judged, encrypt_topic, leave_only_the_routes

EVERY_ACCOUNT = ("--organization", "--role-name", MEMBER_ROLE, "--region", "us-east-1")


def _rules(read: Callable[[tuple[str, ...]], Any]) -> Callable[[Sequence[str]], Any]:
    """Rules that are read once: they are the same for every scan."""
    kept = cache(read)
    return lambda ids: kept(tuple(ids))


@dataclass
class _Sessions:
    """Sessions are kept between scans: making clients takes most of the time of a scan."""

    assumed: dict[str, AwsSession | Reply] = field(default_factory=dict)
    own: list[AwsSession] = field(default_factory=list)
    open: Any = collecting._open
    rules: Any = field(default_factory=lambda: _rules(selection._shipped_rules))

    def of_role(self, session: AwsSession, role: str, options: CollectOptions) -> AwsSession | Reply:
        if role not in self.assumed:
            self.assumed[role] = assume(session, role, options)
        return self.assumed[role]

    def of_caller(self, options: CollectOptions) -> AwsSession:
        if not self.own:
            self.own.append(self.open(options))
        return self.own[0]


class Scan:
    """What the command says of the organization in one Region, by rule and account."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self._endpoint = endpoint
        self._folder = folder

    def __call__(self, *rules: str) -> Judged:
        """Collect and judge."""
        return self._scanned(*EVERY_ACCOUNT, *_each(rules))

    def of(self, snapshot: Path, *rules: str) -> Judged:
        """Judge a snapshot."""
        return self._scanned("--snapshot", str(snapshot), *_each(rules))

    def collect(self, target: Path, *rules: str) -> None:
        """Collect only."""
        self._run("collect", *EVERY_ACCOUNT, *_each(rules), "--output", str(target))

    def _scanned(self, *options: str) -> Judged:
        out = self._folder / "found.json"
        self._run("scan", *options, "-q", "--output", f"json={out}")
        findings = json.loads(out.read_bytes())["findings"]
        return {(each["rule"], each["account"]): each for each in findings}

    def _run(self, *arguments: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in at_endpoint(self._endpoint).items():
                patch.setenv(name, value)
            assert run(arguments) in {0, 1, 3}


def _each(rules: tuple[str, ...]) -> Iterator[str]:
    for rule in rules:
        yield from ("--rule", rule)


@pytest.fixture(scope="session")
def company() -> Iterator[Company]:
    """The accounts at a stand-in of their own, because tests write to them; nothing but the two routes is left."""
    with demo_server() as endpoint:
        accounts = seed_organization(endpoint)
        management = Clients(endpoint)
        security = management.in_account(accounts.security, MEMBER_ROLE)
        workload = management.in_account(accounts.workload, MEMBER_ROLE)
        key = str(security.client("kms").create_key(Description="Alerts")["KeyMetadata"]["KeyId"])
        found = Company(endpoint, management, security, workload, key)
        encrypt_topic(found)
        leave_only_the_routes(found)
        yield found


@pytest.fixture(scope="session")
def sessions() -> "_Sessions":
    """What is kept between scans: the sessions of accounts, and the shipped rules."""
    return _Sessions()


@pytest.fixture(scope="module")
def scan(company: Company, sessions: "_Sessions", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scan]:
    # Of one module: what is patched here must not reach the tests of others.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(collecting, "assume", sessions.of_role)
        patch.setattr(collecting, "_open", sessions.of_caller)
        patch.setattr(selection, "_shipped_rules", sessions.rules)
        yield Scan(company.endpoint, tmp_path_factory.mktemp("scans"))
