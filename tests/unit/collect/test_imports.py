"""Reading a snapshot, and knowing what would be collected, never pays for boto3."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["scanner.collect", "scanner.snapshot.folder", "scanner.collect.iam_policy", "scanner.collect.targets"]
)
def test_boto3_is_not_loaded(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(name in sys.modules for name in ('boto3', 'botocore', 'moto')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
