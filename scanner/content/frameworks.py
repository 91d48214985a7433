"""Framework files: the auditor's pages, which alone map controls to rules and say what stays with a person."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType

from scanner.content.given import given_in, given_mistakes, rule_of
from scanner.content.shipped import content_files, shipped
from scanner.documents import Document, Pointer, read_document
from scanner.errors import ContentError, UsageError
from scanner.model import Control, Coverage, Framework, Given, JsonValue, Rule, RuleId
from scanner.model.json_values import as_list, as_object, as_objects, as_text
from scanner.schemas import require
from scanner.wording import did_you_mean, shown

RULE_KEYS = ("rules", "log_rules", "period_rules")
"""Where a control names rules: those that a scan judges, those over log records, and those over a period."""


REPORTED = ("cis-aws-5.0.0", "hipaa-security-rule", "pci-dss-4.0.1")
"""The frameworks that are reported where none is named; others are read when they are."""


def load_frameworks(
    ids: Sequence[str] | None,
    known_rule_ids: Collection[str],
    folders: Sequence[Path] = (),
    *,
    files: Sequence[Path] = (),
    with_shipped: bool = True,
    keys: Sequence[str] = RULE_KEYS,
    rules: Iterable[Rule] = (),
) -> tuple[Framework, ...]:
    """The frameworks named by ``ids`` in that order, or all by id; ``folders`` and ``files`` extend the shipped ones.

    A framework of a later folder, or of a file, replaces the one of the same id. ``known_rule_ids`` must hold the rules
    that controls name under ``keys``: an evidence bundle holds those of one key alone. The parameters that controls
    give are proved for ``rules``. Raises UsageError for an id that does not exist, and ContentError with every mistake
    of every file read, among them a rule that does not exist.
    """
    ours = set(content_files(shipped("frameworks"))) if with_shipped else set()
    given = (path for folder in folders for path in content_files(folder))
    paths = {framework_name(path): path for path in (*sorted(ours), *given, *_apart(files))}
    for wanted in ids or ():
        if wanted not in paths:
            listed = ", ".join(sorted(paths)) or "none"
            raise UsageError(
                f"There is no framework {shown(wanted)}.{did_you_mean(wanted, paths)}", f"Known: {listed}."
            )
    by_id: dict[str, Rule] = {rule.id: rule for rule in rules}
    frameworks: list[Framework] = []
    problems: list[str] = []
    for name in dict.fromkeys(ids) if ids is not None else sorted(paths):
        try:
            found = _read_shipped(paths[name]) if paths[name] in ours else None
            frameworks.append(found or read_framework(paths[name], known_rule_ids, keys=keys, rules=by_id))
        except ContentError as error:
            problems.extend(error.problems)
    if problems:
        raise ContentError(problems)
    return tuple(frameworks)


def framework_name(path: Path) -> str:
    """The id of the framework in a file: its name without the ending."""
    return path.name.removesuffix(".yaml").removesuffix(".yml")


def is_framework_file(wanted: str) -> bool:
    """Whether a framework is asked for by its file and not by its id, which never ends so."""
    return wanted.endswith((".yaml", ".yml"))


def _apart(files: Sequence[Path]) -> Sequence[Path]:
    """The files, of which no two may be of one framework. Raises UsageError."""
    first: dict[str, Path] = {}
    for path in files:
        other = first.setdefault(framework_name(path), path)
        if other != path:
            raise UsageError(f"{other} and {path} are of one framework, {framework_name(path)}.", "Give one of them.")
    return files


def framework_ids() -> tuple[str, ...]:
    """The ids of the shipped frameworks."""
    return tuple(sorted(framework_name(path) for path in content_files(shipped("frameworks"))))


def read_framework(
    path: Path,
    known_rule_ids: Collection[str],
    *,
    keys: Sequence[str] = RULE_KEYS,
    rules: Mapping[str, Rule] = MappingProxyType({}),
) -> Framework:
    """One framework file; raises ContentError with every mistake of it."""
    document = read_document(path)
    require(document, "framework")
    problems = (*_name_problems(document, path), *_control_problems(document, known_rule_ids, keys, rules))
    if problems:
        raise ContentError(problems)
    return _framework(document, path)


def _read_shipped(path: Path) -> Framework | None:
    """A shipped framework, which its tests have proved; None when somebody changed the installed file and broke it."""
    try:
        return _framework(read_document(path, proven=True), path)
    except (ContentError, LookupError, TypeError, ValueError, AttributeError):
        return None


def _framework(document: Document, path: Path) -> Framework:
    data = as_object(document.value)
    identity = as_text(data["id"])
    return Framework(
        id=identity,
        title=as_text(data["title"]).strip(),
        version=as_text(data["version"]).strip(),
        source=as_text(data["source"]),
        controls=tuple(_control(identity, raw) for raw in as_objects(data["controls"])),
        path=path.name,
        text=document.text,
        notes=as_text(data["notes"]).strip(),
    )


def _control(framework: str, raw: Mapping[str, JsonValue]) -> Control:
    return Control(
        framework=framework,
        id=as_text(raw["id"]).strip(),
        title=as_text(raw["title"]).strip(),
        coverage=Coverage(as_text(raw["coverage"])),
        notes=as_text(raw["notes"]).strip(),
        rules=_rule_ids(raw["rules"]),
        log_rules=_rule_ids(raw.get("log_rules", ())),
        period_rules=_rule_ids(raw.get("period_rules", ())),
        given=_given(raw),
    )


def _rule_ids(value: JsonValue) -> tuple[RuleId, ...]:
    return tuple(RuleId(rule_of(asked)) for asked in as_list(value))


def _given(raw: Mapping[str, JsonValue]) -> tuple[Given, ...]:
    asked = chain.from_iterable(as_list(raw.get(key, ())) for key in RULE_KEYS)
    return tuple(given for given in map(given_in, asked) if given is not None)


def mapped_rules(frameworks: Sequence[Framework]) -> frozenset[RuleId]:
    """Every rule that some control of these frameworks names, for scans, log records and periods."""
    controls = [control for framework in frameworks for control in framework.controls]
    return frozenset(rule for control in controls for rule in control.all_rules)


def _name_problems(document: Document, path: Path) -> Iterator[str]:
    wanted = framework_name(path)
    stated = as_text(as_object(document.value)["id"])
    if stated != wanted:
        yield document.problem(("id",), f"the id is {shown(stated)}, the file is called {path.name}")


def _control_problems(
    document: Document, known_rule_ids: Collection[str], keys: Sequence[str], rules: Mapping[str, Rule]
) -> Iterator[str]:
    lines: dict[str, int] = {}
    for index, raw in enumerate(as_objects(as_object(document.value)["controls"])):
        pointer = ("controls", index)
        control = as_text(raw["id"]).strip()
        if control in lines:
            sentence = f"the control {control} is here a second time; first in line {lines[control]}"
            yield document.problem((*pointer, "id"), sentence)
        lines.setdefault(control, document.mark((*pointer, "id")).line)
        for key in keys:
            yield from _rule_problems(document, (*pointer, key), as_list(raw.get(key, ())), known_rule_ids, rules)


def _rule_problems(
    document: Document, pointer: Pointer, asked: Sequence[JsonValue], known: Collection[str], rules: Mapping[str, Rule]
) -> Iterator[str]:
    seen: set[str] = set()
    for number, item in enumerate(asked):
        rule = rule_of(item)
        if rule not in known:
            yield document.problem((*pointer, number), f"there is no rule {shown(rule)}.{did_you_mean(rule, known)}")
        elif rule in seen:
            yield document.problem((*pointer, number), f"the rule {rule} is here a second time")
        seen.add(rule)
        yield from given_mistakes(document, (*pointer, number), item, rules)
