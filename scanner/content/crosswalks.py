"""Crosswalks: files by which controls of one framework, or rules by themselves, answer the controls of another.

A framework is derived from a crosswalk and from there on treated like any other: its text is that of a framework file,
which a bundle seals and which says in its first lines what it was derived from.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from pathlib import Path

from scanner.content.given import given_in, given_mistakes, rule_of
from scanner.documents import Document, Pointer
from scanner.model import Control, Coverage, Framework, Given, JsonValue, Over, Rule, RuleId
from scanner.model.json_values import as_list, as_object, as_objects, as_text
from scanner.wording import NO_RULE, did_you_mean, listed, shown

RULES = "rules"
"""What a crosswalk says under ``from`` where rules answer by themselves."""


MOST_CHARACTERS = 6000
"""How long the notes of a control may be in a framework file."""


class Relation(StrEnum):
    """What a control asks for beside what answers it."""

    EQUAL = "equal"
    SUBSET = "subset"
    SUPERSET = "superset"
    RELATED = "related"


_SENTENCES: Mapping[Relation, str] = {
    Relation.EQUAL: "This asks for the same as {answer}.",
    Relation.SUBSET: "This asks for a part of what {answer} {ask} for, so a failure may lie outside it.",
    Relation.SUPERSET: "This asks for more than {answer}, so a pass leaves the rest of it open.",
    Relation.RELATED: "This asks for something else than {answer}, though not without connection.",
}
_NOTHING = "The rules give evidence towards this control and decide nothing of it."


def is_crosswalk(document: Document) -> bool:
    """Whether a file is a crosswalk: it says what it is from, which a framework file never does."""
    return isinstance(document.value, dict) and "from" in document.value


def basis_of(document: Document) -> str:
    """The id of the framework whose controls answer those of a crosswalk; "" where rules answer by themselves."""
    wanted = as_text(as_object(document.value)["from"])
    return "" if wanted == RULES else wanted


def derived(document: Document, path: Path, basis: Framework | None) -> Framework:
    """The framework that a proved crosswalk derives from another, or (None) from rules."""
    data = as_object(document.value)
    identity = as_text(data["id"])
    framework = Framework(
        id=identity,
        title=as_text(data["title"]).strip(),
        version=as_text(data["version"]).strip(),
        source=as_text(data["source"]),
        controls=tuple(_control(identity, raw, basis) for raw in as_objects(data["controls"])),
        path=path.name,
        text="",
        notes=as_text(data["notes"]).strip(),
        basis="" if basis is None else basis.id,
    )
    return replace(framework, text=_text(framework, document, basis))


def _control(framework: str, raw: Mapping[str, JsonValue], basis: Framework | None) -> Control:
    answers = [_answer(item, basis) for item in as_list(raw["answered_by"])]
    relation = Relation(as_text(raw["relation"])) if answers else None
    given = chain.from_iterable(answer.given for answer in answers)
    by_rule = {item.rule: item for item in given}
    return Control(
        framework=framework,
        id=as_text(raw["id"]).strip(),
        title=as_text(raw["title"]).strip(),
        coverage=_coverage(answers, relation),
        notes=" ".join(_notes(as_text(raw["notes"]).strip(), answers, relation, basis)),
        rules=_once(map(attrgetter("rules"), answers)),
        log_rules=_once(map(attrgetter("log_rules"), answers)),
        period_rules=_once(map(attrgetter("period_rules"), answers)),
        given=tuple(by_rule.values()),
        same_as=answers[0].id if basis and relation is Relation.EQUAL and len(answers) == 1 else "",
    )


def _once(rules: Iterable[tuple[RuleId, ...]]) -> tuple[RuleId, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(rules)))


def _answer(item: JsonValue, basis: Framework | None) -> Control:
    """What one entry of ``answered_by`` names; a rule decides by itself what it asks for."""
    if basis is not None:
        return next(control for control in basis.controls if control.id == item)
    given = given_in(item)
    rule = RuleId(rule_of(item))
    return Control(RULES, rule, "", Coverage.FULL, "", (rule,), given=() if given is None else (given,))


def _coverage(answers: Sequence[Control], relation: Relation | None) -> Coverage:
    """How far rules decide the control: never further than the answers and the relation to them allow."""
    shares = {answer.coverage for answer in answers if answer.rules}
    if not shares:
        return Coverage.MANUAL
    if relation is Relation.RELATED or shares == {Coverage.SUPPORTING}:
        return Coverage.SUPPORTING
    whole = {answer.coverage for answer in answers} == {Coverage.FULL}
    return Coverage.FULL if whole and relation is Relation.EQUAL else Coverage.PARTIAL


def _notes(notes: str, answers: Sequence[Control], relation: Relation | None, basis: Framework | None) -> Iterator[str]:
    if relation is None:
        yield notes
        return
    one = len(answers) == 1
    answer = "the rule" if one else "the rules"
    if basis is not None:
        answer = f"{listed([each.id for each in answers], last='and')} of {basis.id}"
    yield _SENTENCES[relation].format(answer=answer, ask="asks" if one else "ask")
    yield notes
    if relation is Relation.RELATED and _once(each.rules for each in answers):
        yield _NOTHING
    elif basis is not None:
        yield from (f"Of {each.id}: {each.notes}" for each in answers)


def crosswalk_mistakes(
    document: Document, basis: Framework | None, known: Collection[str], rules: Mapping[str, Rule]
) -> Iterator[str]:
    """What is wrong with a crosswalk that fits its schema: what answers is not there, or is twice and contradicts."""
    for index, raw in enumerate(as_objects(as_object(document.value)["controls"])):
        pointer = ("controls", index, "answered_by")
        asked = as_list(raw["answered_by"])
        if basis is None:
            mistakes = [*rule_mistakes(document, pointer, asked, known, rules)]
        else:
            mistakes = [*_answer_mistakes(document, pointer, asked, basis)]
        yield from mistakes
        if not mistakes and len(_control("", raw, basis).notes) > MOST_CHARACTERS:
            yield document.problem(
                pointer, f"the notes that come of these are longer than {MOST_CHARACTERS} characters"
            )


KEYS_BY_WHAT_IS_JUDGED: Mapping[Over, str] = {
    Over.FACTS: "rules",
    Over.RECORDS: "log_rules",
    Over.PERIOD: "period_rules",
}
"""Where a control of a framework names rules, by what these are judged over."""


def rule_mistakes(
    document: Document,
    pointer: Pointer,
    asked: Sequence[JsonValue],
    known: Collection[str],
    rules: Mapping[str, Rule],
    key: str = "rules",
) -> Iterator[str]:
    """What is wrong with the rules that a control names under a key.

    They may not be there, be there twice, be judged over something else than those of that key, or be given what does
    not fit them.
    """
    seen: set[str] = set()
    for number, item in enumerate(asked):
        rule = rule_of(item)
        if rule not in known:
            yield document.problem((*pointer, number), f"{NO_RULE} {shown(rule)}.{did_you_mean(rule, known)}")
        elif rule in seen:
            yield document.problem((*pointer, number), f"the rule {rule} is here a second time")
        elif rule in rules and KEYS_BY_WHAT_IS_JUDGED[over := rules[rule].check.over] != key:
            instead = (
                "name one that a scan judges"
                if pointer[-1] == "answered_by"
                else f"name it under {KEYS_BY_WHAT_IS_JUDGED[over]}"
            )
            yield document.problem((*pointer, number), f"the rule {rule} is judged over {over.value}; {instead}")
        seen.add(rule)
        yield from given_mistakes(document, (*pointer, number), item, rules)


def _answer_mistakes(
    document: Document, pointer: Pointer, asked: Sequence[JsonValue], basis: Framework
) -> Iterator[str]:
    controls = {control.id: control for control in basis.controls}
    answers: list[Control] = []
    for number, item in enumerate(asked):
        place = (*pointer, number)
        if not isinstance(item, str):
            yield document.problem(place, f"parameters are given to rules; name a control of {basis.id}")
        elif item not in controls:
            yield document.problem(place, f"{basis.id} has no control {shown(item)}.{did_you_mean(item, controls)}")
        else:
            answers.append(controls[item])
    for rule in _contradicted(answers):
        yield document.problem(pointer, f"these controls ask for {rule} with different parameters; name one of them")


def _contradicted(answers: Sequence[Control]) -> Iterator[RuleId]:
    for rule in _once(answer.all_rules for answer in answers):
        given = {_given(answer, rule) for answer in answers if rule in answer.all_rules}
        if len(given) > 1:
            yield rule


def _given(control: Control, rule: RuleId) -> str:
    return next((json.dumps(dict(item.values)) for item in control.given if item.rule == rule), "")


def _text(framework: Framework, document: Document, basis: Framework | None) -> str:
    """The derived framework as a framework file."""
    return "\n".join([*_head(framework, document, basis), *chain.from_iterable(map(_lines, framework.controls)), ""])


def _head(framework: Framework, document: Document, basis: Framework | None) -> Iterator[str]:
    yield f"# Derived from the crosswalk {framework.path}, SHA-256 {_digest(document.text)}"
    if basis is not None:
        yield f"# and the framework {basis.id}, SHA-256 {_digest(basis.text)}."
    for key in ("id", "title", "version", "source", "notes"):
        yield f"{key}: {_quoted(getattr(framework, key))}"
    yield "controls:"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(control: Control) -> Iterator[str]:
    yield f"  - id: {_quoted(control.id)}"
    yield f"    title: {_quoted(control.title)}"
    yield f"    coverage: {control.coverage}"
    yield f"    notes: {_quoted(control.notes)}"
    given = {item.rule: item for item in control.given}
    yield f"    rules: {_asked(control.rules, given)}"
    if control.log_rules:
        yield f"    log_rules: {_asked(control.log_rules, given)}"
    if control.period_rules:
        yield f"    period_rules: {_asked(control.period_rules, given)}"


def _asked(rules: Sequence[RuleId], given: Mapping[RuleId, Given]) -> str:
    asked: list[JsonValue] = []
    for rule in rules:
        values = given.get(rule)
        asked.append(rule if values is None else {"rule": rule, "with": dict(values.values)})
    return _quoted(asked)


def _quoted(value: JsonValue) -> str:
    """A value as YAML in one line: as JSON, with what cannot be printed escaped."""
    return "".join(_escaped(character) for character in json.dumps(value, ensure_ascii=False))


def _escaped(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"
