"""The installed command against a real local endpoint: scan, collect, verify, and each exit code."""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from junitparser.xunit2 import JUnitXml

from scanner.demo.account import EXPECTED_BROKEN, REGIONS
from scanner.demo.partly_known import REASON, mark_actions
from scanner.demo.routes import ROUTES

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("endpoint")]

COMMAND = Path(sys.executable).with_name("trailwitness")
SCOPE = [argument for region in REGIONS for argument in ("--region", region)]
Run = Callable[..., subprocess.CompletedProcess[str]]

SERVICE_ROUTES = {
    "route.cloudtrail-insights": "rule",
    "route.config-noncompliance": "service",
    "route.guardduty-findings": "service",
    "route.securityhub-findings": "service",
}
"""Where the routes of findings break in the demo account: it has Insights switched on, and none of the services."""

BEYOND_CIS = dict.fromkeys(
    (
        *("route.audit-pipeline-changes", "route.identity-credential-changes", "route.log-store-tampering"),
        "route.security-service-disabled",
    ),
    "filter",
)
"""Where the routes that CIS does not ask for break in the demo account: nobody wrote filters for them."""


@pytest.fixture
def run(demo_endpoint: str, tmp_path: Path) -> Run:
    """Run the installed command from an empty folder against the seeded account."""

    def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        variables |= {
            "AWS_ENDPOINT_URL": demo_endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env=variables | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return command


@pytest.fixture(scope="module")
def snapshot(demo_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One snapshot of the seeded account, for the offline tests."""
    target = tmp_path_factory.mktemp("demo") / "snapshot"
    variables = dict(os.environ) | {
        "AWS_ENDPOINT_URL": demo_endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    done = subprocess.run(
        [COMMAND, "collect", *SCOPE, "-o", target], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return target


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def test_scan_writes_everything(run: Run, tmp_path: Path) -> None:
    done = run(
        "scan", "--framework", "pci-dss-4.0.1", "--framework", "hipaa-security-rule", *SCOPE,
        "--output", "junit=out.xml", "--output", "json=out.json", "--bundle", "evidence",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    document = load(tmp_path / "out.json")
    outcomes = Counter(finding["outcome"] for finding in document["findings"])
    assert dict(outcomes) == {key: count for key, count in document["summary"]["findings"].items() if count}
    suites = JUnitXml.fromfile(str(tmp_path / "out.xml"))
    assert (suites.tests, suites.failures, suites.errors) == (
        len(document["findings"]),
        outcomes["fail"],
        outcomes["unknown"],
    )
    assert sum(suite.skipped for suite in suites) == outcomes["not_applicable"]
    assert {control["framework"] for control in document["controls"]} == {"pci-dss-4.0.1", "hipaa-security-rule"}
    assert "compliant" not in done.stdout.lower()
    verified = run("verify", "evidence")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "manifest-sha256.txt", "tagmanifest-sha256.txt"],
        cwd=tmp_path / "evidence",
        check=False,
    )
    assert checked.returncode == 0


def test_every_route_breaks_where_it_is_broken(run: Run, tmp_path: Path) -> None:
    assert run("scan", "--rule", "route", *SCOPE, "--output", "json=out.json", "--quiet").returncode == 1
    found = {}
    for finding in load(tmp_path / "out.json")["findings"]:
        broken = finding["details"].get("first_broken", finding["outcome"]) if finding["outcome"] != "pass" else "pass"
        found[finding["rule"]] = broken
    expected = {rule: link for rule, link in EXPECTED_BROKEN.items() if rule.startswith("route.")}
    assert found == {**expected, **SERVICE_ROUTES, **BEYOND_CIS, "route.delivery-heartbeat": "fail"}


def test_the_routes_are_cheap(run: Run, tmp_path: Path) -> None:
    """15 CIS routes: at most 15 calls per Region, two per topic, one per subscription and endpoint, and 3 s of CPU.

    Mute rules take one call to list them and one for each. A metric that no alarm reads takes one: whether another
    account may watch it over a link.

    Each call is made once.
    One call per Region with a log group tells whether pipelines may change the events before its filters read them.
    Without a topic's attributes and its subscriptions' a route would pass that tells nobody.
    One call lists log groups that events enter without a trail, a way that would otherwise be denied unseen.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    rules = [word for rule in ROUTES for word in ("--rule", rule.rule)]
    assert run("scan", *rules, "--region", "us-east-1", "--output", "json=out.json", "--quiet").returncode == 1
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    evidence = load(tmp_path / "out.json")["evidence"]
    new = ("cloudwatch.ListAlarmMuteRules", "cloudwatch.GetAlarmMuteRule", "oam.ListLinks", "observabilityadmin.")
    apart = ("sns.", "lambda.", "sqs.", "firehose.", "cloudwatch.GetMetricData", *new)
    topics = [item for item in evidence if item["operation"].startswith(apart)]
    assert Counter(item["operation"] for item in topics) == {
        "cloudwatch.ListAlarmMuteRules": 1,
        "cloudwatch.GetAlarmMuteRule": 1,
        "cloudwatch.GetMetricData": 3,
        "oam.ListLinks": 1,
        "observabilityadmin.ListTelemetryPipelines": 1,
        "sns.ListSubscriptionsByTopic": 3,
        "sns.GetTopicAttributes": 3,
        "sns.GetDataProtectionPolicy": 3,
        "sns.GetSubscriptionAttributes": 4,
        "lambda.GetFunctionConcurrency": 1,
        "sqs.GetQueueUrl": 1,
        "firehose.ListTagsForDeliveryStream": 1,
    }
    assert len(evidence) - len(topics) <= 15
    made = Counter((item["region"], item["operation"], json.dumps(item["arguments"])) for item in evidence)
    assert set(made.values()) == {1}
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3


def test_a_place_that_is_not_known_leaves_the_rest_as_it_was(run: Run, snapshot: Path, tmp_path: Path) -> None:
    mark_actions(snapshot, tmp_path / "partly")
    outcomes: list[dict[tuple[str, str], str]] = []
    for source, name in ((snapshot, "whole.json"), (tmp_path / "partly", "partly.json")):
        run("scan", "--snapshot", str(source), "--output", f"json={name}", "--quiet")
        found = load(tmp_path / name)["findings"]
        outcomes.append({(finding["rule"], finding["resource"]): finding["outcome"] for finding in found})
    whole, partly = outcomes
    # Topics that only this alarm notifies may be hidden, so what is said of all of them is not certain.
    assert {partly[key] for key in partly.keys() - whole.keys()} <= {"unknown"}
    assert whole.keys() <= partly.keys()
    changed = {key: (whole[key], partly[key]) for key in whole if whole[key] != partly[key]}
    assert changed["route.root-usage", "123456789012"] == ("pass", "unknown")
    assert set(changed.values()) == {("pass", "unknown")}
    gaps = load(tmp_path / "partly.json")["gaps"]
    assert any(gap["kind"] == "not-known" and REASON in gap["reason"] for gap in gaps)
    with pytest.raises(ValueError, match="lists no alarm"):
        mark_actions(_without_alarms(snapshot, tmp_path / "none"), tmp_path / "copy")


def _without_alarms(snapshot: Path, target: Path) -> Path:
    """A copy of a snapshot that never asked for alarms."""
    shutil.copytree(snapshot, target)
    calls = target / "calls.jsonl"
    kept = [line for line in calls.read_text(encoding="utf-8").splitlines() if "DescribeAlarms" not in line]
    calls.write_text("\n".join([*kept, ""]), encoding="utf-8")
    return target


def test_offline_is_byte_identical(run: Run, snapshot: Path, tmp_path: Path) -> None:
    for number, (zone, language, seed) in enumerate((("UTC", "C", "0"), ("Asia/Tokyo", "de_DE.UTF-8", "7"))):
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(snapshot, copy)
        done = run(
            "scan", "--snapshot", str(copy), "--output", f"json=a{number}.json", "--output", f"junit=j{number}.xml",
            "--bundle", f"b{number}", "--quiet", TZ=zone, LANG=language, PYTHONHASHSEED=seed, AWS_ENDPOINT_URL="http://127.0.0.1:9",
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
    assert (tmp_path / "a0.json").read_bytes() == (tmp_path / "a1.json").read_bytes()
    assert (tmp_path / "j0.xml").read_bytes() == (tmp_path / "j1.xml").read_bytes()
    assert tree(tmp_path / "b0") == tree(tmp_path / "b1")


def test_a_bundle_is_a_snapshot(run: Run, snapshot: Path, tmp_path: Path) -> None:
    assert (
        run("scan", "--snapshot", str(snapshot), "--output", "json=a.json", "--bundle", "b", "--quiet").returncode == 1
    )
    assert run("scan", "--snapshot", "b", "--output", "json=b.json", "--quiet").returncode == 1
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert run("scan", "--snapshot", str(snapshot), "--bundle", "b.zip", "--quiet").returncode == 1
    assert run("verify", "b.zip", "b").returncode == 0


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def bundle(run: Run, snapshot: Path, tmp_path: Path) -> Path:
    assert run("scan", "--snapshot", str(snapshot), "--bundle", "bag", "--quiet").returncode == 1
    return tmp_path / "bag"


def test_any_tampering_is_named(run: Run, bundle: Path) -> None:
    raw = sorted((bundle / "data" / "raw").rglob("*.json"))[3]
    original = raw.read_bytes()
    raw.chmod(0o600)
    raw.write_bytes(original.replace(b"e", b"f", 1))
    refused = run("verify", "bag")
    assert refused.returncode == 1
    assert raw.name in refused.stdout
    raw.write_bytes(original)
    assert run("verify", "bag").returncode == 0
    raw.rename(raw.with_name("moved.json"))
    refused = run("verify", "bag")
    assert refused.returncode == 1
    assert raw.name in refused.stdout
    assert "moved.json" in refused.stdout


def test_a_resealed_lie_is_found_by_recomputing(run: Run, bundle: Path) -> None:
    """Digests alone cannot tell when somebody writes the manifests anew; the evidence inside can."""
    assessment = bundle / "data" / "assessment.json"
    document = load(assessment)
    lie = next(finding for finding in document["findings"] if finding["outcome"] == "fail")
    lie["outcome"] = "pass"
    assessment.chmod(0o600)
    assessment.write_text(json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        manifest = bundle / name
        manifest.chmod(0o600)
        lines = [line.split("  ", 1) for line in manifest.read_text(encoding="utf-8").splitlines()]
        manifest.write_text(
            "".join(f"{hashlib.sha256((bundle / path).read_bytes()).hexdigest()}  {path}\n" for _, path in lines),
            encoding="utf-8",
        )
    refused = run("verify", "bag")
    assert refused.returncode == 1
    assert lie["rule"] in refused.stdout


def test_exit_codes(run: Run) -> None:
    assert (
        run("scan", "--rule", "trail.log-file-validation", "--region", "us-east-1", "--fail-on", "critical").returncode
        == 0
    )
    assert run("scan", "--rule", "trail.log-file-validation", *SCOPE).returncode == 1
    assert run("scan", "--framework", "nothing").returncode == 2
    unreachable = run("scan", "--rule", "trail", "--region", "us-east-1", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert unreachable.returncode == 2
    assert unreachable.stdout == ""
    assert "127.0.0.1:9" in unreachable.stderr


def test_no_credentials(run: Run, tmp_path: Path) -> None:
    done = run(
        "scan", "--region", "us-east-1",
        AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_EC2_METADATA_DISABLED="true", HOME=str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 2
    assert "credentials" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == []


def test_targets_are_never_overwritten(run: Run, snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious").write_text("x", encoding="utf-8")
    refused = run("scan", "--snapshot", str(snapshot), "--bundle", "mine")
    assert refused.returncode == 2
    assert "exists already" in refused.stderr
    assert run("collect", *SCOPE, "-o", "mine").returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["precious"]
