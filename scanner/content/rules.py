"""Rule files: read, checked whole, and turned into rules; a wrong rule is an error, never a failed rule.

A rules folder holds ``<area>/<name>.yaml`` (one rule each, id ``area.name``) with its cases beside it in
``<name>.test.yaml``. Files and folders that begin with ``_`` are shared by cases and hold no rule. Rules are data:
reading a folder of unknown origin runs nothing of it.
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from scanner.content.draft import Resources, parameters_in
from scanner.content.kinds import KINDS
from scanner.content.mistakes import mistakes_of
from scanner.content.shipped import listed_files, shipped
from scanner.documents import Document, parse_yaml, read_document
from scanner.errors import ContentError, UsageError
from scanner.model import Rule, RuleId, Severity
from scanner.model.json_values import as_object
from scanner.texts.globs import glob_match
from scanner.wording import OWN_RULES, did_you_mean, shown

CASES = ".test.yaml"
CALLS = ".calls.yaml"
DEFAULT_PACKS = ("core",)


def load_rules(
    folders: Sequence[Path] | None = None,
    *,
    with_shipped: bool = True,
    known_resources: Resources | None = None,
    areas: Collection[str] = (),
) -> tuple[Rule, ...]:
    """The shipped rules, extended and overridden by the rules of ``folders`` in their order; sorted by id.

    A rule in a later folder replaces the rule of the same id. ``known_resources`` lets the check of the folders' rules
    know which resource types and fields exist; shipped rules are not proved again, their tests have done so. With
    ``areas`` only the shipped rules of these areas are read. Raises
    ContentError with every mistake of every file at once, and UsageError for a folder without rules.
    """
    rules: dict[RuleId, Rule] = {}
    problems: list[str] = []
    sources = [(shipped("rules"), True)] if with_shipped else []
    sources += [(folder, False) for folder in folders or ()]
    for folder, is_shipped in sources:
        found, mistakes = read_folder(
            folder,
            is_shipped=is_shipped,
            known_resources=known_resources,
            are_proved=is_shipped,
            areas=areas if is_shipped else (),
        )
        rules.update((rule.id, rule) for rule in found)
        problems.extend(mistakes)
    if problems:
        raise ContentError(problems)
    return tuple(rules[rule_id] for rule_id in sorted(rules))


def read_rule(path: Path, folder: Path, known_resources: Resources | None = None, *, is_shipped: bool = False) -> Rule:
    """One rule file; raises ContentError with every mistake of the file. libyaml may read a file that is shipped."""
    document = read_document(path, proven=is_shipped)
    problems = mistakes_of(document, known_resources)
    if problems:
        raise ContentError(problems)
    return _rule(document, path, folder)


def _proved_rule(path: Path, folder: Path) -> Rule:
    """A rule that tests have proved; when its installed file was broken, ContentError says what is wrong with it."""
    try:
        return _rule(read_document(path, proven=True), path, folder)
    except (ContentError, LookupError, TypeError, ValueError, AttributeError):
        return read_rule(path, folder)


def _rule(document: Document, path: Path, folder: Path) -> Rule:
    data: dict[str, Any] = {**as_object(document.value)}
    return Rule(
        id=RuleId(data["id"]),
        title=data["title"].strip(),
        severity=Severity(data["severity"]),
        description=data["description"].strip(),
        rationale=data["rationale"].strip(),
        remediation=data["remediation"].strip(),
        references=tuple(data["references"]),
        parameters=tuple(parameters_in(data)),
        check=KINDS[data["check"]].read(data),
        path=path.relative_to(folder).as_posix(),
        text=document.text,
        pack=data.get("pack", "core"),
    )


def select_rules(
    rules: Sequence[Rule], ids: Sequence[str] | None = None, packs: Collection[str] = DEFAULT_PACKS
) -> tuple[Rule, ...]:
    """The rules named by ``ids``, or without ids the rules of ``packs``.

    An id names a rule, an area (``route``) or, with ``*`` for any text, several; what it names is selected whatever its
    pack. Raises UsageError when an id names nothing, when there is no such pack, and when nothing is left.
    """
    known_packs = {rule.pack for rule in rules} | {"core", "extended"}
    for pack in packs:
        if pack not in known_packs:
            raise UsageError(
                f"There is no pack {shown(pack)}.{did_you_mean(pack, known_packs)}",
                f"Packs: {', '.join(sorted(known_packs))}.",
            )
    named = None if ids is None else {rule for wanted in ids for rule in _named(rules, wanted)}
    selected = [rule for rule in rules if (rule.pack in packs if named is None else rule.id in named)]
    if not selected:
        raise UsageError("No rule is selected.", "Name rules or packs that exist.")
    return tuple(selected)


def _named(rules: Sequence[Rule], wanted: str) -> list[RuleId]:
    """The rules that an id, an area or a text with ``*`` names; UsageError when it names none."""
    ids = [rule.id for rule in rules]
    found = [rule_id for rule_id in ids if _is_named(rule_id, wanted)]
    if not found:
        hint = did_you_mean(wanted, {*ids, *map(area_of, ids)})
        raise UsageError(f"No rule or area is called {shown(wanted)}.{hint}", "" if hint else OWN_RULES)
    return found


def names_a_rule(rules: Sequence[Rule], wanted: str) -> bool:
    """Whether an id, an area or a text with ``*`` names one of the rules."""
    return any(_is_named(rule.id, wanted) for rule in rules)


def _is_named(rule_id: RuleId, wanted: str) -> bool:
    return wanted == area_of(rule_id) or glob_match(wanted, rule_id)


def area_of(rule_id: str) -> str:
    """The part before the dot: ``trail`` of ``trail.log-file-validation``."""
    return rule_id.partition(".")[0]


def read_folder(
    folder: Path,
    *,
    is_shipped: bool = False,
    known_resources: Resources | None = None,
    are_proved: bool = False,
    areas: Collection[str] = (),
) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The rules of a folder that are sound, and every mistake of the others as ``file:line:column: sentence``.

    For rules that ``are_proved`` by tests, as the shipped ones are, only the place is checked. With ``areas`` only the
    rules that lie in folders of these names are read. Raises UsageError when the folder is not one, or holds no rule
    file.
    """
    rules: dict[RuleId, Rule] = {}
    problems: list[str] = []
    files, misnamed = listed_files(folder, but=(CASES, CALLS))
    problems += misnamed
    if not files and not problems:
        raise UsageError(f"{folder} holds no rule.", "A rules folder holds <area>/<name>.yaml files.")
    for path in files:
        if areas and path.parent.name not in areas:
            continue
        try:
            rule = (
                _proved_rule(path, folder)
                if are_proved
                else read_rule(path, folder, known_resources, is_shipped=is_shipped)
            )
        except ContentError as error:
            problems.extend(error.problems)
            continue
        if is_shipped and rule.path != expected_path(rule.id):
            problems.append(_about_id(path, rule, f"the rule {rule.id} belongs into the file {expected_path(rule.id)}"))
        if rule.id in rules:
            problems.append(_about_id(path, rule, f"the rule {rule.id} is in {rules[rule.id].path} already"))
        rules[rule.id] = rule
    return tuple(rules.values()), tuple(problems)


def _about_id(path: Path, rule: Rule, sentence: str) -> str:
    return parse_yaml(str(path), rule.text).problem(("id",), sentence)


def expected_path(rule_id: RuleId) -> str:
    """Where a rule lies in its folder: ``area/name.yaml``."""
    return f"{area_of(rule_id)}/{rule_id.partition('.')[2]}.yaml"
