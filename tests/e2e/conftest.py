"""Stand-ins for AWS over real HTTP, and the installed command."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from scanner.aws.options import Account, Accounts
from scanner.demo.account import seed
from scanner.demo.clients import environment as at_endpoint
from scanner.demo.organization import MEMBER_ROLE, DemoOrganization, seed_organization
from scanner.demo.server import demo_server
from scanner.runs.collecting import collect_snapshot
from scanner.runs.selection import select

Trailwitness = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    """The URL of an AWS stand-in whose account is empty; tests may fill it."""
    with demo_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def demo_endpoint() -> Iterator[str]:
    """The URL of an AWS stand-in with the seeded demo account; tests only read it."""
    with demo_server() as endpoint:
        seed(endpoint)
        yield endpoint


@pytest.fixture(scope="session")
def organization() -> Iterator[tuple[str, DemoOrganization]]:
    """The URL of an AWS stand-in with the three accounts of the seeded organization, and their ids; only read."""
    with demo_server() as endpoint:
        yield endpoint, seed_organization(endpoint)


@pytest.fixture(scope="session")
def organization_folder(organization: tuple[str, DemoOrganization], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshot of that organization in one Region, for every rule a plain scan judges; tests only read it."""
    target = tmp_path_factory.mktemp("organization") / "snapshot"
    chosen = Accounts(role_name=MEMBER_ROLE, organization=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in at_endpoint(organization[0]).items():
            patch.setenv(name, value)
        collect_snapshot(Account(regions=("us-east-1",), accounts=chosen), select((), (), (), ()).rules, target)
    return target


@pytest.fixture(scope="session")
def event_history() -> ModuleType:
    """The module of the stand-in that answers LookupEvents."""
    path = Path(__file__).parent / "event_history.py"
    # By path: test folders are no packages, so one cannot import from another.
    spec = importlib.util.spec_from_file_location("event_history", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment with credentials for a stand-in, and no other word about AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


@pytest.fixture(scope="session")
def program() -> str:
    """The installed command."""
    return str(Path(sys.executable).parent / "trailwitness")


@pytest.fixture
def trailwitness(program: str, environment: dict[str, str], tmp_path: Path) -> Trailwitness:
    """``trailwitness(*arguments, **variables)``: run the installed command in the test's folder to its end."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [program, *arguments],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=120,
            env={**environment, **variables},
        )

    return run
