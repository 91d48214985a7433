"""Stand-ins for AWS over real HTTP: an empty account, and the seeded demo account."""

from collections.abc import Iterator

import pytest

from scanner.collect.demo_account import seed
from scanner.collect.demo_server import demo_server


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
