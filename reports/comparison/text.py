"""A comparison for a person at a terminal: the counts, what the two were judged by, then every change, worst first."""

import textwrap
from collections.abc import Iterable, Sequence

from reports.characters import visible
from reports.comparison.comparing import Change, Comparison, ControlPair, FindingPair
from reports.comparison.settings import KINDS, SetupChange
from reports.comparison.telling import COUNTED, HEADINGS, control_state, reasons, told
from reports.repairs import thing_of
from reports.wording import OUTCOME_WORDS, resource_name
from scanner.model import Assessment

MOST = 20
"""Findings that a section shows of each kind; the JSON document lists all of them."""


def comparison_text(comparison: Comparison, width: int) -> str:
    """The comparison as text of ``width`` columns with a final newline; names and commands are never broken."""
    lines = [*_head("old", comparison.old, width), *_head("new", comparison.new, width)]
    if comparison.swapped:
        lines += _wrapped("The new assessment is of older evidence than the old one: are they swapped?", width)
    lines.append("")
    counts = {change: len(comparison.of(change)) for change in Change}
    lines += [f"{counts[change]:7}  {words}" for change, words in COUNTED.items() if counts[change]]
    lines += _setups(comparison.setups, width)
    for change, heading in HEADINGS.items():
        lines += _section(heading, told(comparison, change), width)
    lines += _controls(comparison.controls, width)
    return "\n".join(lines) + "\n"


def _head(name: str, assessment: Assessment, width: int) -> list[str]:
    accounts = assessment.run.account_ids
    more = f" and {len(accounts) - 3} more" if len(accounts) > 3 else ""
    of = f"{', '.join(accounts[:3]) or 'no account'}{more}"
    return _wrapped(f"{name}  collected {assessment.run.collected.started or 'at an unknown time'}, {of}", width)


def _setups(setups: Sequence[SetupChange], width: int) -> list[str]:
    if not setups:
        return ["", "Judged by the same rules and settings, over the same scope."]
    lines = ["", f"Judged by or over other things ({len(setups)})"]
    for kind in KINDS:
        alike = [setup for setup in setups if setup.kind == kind]
        for setup in alike[:MOST]:
            line = f"{kind} {setup.name}: {setup.before or 'not there'} → {setup.after or 'not there'}"
            lines += _wrapped(visible(line), width, "  ", "    ")
        lines += _more(len(alike) - MOST)
    return lines


def _section(heading: str, pairs: Sequence[FindingPair], width: int) -> list[str]:
    """The findings by what they come from, as one thing that broke may fail many rules."""
    if not pairs:
        return []
    lines = ["", f"{heading} ({len(pairs)})"]
    shown: dict[str, list[FindingPair]] = {}
    for pair in sorted(pairs, key=lambda pair: -pair.shown.severity.rank)[:MOST]:
        shown.setdefault(thing_of(pair.shown).name, []).append(pair)
    for thing, alike in shown.items():
        lines += _wrapped(visible(thing), width, "  ", "    ")
        for pair in alike:
            lines += _pair(pair, width)
    return [*lines, *_more(len(pairs) - MOST)]


def _pair(pair: FindingPair, width: int) -> list[str]:
    shown = pair.shown
    was, now = (OUTCOME_WORDS[item.outcome] if item else "not judged" for item in (pair.before, pair.after))
    named = f"{shown.severity.upper()} {shown.rule} on {resource_name(shown)}: {was} → {now}"
    why = list(map(visible, reasons(pair)))
    return [*_wrapped(visible(named), width, "    ", "      "), *_paragraphs(why, width)]


def _paragraphs(texts: Iterable[str], width: int) -> list[str]:
    return [line for text in texts for line in _wrapped(text, width, "      ", "      ")]


def _controls(pairs: Sequence[ControlPair], width: int) -> list[str]:
    if not pairs:
        return []
    lines = ["", f"Controls ({len(pairs)})"]
    for pair in pairs[: 2 * MOST]:
        named = pair.after or pair.before
        if named is not None:
            line = f"{named.framework} {named.id}: {control_state(pair.before)} → {control_state(pair.after)}"
            lines += _wrapped(visible(line), width, "  ", "    ")
    return [*lines, *_more(len(pairs) - 2 * MOST)]


def _more(number: int) -> list[str]:
    return [f"    and {number} more: --output json lists them all"] if number > 0 else []


def _wrapped(text: str, width: int, first: str = "", further: str = "  ") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )
