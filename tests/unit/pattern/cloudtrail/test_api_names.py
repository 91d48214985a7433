"""The table of API names: made again it is the same, and it holds what the controls rely on."""

import json
from importlib.resources import files

import botocore
import pytest

from scanner.aws.botocore_tables.event_sources import event_sources, main, render
from scanner.pattern import covers, parse
from scanner.pattern.cloudtrail.api_names import RETIRED, api_name, is_known_name, known_sources, name_of_source

COMMITTED = (files("scanner.pattern.cloudtrail") / "event_sources.json").read_text("utf-8")


@pytest.fixture(scope="module")
def table() -> dict[str, list[str]]:
    return event_sources()


def test_making_it_again_gives_the_same(table: dict[str, list[str]]) -> None:
    """The committed file was made by another process; with the same botocore it must come out byte by byte."""
    if json.loads(COMMITTED)["botocore"] == botocore.__version__:
        assert render(table) == COMMITTED
    assert list(table) == sorted(table)
    assert all(names == sorted(set(names)) for names in table.values())


def test_the_module_writes_the_file(
    table: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scanner.aws.botocore_tables.event_sources.event_sources", lambda: table)
    main()
    assert capsys.readouterr().out == render(table)


def test_another_botocore_keeps_the_committed_names(table: dict[str, list[str]]) -> None:
    made = {name: set(hosts.split()) for hosts, names in table.items() for name in names}
    committed = {
        name: set(hosts.split()) for hosts, names in json.loads(COMMITTED)["names"].items() for name in names.split()
    }
    gone = [name for name in committed if name not in made]
    assert len(gone) < len(committed) // 50
    assert {"iam", "organizations", "iot"} <= made["CreatePolicy"]


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("CreateTrail", ("cloudtrail",)),
        ("StopLogging", ("cloudtrail",)),
        ("DisableKey", ("kms",)),
        ("ScheduleKeyDeletion", ("kms",)),
        ("StopConfigurationRecorder", ("config",)),
        ("PutBucketLifecycle", ("s3",)),
        ("DeleteBucketCors", ("s3",)),
        ("PutBucketPublicAccessBlock", ("s3",)),
        ("ModifySecurityGroupRules", ("ec2",)),
        ("AttachRolePolicy", ("iam",)),
        ("LeaveOrganization", ("organizations",)),
        ("ConsoleLogin", ("signin",)),
        ("CreateFunction20150331", ("lambda",)),
        ("UpdateFunctionCode20150331v2", ("lambda",)),
        ("CreateDistribution2020_05_31", ("cloudfront",)),
    ],
)
def test_sources_of_a_name(name: str, sources: tuple[str, ...]) -> None:
    known = api_name(name)
    assert known is not None
    assert known.sources == tuple(f"{source}.amazonaws.com" for source in sources)


def test_shared_names_begin_with_the_usual_service() -> None:
    for name, first in (("CreatePolicy", "iam"), ("CreateRoute", "ec2"), ("AttachPolicy", "organizations")):
        known = api_name(name)
        assert known is not None
        assert known.sources[0] == f"{first}.amazonaws.com"
        assert len(known.sources) > 2


@pytest.mark.parametrize(
    ("name", "read_only"),
    [
        *(("DescribeTrails", True), ("LookupEvents", True), ("BatchGetSecretValue", True), ("HeadBucket", True)),
        *(("DeleteTrail", False), ("PutBucketPolicy", False), ("StopLogging", False), ("ConsoleLogin", False)),
        *(("GetSessionToken", None), ("AssumeRole", None), ("Decrypt", None), ("StartQuery", None)),
    ],
)
def test_reads_by_verb(name: str, read_only: bool | None) -> None:
    known = api_name(name)
    assert known is not None
    assert known.read_only is read_only


def test_unknown_names_are_free() -> None:
    assert api_name("DestroyTrail") is None
    assert api_name("deletetrail") is None


@pytest.mark.parametrize("name", ["DisableGuardrail", "PutPermissionsPolicy", "PasswordUpdated"])
def test_names_of_no_published_call_are_known_and_free(name: str) -> None:
    assert is_known_name(name)
    assert api_name(name) is None


def test_a_console_event_may_bear_the_name_of_another_service_s_call() -> None:
    for name, source in (("CreateProfile", "sso"), ("EnableUser", "sso-directory"), ("AssociateProfile", "sso")):
        known = api_name(name)
        assert known is not None
        assert known.sources[-1] == f"{source}.amazonaws.com"
        assert len(known.sources) > 1
    only = parse('{ ($.eventSource = "sso.amazonaws.com") && ($.eventName = "CreateProfile") }')
    other = parse('{ ($.eventSource = "rolesanywhere.amazonaws.com") && ($.eventName = "CreateProfile") }')
    assert covers(only, [other], realistic=True).verdict == "not_covered"


def test_lookups_by_source() -> None:
    assert "cloudtrail.amazonaws.com" in known_sources()
    assert "signin.amazonaws.com" in known_sources()
    assert "trail.amazonaws.com" not in known_sources()
    name = name_of_source("wafv2.amazonaws.com", read_only=True)
    assert name is not None
    known = api_name(name)
    assert known is not None
    assert known.read_only
    assert "wafv2.amazonaws.com" in known.sources
    assert name_of_source("trail.amazonaws.com") is None


def test_retired_calls_are_still_in_the_models() -> None:
    assert all(api_name(name) is not None for name in RETIRED)
