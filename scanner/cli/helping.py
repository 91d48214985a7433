"""What the help of a command ends with: its exit codes as a table, and examples that can be copied."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import click

EXAMPLES: Mapping[str, Sequence[str]] = {
    "scan": (
        "trailwitness scan --framework pci-dss-4.0.1",
        "trailwitness scan --profile audit --region eu-west-1 --bundle evidence",
        "trailwitness scan --organization --role-name TrailwitnessAudit",
        "trailwitness scan --snapshot evidence --rule route -o junit=junit.xml",
        "trailwitness scan --waivers waivers.yaml --baseline known.json -q",
        "trailwitness scan --bundle new-evidence --previous evidence --sign audit.pem",
    ),
    "collect": (
        "trailwitness collect -o snapshot",
        "trailwitness collect --role-arn arn:aws:iam::111122223333:role/Audit \\\n    -o snapshot",
    ),
    "logs": (
        "trailwitness logs AWSLogs/",
        "trailwitness logs s3://trail-bucket/ --since 7d --framework pci-dss-4.0.1",
        "trailwitness logs --event-history --rule event.root-activity",
        "trailwitness logs --log-group audit/cloudtrail --since 1d -o json=logs.json",
    ),
    "logs contributors": ("trailwitness logs contributors --rule rule.json AWSLogs/",),
    "profile": ("trailwitness profile AWSLogs/", "trailwitness profile --event-history --since 1d --json"),
    "integrity": (
        "trailwitness integrity s3://trail-bucket/ --since 30d",
        "trailwitness integrity s3://trail-bucket/ --since 90d \\\n    --state quarter.state -o junit=junit.xml",
        "trailwitness integrity AWSLogs --public-keys keys.json --since 2026-01-01",
    ),
    "integrity capture": ("trailwitness integrity capture s3://trail-bucket/ -o keys.json",),
    "assess": (
        "trailwitness assess --period 2026-01-01..2026-04-01 \\\n    --bundles evidence --logs AWSLogs --bundle q1",
        "trailwitness assess --period 2026-01-01..2026-04-01 \\\n    --bundles evidence --rule evidence",
    ),
    "replay": (
        "trailwitness replay --snapshot snapshot AWSLogs/",
        "trailwitness replay --snapshot evidence s3://trail-bucket/ --since 7d \\\n    -o html=replay.html",
        "trailwitness replay --snapshot snapshot --canary --rule route.root-usage",
    ),
    "insights": (
        "trailwitness insights AWSLogs/",
        "trailwitness insights s3://trail-bucket/ --since 30d --records found.json",
    ),
    "verify": (
        "trailwitness verify evidence",
        "trailwitness verify evidence --logs AWSLogs/",
        "trailwitness verify evidence --public-key audit.pub.pem",
        "trailwitness verify --chain evidence --trusted-keys keys.yaml",
    ),
    "sign": (
        "trailwitness sign evidence --sign audit.pem",
        "trailwitness sign evidence --sign sshkey",
        "trailwitness sign evidence --sign \\\n    kms:arn:aws:kms:eu-west-1:111122223333:key/KEY-ID",
    ),
    "timestamp": (
        "trailwitness timestamp evidence --request request.tsq",
        "trailwitness timestamp evidence --token evidence.tsr",
        "trailwitness timestamp evidence --tsa-url https://tsa.example.com",
    ),
    "pattern test": (
        "trailwitness pattern test '{ $.eventName = StopLogging }' events.json",
        "trailwitness pattern test file://pattern.txt --message '{\"a\": 1}'",
    ),
    "pattern covers": (
        "trailwitness pattern covers --required '{ $.eventName = StopLogging }' \\\n    --deployed file://pattern.txt",
    ),
    "pattern explain": ("trailwitness pattern explain '{ $.eventName = Stop* }'",),
    "pattern convert": ("trailwitness pattern convert '{ $.eventName = StopLogging }' --to athena",),
    "explain": (
        "trailwitness explain trail.kms-encrypted",
        "trailwitness explain pci-dss-4.0.1/10.2.1 --from evidence",
    ),
    "rules list": ("trailwitness rules list --framework cis-aws-5.0.0", "trailwitness rules list --all"),
    "rules show": ("trailwitness rules show route.iam-policy-changes",),
    "rules test": ("trailwitness rules test --rules my-rules",),
    "rules new": ("trailwitness rules new resource trail.my-check --rules my-rules",),
    "rules schema": ("trailwitness rules schema", "trailwitness rules schema waivers"),
    "rules lint": ("trailwitness rules lint --rules my-rules",),
    "rules policy": (
        "trailwitness rules policy --framework pci-dss-4.0.1",
        "trailwitness rules policy --for trust --trusted 111122223333",
        "trailwitness rules policy --logs s3",
    ),
    "rules import-sigma": ("trailwitness rules import-sigma sigma -o my-rules",),
    "rules export-sigma": (
        "trailwitness rules export-sigma --rule event -o sigma-rules",
        "trailwitness rules export-sigma --rule event.root-activity > root.yml",
        "trailwitness rules export-sigma --rules my-rules -o my-rules.yml",
    ),
    "frameworks list": ("trailwitness frameworks list",),
    "frameworks compare": (
        "trailwitness frameworks compare cis-aws-4.0.1 cis-aws-5.0.0",
        "trailwitness frameworks compare cis-aws-5.0.0 mine.yaml --snapshot evidence",
    ),
    "frameworks coverage": ("trailwitness frameworks coverage", "trailwitness frameworks coverage pci-dss-4.0.1"),
    "frameworks show": ("trailwitness frameworks show pci-dss-4.0.1",),
    "baseline create": ("trailwitness baseline create evidence -o known.json",),
    "baseline update": ("trailwitness baseline update known.json evidence",),
    "sample": (
        "trailwitness sample evidence --rule sns.encrypted --size 5 --seed 2026-Q3",
        "trailwitness sample 2026-01-01..2026-12-31 --size 12 --seed 2026-Q3",
    ),
    "diff": (
        "trailwitness diff last-quarter evidence",
        "trailwitness diff old.json new.json --fail-on high -o html=diff.html",
    ),
    "init": ("trailwitness init", "trailwitness init compliance"),
    "config schema": ("trailwitness config schema > config.schema.json",),
    "config show": ("trailwitness config show", "trailwitness config show scan --preset nightly"),
    "completion": (
        "source <(trailwitness completion bash)",
        "source <(trailwitness completion zsh)",
        "trailwitness completion fish > ~/.config/fish/completions/trailwitness.fish",
    ),
    "manual": (
        "mkdir -p ~/.local/share/man/man1",
        "trailwitness manual > ~/.local/share/man/man1/trailwitness.1",
    ),
    "demo": ("trailwitness demo",),
}
"""Command → commands to copy; each is tried by the tests as far as it can be without an account."""


@runtime_checkable
class Fronting(Protocol):
    """A command whose first argument may name a command of its own, such as ``logs contributors``."""

    inner_name: str

    def inner(self) -> click.Command:
        """That command, with its help completed."""


_CODES = re.compile(r"\s*Exit codes?:?\s+(?=0:?\s)(?P<codes>.*?)\s*(?=\n\n|\Z)", re.DOTALL)
_EACH = re.compile(r"(?:^|;\s+)(\d):?\s+")
_WIDTH = 78


def complete_help(name: str, command: click.Command) -> click.Command:
    """The command with a table of exit codes and examples below its options, and so its own commands."""
    examples = EXAMPLES.get(name, ())
    if isinstance(command, click.Group):
        names = [f"{name} {inner}" for inner in command.commands]
        for inner, each in command.commands.items():
            complete_help(f"{name} {inner}", each)
        examples = [EXAMPLES[inner][0] for inner in names if inner in EXAMPLES]
    if command.epilog is None:
        # A docstring with a backslash is a raw one, in which the mark of a paragraph in lines is not yet the mark.
        command.help, table = _apart((command.help or "").replace("\\b\n", "\b\n"))
        command.epilog = "\n\n".join(part for part in (table, _listed("Examples:", examples)) if part) or None
    return command


def exit_codes(text: str) -> Sequence[tuple[str, str]]:
    """The exit codes that a help text names in one paragraph, with what each says."""
    found = _CODES.search(text)
    if found is None:
        return ()
    _, *parts = _EACH.split(" ".join(found["codes"].split()))
    return tuple(zip(parts[::2], (part.rstrip(".") for part in parts[1::2]), strict=True))


def _apart(text: str) -> tuple[str, str]:
    """A help text without its exit codes, and those as a table."""
    codes = exit_codes(text)
    lines = []
    for code, meaning in codes:
        lines += textwrap.wrap(
            meaning, _WIDTH, initial_indent=f"  {code}  ", subsequent_indent=" " * 5, break_on_hyphens=False
        )
    table = "\b\n" + "\n".join(("Exit codes:", *lines)) if codes else ""
    return (_CODES.sub("", text, count=1) if codes else text), table


def _listed(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    indented = (f"  {line}".replace("\n", "\n  ") for line in lines)
    return "\b\n" + "\n".join((title, *indented))
