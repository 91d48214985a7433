"""Framework files: the auditor's pages, which alone map controls to rules and say what stays with a person."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from scanner.content.shipped import content_files, shipped
from scanner.documents import Document, read_document
from scanner.errors import ContentError, UsageError
from scanner.model import Control, Coverage, Framework, JsonValue, RuleId
from scanner.model.json_values import as_object, as_objects, as_text, as_texts
from scanner.schemas import require
from scanner.wording import did_you_mean, shown

RULE_KEYS = ("rules", "log_rules", "period_rules")
"""Where a control names rules: those that a scan judges, those over log records, and those over a period."""


def load_frameworks(
    ids: Sequence[str] | None,
    known_rule_ids: Collection[str],
    folders: Sequence[Path] = (),
    *,
    files: Sequence[Path] = (),
    with_shipped: bool = True,
    keys: Sequence[str] = RULE_KEYS,
) -> tuple[Framework, ...]:
    """The frameworks named by ``ids`` in that order, or all by id; ``folders`` and ``files`` extend the shipped ones.

    A framework of a later folder, or of a file, replaces the one of the same id. ``known_rule_ids`` must hold the rules
    that controls name under ``keys``: an evidence bundle holds those of one key alone. Raises UsageError for an id that
    does not exist, and ContentError with every mistake of every file read, among them a rule that does not exist.
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
    frameworks: list[Framework] = []
    problems: list[str] = []
    for name in dict.fromkeys(ids) if ids is not None else sorted(paths):
        try:
            found = _read_shipped(paths[name]) if paths[name] in ours else None
            frameworks.append(found or read_framework(paths[name], known_rule_ids, keys=keys))
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


def read_framework(path: Path, known_rule_ids: Collection[str], *, keys: Sequence[str] = RULE_KEYS) -> Framework:
    """One framework file; raises ContentError with every mistake of it."""
    document = read_document(path)
    require(document, "framework")
    problems = (*_name_problems(document, path), *_control_problems(document, known_rule_ids, keys))
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
    )


def _rule_ids(value: JsonValue) -> tuple[RuleId, ...]:
    return tuple(RuleId(rule) for rule in as_texts(value))


def mapped_rules(frameworks: Sequence[Framework]) -> frozenset[RuleId]:
    """Every rule that some control of these frameworks names, for scans, log records and periods."""
    controls = [control for framework in frameworks for control in framework.controls]
    return frozenset(rule for control in controls for rule in control.all_rules)


def _name_problems(document: Document, path: Path) -> Iterator[str]:
    wanted = framework_name(path)
    stated = as_text(as_object(document.value)["id"])
    if stated != wanted:
        yield document.problem(("id",), f"the id is {shown(stated)}, the file is called {path.name}")


def _control_problems(document: Document, known_rule_ids: Collection[str], keys: Sequence[str]) -> Iterator[str]:
    lines: dict[str, int] = {}
    for index, raw in enumerate(as_objects(as_object(document.value)["controls"])):
        pointer = ("controls", index)
        control = as_text(raw["id"]).strip()
        if control in lines:
            sentence = f"the control {control} is here a second time; first in line {lines[control]}"
            yield document.problem((*pointer, "id"), sentence)
        lines.setdefault(control, document.mark((*pointer, "id")).line)
        for key in keys:
            for number, rule in enumerate(as_texts(raw.get(key, ()))):
                if rule not in known_rule_ids:
                    hint = did_you_mean(rule, known_rule_ids)
                    yield document.problem((*pointer, key, number), f"there is no rule {shown(rule)}.{hint}")
