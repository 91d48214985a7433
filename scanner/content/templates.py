"""Reasons are templates: what their braces insert."""

import re

FOUND = "found"
"""What a clause calls the expression whose value its reason inserts, and the name under which it does."""

PLACEHOLDER = re.compile(r"\{([^{}|]*)(\|[^{}|]*)?\}")
"""What braces insert into a reason, and the text for when there is none."""

FIELD_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*")
"""A field of a row, or a member of one: ``Field.Member``."""


def placeholders(template: str) -> tuple[str, ...]:
    """What braces insert: ``Field``, ``Field.Member`` or ``$parameter``, without the text behind ``|``."""
    return tuple(match[1] for match in PLACEHOLDER.finditer(template))


def inserted_fields(template: str) -> frozenset[str]:
    """The fields of a row that a template inserts, or inserts members of."""
    return frozenset(text.partition(".")[0] for text in placeholders(template) if FIELD_PATH.fullmatch(text))
