"""How sources reach AWS: not at all until one needs it, and then with nothing but what their kinds declare."""

import pytest

from scanner.aws.options import CollectOptions
from scanner.aws.session import NotAReadError
from scanner.log_sources import SOURCES
from scanner.log_sources.access import LogAccess
from scanner.model import Caller


def test_nothing_is_asked_before_it_is_needed() -> None:
    access = LogAccess(CollectOptions(regions=("eu-west-1", "eu-central-1", "eu-west-1")), ())
    assert access.regions == ("eu-central-1", "eu-west-1")
    assert access.partition == "aws"
    assert access.identity() == Caller()


@pytest.mark.usefixtures("plain_environment")
def test_a_session_may_call_what_its_sources_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    session = LogAccess(CollectOptions(attempts=1), SOURCES["s3"].calls).session
    with pytest.raises(NotAReadError, match="nothing was sent"):
        session.client("cloudtrail", "us-east-1").lookup_events()
    with pytest.raises(NotAReadError, match="nothing was sent"):
        session.client("sts", "us-east-1").get_caller_identity()
