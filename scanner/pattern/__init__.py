"""The languages that choose events: CloudWatch Logs filter patterns and EventBridge event patterns.

Parse them, match messages and events with them, print and explain filter patterns, and decide what they cover.
"""

from scanner.errors import PatternError
from scanner.eventbridge.matching import matches_event
from scanner.eventbridge.nodes import EventPattern
from scanner.eventbridge.parser import parse_event_pattern
from scanner.pattern.cloudtrail.event_bus import matches_message
from scanner.pattern.cloudtrail.noise import noise
from scanner.pattern.coverage.across import covers
from scanner.pattern.coverage.cover import covering, loses_parts_whole, matches_nothing
from scanner.pattern.coverage.losses import Deciding, Loss
from scanner.pattern.coverage.verdict import CoverageProof, CoverageVerdict
from scanner.pattern.either import parse_either
from scanner.pattern.explain import explain, never_together
from scanner.pattern.explain_events import explain_event_pattern
from scanner.pattern.language.dividing import divided, is_divisible
from scanner.pattern.language.nodes import (
    ANY,
    And,
    Atom,
    Compare,
    EveryPattern,
    Expr,
    Field,
    FieldAll,
    FieldAny,
    FieldCondition,
    FieldExpr,
    IsBool,
    IsNull,
    JsonPattern,
    NotExists,
    Number,
    Or,
    Pattern,
    Regex,
    RegexPattern,
    Selector,
    SpacePattern,
    Step,
    TermsPattern,
    Text,
    Value,
    all_of,
    any_of,
)
from scanner.pattern.language.parsing.parser import parse
from scanner.pattern.language.parsing.with_parameters import parameter_names, parse_events, parse_required
from scanner.pattern.language.printer import print_expression, print_pattern, print_selector
from scanner.pattern.matching.json_reader import read_object
from scanner.pattern.matching.match import matcher, matches, matches_value

__all__ = [
    "ANY",
    "And",
    "Atom",
    "Compare",
    "CoverageProof",
    "CoverageVerdict",
    "Deciding",
    "EventPattern",
    "EveryPattern",
    "Expr",
    "Field",
    "FieldAll",
    "FieldAny",
    "FieldCondition",
    "FieldExpr",
    "IsBool",
    "IsNull",
    "JsonPattern",
    "Loss",
    "NotExists",
    "Number",
    "Or",
    "Pattern",
    "PatternError",
    "Regex",
    "RegexPattern",
    "Selector",
    "SpacePattern",
    "Step",
    "TermsPattern",
    "Text",
    "Value",
    "all_of",
    "any_of",
    "covering",
    "covers",
    "divided",
    "explain",
    "explain_event_pattern",
    "is_divisible",
    "loses_parts_whole",
    "matcher",
    "matches",
    "matches_event",
    "matches_message",
    "matches_nothing",
    "matches_value",
    "never_together",
    "noise",
    "parameter_names",
    "parse",
    "parse_either",
    "parse_event_pattern",
    "parse_events",
    "parse_required",
    "print_expression",
    "print_pattern",
    "print_selector",
    "read_object",
]
