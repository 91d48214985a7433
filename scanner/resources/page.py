"""The list of resource types and their fields as a Markdown page: ``docs/resources.md`` is this text."""

from scanner.facts.rows import Existence, ResourceType
from scanner.resources import RESOURCES

_INTRODUCTION = """\
# Resource types

What `check: resource` rules judge. Every type is a view over recorded API answers: a row is one resource, a field is
one fact about it. Rules name fields in `where` and `expect` (see [expressions.md](expressions.md)).

A fact that does not exist is `null`, or `[]` for a list. A fact that could not be collected, because a call was refused
or never made, or answered something that is not of the shape AWS documents, has no value at all: it makes the verdict
unknown unless the other facts already decide it.

Fields in AWS's own spelling hold what AWS answered; members that AWS returns beyond the fields listed here are in the
row too, but the linter does not let rules name them.
"""


def resource_reference() -> str:
    """The whole page, with a final newline."""
    return "\n".join([_INTRODUCTION, *(_section(RESOURCES[name]) for name in sorted(RESOURCES))])


def _section(kind: ResourceType) -> str:
    notes = [*_single(kind), *(_missing(kind.existence) if kind.existence else ()), *_own_names(kind)]
    rows = [f"| `{name}` | {field.meaning.replace('|', chr(92) + '|')} |" for name, field in kind.fields.items()]
    return "\n".join(
        [f"## {kind.name}", "", f"{kind.title}.", "", *notes, "| field | meaning |", "| --- | --- |", *rows, ""]
    )


def _single(kind: ResourceType) -> tuple[str, ...]:
    """That no account is without a row."""
    text = "Every account has one row, whatever is in it; one of which no Region was looked at is unknown instead."
    return (text, "") if kind.one_per_account else ()


def _missing(existence: Existence) -> tuple[str, ...]:
    """What becomes of rows that name something that does not exist."""
    text = (
        f"`{existence.field}` is false in a row that names something that does not exist: `{existence.reported_by}` "
        "reports it, and for the rules judged beside that one it is not applicable."
    )
    return text, ""


def _own_names(kind: ResourceType) -> tuple[str, ...]:
    """What a finding puts in the place of words in capitals of a remediation."""
    if not kind.own_names:
        return ()
    names = ", ".join(f"`{word}` (`{field}`)" for word, field in sorted(kind.own_names.items()))
    return f"Words of a remediation that a finding replaces by the resource's own names: {names}.", ""
