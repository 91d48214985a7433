"""The wall time of a scan of the 15 routes, against Prowler's 15 checks for the same controls on the same endpoint.

``python tests/benchmarks/prowler_benchmark.py PROWLER [RUNS]``: PROWLER is the command, installed in an environment of
its own (`pip install prowler==5.46.0`). Both scan the demo account over HTTP, in the same two Regions, in turns; the
least of the runs of each is compared, with the processor time and the peak memory of that run. On a machine with other
work the processor time says more.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scanner.demo.account import seed
from scanner.demo.clients import environment
from scanner.demo.server import demo_server

REGIONS = ("us-east-1", "eu-west-1")
CHECKS: Mapping[str, str] = {
    "nacl-changes": "cloudwatch_changes_to_network_acls_alarm_configured",
    "network-gateway-changes": "cloudwatch_changes_to_network_gateways_alarm_configured",
    "route-table-changes": "cloudwatch_changes_to_network_route_tables_alarm_configured",
    "vpc-changes": "cloudwatch_changes_to_vpcs_alarm_configured",
    "config-changes": "cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled",
    "cloudtrail-config-changes": "cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled",
    "console-auth-failures": "cloudwatch_log_metric_filter_authentication_failures",
    "organizations-changes": "cloudwatch_log_metric_filter_aws_organizations_changes",
    "kms-key-disable-or-delete": "cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk",
    "s3-bucket-policy-changes": "cloudwatch_log_metric_filter_for_s3_bucket_policy_changes",
    "iam-policy-changes": "cloudwatch_log_metric_filter_policy_changes",
    "root-usage": "cloudwatch_log_metric_filter_root_usage",
    "security-group-changes": "cloudwatch_log_metric_filter_security_group_changes",
    "console-signin-without-mfa": "cloudwatch_log_metric_filter_sign_in_without_mfa",
    "unauthorized-api-calls": "cloudwatch_log_metric_filter_unauthorized_api_calls",
}
"""Each of our rules, without its area, with Prowler's check for the same control."""

WANTED = 15
"""How many times longer Prowler takes at least."""


@dataclass(frozen=True, slots=True)
class Run:
    """The seconds of one run, those of a processor, and its peak memory in megabytes."""

    seconds: float
    processor: float
    megabytes: float


def ours(folder: Path) -> tuple[str, ...]:
    """Our command."""
    regions = tuple(word for region in REGIONS for word in ("--region", region))
    report = ("-q", "-o", f"json={folder / 'assessment.json'}")
    rules = tuple(word for rule in CHECKS for word in ("--rule", f"route.{rule}"))
    return (sys.executable, "-m", "trailwitness", "scan", *rules, *regions, *report)


def theirs(prowler: str, folder: Path) -> tuple[str, ...]:
    """Prowler's command, without its banner and with one format of report."""
    report = ("--output-formats", "json-ocsf", "--output-directory", str(folder), "--no-banner")
    return (prowler, "aws", "--region", *REGIONS, "--check", *CHECKS.values(), *report, "--ignore-exit-code-3")


def run(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> Run:
    """Run a command to its end."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=variables, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    spent = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1, 3}:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Run(spent, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measure(prowler: str, runs: int) -> tuple[Run, Run]:
    """The least run of ours, and of theirs."""
    found: tuple[list[Run], list[Run]] = ([], [])
    with demo_server() as endpoint, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        others = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))}
        seed(endpoint)
        variables = {**others, **environment(endpoint), "AWS_ENDPOINT_URL": endpoint, "HOME": name}
        ours_variables = {**variables, "PYTHONPATH": str(Path(__file__).parents[2])}
        for _ in range(runs + 1):  # the first of each warms the caches of both
            found[0].append(run(ours(folder), ours_variables, folder))
            found[1].append(run(theirs(prowler, folder), variables, folder))
    least = [min(each[1:], key=lambda one: one.seconds) for each in found]
    return least[0], least[1]


def main() -> int:
    """Write both and their ratio; 1 when it is below what is wanted."""
    if not sys.argv[1:]:
        raise SystemExit("name the command of Prowler")
    own, other = measure(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 3)
    ratio = other.seconds / own.seconds
    for name, each in (("trailwitness", own), ("prowler", other)):
        told = f"{each.seconds:6.2f} s, {each.processor:5.2f} s of CPU, {each.megabytes:4.0f} MB"
        sys.stdout.write(f"{name:13} {told}\n")
    sys.stdout.write(f"prowler takes {ratio:.1f} times as long (wanted: at least {WANTED}), ")
    sys.stdout.write(f"and {other.processor / own.processor:.1f} times the processor time\n")
    return int(ratio < WANTED)


if __name__ == "__main__":
    sys.exit(main())
