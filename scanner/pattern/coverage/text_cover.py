r"""Coverage where terms, space-delimited filters or a stand-alone regular expression are involved.

These look at the raw text of an event. Against a JSON requirement three things can be proven: a term is found in
every event that must contain a text with that term in it; a regular expression without anchors is found where it is
found in such a text; and a few space-delimited shapes match every message. A filter with an excluded term is never
proven, because the term may occur in any unrelated field.

The proof supposes that the record writes letters, digits and the common symbols as themselves and not as ``\u``
escapes, which CloudTrail does. Texts with other characters prove nothing.
"""

import re
from collections.abc import Iterable, Sequence

from scanner.pattern.language.nodes import (
    Atom,
    Compare,
    EveryPattern,
    JsonPattern,
    Pattern,
    RegexPattern,
    SpacePattern,
    TermsPattern,
    Text,
)
from scanner.pattern.language.values.globs import glob_pieces
from scanner.pattern.language.values.regex import Alternate, Concat, End, Node, Repeat, Start, parse_regex
from scanner.pattern.matching.regex_search import searcher

_NUMBERS = frozenset("0123456789.E+-Infinity")
"""The characters of the texts of numbers: an event may spell such a text in another way (``1e0`` for ``1.0``)."""

_VERBATIM = re.compile(r"[A-Za-z0-9 _.,:*@#;$()!?{}\[\]|^~-]+")
"""Runs of characters that JSON writes as themselves, whoever writes it."""


def matches_every_event(pattern: Pattern) -> bool:
    """Whether ``pattern`` matches every message that is not blank, such as any JSON object."""
    if isinstance(pattern, SpacePattern):
        return len(pattern.fields) <= 1 and all(field.condition is None for field in pattern.fields)
    return isinstance(pattern, EveryPattern)


def _matches_every_message(pattern: Pattern) -> bool:
    """The same for any message, blank ones too."""
    return isinstance(pattern, EveryPattern) or (isinstance(pattern, SpacePattern) and not pattern.fields)


def certain_texts(atoms: Iterable[Atom]) -> tuple[str, ...]:
    """Texts that occur verbatim in the raw text of every event for which all of ``atoms`` hold."""
    texts: dict[str, None] = {}
    for atom in atoms:
        if isinstance(atom, Compare):
            texts.update(dict.fromkeys(str(step) for step in atom.selector.steps[:1] if isinstance(step, str)))
            if (
                atom.op == "="
                and isinstance(atom.value, Text)
                and not _NUMBERS.issuperset(atom.value.text.replace("*", ""))
            ):
                # Whichever way a * in the middle is read, the value holds the pieces between the stars.
                texts.update(dict.fromkeys(glob_pieces(atom.value.text)))
    return tuple(run for text in texts for run in _VERBATIM.findall(text))


def proves(pattern: Pattern, texts: Iterable[str]) -> bool:
    """Whether ``pattern``, which is not a JSON pattern, matches every JSON event that contains ``texts``."""
    if isinstance(pattern, TermsPattern):
        return _terms_prove(pattern, tuple(texts))
    if isinstance(pattern, RegexPattern):
        if _has_anchor(parse_regex(pattern.source)):
            return False
        search = searcher(pattern.source)
        return any(search(text) for text in texts)
    return matches_every_event(pattern)


def _terms_prove(pattern: TermsPattern, texts: tuple[str, ...]) -> bool:
    if pattern.excluded:
        return False
    if pattern.required:
        return all(_occurs(term, texts) for term in pattern.required)
    return any(_occurs(term, texts) for term in pattern.optional)


def _occurs(term: str, texts: Iterable[str]) -> bool:
    return any(term in text for text in texts)


def _has_anchor(node: Node) -> bool:
    if isinstance(node, Concat | Alternate):
        return any(_has_anchor(part) for part in node.parts)
    return _has_anchor(node.node) if isinstance(node, Repeat) else isinstance(node, Start | End)


def implies(required: Pattern, deployed: Pattern) -> bool:
    """Whether every message that ``required``, which is not a JSON pattern, matches is matched by ``deployed``.

    True only when proven.
    """
    if required == deployed or _matches_every_message(deployed):
        return True
    if not isinstance(required, TermsPattern) or isinstance(deployed, JsonPattern):
        return False
    if isinstance(deployed, SpacePattern):
        return matches_every_event(deployed) and any(term.strip() for term in required.required)
    if isinstance(deployed, TermsPattern) and deployed.excluded:
        rest = TermsPattern(deployed.required, (), ())
        proven = not deployed.required or _terms_prove(rest, required.required)
        return proven and _excludes_a_part_of_each(required.excluded, deployed.excluded)
    if required.required:
        return proves(deployed, required.required)
    if required.excluded:
        return False
    return all(proves(deployed, (term,)) for term in required.optional)


def _excludes_a_part_of_each(terms: Sequence[str], excluded: Iterable[str]) -> bool:
    """Whether messages without any of ``terms`` hold none of ``excluded`` either."""
    return all(_holds_one_of(other, terms) for other in excluded)


def _holds_one_of(text: str, terms: Sequence[str]) -> bool:
    return any(term in text for term in terms)


def example(required: Pattern) -> dict[str, str] | None:
    """A JSON event that probably matches ``required``, which is not a JSON pattern; None when none is at hand."""
    if isinstance(required, EveryPattern):
        return {}
    if isinstance(required, TermsPattern):
        return {"message": " ".join(required.required or required.optional[:1])}
    return None
