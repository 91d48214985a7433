"""What Trailwitness talks about: rules, findings, controls, gaps and the assessment that holds them.

All values are frozen and made of tuples, strings and plain JSON-like data, so an assessment can be written to
any format and compared byte by byte. Times are UTC strings in RFC 3339 with ``Z``.
"""

from scanner.model.assessment import (
    Assessment,
    ControlResult,
    Evidence,
    Finding,
    Link,
)
from scanner.model.calls import (
    READ,
    CallKey,
    Gap,
    GapKind,
    OfCall,
    Source,
)
from scanner.model.gate import (
    BECAUSE,
    UNREAD,
    UNSEEN,
    Gate,
)
from scanner.model.rules import (
    APART,
    Check,
    Clause,
    Control,
    DocumentCheck,
    Framework,
    LogEventsCheck,
    Over,
    Parameter,
    Remark,
    ResourceCheck,
    RouteCheck,
    Rule,
    Setting,
    Threshold,
)
from scanner.model.values import (
    Coverage,
    EvidenceId,
    JsonValue,
    Outcome,
    RuleId,
    Severity,
)

__all__ = [
    "APART",
    "BECAUSE",
    "READ",
    "UNREAD",
    "UNSEEN",
    "Assessment",
    "CallKey",
    "Check",
    "Clause",
    "Control",
    "ControlResult",
    "Coverage",
    "DocumentCheck",
    "Evidence",
    "EvidenceId",
    "Finding",
    "Framework",
    "Gap",
    "GapKind",
    "Gate",
    "JsonValue",
    "Link",
    "LogEventsCheck",
    "OfCall",
    "Outcome",
    "Over",
    "Parameter",
    "Remark",
    "ResourceCheck",
    "RouteCheck",
    "Rule",
    "RuleId",
    "Setting",
    "Severity",
    "Source",
    "Threshold",
]
