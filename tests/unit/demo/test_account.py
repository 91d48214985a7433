"""Seeding writes, so it only ever reaches this machine."""

import importlib.util
import sys

import pytest

from scanner.demo.account import EXPECTED_BROKEN, REGIONS, seed
from scanner.demo.clients import environment
from scanner.demo.routes import PASS, ROUTES
from scanner.demo.server import demo_server
from scanner.errors import CollectError, UsageError

LINKS = {"trail", "delivery", "selectors", "log-group", "filter", "alarm", "actions", "topic", "subscription", PASS}


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sts.amazonaws.com",
        "http://10.0.0.1:5000",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com:5000",
        "http://0.0.0.0:5000",
        "http://user@example.com#127.0.0.1",
        "ftp://127.0.0.1",
        "127.0.0.1:5000",
        "",
    ],
)
def test_an_endpoint_elsewhere_is_refused(endpoint: str) -> None:
    with pytest.raises(UsageError, match="not an endpoint on this machine"):
        seed(endpoint)
    with pytest.raises(UsageError, match="not an endpoint on this machine"):
        environment(endpoint)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:5000", "http://localhost:1", "http://[::1]:5000"])
def test_an_endpoint_here_is_accepted(endpoint: str) -> None:
    variables = environment(endpoint)
    assert variables["AWS_ENDPOINT_URL"] == endpoint
    assert "AWS_PROFILE" not in variables


def test_every_link_a_route_can_break_at_is_shown() -> None:
    assert len(EXPECTED_BROKEN) == len(ROUTES) == 15
    assert set(EXPECTED_BROKEN.values()) <= LINKS
    assert {"filter", "alarm", "actions", "topic", "subscription", PASS} <= set(EXPECTED_BROKEN.values())
    assert list(REGIONS) == sorted(REGIONS)
    assert all(len(pattern) <= 1024 for route in ROUTES for pattern in route.patterns)


def test_without_moto_the_server_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install 'trailwitness\[demo\]'"), demo_server():
        pytest.fail("there is no server")


def test_a_server_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CollectError, match="did not start: it said nothing"), demo_server():
        pytest.fail("there is no server")
