"""Trailwitness as a library: scan, judge logs, seal, sign, verify, compare, and ask about filter patterns.

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
    from reports.comparison.comparing import Change as Change
    from reports.comparison.comparing import Comparison as Comparison
    from reports.comparison.comparing import ControlPair as ControlPair
    from reports.comparison.comparing import FindingPair as FindingPair
    from reports.comparison.settings import SetupChange as SetupChange
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
    from scanner.model import AttestationUse as AttestationUse
    from scanner.model import BaselineUse as BaselineUse
    from scanner.model import Control as Control
    from scanner.model import ControlAttestation as ControlAttestation
    from scanner.model import ControlResult as ControlResult
    from scanner.model import Coverage as Coverage
    from scanner.model import Evidence as Evidence
    from scanner.model import ExceptionsUsed as ExceptionsUsed
    from scanner.model import Finding as Finding
    from scanner.model import Fix as Fix
    from scanner.model import Framework as Framework
    from scanner.model import Gap as Gap
    from scanner.model import HitDetails as HitDetails
    from scanner.model import InForce as InForce
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
    from scanner.model import Waiver as Waiver
    from scanner.model import WaiverUse as WaiverUse
    from scanner.redaction.asked import Redaction as Redaction
    from scanner.runs.assessments.baselines import MadeBaseline as MadeBaseline
    from scanner.runs.assessments.sampling import Population as Population
    from scanner.runs.assessments.sampling import Sample as Sample
    from scanner.runs.assessments.sampling import SampleItem as SampleItem
    from scanner.runs.chains import Chain as Chain
    from scanner.runs.chains import ChainLink as ChainLink
    from scanner.runs.over_logs.judging import LogJudgement as LogJudgement
    from scanner.runs.scanning import Scan as Scan
    from scanner.runs.verifying import Verification as Verification
    from trailwitness import pattern as pattern
    from trailwitness._assessments import baseline as baseline
    from trailwitness._assessments import diff as diff
    from trailwitness._assessments import sample as sample
    from trailwitness._bundles import chain as chain
    from trailwitness._bundles import sign as sign
    from trailwitness._functions import judge_logs as judge_logs
    from trailwitness._functions import report as report
    from trailwitness._functions import scan as scan
    from trailwitness._functions import seal as seal
    from trailwitness._functions import verify as verify

__all__ = [
    "Account",
    "Accounts",
    "Assessment",
    "AttestationUse",
    "BaselineUse",
    "Chain",
    "ChainLink",
    "Change",
    "CollectError",
    "Comparison",
    "ContentError",
    "Control",
    "ControlAttestation",
    "ControlPair",
    "ControlResult",
    "Coverage",
    "Evidence",
    "ExceptionsUsed",
    "Finding",
    "FindingPair",
    "Fix",
    "Framework",
    "Gap",
    "HitDetails",
    "InForce",
    "Link",
    "LogJudgement",
    "LogRun",
    "MadeBaseline",
    "NoHitDetails",
    "Outcome",
    "Parameter",
    "PatternError",
    "Population",
    "Redaction",
    "ResourceDetails",
    "RouteDetails",
    "Rule",
    "Sample",
    "SampleItem",
    "Scan",
    "ScanRun",
    "Setting",
    "SetupChange",
    "Severity",
    "SnapshotError",
    "Source",
    "SourceError",
    "Summary",
    "TrailwitnessError",
    "UsageError",
    "Verification",
    "Waiver",
    "WaiverUse",
    "__version__",
    "baseline",
    "chain",
    "diff",
    "judge_logs",
    "pattern",
    "report",
    "sample",
    "scan",
    "seal",
    "sign",
    "verify",
]

_ROOMS: Mapping[str, tuple[str, ...]] = {
    "reports.comparison.comparing": ("Change", "Comparison", "ControlPair", "FindingPair"),
    "reports.comparison.settings": ("SetupChange",),
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
        "AttestationUse",
        "BaselineUse",
        "Control",
        "ControlAttestation",
        "ControlResult",
        "Coverage",
        "Evidence",
        "ExceptionsUsed",
        "Finding",
        "Fix",
        "Framework",
        "Gap",
        "HitDetails",
        "InForce",
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
        "Waiver",
        "WaiverUse",
    ),
    "scanner.runs.assessments.baselines": ("MadeBaseline",),
    "scanner.runs.assessments.sampling": ("Population", "Sample", "SampleItem"),
    "scanner.runs.chains": ("Chain", "ChainLink"),
    "scanner.runs.over_logs.judging": ("LogJudgement",),
    "scanner.redaction.asked": ("Redaction",),
    "scanner.runs.scanning": ("Scan",),
    "scanner.runs.verifying": ("Verification",),
    "trailwitness._assessments": ("baseline", "diff", "sample"),
    "trailwitness._bundles": ("chain", "sign"),
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
