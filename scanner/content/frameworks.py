"""Framework files: the auditor's pages, which alone map controls to rules and say what stays with a person."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from scanner.content.crosswalks import (
    KEYS_BY_WHAT_IS_JUDGED,
    basis_of,
    crosswalk_mistakes,
    derived,
    is_crosswalk,
    rule_mistakes,
)
from scanner.content.given import given_in, rule_of
from scanner.content.shipped import content_files, shipped
from scanner.documents import Document, read_document
from scanner.errors import ContentError, UsageError
from scanner.model import Control, Coverage, Framework, Given, JsonValue, Rule, RuleId
from scanner.model.json_values import as_list, as_object, as_objects, as_text
from scanner.schemas import require
from scanner.wording import about_own_rules, did_you_mean, shown

RULE_KEYS = tuple(KEYS_BY_WHAT_IS_JUDGED.values())
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

    A framework of a later folder, or of a file, replaces the one of the same id; a crosswalk gives the framework that
    is derived from it. Among all, a shipped crosswalk is left out whose framework was replaced by one that does not
    answer it. ``known_rule_ids`` must hold the rules that controls name under ``keys``: an evidence bundle
    holds those of one key alone. The parameters that controls give are proved for ``rules``. Raises UsageError for an
    id that does not exist, and ContentError with every mistake of every file read, among them a rule that does not
    exist.
    """
    ours = set(content_files(shipped("frameworks"))) if with_shipped else set()
    given = (path for folder in folders for path in content_files(folder))
    paths = {framework_name(path): path for path in (*sorted(ours), *given, *_apart(files))}
    for wanted in ids or ():
        if wanted not in paths:
            listed = ", ".join(sorted(paths)) or "none"
            raise UsageError(
                f"There is no framework {shown(wanted)}.{did_you_mean(wanted, paths)}",
                f"Known: {listed}; one of your own is given by its file, which ends in .yaml.",
            )
    reading = _Reading(paths, ours, known_rule_ids, keys, {rule.id: rule for rule in rules})
    frameworks: list[Framework] = []
    problems: list[str] = []
    for name in dict.fromkeys(ids) if ids is not None else sorted(paths):
        try:
            frameworks.append(reading.framework(name))
        except _UnansweredError:
            if ids is not None:
                raise
        except ContentError as error:
            problems.extend(error.problems)
    if problems:
        raise ContentError(tuple(dict.fromkeys(problems)), about_own_rules(problems) if with_shipped else "")
    return tuple(frameworks)


class _UnansweredError(UsageError):
    """A shipped crosswalk is asked for whose framework was replaced by one that does not answer it."""

    def __init__(self, crosswalk: str, basis: str, path: Path) -> None:
        super().__init__(
            f"{crosswalk} is answered by controls of {basis}, and {path}, which takes its place, does not answer it.",
            f"Add the controls that it lacks, give {path} another id and name, or leave {crosswalk} out.",
        )


class _Reading:
    """Reads frameworks by their ids, each once, and derives those of crosswalks from the frameworks that these name."""

    def __init__(
        self,
        paths: Mapping[str, Path],
        ours: Collection[Path],
        known: Collection[str],
        keys: Sequence[str],
        rules: Mapping[str, Rule],
    ) -> None:
        self._paths, self._ours = paths, ours
        self._known, self._keys, self._rules = known, keys, rules
        self._read: dict[Path, Framework] = {}

    def framework(self, name: str) -> Framework:
        """The framework of an id that is known. Raises ContentError."""
        return self._of(self._paths[name])

    def _of(self, path: Path) -> Framework:
        if path not in self._read:
            self._read[path] = (self._shipped(path) if path in self._ours else None) or self._proved(path)
        return self._read[path]

    def _shipped(self, path: Path) -> Framework | None:
        """A shipped framework, which tests have proved; None when somebody changed the installed file and broke it."""
        try:
            document = read_document(path, proven=True)
            if is_crosswalk(document):
                replaced = self._replaced(document)
                return self._answered(document, path, replaced) if replaced else self._derived(document, path)
            return _framework(document, path)
        except (ContentError, LookupError, TypeError, ValueError, AttributeError, StopIteration):
            return None

    def _derived(self, document: Document, path: Path) -> Framework:
        return derived(document, path, self._basis(document, path))

    def _replaced(self, document: Document) -> Path | None:
        """The file of a user's that takes the place of the framework that a shipped crosswalk is from."""
        basis = self._paths.get(basis_of(document))
        return basis if basis is not None and basis not in self._ours else None

    def _answered(self, document: Document, path: Path, basis: Path) -> Framework:
        """A shipped crosswalk derived from a user's file.

        Raises _UnansweredError, and ContentError for mistakes of the file.
        """
        of_crosswalk = is_crosswalk(read_document(basis))
        if of_crosswalk or any(crosswalk_mistakes(document, self._of(basis), self._known, self._rules)):
            raise _UnansweredError(framework_name(path), basis_of(document), basis)
        return self._derived(document, path)

    def _proved(self, path: Path) -> Framework:
        document = read_document(path)
        if not is_crosswalk(document):
            return _proved_framework(document, path, self._known, self._keys, self._rules)
        require(document, "crosswalk")
        if problems := tuple(_name_problems(document, path)):
            raise ContentError(problems)
        basis = self._basis(document, path)
        problems = (*_twice(document), *crosswalk_mistakes(document, basis, self._known, self._rules))
        if problems:
            raise ContentError(problems)
        return derived(document, path, basis)

    def _basis(self, document: Document, path: Path) -> Framework | None:
        """The framework whose controls answer those of a crosswalk, known by its id or beside it; None for rules."""
        wanted = basis_of(document)
        if not wanted:
            return None
        beside = path.with_name(f"{wanted}.yaml")
        found = self._paths.get(wanted) or (beside if beside.is_file() else None)
        if found is None:
            known = [name for name, each in sorted(self._paths.items()) if not is_crosswalk(read_document(each))]
            meant = did_you_mean(wanted, {*known, *map(framework_name, path.parent.glob("*.yaml"))} - {path.stem})
            sentence = f"there is no framework {shown(wanted)}.{meant} Known: {', '.join(known)}"
            raise ContentError((document.problem(("from",), sentence),))
        if is_crosswalk(read_document(found, proven=found in self._ours)):
            sentence = f"{wanted} is a crosswalk itself; name the framework that it is from"
            raise ContentError((document.problem(("from",), sentence),))
        return self._of(found)


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


def _proved_framework(
    document: Document, path: Path, known: Collection[str], keys: Sequence[str], rules: Mapping[str, Rule]
) -> Framework:
    require(document, "framework")
    problems = (*_name_problems(document, path), *_twice(document), *_control_problems(document, known, keys, rules))
    if problems:
        raise ContentError(problems)
    return _framework(document, path)


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


def _twice(document: Document) -> Iterator[str]:
    """Controls that are in a file a second time."""
    lines: dict[str, int] = {}
    for index, raw in enumerate(as_objects(as_object(document.value)["controls"])):
        pointer = ("controls", index, "id")
        control = as_text(raw["id"]).strip()
        if control in lines:
            sentence = f"the control {control} is here a second time; first in line {lines[control]}"
            yield document.problem(pointer, sentence)
        lines.setdefault(control, document.mark(pointer).line)


def _control_problems(
    document: Document, known_rule_ids: Collection[str], keys: Sequence[str], rules: Mapping[str, Rule]
) -> Iterator[str]:
    for index, raw in enumerate(as_objects(as_object(document.value)["controls"])):
        for key in keys:
            pointer = ("controls", index, key)
            yield from rule_mistakes(document, pointer, as_list(raw.get(key, ())), known_rule_ids, rules, key)
