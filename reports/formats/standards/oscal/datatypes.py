"""Texts as the datatypes of OSCAL ask for them, and the members that its models share.

What an account holds goes into Markdown here (OSCAL's markup-line and markup-multiline), which is rendered: what would
be a link, a tag or an inserted parameter there is escaped, so that it is read as it is.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote

from reports.characters import visible
from reports.formats.standards.identity import stable_id
from reports.formats.standards.moments import AnyRun, judged_as_of, moment_text
from scanner.model import Assessment, JsonValue

Members = dict[str, JsonValue]

OSCAL_VERSION = "1.2.1"

NAMESPACE = "urn:trailwitness:oscal"
"""Namespace of the properties that only this program gives."""

TRESTLE = "https://oscal-compass.github.io/compliance-trestle/schemas/oscal"
"""Namespace of the properties that compliance-trestle joins results, rules and controls by."""

RULE_ID, RULE_DESCRIPTION = "Rule_Id", "Rule_Description"
CHECK_ID, CHECK_DESCRIPTION = "Check_Id", "Check_Description"

NOTHING_SAID = "(nothing said)"

_IN_BRACKETS = re.compile(r"\(([A-Za-z0-9]+)\)")
_NOT_IN_TOKENS = re.compile(r"[^A-Za-z0-9._-]")
_MARKUP = re.compile(r"([\\`*\[\]<>]|\{(?=\{))")


def line(text: str) -> str:
    """A text as OSCAL's string: one line without space around it, never empty."""
    return visible(" ".join(text.split())) or NOTHING_SAID


def markup_line(text: str) -> str:
    """A text as one line of OSCAL's markup, in which it is read as it is."""
    return _escaped(line(text))


def markup(text: str) -> str:
    """A text as OSCAL's markup of several lines, in which it is read as it is."""
    return _escaped(visible(text, keep="\n").strip()) or NOTHING_SAID


def token(text: str) -> str:
    """A text as OSCAL's token: a letter or an underscore, then digits, points and dashes too.

    A part in brackets becomes one after a point, as in the catalogs of NIST: ``164.312(b)`` is ``164.312.b``.
    """
    spelled = _IN_BRACKETS.sub(r".\1", text)
    spelled = _NOT_IN_TOKENS.sub(lambda found: f"_{ord(found[0]):x}", spelled)
    return spelled if spelled[:1].isalpha() or spelled.startswith("_") else f"_{spelled}"


def control_token(framework: str, control: str) -> str:
    """The id of a control, which is its own among those of all frameworks."""
    return token(f"{framework}_{control}")


def prop(name: str, value: str, *, namespace: str = NAMESPACE, remarks: str = "") -> Members:
    """A property."""
    told: Members = {"remarks": remarks} if remarks else {}
    return {"name": name, "ns": namespace, "value": line(value), **told}


def props(pairs: Iterable[tuple[str, str]]) -> list[JsonValue]:
    """The properties of those pairs that have a value."""
    return [prop(name, value) for name, value in pairs if value.strip()]


def reference(text: str) -> str:
    """A path or an address as OSCAL's URI reference."""
    return quote(visible(text), safe="/:@")


def metadata(title: str, run: AnyRun) -> Members:
    """What every document says of itself. Raises TrailwitnessError when the run does not state when it was made."""
    return {
        "title": markup_line(title),
        "last-modified": moment_text(judged_as_of(run)),
        "version": line(run.tool.version or "0"),
        "oscal-version": OSCAL_VERSION,
    }


def document_id(kind: str, assessment: Assessment) -> str:
    """The UUID of a document: that of the same evidence judged by the same rules, settings and statements."""
    run = assessment.run
    when = (run.collected.started, run.collected.finished, run.caller.arn, run.tool.version)
    told = (*run.account_ids, *run.rules, *map(repr, run.settings), repr(assessment.exceptions))
    return stable_id(kind, *when, *told)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
