"""How sources reach AWS: not at all until one needs it."""

from scanner.aws.options import CollectOptions
from scanner.log_sources.access import LogAccess
from scanner.model import Caller


def test_nothing_is_asked_before_it_is_needed() -> None:
    access = LogAccess(CollectOptions(regions=("eu-west-1", "eu-central-1", "eu-west-1")))
    assert access.regions == ("eu-central-1", "eu-west-1")
    assert access.partition == "aws"
    assert access.identity() == Caller()
