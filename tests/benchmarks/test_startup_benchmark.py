"""What a scan imports before its first call to AWS: nothing that judges, reports or proves."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LATER = (
    "scanner.assessment",
    "scanner.checks",
    "scanner.resources",
    "scanner.pattern",
    "scanner.content.frameworks",
    "reports",
    "jsonschema",
    "rich",
    "difflib",
    "scanner.content.stated",
)
OF_OTHER_RULES = (
    "scanner.checks.resource",
    "scanner.resources.keys",
    "scanner.resources.reviews",
    "scanner.resources.storage",
    "scanner.pattern.convert",
    "scanner.pattern.insights",
)
ROUTES = """
import sys
from scanner.assessment.evaluate import evaluate
from scanner.checks.needs import uses_for
from scanner.content.rules import load_rules
from scanner.model import RouteCheck, ServiceRouteCheck
from scanner.snapshot.answers import SCHEMA, Snapshot

rules = [rule for rule in load_rules() if isinstance(rule.check, RouteCheck | ServiceRouteCheck)]
uses_for(rules)
scope = {"accounts": {"111122223333": {"regions": ["us-east-1"]}}}
run = {"schema": SCHEMA, "started": "2026-11-20T07:00:00Z", "partition": "aws", "scope": scope}
assert len(list(evaluate(rules, Snapshot(run, (), lambda _: b"")))) == len(rules)
print(*sys.modules)
"""
HELP = """
import sys

from trailwitness.__main__ import main

try:
    main(["--help"])
finally:
    print(*sys.modules)
"""
FIRST_CALL = """
import os, socket, sys

def stop(*_):
    print(*sys.modules, flush=True)
    os._exit(0)

socket.socket.connect = stop
from trailwitness.__main__ import main
main(["scan", "--region", "us-east-1", "--rule", "route"])
"""


def test_what_is_imported_before_the_first_call(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(tmp_path),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-c", FIRST_CALL]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "scanner.collect.collection" in loaded
    for room in LATER:
        assert not [name for name in loaded if name == room or name.startswith(f"{room}.")]


def test_what_is_not_imported_for_routes() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", ROUTES], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "scanner.checks.route.judging" in loaded
    assert loaded.isdisjoint(OF_OTHER_RULES), loaded.intersection(OF_OTHER_RULES)


def test_what_is_not_imported_for_the_help() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", HELP], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "scanner.cli" in loaded
    assert loaded.isdisjoint({"json", "configparser", "pathlib", "scanner.model", "scanner.cli.options"})
