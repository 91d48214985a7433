"""The collection as a whole: each call once, every refusal a gap, and the same folder for the same answers."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

import scanner.collect
from scanner import __version__
from scanner.audit_path.event_log_groups import LISTING
from scanner.aws.operations import OPERATIONS
from scanner.checks.needs import uses_for
from scanner.collect import CollectOptions
from scanner.collect.collection import PHASE, collect
from scanner.collect.plan import stages
from scanner.collect.recording import utc_now
from scanner.errors import CollectError, UsageError
from scanner.model import ResourceCheck, Rule
from scanner.runs.collecting import plan_for
from scanner.snapshot.answers import ABSENT, SCHEMA, Snapshot
from scanner.snapshot.folder import read_snapshot

ACCOUNT = "111122223333"
Gather = Callable[..., Snapshot]
Refused = Callable[..., ClientError]


def test_the_run_says_who_when_and_what(gather: Gather, route_rule: Rule) -> None:
    run = gather(route_rule).run
    assert run["schema"] == SCHEMA
    assert (run["started"], run["finished"]) == ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00Z")
    assert run["partition"] == "aws"
    assert run["caller"] == {"account": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/auditor", "user_id": "AIDA"}
    assert run["tool"] == {"name": "trailwitness", "version": __version__}
    assert set(run["dependencies"]) == {"boto3", "botocore"}
    assert run["rules"] == ["route.rule"]


def test_enabled_regions_are_in_scope_and_the_others_are_named(gather: Gather) -> None:
    snapshot = gather()
    assert snapshot.run["scope"] == {
        "accounts": {
            ACCOUNT: {"regions": ["eu-south-1", "eu-west-1", "us-east-1"], "skipped": {"ap-east-1": "not enabled"}}
        },
        "asked": {"regions": "enabled"},
    }
    assert [call.operation for call in snapshot.calls] == ["ec2.DescribeRegions", "sts.GetCallerIdentity"]
    assert {call.region for call in snapshot.calls} == {"us-east-1"}


def test_named_regions_are_the_scope(gather: Gather, aws: Any) -> None:
    snapshot = gather(regions=("us-west-2", "eu-west-1", "us-west-2"))
    assert snapshot.regions(ACCOUNT) == ("eu-west-1", "us-west-2")
    assert snapshot.run["scope"]["asked"] == {"regions": ["eu-west-1", "us-west-2"]}
    assert not [operation for operation, _, _ in aws.asked if operation == "ec2.DescribeRegions"]


def test_accounts_that_may_own_log_buckets_are_recorded_and_asked_about(
    aws: Any, resource_rule: Callable[..., Rule], tmp_path: Path
) -> None:
    owners = ("777788889999", "444455556666", "777788889999", ACCOUNT)
    rules = [resource_rule("s3.log_bucket", "OwnerAccount")]
    snapshot = collect(
        CollectOptions(regions=("us-east-1",), bucket_owners=owners), plan_for(rules), tmp_path / "snapshot"
    )
    assert snapshot.run["scope"]["asked"]["bucket_owners"] == [ACCOUNT, "444455556666", "777788889999"]
    assert aws.asked
    asked = [str(call.arguments["ExpectedBucketOwner"]) for call in snapshot.made(ACCOUNT, "s3.HeadBucket")]
    assert sorted(asked) == [ACCOUNT, "444455556666", "777788889999"]


def test_when_the_regions_may_not_be_listed_botocore_knows_them(gather: Gather, aws: Any, refused: Refused) -> None:
    aws.answers["ec2.DescribeRegions"] = refused("UnauthorizedOperation", 403)
    snapshot = gather()
    assert snapshot.regions(ACCOUNT) == ("eu-west-1", "us-east-1")
    assert list(snapshot.run["scope"]["accounts"][ACCOUNT]["skipped"]) == ["others"]
    gap = snapshot.ask(ACCOUNT, "us-east-1", "ec2.DescribeRegions", {"AllRegions": True}).gap
    assert gap is not None
    assert gap.kind == "denied"


@pytest.mark.parametrize("odd", [None, {}, {"RegionName": 5}, {"RegionName": ""}, "eu-west-1"])
def test_a_list_of_regions_that_is_malformed_is_not_believed(odd: Any, gather: Gather, aws: Any) -> None:
    aws.answers["ec2.DescribeRegions"] = {"Regions": [{"RegionName": "us-east-1"}, odd]}
    snapshot = gather()
    assert snapshot.regions(ACCOUNT) == ("eu-west-1", "us-east-1")
    assert "not of its documented shape" in snapshot.run["scope"]["accounts"][ACCOUNT]["skipped"]["others"]


@pytest.mark.parametrize("answer", [{"Regions": []}, {"Regions": [{"RegionName": "x", "OptInStatus": "not-opted-in"}]}])
def test_an_account_without_regions_is_not_scanned(answer: Any, gather: Gather, aws: Any, tmp_path: Path) -> None:
    aws.answers["ec2.DescribeRegions"] = answer
    with pytest.raises(CollectError, match="no enabled Region"):
        gather()
    assert not list(tmp_path.iterdir())


def test_every_call_is_made_at_most_once(gather: Gather, aws: Any, every_rule: tuple[Rule, ...]) -> None:
    snapshot = gather(*every_rule)
    assert max(aws.asked.values()) == 1
    assert sum(aws.asked.values()) == len(snapshot.calls)
    assert {call.operation for call in snapshot.calls} == set(OPERATIONS)


def test_a_key_of_several_things_is_described_once(gather: Gather, aws: Any, every_rule: tuple[Rule, ...]) -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/one"
    trail = aws.answers["cloudtrail.DescribeTrails"]["trailList"][0]
    aws.answers["cloudtrail.DescribeTrails"] = {"trailList": [{**trail, "KmsKeyId": key}]}
    aws.answers["logs.DescribeLogGroups"] = {"logGroups": [{"logGroupName": "audit/cloudtrail", "kmsKeyId": key}]}
    aws.answers["s3.GetBucketEncryption"] = {
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": key}}]
        }
    }
    aws.answers["sns.GetTopicAttributes"] = {"Attributes": {"KmsMasterKeyId": key}}
    store = aws.answers["cloudtrail.GetEventDataStore"]
    aws.answers["cloudtrail.GetEventDataStore"] = {**store, "KmsKeyId": key}
    bus = {"Name": "default", "Arn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default", "KmsKeyIdentifier": key}
    aws.answers["events.DescribeEventBus"] = bus
    snapshot = gather(*every_rule)
    assert len(snapshot.made(ACCOUNT, "kms.DescribeKey")) == 1
    assert max(aws.asked.values()) == 1


def test_the_cis_routes_stay_within_their_budget(gather: Gather, aws: Any, route_rule: Rule) -> None:
    """At most 15 calls per Region, and a few more per topic that alarms notify and for mute rules.

    Whether an alarm can publish and who hears it is told by the topic's attributes, its KMS key and the key's policy,
    its subscriptions with their attributes, and one look at each function, queue and stream; whether it is muted, by
    one listing and each of the mute rules; whether a rule that sends to a topic works, by the default bus and its key:
    without these a route would pass although nobody is told. One call per Region with a log group tells of pipelines,
    which may change or take away the events before its filters read them.
    """
    aws.answers |= {  # an account that neither watches metrics of another nor leaves its own to be watched
        "logs.DescribeLogGroups": {  # and into which no management events come without a trail
            "logGroups": aws.answers["logs.DescribeLogGroups"]["logGroups"][:-1]
        },
        "logs.DescribeMetricFilters": {
            "metricFilters": [
                {**each, "metricTransformations": each["metricTransformations"][:1]}
                for each in aws.answers["logs.DescribeMetricFilters"]["metricFilters"]
            ]
        },
        "cloudwatch.DescribeAlarms": {
            **aws.answers["cloudwatch.DescribeAlarms"],
            "MetricAlarms": aws.answers["cloudwatch.DescribeAlarms"]["MetricAlarms"][:2],
        },
    }
    trail = aws.answers["cloudtrail.DescribeTrails"]["trailList"][0]
    second = {**trail, "TrailARN": f"{trail['TrailARN']}-2", "Name": "main-2"}
    aws.answers["cloudtrail.DescribeTrails"] = {"trailList": [trail, second]}
    snapshot = gather(route_rule)
    singly = ("cloudwatch.ListAlarmMuteRules", "cloudwatch.GetAlarmMuteRule", "cloudwatch.GetMetricData")
    apart = ("sns.", "kms.", "lambda.", "sqs.", "firehose.", "events.DescribeEventBus", "observabilityadmin.", *singly)
    calls = Counter(call.region for call in snapshot.calls if not call.operation.startswith(apart))
    assert max(calls.values()) <= 15
    assert Counter(call.operation for call in snapshot.calls if call.operation.startswith(apart)) == {
        "cloudwatch.ListAlarmMuteRules": 1,
        "cloudwatch.GetAlarmMuteRule": 1,
        "cloudwatch.GetMetricData": 1,
        "events.DescribeEventBus": 3,
        "sns.GetTopicAttributes": 1,
        "sns.GetDataProtectionPolicy": 1,
        "kms.DescribeKey": 1,
        "kms.GetKeyPolicy": 1,
        "sns.ListSubscriptionsByTopic": 1,
        "sns.GetSubscriptionAttributes": 5,
        "sns.CheckIfPhoneNumberIsOptedOut": 1,
        "sns.GetSMSSandboxAccountStatus": 1,
        "sns.ListSMSSandboxPhoneNumbers": 1,
        "sns.GetSMSAttributes": 1,
        "lambda.GetFunctionConcurrency": 1,
        "sqs.GetQueueUrl": 1,
        "firehose.ListTagsForDeliveryStream": 1,
        "observabilityadmin.ListTelemetryPipelines": 1,
    }


def test_a_way_without_a_trail_costs_nothing_where_there_is_none(gather: Gather, aws: Any, route_rule: Rule) -> None:
    """And in a Region with a log group that events enter these calls, those for the organization from its manager."""
    group = "aws/cloudtrail/managementevents"
    found = aws.answers["logs.DescribeLogGroups"]["logGroups"]
    without = {"logGroups": [each for each in found if each["logGroupName"] != group]}
    there = "eu-west-1"
    aws.answers["logs.DescribeLogGroups"] = lambda region, _: {"logGroups": found} if region == there else without
    with_one = Counter(call.operation for call in gather(route_rule, name="with").calls)
    aws.answers["logs.DescribeLogGroups"] = without
    before = Counter(call.operation for call in gather(route_rule, name="without").calls)
    assert before["logs.DescribeLogGroups"] == len(("us-east-1", "eu-west-1", "eu-south-1")) + 1
    assert with_one - before == {
        "cloudtrail.ListChannels": 1,
        "cloudtrail.GetChannel": 1,
        "cloudwatch.GetMetricStatistics": 1,
        "cloudwatch.DescribeAlarms": 1,
        "cloudwatch.DescribeAnomalyDetectors": 1,
        "cloudwatch.ListAlarmMuteRules": 1,
        "cloudwatch.GetAlarmMuteRule": 1,
        "logs.DescribeMetricFilters": 1,
        "logs.DescribeSubscriptionFilters": 1,
        "oam.ListLinks": 1,
        "oam.GetLink": 1,
        "oam.ListSinks": 1,
        "oam.ListAttachedLinks": 1,
        "observabilityadmin.GetTelemetryEvaluationStatus": 1,
        "observabilityadmin.GetTelemetryEvaluationStatusForOrganization": 1,
        "observabilityadmin.GetTelemetryRule": 1,
        "observabilityadmin.GetTelemetryRuleForOrganization": 1,
        "observabilityadmin.ListTelemetryPipelines": 1,
        "observabilityadmin.ListTelemetryRules": 1,
        "observabilityadmin.ListTelemetryRulesForOrganization": 1,
    }
    assert not before - with_one


def test_the_path_of_an_endpoint_is_not_on_the_disk(
    gather: Gather, aws: Any, resource_rule: Any, tmp_path: Path
) -> None:
    """Bundles hold the files of snapshots, so that none of them has it either."""
    secret = {"AuthParameters": {"BasicAuthParameters": {"Username": "hush-4711"}}}
    aws.answers["events.DescribeConnection"] = {**aws.answers["events.DescribeConnection"], **secret}
    snapshot = gather(resource_rule("events.event_rule", "LiveTargets"))
    (call,) = {call.file: call for call in snapshot.made(ACCOUNT, "events.DescribeApiDestination")}.values()
    assert snapshot.answer(call.key).first["InvocationEndpoint"] == "https://pager.example"
    assert snapshot.made(ACCOUNT, "events.DescribeConnection")
    written = [path.read_bytes() for path in (tmp_path / "snapshot").rglob("*") if path.is_file()]
    assert written
    assert not [content for content in written if b"hush-4711" in content]


def in_rounds(
    names: Iterable[str], answer: Callable[[str], Any], gather: Gather, aws: Any, every_rule: tuple[Rule, ...]
) -> Iterator[tuple[Snapshot, set[str]]]:
    """Snapshots in which operations got another answer, and which of them were asked: each is so once.

    An operation that is asked only about what another one tells comes in a later round, when that one answers again.
    """
    usual, left = dict(aws.answers), set(names)
    for number in itertools.count():
        aws.answers.update({name: answer(name) for name in left})
        snapshot = gather(*every_rule, name=f"round-{number}")
        asked = left & {call.operation for call in snapshot.calls}
        assert asked, f"nothing asks for {left}"
        yield snapshot, asked
        left -= asked
        if not left:
            return
        aws.answers.update({name: usual[name] for name in asked})


EVERY_OPERATION = frozenset(OPERATIONS) - {"sts.GetCallerIdentity"}


def test_any_refusal_is_a_gap_and_stops_nothing(
    gather: Gather, aws: Any, refused: Refused, every_rule: tuple[Rule, ...]
) -> None:
    denied = refused("AccessDenied", 403)
    refusing = set(EVERY_OPERATION)
    for snapshot, asked in in_rounds(EVERY_OPERATION, lambda _: denied, gather, aws, every_rule):
        for call in snapshot.calls:
            if call.operation not in refusing:
                assert call.error is None, call.key
                continue
            assert call.error is not None, call.key
            assert (call.error.kind, call.file) == ("denied", "")
            gap = snapshot.ask(ACCOUNT, call.region, call.operation, call.arguments).gap
            assert gap is not None
            assert gap.kind == "denied"
        refusing -= asked


def test_any_odd_answer_is_a_gap_and_stops_nothing(gather: Gather, aws: Any, every_rule: tuple[Rule, ...]) -> None:
    for snapshot, asked in in_rounds(EVERY_OPERATION, lambda _: {}, gather, aws, every_rule):
        for name in asked:
            kinds = {call.error.kind if call.error else "" for call in snapshot.made(ACCOUNT, name)}
            assert kinds == ({"invalid"} if OPERATIONS[name].members else {""}), name


@pytest.mark.parametrize("place", range(max(len(operation.absences) for operation in OPERATIONS.values())))
def test_what_does_not_exist_is_recorded_as_absent(
    place: int, gather: Gather, aws: Any, refused: Refused, every_rule: tuple[Rule, ...]
) -> None:
    codes = {name: sorted(each.absences)[place] for name, each in OPERATIONS.items() if len(each.absences) > place}
    for snapshot, asked in in_rounds(codes, lambda name: refused(codes[name], 404), gather, aws, every_rule):
        for name in asked:
            kinds = {call.error.kind if call.error else "" for call in snapshot.made(ACCOUNT, name)}
            assert kinds == {ABSENT}, name


def test_a_region_that_is_off_or_has_no_endpoint(gather: Gather, aws: Any, refused: Refused, route_rule: Rule) -> None:
    listed = aws.answers["cloudtrail.DescribeTrails"]

    def answer(region: str, _: Any) -> Any:
        if region == "eu-south-1":
            return refused("UnrecognizedClientException", 403)
        if region == "eu-west-1":
            return EndpointConnectionError(endpoint_url="https://cloudtrail.eu-west-1.amazonaws.com")
        return listed

    aws.answers["cloudtrail.DescribeTrails"] = answer
    snapshot = gather(route_rule)
    kinds = {
        call.region: call.error.kind if call.error else ""
        for call in snapshot.made(ACCOUNT, "cloudtrail.DescribeTrails")
    }
    assert kinds == {"eu-south-1": "region-off", "eu-west-1": "endpoint", "us-east-1": ""}
    assert snapshot.made(ACCOUNT, "cloudtrail.GetTrailStatus")


@pytest.mark.parametrize(("region", "kind"), [("eu-south-1", "region-off"), ("eu-west-1", "denied")])
def test_named_regions_are_known_to_be_opt_in_without_asking(
    region: str, kind: str, gather: Gather, aws: Any, refused: Refused, route_rule: Rule
) -> None:
    aws.answers["cloudtrail.DescribeTrails"] = refused("InvalidClientTokenId", 403)
    (call,) = gather(route_rule, regions=(region,)).made(ACCOUNT, "cloudtrail.DescribeTrails")
    assert call.error is not None
    assert call.error.kind == kind


def test_no_region_of_another_partition_is_opt_in(gather: Gather, aws: Any, refused: Refused, route_rule: Rule) -> None:
    caller = aws.answers["sts.GetCallerIdentity"]
    aws.answers["sts.GetCallerIdentity"] = {**caller, "Arn": f"arn:aws-us-gov:iam::{ACCOUNT}:user/auditor"}
    aws.answers["cloudtrail.DescribeTrails"] = refused("InvalidClientTokenId", 403)
    snapshot = gather(route_rule, regions=("us-gov-east-1",))
    assert snapshot.partition == "aws-us-gov"
    (call,) = snapshot.made(ACCOUNT, "cloudtrail.DescribeTrails")
    assert call.error is not None
    assert call.error.kind == "denied"


def test_no_more_calls_at_once_than_allowed(
    gather: Gather, aws: Any, every_rule: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = []

    class Watched(ThreadPoolExecutor):
        def __init__(self, max_workers: int, thread_name_prefix: str) -> None:
            pools.append(max_workers)
            super().__init__(max_workers, thread_name_prefix)

    monkeypatch.setattr("scanner.collect.collection.ThreadPoolExecutor", Watched)
    gather(*every_rule, workers=3)
    assert pools == [3]
    assert 1 <= aws.most_at_once <= 3


def test_calls_do_run_at_once(gather: Gather, aws: Any, resource_rule: Callable[..., Rule]) -> None:
    """Three Regions are asked together: the barrier only opens when all three calls are under way."""
    aws.answers["cloudtrail.DescribeTrails"] = {"trailList": []}
    aws.hold = threading.Barrier(3)
    gather(resource_rule("cloudtrail.trail", "Name"), workers=3)
    assert aws.most_at_once == 3


def test_the_same_answers_give_the_same_folder(gather: Gather, every_rule: tuple[Rule, ...], tmp_path: Path) -> None:
    gather(*every_rule, name="a", workers=8)
    gather(*reversed(every_rule), name="b", workers=1)
    first = contents(tmp_path / "a")
    assert first == contents(tmp_path / "b")
    assert len(first) > 30


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*") if path.is_file()}


def test_what_is_recorded_of_a_call(gather: Gather, route_rule: Rule) -> None:
    snapshot = gather(route_rule)
    calls = snapshot.made(ACCOUNT, "logs.DescribeMetricFilters")
    (call,) = [call for call in calls if call.arguments == {"logGroupName": "audit/cloudtrail"}]
    assert call.request_ids == ("r-logs.DescribeMetricFilters-0",)
    assert (call.started, call.date) == ("2026-11-20T12:00:00Z", "2026-11-20T12:00:01Z")
    assert (call.pages, call.items) == (1, 1)


def test_nothing_secret_is_written(
    gather: Gather, aws: Any, refused: Refused, route_rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "FwoGZXIvYXdz")
    aws.answers["cloudtrail.GetTrailStatus"] = refused(
        "SignatureDoesNotMatch", 403, "AKIAIOSFODNN7EXAMPLE is wrong\n\nx-amz-security-token:FwoGZXIvYXdz"
    )
    gather(route_rule)
    written = b"".join(path.read_bytes() for path in (tmp_path / "snapshot").rglob("*.*") if path.is_file())
    assert b"SignatureDoesNotMatch" in written
    for secret in (b"wJalrXUtnFEMI", b"FwoGZXIvYXdz", b"AKIAIOSFODNN7EXAMPLE", b"ResponseMetadata", b"HTTPHeaders"):
        assert secret not in written


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "a/b", "..", "\ud800", "ü" * 300, "x\0y", "-rf", "a" * 5000, "<script>"]
)
def test_hostile_names_are_only_data(
    name: str, gather: Gather, aws: Any, every_rule: tuple[Rule, ...], tmp_path: Path
) -> None:
    trail = {
        "Name": name,
        "TrailARN": name,
        "HomeRegion": name,
        "S3BucketName": name,
        "KmsKeyId": name,
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}:*",
    }
    aws.answers["cloudtrail.DescribeTrails"] = {"trailList": [trail]}
    snapshot = gather(*every_rule, regions=("us-east-1",))
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
    assert snapshot.made(ACCOUNT, "cloudtrail.GetTrailStatus")[0].arguments == {"Name": name}
    assert read_snapshot(tmp_path / "snapshot").calls == snapshot.calls


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (("ExpiredToken", 403), r"have expired \(ExpiredToken\)\. Sign in again"),
        (("InvalidClientTokenId", 403), r"does not accept the credentials \(InvalidClientTokenId\)"),
        (("SignatureDoesNotMatch", 403), "does not accept the credentials"),
        (("AccessDenied", 403), r"refuses sts:GetCallerIdentity \(AccessDenied\).*service control policy"),
        (("AccessDeniedException", 400), r"refuses sts:GetCallerIdentity.*VPC endpoint"),
        (("Throttling", 400), "throttled"),
        (("InternalFailure", 500), r"did not say whose credentials these are \(InternalFailure\)"),
    ],
)
def test_without_an_identity_nothing_begins(
    error: tuple[str, int], words: str, gather: Gather, aws: Any, refused: Refused, tmp_path: Path
) -> None:
    aws.answers["sts.GetCallerIdentity"] = refused(*error)
    with pytest.raises(CollectError, match=words):
        gather()
    assert not list(tmp_path.iterdir())


def test_without_an_endpoint_or_credentials_nothing_begins(gather: Gather, aws: Any) -> None:
    aws.answers["sts.GetCallerIdentity"] = EndpointConnectionError(endpoint_url="https://sts")
    with pytest.raises(CollectError, match=r"AWS cannot be reached.*AWS_ENDPOINT_URL"):
        gather()
    aws.answers["sts.GetCallerIdentity"] = NoCredentialsError()
    with pytest.raises(CollectError, match="credentials cannot be had"):
        gather()
    aws.answers["sts.GetCallerIdentity"] = {"Arn": "x"}
    with pytest.raises(CollectError, match="UnexpectedAnswer"):
        gather()


def test_an_existing_target_is_refused_before_anything_is_asked(gather: Gather, aws: Any, tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    with pytest.raises(UsageError, match="already exists"):
        gather()
    assert not aws.asked


def test_an_interrupted_collection_leaves_nothing(
    gather: Gather, aws: Any, every_rule: tuple[Rule, ...], tmp_path: Path
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    aws.answers["logs.DescribeLogGroups"] = interrupt
    with pytest.raises(KeyboardInterrupt):
        gather(*every_rule)
    assert not list(tmp_path.iterdir())
    # Workers in the middle of a call are not waited for, but none may begin another one.
    left = [thread for thread in threading.enumerate() if thread.name.startswith("collect")]
    for thread in left:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in left)
    assert not list(tmp_path.iterdir())


def test_after_an_interrupt_nothing_more_is_asked(
    gather: Gather, aws: Any, every_rule: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = threading.Event()

    class Watched(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            shut.set()
            super().shutdown(wait=wait)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def after(operation: str) -> Callable[..., Any]:
        said = aws.answers[operation]

        def answer(region: str, arguments: Mapping[str, Any]) -> Any:
            if arguments == LISTING:  # made for each Region, beside the trails
                return {"logGroups": []}
            assert not arguments or shut.wait(timeout=20)  # without arguments it is made for each Region too
            return said(region, arguments) if callable(said) else said

        return answer

    # What is declared, and whether services are on, is asked for in the first stage.
    about_resources = [rule for rule in every_rule if isinstance(rule.check, ResourceCheck)]
    uses = uses_for(about_resources)
    at_first = {use.operation for use in stages(uses)[0]}
    for use in uses:
        if use.operation not in at_first:
            aws.answers[use.operation] = after(use.operation)
    first = stages(uses)[1][0].operation
    aws.answers[first] = interrupt
    monkeypatch.setattr("scanner.collect.collection.ThreadPoolExecutor", Watched)
    with pytest.raises(KeyboardInterrupt):
        gather(*about_resources, workers=1)
    asked = [operation for operation, _, _ in aws.asked]
    # The one worker may have begun one further call before the pool was shut.
    assert first in asked[-2:]


def test_progress_counts_up_to_the_end(aws: Any, every_rule: tuple[Rule, ...], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    snapshot = scanner.collect.collect(
        CollectOptions(workers=2), plan_for(every_rule), tmp_path / "s", lambda *facts: seen.append(facts)
    )
    assert {phase for phase, _, _ in seen} == {PHASE}
    done = [number for _, number, _ in seen]
    assert done == sorted(done)
    # The two calls of the session come before anything can be counted.
    assert seen[-1][1:] == (len(snapshot.calls) - 2, len(snapshot.calls) - 2)
    assert sum(aws.asked.values()) == len(snapshot.calls)


def test_the_clock_is_utc_and_whole_seconds() -> None:
    now = utc_now()
    assert now.microsecond == 0
    assert now.utcoffset() is not None
    assert not now.utcoffset()


def test_collecting_needs_no_progress(aws: Any, tmp_path: Path) -> None:
    assert aws is not None
    collect(CollectOptions(), plan_for(()), tmp_path / "s")
    assert (tmp_path / "s" / "run.json").is_file()


@pytest.mark.parametrize(
    "account", ["", "11112222333", "111122223333\n", "../../x", "١١١١٢٢٢٢٣٣٣٣", None, ["111122223333"]]
)
def test_an_account_id_that_is_none(account: Any, gather: Gather, aws: Any, tmp_path: Path) -> None:
    """The account names folders of the snapshot and of the bundle."""
    aws.answers["sts.GetCallerIdentity"] = {"Account": account, "Arn": "x", "UserId": "x"}
    with pytest.raises(CollectError, match="not 12 digits"):
        gather()
    assert not list(tmp_path.iterdir())
