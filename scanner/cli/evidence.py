"""From a snapshot to an assessment, into an evidence bundle, and back out of one."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path

from reports.bundle import Content
from scanner.assess import assess
from scanner.cli.selection import Selection
from scanner.errors import UsageError
from scanner.evaluate import evaluate
from scanner.model import Assessment
from scanner.snapshot import Snapshot


def judge(snapshot: Snapshot, selection: Selection) -> Assessment:
    """Evaluate the selected rules on a snapshot and assess the selected frameworks: a pure function of files."""
    findings = evaluate(selection.rules, snapshot, selection.parameters)
    return assess(snapshot, selection.rules, selection.frameworks, findings, selection.parameters)


def check_bundle_target(target: Path, snapshot: Path | None = None) -> None:
    """Refuse a bundle path early: evidence is written once, never over something and never into other evidence.

    Raises UsageError when the target exists and is not an empty folder, its parent does not exist, or it lies inside
    ``snapshot``.
    """
    if snapshot is not None and snapshot.resolve() in target.resolve().parents:
        raise UsageError(f"--bundle {target} would be written into {snapshot}.", "Choose a path outside of it.")
    if target.is_dir() and not any(target.iterdir()) and target.suffix != ".zip":
        return
    if target.exists():
        raise UsageError(f"--bundle {target} exists already.", "Evidence is never overwritten: name a new folder.")
    if not target.parent.is_dir():
        raise UsageError(f"--bundle {target}: the folder {target.parent} does not exist.", "Create it first.")


def sealed(source: Path, assessment: Assessment, selection: Selection) -> Mapping[str, Content]:
    """Every file of the evidence bundle by its name in the bag; the same arguments give the same bytes.

    Raises SnapshotError when the snapshot does not hold what the assessment cites.
    """
    from reports.bundle import bundle_files, standard_reports

    return bundle_files(
        assessment,
        _snapshot_files(source, assessment),
        dict(_content_files(selection)),
        _json({rule: dict(values) for rule, values in selection.parameters.items()}),
        standard_reports(assessment),
    )


def write_bundle(target: Path, source: Path, assessment: Assessment, selection: Selection) -> None:
    """Seal the snapshot, the content used, the assessment and its reports into ``target``.

    Raises UsageError when the target cannot be written; nothing half-written stays behind.
    """
    from reports.bundle import bundle_name, write_folder, write_zip

    files = sealed(source, assessment, selection)
    try:
        if target.suffix == ".zip":
            write_zip(files, target, bundle_name(assessment))
        else:
            if target.is_dir():
                target.rmdir()  # an empty folder was made ready for the bundle
            write_folder(files, target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}.", "Choose another place.") from error


def _snapshot_files(source: Path, assessment: Assessment) -> dict[str, Callable[[], bytes]]:
    from scanner.collect.archive import open_files
    from scanner.collect.folder import CALLS, RUN

    opened = open_files(source, RUN)
    names = [RUN, CALLS, *sorted({item.file for item in assessment.evidence if item.file})]
    return {name: partial(opened.read, name) for name in names}


def _content_files(selection: Selection) -> Iterator[tuple[str, bytes]]:
    """Rules by area and name, frameworks by id, and the schemas that describe every document inside."""
    for rule in selection.rules:
        area, _, name = rule.id.partition(".")
        yield f"rules/{area}/{name}.yaml", rule.text.encode()
    for framework in selection.frameworks:
        yield f"frameworks/{framework.id}.yaml", framework.text.encode()
    for schema in sorted(files("scanner").joinpath("schemas").iterdir(), key=lambda item: item.name):
        if schema.name.endswith(".json"):
            yield f"schemas/{schema.name}", schema.read_bytes()


def read_selection(payload: Path) -> Selection:
    """The rules, frameworks and parameters a bundle was judged with; ``payload`` is its ``data`` folder.

    Raises ContentError for a file that is wrong, parameters that do not fit the rules included.
    """
    from scanner.frameworks import load_frameworks
    from scanner.parameters import overrides, resolve_parameters
    from scanner.resources import RESOURCES
    from scanner.rules import load_rules

    fields = {name: kind.fields for name, kind in RESOURCES.items()}
    rules = load_rules([payload / "rules"], with_shipped=False, known_resources=fields)
    folder = payload / "frameworks"
    known = {rule.id for rule in rules}
    frameworks = (
        load_frameworks(None, known, [folder], with_shipped=False, log_rules_too=False) if folder.is_dir() else ()
    )
    return Selection(rules, frameworks, overrides(resolve_parameters(rules, (), payload / "parameters.json")))


def foreign_content(selection: Selection) -> Mapping[str, tuple[str, ...]]:
    """What a verdict rests on beside the shipped content, by kind; a kind without any is left out.

    ``rules`` and ``frameworks`` that differ from the ones this version ships under the same id, or that it does not
    ship, and ``parameters`` (``rule.name=value``) that are not the rule's default.
    """
    from scanner.frameworks import load_frameworks
    from scanner.rules import load_rules

    shipped = load_rules()
    rules = {rule.id: rule.text for rule in shipped}
    frameworks = {framework.id: framework.text for framework in load_frameworks(None, set(rules))}
    defaults = {(rule.id, item.name): item.default for rule in selection.rules for item in rule.parameters}
    found = {
        "rules": tuple(rule.id for rule in selection.rules if rules.get(rule.id) != rule.text),
        "frameworks": tuple(item.id for item in selection.frameworks if frameworks.get(item.id) != item.text),
        "parameters": tuple(
            f"{rule}.{name}={json.dumps(value, ensure_ascii=False)}"
            for rule, values in sorted(selection.parameters.items())
            for name, value in sorted(values.items())
            if defaults.get((rule, name)) != value
        ),
    }
    return {kind: names for kind, names in found.items() if names}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
