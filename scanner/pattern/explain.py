"""A filter pattern in plain sentences, with warnings where it is likely not what was meant."""

import re
from collections.abc import Iterable, Iterator, Sequence

from scanner.pattern.cloudtrail.api_names import RETIRED, api_name, is_known_name, known_sources
from scanner.pattern.cloudtrail.noise import benign_messages, noise
from scanner.pattern.cloudtrail.recorded import FIELDS, NAME, SOURCE
from scanner.pattern.coverage.cover import matches_nothing
from scanner.pattern.coverage.search.counterexample import TooManyDisjunctsError, atoms_of, disjuncts, problem
from scanner.pattern.language.nodes import (
    And,
    Atom,
    Compare,
    EveryPattern,
    Expr,
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
    TermsPattern,
    Text,
    Wildcard,
)
from scanner.pattern.language.printer import print_expression, print_pattern, print_selector
from scanner.pattern.language.values.globs import glob_pieces, has_middle_wildcard

NOISY = 0.5
"""From this share of everyday records on, a filter is called noisy."""

_SKIPPED = re.compile(r'"(?:[^"\\]|\\.)*"|%[^%]*%', re.DOTALL)
_OPERATORS = re.compile(r"&&|\|\||[()]")
_ORDERINGS = {"<": "less than", "<=": "at most", ">": "greater than", ">=": "at least"}


def explain(pattern: Pattern) -> list[str]:
    """What ``pattern`` matches, one sentence per line, then lines that begin with ``Warning:`` or ``Note:``."""
    if isinstance(pattern, JsonPattern):
        remarks = sorted(_json_remarks(pattern), key=lambda remark: remark.startswith("Note:"))
        return [*_json_meaning(pattern), *remarks]
    if isinstance(pattern, EveryPattern):
        return ["It matches every log event."]
    if isinstance(pattern, TermsPattern):
        return _terms_meaning(pattern)
    if isinstance(pattern, RegexPattern):
        return [f"It matches log events in whose text the regular expression %{pattern.source}% is found."]
    return _space_meaning(pattern)


def _json_meaning(pattern: JsonPattern) -> list[str]:
    expr = pattern.expr
    if isinstance(expr, Or):
        parts = _alternatives(expr)
        if len(parts) > 1:
            return ["It matches a JSON log event when at least one of these holds:", *(f"- {part}." for part in parts)]
        return [f"It matches a JSON log event when {parts[0]}."]
    return [f"It matches a JSON log event when {_words(expr)}."]


def _words(expr: Expr) -> str:
    """An expression as part of a sentence."""
    if isinstance(expr, And):
        if not expr.parts:
            return "it is one JSON object"
        return ", and ".join(_either(part) if isinstance(part, Or) else _words(part) for part in expr.parts)
    if isinstance(expr, Or):
        return _either(expr)
    return _condition(expr)


def _either(expr: Or) -> str:
    parts = _alternatives(expr)
    return parts[0] if len(parts) == 1 else f"either {'; or '.join(parts)}"


def _alternatives(expr: Or) -> list[str]:
    """The parts of an "or"; equalities on one field become a list of values."""
    values: dict[Selector, list[str]] = {}
    order: list[Expr | Selector] = []
    for part in expr.parts:
        plain = isinstance(part, Compare) and part.op == "=" and isinstance(part.value, Text)
        if isinstance(part, Compare) and isinstance(part.value, Text) and plain and "*" not in part.value.text:
            if part.selector not in values:
                order.append(part.selector)
            values.setdefault(part.selector, []).append(part.value.text)
        else:
            order.append(part)
    return [_one_of(item, values[item]) if isinstance(item, Selector) else _words(item) for item in order]


def _one_of(selector: Selector, texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return f"{_name(selector)} is {texts[0]}"
    return f"{_name(selector)} is one of {', '.join(texts)}"


def _name(selector: Selector) -> str:
    """The field as a person writes it, without the ``$.``."""
    name = print_selector(selector).removeprefix("$.")
    return f"some {name}" if any(isinstance(step, Wildcard) for step in selector.steps) else name


def _condition(atom: Atom) -> str:
    name = _name(atom.selector)
    if isinstance(atom, NotExists):
        return f"{name.replace('some ', 'no ', 1)} exists" if name.startswith("some ") else f"{name} is absent"
    if isinstance(atom, IsNull):
        return f"{name} is null"
    if isinstance(atom, IsBool):
        return f"{name} is {'true' if atom.value else 'false'}"
    if atom.op in _ORDERINGS:
        number = atom.value.text if isinstance(atom.value, Number) else ""
        return f"{name} is a number {_ORDERINGS[atom.op]} {number}"
    if name.startswith("some "):
        parent = print_selector(atom.selector).removeprefix("$.")
        return f"{name} {_value(atom, '=')}" if atom.op == "=" else f"no {parent} {_value(atom, '=')}"
    return f"{name} {_value(atom, atom.op)}"


def _value(atom: Compare, op: str) -> str:
    """What a comparison asks of the value: ``is X``, ``begins with X``, ``is there but is not X``."""
    value, equal = atom.value, op == "="
    if isinstance(value, Number):
        return f"is {value.text}" if equal else f"is there but is not {value.text}"
    if isinstance(value, Regex):
        found = f"the regular expression %{value.source}%"
        return f"holds a match of {found}" if equal else f"is there without a match of {found}"
    pieces = glob_pieces(value.text, "literal")
    if len(pieces) == 1:
        return f"is {value.text}" if equal else f"is there but is not {value.text}"
    inner = "".join(pieces)
    if not inner:
        return "is any text or number" if equal else "is there but is neither text nor a number"
    verbs = {(False, True): ("begins", "begin"), (True, False): ("ends", "end")}
    verb, plain = verbs.get((not pieces[0], not pieces[-1]), ("", ""))
    if verb:
        return f"{verb} with {inner}" if equal else f"is there but does not {plain} with {inner}"
    return f"contains {inner}" if equal else f"is there but does not contain {inner}"


def _json_remarks(pattern: JsonPattern) -> Iterator[str]:
    """Warnings and notes, in no order."""
    atoms = tuple(dict.fromkeys(atoms_of(pattern.expr)))
    if matches_nothing(pattern):
        yield "Warning: no event can match it: its conditions contradict each other."
    if _mixes_operators(pattern.text):
        yield f"Warning: && binds closer than ||, and both appear side by side: it is read as {print_pattern(pattern)}."
    share = noise(pattern)
    if share >= NOISY:
        count = len(benign_messages())
        yield f"Warning: it matches {round(share * count)} of {count} everyday records, so an alarm on it says little."
    yield from _alternatives_of_exclusions(pattern.expr)
    yield from _exclusion_remarks(atoms)
    yield from _value_remarks(atoms)
    yield from _name_remarks(atoms)
    yield from _guard_remarks(pattern)


def _mixes_operators(text: str) -> bool:
    """Whether ``&&`` and ``||`` appear side by side in one pair of parentheses."""
    seen: list[set[str]] = [set()]
    for token in _OPERATORS.findall(_SKIPPED.sub("", text)):
        if token == "(":  # noqa: S105 - a parenthesis
            seen.append(set())
        elif token == ")":  # noqa: S105 - a parenthesis
            seen.pop()
        else:
            seen[-1].add(token)
            if len(seen[-1]) == 2:
                return True
    return False


def _alternatives_of_exclusions(expr: Expr) -> Iterator[str]:
    """Two ``!=`` on one field joined by ``||`` exclude nothing."""
    if isinstance(expr, And | Or):
        excluded: dict[Selector, set[str]] = {}
        for part in expr.parts:
            yield from _alternatives_of_exclusions(part)
            if isinstance(expr, Or) and isinstance(part, Compare) and part.op == "!=":
                excluded.setdefault(part.selector, set()).add(print_expression(part))
        for selector, texts in excluded.items():
            if len(texts) > 1:
                joined = " || ".join(sorted(texts))
                yield f"Warning: {joined} excludes nothing: {_name(selector)} always differs from one of them. Use &&."


def _exclusion_remarks(atoms: Sequence[Atom]) -> Iterator[str]:
    absent = {atom.selector for atom in atoms if isinstance(atom, NotExists)}
    noted: set[Selector] = set()
    for atom in atoms:
        if not isinstance(atom, Compare) or atom.op != "!=" or atom.selector in absent | noted:
            continue
        path = tuple(str(step) for step in atom.selector.steps)
        always = path in FIELDS and "missing" not in FIELDS[path][0].besides
        if not always and not any(isinstance(step, Wildcard) for step in atom.selector.steps):
            noted.add(atom.selector)
            yield (
                f"Warning: {print_expression(atom)} is false for events without {_name(atom.selector)}; "
                f"add || {print_selector(atom.selector)} NOT EXISTS if they are meant too."
            )


def _value_remarks(atoms: Iterable[Atom]) -> Iterator[str]:
    for atom in atoms:
        if not isinstance(atom, Compare) or not isinstance(atom.value, Text):
            continue
        text = atom.value.text
        if text in {"true", "false"}:
            keyword = f"{print_selector(atom.selector)} IS {text.upper()}"
            yield f"Note: {print_expression(atom)} looks at the text {text}, not at the JSON value; that is {keyword}."
        if has_middle_wildcard(text):
            yield f"Note: AWS does not say whether the * inside {text} is a wildcard or a plain character."


def _name_remarks(atoms: Iterable[Atom]) -> Iterator[str]:
    """Names and sources that no AWS service is known to have."""
    for atom in atoms:
        if not isinstance(atom, Compare) or not isinstance(atom.value, Text) or "*" in atom.value.text:
            continue
        text = atom.value.text
        if atom.selector.steps == NAME and text in RETIRED:
            yield f"Note: {text} cannot occur any more: AWS retired ClassicLink in 2022."
        elif atom.selector.steps == NAME and not is_known_name(text):
            yield f"Note: no AWS service is known to have an API call named {text}."
        elif atom.selector.steps == SOURCE and text not in known_sources():
            yield f"Note: no AWS service is known with the event source {text}."


def _guard_remarks(pattern: JsonPattern) -> Iterator[str]:
    for name, source in never_together(pattern):
        yield f"Warning: {name} is not recorded with eventSource {source}, so that part never matches."


def never_together(pattern: JsonPattern) -> Iterator[tuple[str, str]]:
    """Event names that never occur with the event source they are joined with, each with that source."""
    given = problem(pattern.expr, [], "wildcard")
    try:
        parts = disjuncts(given.required)
    except TooManyDisjunctsError:
        return
    for need in parts:
        texts: dict[tuple[object, ...], str] = {}
        for place, atom in enumerate(given.atoms):
            plain = need >> place & 1 and isinstance(atom, Compare) and atom.op == "="
            if plain and isinstance(atom, Compare) and isinstance(atom.value, Text) and "*" not in atom.value.text:
                texts[atom.selector.steps] = atom.value.text
        known = api_name(texts[NAME]) if NAME in texts else None
        if known is not None and SOURCE in texts and texts[SOURCE] not in known.sources:
            yield texts[NAME], texts[SOURCE]


def _terms_meaning(pattern: TermsPattern) -> list[str]:
    def joined(terms: Sequence[str], word: str) -> str:
        return f" {word} ".join(f'"{term}"' for term in terms)

    if pattern.required or pattern.excluded:
        parts = [f"contains {joined(pattern.required, 'and')}"] if pattern.required else []
        if pattern.excluded:
            parts.append(f"does not contain {joined(pattern.excluded, 'or')}")
        lines = [f"It matches log events whose text {' and '.join(parts)}."]
        if pattern.optional:
            lines.append(
                f"Warning: the optional {joined(pattern.optional, 'or')} is ignored, because other terms are given."
            )
    else:
        lines = [f"It matches log events whose text contains {joined(pattern.optional, 'or')}."]
    return [*lines, "Note: terms are found anywhere in the text, also inside words; letter case counts."]


def _space_meaning(pattern: SpacePattern) -> list[str]:
    names = [field.name or "(any)" for field in pattern.fields]
    conditions = sum(field.condition is not None for field in pattern.fields)
    lines = [
        f"It splits log events at blanks into the fields {', '.join(names)}."
        if names
        else "It matches every log event."
    ]
    if conditions:
        lines.append(
            f"It matches when {'the condition on its field holds' if conditions == 1 else 'all its fields match'}."
        )
    lines.append(
        "Note: CloudTrail records are JSON; a space-delimited filter sees them as text and matches by accident."
    )
    return lines
