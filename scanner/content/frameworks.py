"""Framework files: the auditor's pages, which alone map controls to rules and say what stays with a person."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scanner.content.shipped import content_files, shipped
from scanner.documents import Document, read_document
from scanner.errors import ContentError, UsageError
from scanner.model import Control, Coverage, Framework, RuleId
from scanner.schemas import require
from scanner.wording import did_you_mean, shown

RULE_KEYS = ("rules", "log_rules")
"""Where a control names rules: those that a scan judges, and those over log records."""


def load_frameworks(
    ids: Sequence[str] | None,
    known_rule_ids: Collection[str],
    folders: Sequence[Path] = (),
    *,
    with_shipped: bool = True,
    keys: Sequence[str] = RULE_KEYS,
) -> tuple[Framework, ...]:
    """The frameworks named by ``ids`` in that order, or all of them by id; ``folders`` extend the shipped ones.

    A framework of a later folder replaces the one of the same id. ``known_rule_ids`` must hold the rules that controls
    name under ``keys``: an evidence bundle holds those of one key alone. Raises UsageError for an id that does not
    exist, and ContentError with every mistake of every file read, among them a rule that does not exist.
    """
    ours = set(content_files(shipped("frameworks"))) if with_shipped else set()
    given = (path for folder in folders for path in content_files(folder))
    paths = {path.name.removesuffix(".yaml"): path for path in (*sorted(ours), *given)}
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
    data: dict[str, Any] = document.value
    return Framework(
        id=data["id"],
        title=data["title"].strip(),
        version=data["version"].strip(),
        source=data["source"],
        controls=tuple(_control(data["id"], raw) for raw in data["controls"]),
        path=path.name,
        text=document.text,
        notes=data["notes"].strip(),
    )


def _control(framework: str, raw: Mapping[str, Any]) -> Control:
    return Control(
        framework=framework,
        id=raw["id"].strip(),
        title=raw["title"].strip(),
        coverage=Coverage(raw["coverage"]),
        notes=raw["notes"].strip(),
        rules=tuple(map(RuleId, raw["rules"])),
        log_rules=tuple(map(RuleId, raw.get("log_rules", ()))),
    )


def mapped_rules(frameworks: Sequence[Framework]) -> frozenset[RuleId]:
    """Every rule that some control of these frameworks names, for scans and for log records."""
    controls = [control for framework in frameworks for control in framework.controls]
    return frozenset(rule for control in controls for rule in (*control.rules, *control.log_rules))


def _name_problems(document: Document, path: Path) -> Iterator[str]:
    wanted = path.name.removesuffix(".yaml")
    if document.value["id"] != wanted:
        yield document.problem(("id",), f"the id is {shown(document.value['id'])}, the file is called {path.name}")


def _control_problems(document: Document, known_rule_ids: Collection[str], keys: Sequence[str]) -> Iterator[str]:
    lines: dict[str, int] = {}
    for index, raw in enumerate(document.value["controls"]):
        pointer = ("controls", index)
        control = raw["id"].strip()
        if control in lines:
            sentence = f"the control {control} is here a second time; first in line {lines[control]}"
            yield document.problem((*pointer, "id"), sentence)
        lines.setdefault(control, document.mark((*pointer, "id")).line)
        for key in keys:
            for number, rule in enumerate(raw.get(key, ())):
                if rule not in known_rule_ids:
                    hint = did_you_mean(rule, known_rule_ids)
                    yield document.problem((*pointer, key, number), f"there is no rule {shown(rule)}.{hint}")
