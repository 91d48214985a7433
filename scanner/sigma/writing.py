"""Imported rules as rule files: the text, and the rule it makes.

What the Sigma rule says of itself (title, description, references, author, licence) is kept, because whoever reads a
finding needs it and because the Detection Rule License asks for the author's name wherever a match is reported.
"""

import hashlib
import json
import re
import unicodedata

from scanner.model import APART, LogEventsCheck, Rule, RuleId, Threshold
from scanner.pattern import Compare, Or, Selector, Text, parse_events
from scanner.sigma.patterns.fitting import Part
from scanner.sigma.reading.origin import Origin

AREA = "event"
LICENCE_PAGE = "https://github.com/SigmaHQ/Detection-Rule-License"
_UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_REFERENCE = re.compile(r"https://[^\s\x00-\x1f\x7f]{1,490}")
_JOIN = re.compile(r'"(?:[^"\\]|\\.)*"|%[^%]*%| (?=&& |\|\| )', re.DOTALL)
_LONGEST_SLUG = 50
_LONGEST_TITLE = 300
_LONGEST_QUOTE = 3000
_WIDTH = 112
_CATEGORY = Selector(("eventCategory",))


def rule_id(origin: Origin, number: int = 0) -> RuleId:
    """``event.sigma-<title>-<8 hexadecimal digits>``, with ``-<number>`` for one of several."""
    ascii_title = unicodedata.normalize("NFKD", origin.title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", ascii_title)
    slug = "-".join(words)
    while len(slug) > _LONGEST_SLUG:
        words = words[:-1] if len(words) > 1 else [words[0][:_LONGEST_SLUG]]
        slug = "-".join(words)
    uuid = _UUID.fullmatch(origin.id.lower())
    mark = uuid.group(1) if uuid else hashlib.sha256(origin.identity.encode("utf-8", "replace")).hexdigest()[:8]
    return RuleId("-".join(part for part in (f"{AREA}.sigma", slug, mark, str(number or "")) if part))


def written(
    origin: Origin,
    part: Part,
    *,
    number: int = 0,
    count: int = 1,
    threshold: Threshold | None = None,
) -> Rule:
    """The rule of one part."""
    name = rule_id(origin, number)
    title = _title(origin, number, count)
    description = _description(origin, number, count)
    rationale = _rationale(origin)
    remediation = _remediation(origin)
    references = _references(origin)
    also = _also(part)
    lines = [
        *_header(origin),
        f"id: {name}",
        f"title: {_quoted(title)}",
        f"severity: {origin.severity}",
        f"description: {_quoted(description)}",
        f"rationale: {_quoted(rationale)}",
        f"remediation: {_quoted(remediation)}",
        "references:",
        *(f"  - {_quoted(reference)}" for reference in references),
        "check: log-events",
        *_pattern("events", part.events),
        *(_pattern("except", part.excluded) if part.excluded else ()),
        *([f"also: [{', '.join(also)}]"] if also else []),
        *_threshold(threshold),
    ]
    excluded = _wrapped(part.excluded) if part.excluded else None
    return Rule(
        id=name,
        title=title,
        severity=origin.severity,
        description=description,
        rationale=rationale,
        remediation=remediation,
        references=references,
        parameters=(),
        check=LogEventsCheck(events=_wrapped(part.events), excluded=excluded, also=also, threshold=threshold),
        path=f"{AREA}/{name.partition('.')[2]}.yaml",
        text="\n".join(lines) + "\n",
    )


def _also(part: Part) -> tuple[str, ...]:
    """The categories that are judged only on demand: those that are asked for, or all but some that are excluded."""
    asked = tuple(category for category in APART if f'"{category}"' in part.events)
    excluded = _excluded_categories(part.excluded) if part.excluded else frozenset[str]()
    return asked or tuple(category for category in APART if excluded and category not in excluded)


def _excluded_categories(pattern: str) -> frozenset[str]:
    """The categories that exceptions name as wholes, whatever else a record of them holds."""
    expr = parse_events(pattern, {}).expr
    parts = expr.parts if isinstance(expr, Or) else (expr,)
    values = [
        part.value for part in parts if isinstance(part, Compare) and part.selector == _CATEGORY and part.op == "="
    ]
    return frozenset(value.text for value in values if isinstance(value, Text)) & frozenset(APART)


def _title(origin: Origin, number: int, count: int) -> str:
    part = f", part {number} of {count}" if number else ""
    author = f" (Sigma rule by {origin.author}{part})" if origin.author else f" (Sigma rule{part})"
    room = _LONGEST_TITLE - len(author)
    if room < 60:
        author, room = f" (Sigma rule, authors in its description{part})", 200
    return f"{_cut(origin.title, room)}{author}"


def _description(origin: Origin, number: int, count: int) -> str:
    quoted = _cut(origin.description, _LONGEST_QUOTE)
    texts = [f"{quoted}." if quoted[-1:].isalnum() else quoted]
    about = f"Imported from the Sigma rule {origin.title!r}"
    about += f", id {origin.id}" if origin.id else ""
    about += f", by {_cut(origin.author, 1000)}." if origin.author else ", which names no author."
    texts.append(about)
    licence = f"Its licence is {origin.licence}." if origin.licence else "It states no licence of its own;"
    texts.append(
        licence
        if origin.licence
        else f"{licence} rules of SigmaHQ are under the Detection Rule License ({LICENCE_PAGE})."
    )
    if count > 1:
        texts.append(f"This is part {number} of {count}: together they match what the Sigma rule matches.")
    others = [reference for reference in origin.references if not _REFERENCE.fullmatch(reference)]
    if others:
        texts.append(_cut(f"Further references: {'; '.join(others)}.", 1000))
    return " ".join(text for text in texts if text)


def _rationale(origin: Origin) -> str:
    level = f"its level is {origin.level}" if origin.states_level else "it states no level"
    texts = [f"A record that matches is what the Sigma rule was written to find; {level}."]
    if origin.tags:
        texts.append(_cut(f"Tags: {', '.join(origin.tags)}.", 1000))
    return " ".join(texts)


def _remediation(origin: Origin) -> str:
    texts = ["Look at each record that is named: who made the call, from where, and whether it was approved."]
    if origin.falsepositives:
        texts.append(_cut(f"Known harmless causes: {'; '.join(origin.falsepositives)}", _LONGEST_QUOTE))
    return " ".join(texts)


def _references(origin: Origin) -> tuple[str, ...]:
    found = [reference for reference in origin.references if _REFERENCE.fullmatch(reference)]
    return tuple(dict.fromkeys(found))[:20] or (LICENCE_PAGE,)


def _header(origin: Origin) -> list[str]:
    """Comment lines: where the rule comes from and under which licence, for whoever passes the file on."""
    lines = [f"Imported from the Sigma rule {origin.title!r}{f', id {origin.id}' if origin.id else ''}."]
    lines.append(f"Author: {origin.author}." if origin.author else "The Sigma rule names no author.")
    if origin.licence:
        lines.append(f"Licence of the Sigma rule: {origin.licence}.")
    else:
        lines.append(
            f"Rules of SigmaHQ are under the Detection Rule License 1.1, {LICENCE_PAGE}: keep the author's name."
        )
    return [f"# {_cut(line, 2000)}" for line in lines]


def _threshold(threshold: Threshold | None) -> list[str]:
    if threshold is None:
        return []
    lines = ["threshold:", f"  count: {threshold.count}", f"  within: {threshold.within}"]
    if threshold.by:
        lines.append(f"  by: {json.dumps(list(threshold.by))}")
    if threshold.distinct:
        lines.append(f"  distinct: {{of: {threshold.distinct}, count: {threshold.distinct_count}}}")
    return lines


def _pattern(key: str, text: str) -> list[str]:
    if not text.isprintable():
        return [f"{key}: {_quoted(text)}"]
    return [f"{key}: |", *(f"  {line}" for line in _wrapped(text).rstrip("\n").split("\n"))]


def _wrapped(text: str) -> str:
    """A long pattern on several lines, broken at blanks before ``&&`` or ``||`` outside quotes."""
    if not text.isprintable():
        return text
    lines: list[str] = []
    start = last = 0
    for found in _JOIN.finditer(text):
        if found.group() != " ":
            continue
        if found.start() - start > _WIDTH and last > start:
            lines.append(text[start:last])
            start = last + 1
        last = found.start()
    if len(text) - start > _WIDTH and last > start:
        lines.append(text[start:last])
        start = last + 1
    return "\n".join([*lines, text[start:], ""])


def _quoted(text: str) -> str:
    """A YAML text in double quotes, which JSON's escapes make safe whatever it holds."""
    return json.dumps(text, ensure_ascii=True)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
