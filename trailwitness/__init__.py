"""Trailwitness as a library: scan, judge logs, seal, verify, and ask about filter patterns.

What ``__all__`` lists and :mod:`trailwitness.pattern` are the declared API; ``docs/api.md`` documents it with examples.
Everything else, all of ``scanner`` and ``reports`` included, is private and changes without notice.

Names are imported on first use, so that ``import trailwitness`` is fast and loads neither boto3 nor a rule. It raises
ImportError where Python would find another ``scanner`` or ``reports`` than Trailwitness's own.
"""

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trailwitness._installation import check_installation

if TYPE_CHECKING:
    from scanner import __version__ as __version__
    from scanner.aws.options import Account as Account
    from scanner.aws.options import Accounts as Accounts
    from scanner.errors import CollectError as CollectError
    from scanner.errors import ContentError as ContentError
    from scanner.errors import PatternError as PatternError
    from scanner.errors import SnapshotError as SnapshotError
    from scanner.errors import SourceError as SourceError
    from scanner.errors import TrailwitnessError as TrailwitnessError
    from scanner.errors import UsageError as UsageError
    from scanner.model import Assessment as Assessment
    from scanner.model import Control as Control
    from scanner.model import ControlResult as ControlResult
    from scanner.model import Coverage as Coverage
    from scanner.model import Evidence as Evidence
    from scanner.model import Finding as Finding
    from scanner.model import Fix as Fix
    from scanner.model import Framework as Framework
    from scanner.model import Gap as Gap
    from scanner.model import HitDetails as HitDetails
    from scanner.model import Link as Link
    from scanner.model import LogRun as LogRun
    from scanner.model import NoHitDetails as NoHitDetails
    from scanner.model import Outcome as Outcome
    from scanner.model import Parameter as Parameter
    from scanner.model import ResourceDetails as ResourceDetails
    from scanner.model import RouteDetails as RouteDetails
    from scanner.model import Rule as Rule
    from scanner.model import ScanRun as ScanRun
    from scanner.model import Setting as Setting
    from scanner.model import Severity as Severity
    from scanner.model import Source as Source
    from scanner.model import Summary as Summary
    from scanner.runs.over_logs.judging import LogJudgement as LogJudgement
    from scanner.runs.scanning import Scan as Scan
    from scanner.runs.verifying import Verification as Verification
    from trailwitness import pattern as pattern
    from trailwitness._functions import judge_logs as judge_logs
    from trailwitness._functions import report as report
    from trailwitness._functions import scan as scan
    from trailwitness._functions import seal as seal
    from trailwitness._functions import verify as verify

__all__ = [
    "Account",
    "Accounts",
    "Assessment",
    "CollectError",
    "ContentError",
    "Control",
    "ControlResult",
    "Coverage",
    "Evidence",
    "Finding",
    "Fix",
    "Framework",
    "Gap",
    "HitDetails",
    "Link",
    "LogJudgement",
    "LogRun",
    "NoHitDetails",
    "Outcome",
    "Parameter",
    "PatternError",
    "ResourceDetails",
    "RouteDetails",
    "Rule",
    "Scan",
    "ScanRun",
    "Setting",
    "Severity",
    "SnapshotError",
    "Source",
    "SourceError",
    "Summary",
    "TrailwitnessError",
    "UsageError",
    "Verification",
    "__version__",
    "judge_logs",
    "pattern",
    "report",
    "scan",
    "seal",
    "verify",
]

_ROOMS: Mapping[str, tuple[str, ...]] = {
    "scanner": ("__version__",),
    "scanner.aws.options": ("Account", "Accounts"),
    "scanner.errors": (
        "CollectError",
        "ContentError",
        "PatternError",
        "SnapshotError",
        "SourceError",
        "TrailwitnessError",
        "UsageError",
    ),
    "scanner.model": (
        "Assessment",
        "Control",
        "ControlResult",
        "Coverage",
        "Evidence",
        "Finding",
        "Fix",
        "Framework",
        "Gap",
        "HitDetails",
        "Link",
        "LogRun",
        "NoHitDetails",
        "Outcome",
        "Parameter",
        "ResourceDetails",
        "RouteDetails",
        "Rule",
        "ScanRun",
        "Setting",
        "Severity",
        "Source",
        "Summary",
    ),
    "scanner.runs.over_logs.judging": ("LogJudgement",),
    "scanner.runs.scanning": ("Scan",),
    "scanner.runs.verifying": ("Verification",),
    "trailwitness._functions": ("judge_logs", "report", "scan", "seal", "verify"),
}
"""Where each name comes from, when it is first asked for."""

check_installation()


def __getattr__(name: str) -> Any:
    if name == "pattern":
        return importlib.import_module("trailwitness.pattern")
    for room, names in _ROOMS.items():
        if name in names:
            found = getattr(importlib.import_module(room), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'trailwitness' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
