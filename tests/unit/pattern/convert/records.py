"""A small world of records, and the patterns over its fields that are converted."""

from itertools import product
from typing import Any

from hypothesis import strategies as st

FIELDS: dict[str, tuple[str | None, ...]] = {
    "eventName": ("StopLogging", "StopX", "O'Neil%", "", None),
    "errorCode": ("AccessDenied", "Denied", "é/(x)", None),
    "userIdentity.type": ("Root", "IAMUser", None),
    "requestParameters.user-name": ("x", None),
    "requestParameters.name": ("trail_1", "trailx1", "a\\b?", None),
}


def record(values: dict[str, str | None]) -> dict[str, Any]:
    """A record with these texts; a field of None is missing."""
    found: dict[str, Any] = {"eventSource": "cloudtrail.amazonaws.com", "eventType": "AwsApiCall"}
    for field, value in values.items():
        *above, name = field.split(".")
        at = found
        for each in above:
            at = at.setdefault(each, {})
        if value is not None:
            at[name] = value
    return found


RECORDS = [record(dict(zip(FIELDS, values, strict=True))) for values in product(*FIELDS.values())]

_TEXTS = sorted({value for values in FIELDS.values() for value in values if value})
_WORDS = st.one_of(
    st.sampled_from(_TEXTS),
    st.sampled_from(["Stop*", "*Denied", "*op*", "trail_*", "*_1", "O'*", "*%", "*/(*", "é*", "*"]),
)


def quoted(text: str) -> str:
    """A text as a value of a filter pattern."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


CONDITIONS = st.one_of(
    st.builds(
        lambda field, operator, text: f"$.{field} {operator} {quoted(text)}",
        st.sampled_from(sorted(FIELDS)),
        st.sampled_from(["=", "=", "!="]),
        _WORDS,
    ),
    st.sampled_from(["$.errorCode NOT EXISTS", "$.userIdentity.type NOT EXISTS"]),
)


def joined(operator: str) -> st.SearchStrategy[str]:
    """Conditions in parentheses joined by an operator."""
    return st.lists(CONDITIONS, min_size=1, max_size=3).map(lambda parts: f"({f' {operator} '.join(parts)})")


PATTERNS = st.lists(st.one_of(CONDITIONS, joined("&&"), joined("||")), min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([" && ", " || "]).map(lambda operator: f"{{ ({f'){operator}('.join(parts)}) }}")
)
