"""The kinds of log sources, and all that derives from their lines: who reads them, and the operations they need."""

from pathlib import Path

import botocore.session
import pytest

from scanner.aws.log_operations import LOG_OPERATIONS, log_policy
from scanner.aws.operations import OPERATIONS
from scanner.aws.session import ALLOWED_OPERATIONS
from scanner.checks.needs import uses_for
from scanner.collect.iam_policy import iam_policy
from scanner.log_sources import SOURCES, forms, kind_of, options
from scanner.log_sources.kind import Kind, Reader
from scanner.model import Rule


@pytest.mark.parametrize("kind", SOURCES.values(), ids=list(SOURCES))
def test_a_kind_is_named_in_one_way_and_has_a_reader(kind: Kind) -> None:
    assert bool(kind.forms) is (kind.option is None)
    assert isinstance(kind.load(), Reader)
    assert kind.sign or not kind.calls, "what AWS gives is never meant by chance"
    assert kind.option is None or not kind.option.metavar or kind.option.hint


def test_one_kind_takes_the_addresses_of_no_other() -> None:
    assert [name for name, kind in SOURCES.items() if kind.forms and not kind.prefix] == ["files"]
    prefixes = [kind.prefix for kind in SOURCES.values() if kind.prefix]
    assert len(prefixes) == len(set(prefixes))


@pytest.mark.parametrize(
    ("address", "kind"),
    [("a.json", "files"), ("-", "files"), ("s3:/a", "files"), ("s3://a/b", "s3"), ("S3://a", "s3"), ("", "files")],
)
def test_the_beginning_of_an_address_tells_its_kind(address: str, kind: str) -> None:
    assert kind_of(address) == kind


def test_what_may_be_named() -> None:
    assert forms() == ("files", "folders", "globs", "zip files", "standard input (-)", "s3://bucket/prefix")
    assert options() == ("--event-history", "--trail-insights", "--log-group")


def test_what_lies_on_this_machine_and_what_passes(tmp_path: Path) -> None:
    files, bucket = SOURCES["files"].load(), SOURCES["s3"].load()
    (tmp_path / "a.json").touch()
    (tmp_path / "b.json").touch()
    assert files.places(str(tmp_path / "a.json")) == [tmp_path / "a.json"]
    assert sorted(files.places(str(tmp_path / "*.json"))) == [tmp_path / "a.json", tmp_path / "b.json"]
    assert (files.places("-"), bucket.places("s3://a/b")) == ([], ())
    assert files.places("none/*.json") == [Path("none/*.json")]
    assert [files.passing(text) for text in ("-", str(tmp_path / "a.json"))] == [True, False]
    passing = [SOURCES[name].load().passing("x") for name in ("s3", "event-history", "trail-insights", "log-group")]
    assert passing == [False, True, True, True]


def test_reading_logs_does_not_widen_a_scan(every_rule: tuple[Rule, ...]) -> None:
    listed = set(iam_policy(uses_for(every_rule))["Statement"][0]["Action"])
    assert not listed & {"s3:GetObject", "cloudtrail:LookupEvents", "logs:FilterLogEvents", "kms:Decrypt"}
    assert not ALLOWED_OPERATIONS & (set(LOG_OPERATIONS) - set(OPERATIONS))


def test_the_policies_of_log_sources() -> None:
    def actions(*kinds: str) -> list[str]:
        operations = [name for kind in kinds for name in SOURCES[kind].calls]
        listed: list[str] = log_policy(operations)["Statement"][0]["Action"]
        return listed

    assert actions("s3") == ["kms:Decrypt", "s3:GetObject", "s3:ListBucket"]
    assert actions("event-history") == ["cloudtrail:LookupEvents", "ec2:DescribeRegions"]
    assert actions("log-group") == ["logs:FilterLogEvents"]
    assert actions("trail-insights") == ["cloudtrail:ListInsightsData", "ec2:DescribeRegions"]
    every = {action for kind in SOURCES if SOURCES[kind].calls for action in actions(kind)}
    assert actions(*SOURCES) == sorted(every)
    assert {name for kind in SOURCES.values() for name in kind.calls} == set(LOG_OPERATIONS)


@pytest.mark.parametrize("name", LOG_OPERATIONS)
def test_every_operation_exists_and_reads(name: str) -> None:
    operation = LOG_OPERATIONS[name]
    assert operation.name == name
    assert operation.api.startswith(("Get", "List", "Head", "Describe", "Lookup", "Filter"))
    model = botocore.session.Session().get_service_model(operation.service).operation_model(operation.api)
    assert model.input_shape is not None
    assert model.output_shape is not None
    assert set(operation.arguments) <= set(model.input_shape.members)
    assert {*operation.members, *operation.lists} <= set(model.output_shape.members)
