"""Many accounts in one snapshot: who is looked at and how each is entered, and what is said of those that are not."""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.aws.identity import ASSUME_ROLE
from scanner.aws.operations import OPERATIONS
from scanner.aws.options import Accounts, CollectOptions
from scanner.aws.organization_operations import ORGANIZATION_OPERATIONS
from scanner.checks.needs import uses_for
from scanner.cli import run
from scanner.cli.exit_codes import Exit
from scanner.collect.collection import collect
from scanner.collect.completeness import misstatements, unneeded_calls, unrecorded_calls
from scanner.collect.iam_policy import iam_policy, organization_statements
from scanner.errors import CollectError, UsageError
from scanner.files.stored_files import FolderFiles
from scanner.model import Rule
from scanner.resources import RESOURCES
from scanner.runs.collecting import plan_for
from scanner.runs.selection import select
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.run_json import JOINED

OWN, SECURITY, WORKLOAD, NEW, GONE = "111122223333", "222233334444", "333344445555", "444455556666", "555566667777"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROOT, TEAMS, PRODUCTION = "r-ab12", "ou-ab12-11111111", "ou-ab12-22222222"


def arn(account: str) -> str:
    return f"arn:aws:iam::{account}:role/Audit"


LISTED: list[dict[str, Any]] = [
    {"Id": OWN, "Name": "management", "Status": "ACTIVE", "State": "ACTIVE"},
    {"Id": SECURITY, "Name": "security", "Status": "ACTIVE", "State": "ACTIVE"},
    {"Id": WORKLOAD, "Name": "workload", "Status": "ACTIVE"},
    {"Id": NEW, "Name": "new", "Status": "ACTIVE", "JoinedTimestamp": datetime(2026, 11, 20, 11, 0, tzinfo=UTC)},
    {"Id": GONE, "Name": "gone", "Status": "SUSPENDED", "State": "SUSPENDED"},
]
UNITS: Mapping[str, list[tuple[str, str]]] = {
    ROOT: [("Teams", TEAMS)],
    TEAMS: [("Production", PRODUCTION)],
    PRODUCTION: [],
}
ACCOUNTS_OF: Mapping[str, list[str]] = {ROOT: [OWN], TEAMS: [SECURITY], PRODUCTION: [WORKLOAD, GONE]}

Look = Callable[..., Snapshot]


@pytest.fixture
def look(aws: Any, refused: Callable[..., Any], resource_rule: Callable[..., Rule], tmp_path: Path) -> Look:
    """``look(name="snapshot", **accounts)``: collect from an organization in which two members have the role."""

    def below(given: Mapping[str, list[Any]], make: Callable[[Any], Any]) -> Callable[..., Any]:
        def answer(_: str, arguments: Mapping[str, Any]) -> Any:
            parent = arguments["ParentId"]
            member = "OrganizationalUnits" if given is UNITS else "Accounts"
            return {member: [make(each) for each in given[parent]]} if parent in given else refused(NO_PARENT)

        return answer

    aws.answers["organizations.ListAccounts"] = [{"Accounts": LISTED[:2]}, {"Accounts": LISTED[2:]}]
    aws.answers["organizations.ListRoots"] = {"Roots": [{"Id": ROOT, "Name": "Root"}]}
    aws.answers["organizations.ListOrganizationalUnitsForParent"] = below(
        UNITS, lambda unit: {"Name": unit[0], "Id": unit[1]}
    )
    aws.answers["organizations.ListAccountsForParent"] = below(
        ACCOUNTS_OF, lambda account: next(each for each in LISTED if each["Id"] == account)
    )
    for account in (SECURITY, WORKLOAD):
        aws.roles[arn(account)] = member(type(aws)(), account)

    def make(name: str = "snapshot", rules: tuple[Rule, ...] = (), workers: int = 4, **chosen: Any) -> Snapshot:
        asked = Accounts(**chosen)
        options = CollectOptions(regions=("us-east-1",), accounts=asked, workers=workers, external_id="shared")
        plan = plan_for(rules or (resource_rule("cloudtrail.trail", "Name"),))
        return collect(options, plan, tmp_path / name, clock=lambda: NOON)

    return make


NO_PARENT = "ParentNotFoundException"


def member(aws: Any, account: str) -> Any:
    who = {"Account": account, "Arn": f"arn:aws:sts::{account}:assumed-role/Audit/trailwitness", "UserId": "AROA"}
    aws.answers["sts.GetCallerIdentity"] = who
    return aws


ORGANIZATION = {"organization": True, "role_name": "Audit"}
REASON = f"the role {arn(NEW)} could not be assumed: AccessDenied (the account joined the organization less than a day "


def test_an_organization_in_one_snapshot(look: Look, aws: Any) -> None:
    snapshot = look(**ORGANIZATION)
    assert snapshot.accounts == (OWN, SECURITY, WORKLOAD, NEW)
    assert [snapshot.regions(account) for account in snapshot.accounts] == [("us-east-1",)] * 3 + [()]
    assert snapshot.left_out(NEW).startswith(REASON)
    assert snapshot.passed_over == {GONE: "the account is suspended"}
    assert snapshot.run["scope"]["asked"] == {"regions": ["us-east-1"], **ORGANIZATION}
    assert snapshot.run["caller"]["account"] == OWN
    listed = {call.account for call in snapshot.calls if call.operation == "cloudtrail.DescribeTrails"}
    assert listed == {OWN, SECURITY, WORKLOAD}
    # The account at hand has no role to itself, and a suspended one is not tried.
    assert sorted(each["RoleArn"] for each in aws.assumed) == [arn(SECURITY), arn(WORKLOAD), arn(NEW)]
    assert {(each["RoleSessionName"], each["ExternalId"]) for each in aws.assumed} == {("trailwitness", "shared")}


def test_when_an_account_joined_is_written_down_and_checked(look: Look) -> None:
    snapshot = look(**ORGANIZATION)
    scope = snapshot.run["scope"]
    assert {account: facts.get(JOINED) for account, facts in scope["accounts"].items()} == {
        **dict.fromkeys((OWN, SECURITY, WORKLOAD)),
        NEW: "2026-11-20T11:00:00Z",
    }
    assert misstatements(snapshot) == ()
    accounts = {**scope["accounts"], NEW: {**scope["accounts"][NEW], JOINED: "2019-01-01T00:00:00Z"}}
    older = snapshot.limited({**snapshot.run, "scope": {**scope, "accounts": accounts}}, snapshot.calls)
    (told,) = misstatements(older)
    assert f"{NEW} joined the organization at 2019-01-01T00:00:00Z; the recorded calls say 2026-11-20T11:00:00Z" in told


def test_a_denied_account_is_one_refused_call_that_names_its_role(look: Look) -> None:
    (call,) = (call for call in look(**ORGANIZATION).calls if call.account == NEW)
    assert (call.operation, call.region, call.arguments) == ("sts.AssumeRole", "us-east-1", {"RoleArn": arn(NEW)})
    assert call.error is not None
    assert (call.error.kind, call.error.code, call.file) == ("denied", "AccessDenied", "")


def test_no_credentials_are_written(look: Look, tmp_path: Path) -> None:
    look(**ORGANIZATION)
    written = b"".join(path.read_bytes() for path in (tmp_path / "snapshot").rglob("*.*") if path.is_file())
    assert b"AssumeRole" in written
    assert not [
        secret for secret in (b"hush", b"Credentials", b"AccessKeyId", b"ExternalId", b"shared") if secret in written
    ]


@pytest.mark.parametrize(
    ("chosen", "accounts"),
    [
        ({"role_arns": (arn(WORKLOAD), arn(SECURITY))}, (SECURITY, WORKLOAD)),
        ({"role_name": "Audit", "named": (WORKLOAD, OWN)}, (OWN, WORKLOAD)),
        ({**ORGANIZATION, "named": (WORKLOAD,)}, (WORKLOAD,)),
        ({**ORGANIZATION, "excluded": (NEW, OWN)}, (SECURITY, WORKLOAD)),
        ({"role_name": "Audit", "units": (TEAMS,)}, (SECURITY, WORKLOAD)),
        ({"role_name": "Audit", "units": ("Teams/Production",)}, (WORKLOAD,)),
        ({"role_name": "Audit", "units": (PRODUCTION,), "named": (OWN,)}, (OWN, WORKLOAD)),
        ({"role_name": "Audit", "units": (ROOT,), "excluded": (SECURITY,)}, (OWN, WORKLOAD)),
    ],
)
def test_what_is_chosen(
    chosen: Mapping[str, Any], accounts: tuple[str, ...], look: Look, resource_rule: Callable[..., Rule]
) -> None:
    snapshot = look(**chosen)
    assert snapshot.accounts == accounts
    assert not any(map(snapshot.left_out, accounts))
    uses = plan_for((resource_rule("cloudtrail.trail", "Name"),)).uses
    assert unrecorded_calls(snapshot, uses) == ()
    assert unneeded_calls(snapshot, uses) == ()
    assert misstatements(snapshot) == ()


@pytest.mark.parametrize(
    ("chosen", "error", "words"),
    [
        (
            {**ORGANIZATION, "named": ("999999999999",)},
            UsageError,
            "--account 999999999999 is not an account of",
        ),
        ({**ORGANIZATION, "excluded": ("999999999999",)}, UsageError, "--exclude-account 999999999999 is not an"),
        (
            {"role_name": "Audit", "units": ("ou-ab12-99999999",)},
            UsageError,
            "no organizational unit 'ou-ab12-9",
        ),
        ({"role_name": "Audit", "units": ("Teams/Nowhere",)}, UsageError, "no organizational unit 'Teams/Nowhere'"),
        (
            {**ORGANIZATION, "named": (GONE,)},
            UsageError,
            "No account is left .* the account is suspended",
        ),
        (
            {"role_name": "Audit", "units": (PRODUCTION,), "excluded": (WORKLOAD, GONE)},
            UsageError,
            "No account is left",
        ),
        (
            {"role_arns": ("arn:aws-cn:iam::222233334444:role/Audit",)},
            UsageError,
            "partition aws-cn, and .* aws",
        ),
        (
            {"role_arns": (arn(NEW), arn(GONE))},
            CollectError,
            f"No account could be .*: the role {arn(NEW)}",
        ),
        ({"role_name": "Audit", "named": (NEW,)}, CollectError, "No account could be looked at"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(
    chosen: Mapping[str, Any], error: type[Exception], words: str, look: Look, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        look(**chosen)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "refuses organizations.ListAccounts to account 111122223333 .AccessDeniedException."),
        ("AWSOrganizationsNotInUseException", "is in no organization"),
        ("TooManyRequestsException", "organizations.ListAccounts failed .TooManyRequestsException."),
    ],
)
def test_an_organization_that_does_not_list_its_accounts(
    code: str, words: str, look: Look, aws: Any, refused: Callable[..., Any], tmp_path: Path
) -> None:
    aws.answers["organizations.ListAccounts"] = refused(code)
    with pytest.raises(CollectError, match=words):
        look(**ORGANIZATION)
    assert not list(tmp_path.iterdir())
    assert look(role_name="Audit", named=(SECURITY,)).accounts == (SECURITY,)


@pytest.mark.parametrize("odd", [{"Id": "../../x"}, {"Id": "1234"}, {"Name": "x"}, {"Id": 5}, "x", None])
def test_a_list_of_accounts_that_is_malformed_is_not_believed(odd: Any, look: Look, aws: Any, tmp_path: Path) -> None:
    aws.answers["organizations.ListAccounts"] = {"Accounts": [LISTED[0], odd]}
    with pytest.raises(CollectError, match="not its documented shape"):
        look(**ORGANIZATION)
    assert not list(tmp_path.iterdir())


def test_a_role_that_leads_into_another_account(look: Look, aws: Any, tmp_path: Path) -> None:
    aws.roles[arn(SECURITY)] = aws.roles[arn(WORKLOAD)]
    with pytest.raises(CollectError, match="gave credentials of another account"):
        look(role_arns=(arn(SECURITY), arn(WORKLOAD)))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "answer", [{}, {"Credentials": {}}, {"Credentials": 5}, {"Credentials": {"AccessKeyId": "hush"}}]
)
def test_an_answer_without_credentials_is_a_gap(answer: Any, look: Look, aws: Any) -> None:
    def assumed(_: str, arguments: Mapping[str, Any]) -> Any:
        found = {"Credentials": {"AccessKeyId": arguments["RoleArn"], "SecretAccessKey": "a", "SessionToken": "b"}}
        return answer if arguments["RoleArn"] == arn(SECURITY) else found

    aws.answers["sts.AssumeRole"] = assumed
    within = type(aws).within
    aws.within = lambda given: within(aws, {name: given[name] for name in ("AccessKeyId", "SecretAccessKey")})
    snapshot = look(role_arns=(arn(SECURITY), arn(WORKLOAD)))
    (call,) = snapshot.made(SECURITY, "sts.AssumeRole")
    assert call.error is not None
    assert (call.error.kind, "hush" in call.error.message) == ("invalid", False)


def test_after_a_mistake_nobody_waits_for_ever(
    look: Look,
    aws: Any,
    refused: Callable[..., Any],
    every_rule: tuple[Rule, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls of another account wait for their turn when the collection ends; who waits for them ends too."""
    monkeypatch.setattr("scanner.collect.collection._CALLS_OF_ONE", 1)
    begun, ended = threading.Event(), threading.Event()

    class Held:
        def wait(self, timeout: float) -> bool:
            begun.set()
            return ended.wait(timeout)

    def another(*_: Any) -> Any:
        assert begun.wait(timeout=20)
        return {"Account": NEW, "Arn": "a", "UserId": "b"}

    held = aws.roles[arn(WORKLOAD)]
    held.hold = Held()
    for name in OPERATIONS.keys() - {"sts.GetCallerIdentity"}:
        held.answers[name] = refused("AccessDenied", 403)  # a refusal is written to no file, which would be an error
    aws.roles[arn(SECURITY)].answers["sts.GetCallerIdentity"] = another
    with pytest.raises(CollectError, match="gave credentials of another account"):
        look(rules=every_rule, role_arns=(arn(SECURITY), arn(WORKLOAD)), workers=2)
    ended.set()
    left = [thread for thread in threading.enumerate() if thread.name.startswith(("account", "collect"))]
    for thread in left:
        thread.join(timeout=20)
    assert not [thread.name for thread in left if thread.is_alive()]


def test_an_account_whose_role_does_not_say_who_it_is(look: Look, aws: Any, refused: Callable[..., Any]) -> None:
    aws.roles[arn(SECURITY)].answers["sts.GetCallerIdentity"] = refused("AccessDenied", 403)
    snapshot = look(role_arns=(arn(SECURITY), arn(WORKLOAD)))
    assert snapshot.left_out(SECURITY) == f"AWS did not say whose credentials {arn(SECURITY)} gave: AccessDenied"
    assert [call.operation for call in snapshot.calls if call.account == SECURITY] == ["sts.GetCallerIdentity"]


def test_a_role_of_the_account_at_hand(look: Look, aws: Any) -> None:
    aws.roles[arn(OWN)] = member(type(aws)(), OWN)
    assert look(role_arns=(arn(OWN), arn(WORKLOAD))).accounts == (OWN, WORKLOAD)


def test_what_was_taken_out_is_told(look: Look, resource_rule: Callable[..., Rule], tmp_path: Path) -> None:
    whole = look(**ORGANIZATION)
    uses = plan_for((resource_rule("cloudtrail.trail", "Name"),)).uses
    assert (unrecorded_calls(whole, uses), unneeded_calls(whole, uses), misstatements(whole)) == ((), (), ())

    def without(*operations: str, **scope: Any) -> Snapshot:
        kept = tuple(call for call in whole.calls if call.operation not in operations)
        return Snapshot(
            {**whole.run, "scope": {**whole.run["scope"], **scope}}, kept, FolderFiles(tmp_path / "snapshot").read
        )

    accounts = whole.run["scope"]["accounts"]
    for account in (SECURITY, NEW):
        fewer = {name: scope for name, scope in accounts.items() if name != account}
        assert f"account {account} was to be looked at" in misstatements(without(accounts=fewer))[0]
    assert f"whether account {GONE} is out of scope" in misstatements(without(skipped={}))[0]
    assert f"account {NEW} was not looked at" in misstatements(without("sts.AssumeRole"))[0]
    assert "does not follow from the recorded calls" in misstatements(without("organizations.ListAccounts"))[0]
    (missing,) = unrecorded_calls(without("organizations.ListAccounts"), uses)
    assert missing.operation == "organizations.ListAccounts"


def test_no_more_calls_at_once_than_allowed(look: Look, aws: Any, every_rule: tuple[Rule, ...]) -> None:
    at_once = most = 0
    lock = threading.Lock()
    for fake in (aws, *aws.roles.values()):
        said = fake.pages

        def pages(*arguments: Any, said: Any = said) -> Any:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            try:
                return said(*arguments)
            finally:
                with lock:
                    at_once -= 1

        fake.pages = pages
    look(rules=every_rule, role_arns=(arn(SECURITY), arn(WORKLOAD)))
    assert 1 <= most <= 4


def test_progress_tells_which_account_it_is_of(look: Look, resource_rule: Callable[..., Rule], tmp_path: Path) -> None:
    assert look is not None
    seen: list[tuple[str, int, int]] = []
    chosen = Accounts(role_arns=(arn(SECURITY), arn(NEW), arn(WORKLOAD)))
    options = CollectOptions(regions=("us-east-1",), accounts=chosen)
    plan = plan_for((resource_rule("cloudtrail.trail", "Name"),))
    collect(options, plan, tmp_path / "s", lambda *facts: seen.append(facts), clock=lambda: NOON)
    phases, *counts = zip(*seen, strict=True)
    assert sorted(set(phases)) == [
        "Collecting account 1 of 3",
        "Collecting account 2 of 3",
        "Collecting account 3 of 3",
    ]
    assert set(zip(*counts, strict=True)) == {(0, 1), (1, 1)}


def test_the_same_answers_give_the_same_folder(look: Look, tmp_path: Path) -> None:
    look("a", **ORGANIZATION)
    look("b", **ORGANIZATION)

    def contents(folder: Path) -> dict[Path, bytes]:
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}

    assert contents(tmp_path / "a") == contents(tmp_path / "b")


TOPIC = f"arn:aws:sns:us-east-1:{SECURITY}:operations"
KEY = f"arn:aws:kms:us-east-1:{WORKLOAD}:key/operations"


@pytest.fixture
def across(look: Look, aws: Any, refused: Callable[..., Any], route_rule: Rule) -> Callable[[], Snapshot]:
    """Collect where an alarm of one account notifies a topic of another, whose key belongs to a third one."""
    aws.roles[arn(NEW)] = member(type(aws)(), NEW)
    for account, fake in ((each, aws.roles[arn(each)]) for each in (SECURITY, WORKLOAD, NEW)):
        if account != NEW:
            fake.answers["cloudwatch.DescribeAlarms"] = {"MetricAlarms": [], "CompositeAlarms": []}
        fake.answers["events.ListRules"] = {"Rules": []}
        told = {"Attributes": {"KmsMasterKeyId": KEY, "Policy": "{}"}}
        fake.answers["sns.GetTopicAttributes"] = told if account == SECURITY else refused("AuthorizationError", 403)
        fake.answers["kms.DescribeKey"] = {"KeyMetadata": {"KeyId": "operations", "Arn": KEY}}
    trails = json.dumps(aws.answers["cloudtrail.DescribeTrails"]).replace(OWN, NEW)
    aws.roles[arn(NEW)].answers["cloudtrail.DescribeTrails"] = json.loads(trails)
    alarms = aws.roles[arn(NEW)].answers["cloudwatch.DescribeAlarms"]["MetricAlarms"]
    aws.roles[arn(NEW)].answers["cloudwatch.DescribeAlarms"] = {
        "MetricAlarms": [{**alarms[0], "AlarmActions": [TOPIC]}],
        "CompositeAlarms": [],
    }
    return lambda: look(rules=(route_rule,), role_arns=(arn(SECURITY), arn(WORKLOAD), arn(NEW)))


def test_what_another_account_names_is_asked_of_its_owner(
    across: Callable[[], Snapshot], aws: Any, route_rule: Rule
) -> None:
    """AWS answers the owner of a topic and of a key, and hardly anybody else."""
    snapshot = across()
    (topic,) = snapshot.made(SECURITY, "sns.GetTopicAttributes")
    assert (topic.arguments, topic.error) == ({"TopicArn": TOPIC}, None)
    assert snapshot.made(SECURITY, "sns.ListSubscriptionsByTopic")
    assert KEY in {call.arguments["KeyId"] for call in snapshot.made(WORKLOAD, "kms.DescribeKey")}
    assert len([each for each in aws.assumed if each["RoleArn"] == arn(SECURITY)]) == 2
    uses = plan_for((route_rule,)).uses
    assert (unrecorded_calls(snapshot, uses), unneeded_calls(snapshot, uses), misstatements(snapshot)) == ((), (), ())


def test_a_role_that_is_refused_the_second_time_is_a_gap(across: Callable[[], Snapshot], aws: Any) -> None:
    assumed, times = aws.answers["sts.AssumeRole"], [0]

    def once(region: str, arguments: Mapping[str, Any]) -> Any:
        times[0] += arguments["RoleArn"] == arn(SECURITY)
        return assumed(region, {"RoleArn": ""} if times[0] > 1 else arguments)

    aws.answers["sts.AssumeRole"] = once
    snapshot = across()
    assert not snapshot.made(SECURITY, "sns.GetTopicAttributes")
    (call,) = snapshot.made(SECURITY, "sts.AssumeRole")
    assert call.error is not None
    assert snapshot.regions(SECURITY)


def key_of(account: str) -> str:
    return f"arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def encrypted_by(look: Look, aws: Any, resource_rule: Callable[..., Rule]) -> Callable[[str], tuple[Snapshot, Any]]:
    """``encrypted_by(account)``: every account sees an organization trail with that account's key."""
    trail = {
        "Name": "all",
        "TrailARN": f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/all",
        "HomeRegion": "us-east-1",
        "KmsKeyId": "",
    }
    rules = (resource_rule("cloudtrail.trail", "KmsKey"),)

    def make(owner: str) -> tuple[Snapshot, Any]:
        for fake, name in ((aws, OWN), *((aws.roles[arn(account)], account) for account in (SECURITY, WORKLOAD))):
            fake.answers["cloudtrail.DescribeTrails"] = {"trailList": [{**trail, "KmsKeyId": key_of(owner)}]}
            fake.answers["kms.DescribeKey"] = {
                "KeyMetadata": {"KeyId": name, "Arn": key_of(owner), "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
            }
        return look(rules=rules, **ORGANIZATION), plan_for(rules).uses

    return make


def asked_about_keys(snapshot: Snapshot) -> set[str]:
    return {call.account for call in snapshot.calls if call.operation == "kms.DescribeKey"}


@pytest.mark.parametrize("owner", [OWN, SECURITY])
def test_what_belongs_to_another_account_is_asked_about_there(
    encrypted_by: Callable[[str], tuple[Snapshot, Any]], owner: str, tmp_path: Path
) -> None:
    snapshot, uses = encrypted_by(owner)
    assert asked_about_keys(snapshot) == {owner}
    for account in (OWN, SECURITY, WORKLOAD):
        (row,) = RESOURCES["cloudtrail.trail"].view(snapshot, account).rows
        assert row.data["KmsKey"]["KeyId"] == owner
        assert {source.call.account for source in row.cites["KmsKey"]} == {owner}
    assert (unrecorded_calls(snapshot, uses), unneeded_calls(snapshot, uses), misstatements(snapshot)) == ((), (), ())
    kept = tuple(call for call in snapshot.calls if call.operation != "kms.DescribeKey")
    without = Snapshot(snapshot.run, kept, FolderFiles(tmp_path / "snapshot").read)
    assert [(each.account, each.operation) for each in unrecorded_calls(without, uses)] == [(owner, "kms.DescribeKey")]


@pytest.mark.parametrize("owner", [NEW, "999999999999"])
def test_whoever_names_a_thing_is_asked_when_its_owner_is_not_looked_at(
    encrypted_by: Callable[[str], tuple[Snapshot, Any]], owner: str
) -> None:
    snapshot, uses = encrypted_by(owner)
    assert asked_about_keys(snapshot) == {OWN, SECURITY, WORKLOAD}
    assert (unrecorded_calls(snapshot, uses), unneeded_calls(snapshot, uses)) == ((), ())


def test_the_printed_policies_equal_the_calls_made(look: Look, every_rule: tuple[Rule, ...]) -> None:
    """The account at hand reads, lists the organization and assumes roles; members, which have less to read, read."""
    snapshot = look(rules=every_rule, **ORGANIZATION, units=("Teams",), named=(OWN,))
    asked: dict[str, set[str]] = {}
    for call in snapshot.calls:
        operation = {**OPERATIONS, **ORGANIZATION_OPERATIONS, ASSUME_ROLE.name: ASSUME_ROLE}[call.operation]
        asked.setdefault(call.account, set()).update(operation.actions)
    (reads,) = iam_policy(uses_for(every_rule))["Statement"]
    listings, entering = organization_statements("Audit")
    member = {*reads["Action"]} - {"ec2:DescribeRegions"}  # the Regions were named
    assert asked[SECURITY] < member
    assert asked[OWN] == member | set(listings["Action"])
    assert entering["Resource"] == "arn:*:iam::*:role/Audit"


def test_a_denied_account_is_never_a_pass_and_a_suspended_one_no_gap(
    look: Look, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = ["--rule", "trail.log-file-validation"]
    selected = select((), (rule[1],), (), ()).rules
    look("denied", rules=selected, **ORGANIZATION)
    assert run(["scan", "--snapshot", str(tmp_path / "denied"), *rule]) == Exit.INCOMPLETE
    told = " ".join(capsys.readouterr().out.split())
    assert f"left out {GONE}: the account is suspended" in told
    assert f"joined the organization in the last year: {NEW} on 2026-11-20; no organization trail has anything" in told
    assert f"{NEW}: no Region (the role {arn(NEW)} could not be assumed: AccessDenied" in told
    assert (
        f"Let your identity assume the role in these accounts (trust policy, external id), then scan again: {NEW}"
        in told
    )
    look("whole", rules=selected, **ORGANIZATION, excluded=(NEW,))
    assert run(["scan", "--snapshot", str(tmp_path / "whole"), *rule, "-q"]) == Exit.CLEAN


def test_the_command_names_every_account_that_was_not_looked_at(
    look: Look, aws: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that has no enabled Region refused nothing, and all the same nothing of it was looked at."""
    assert look is not None
    aws.roles[arn(NEW)] = member(type(aws)(), NEW)
    aws.roles[arn(NEW)].answers["ec2.DescribeRegions"] = {"Regions": []}
    options = ("--rule", "trail.log-file-validation", "--organization", "--role-name", "Audit")
    assert run(["collect", *options, "-o", str(tmp_path / "s")]) == Exit.INCOMPLETE
    told = capsys.readouterr().err
    assert "0 of them refused" in told
    assert f"account {NEW} could not be looked at: EC2 names no enabled Region, so there is nothing to look at" in told
    assert f"account {GONE} was left out: the account is suspended" in told
    scanned = ["scan", "--snapshot", str(tmp_path / "s"), *options[:2], "-q"]
    assert run(scanned) == Exit.INCOMPLETE
