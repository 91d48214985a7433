"""From a snapshot to an assessment, into an evidence bundle, and back out of one."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import UsageError
from scanner.model import Assessment, EvidenceId, Exceptions, JsonValue, Origin, Over, plain_id
from scanner.runs.exceptions import check_baseline, stated_in, with_stated
from scanner.runs.selection import Selection, with_declared
from scanner.runs.signing.marks import UNMARKED, Marks, marked
from scanner.snapshot.answers import Snapshot
from scanner.wording import several

if TYPE_CHECKING:
    from reports.bundle.content import Content


DECLARED_ROUTES = "declared-routes.yaml"
"""The name of the declared routes in a bundle, below ``data``."""


def judge(snapshot: Snapshot, selection: Selection) -> Assessment:
    """Evaluate the selected rules on a snapshot and assess the selected frameworks: a pure function of files."""
    from scanner.assessment.configuration import assess
    from scanner.assessment.evaluate import evaluate
    from scanner.assessment.exceptions import with_exceptions

    findings = evaluate(selection.rules, snapshot, selection.parameters)
    assessment = assess(snapshot, selection.rules, selection.frameworks, findings, selection.settings)
    check_baseline(selection.exceptions.baseline, assessment)
    return with_exceptions(assessment, selection.exceptions, snapshot.collected_at.date())


def sealed(
    evidence_files: "Mapping[str, Content]",
    assessment: Assessment,
    selection: Selection,
    places: Mapping[EvidenceId, str] | None = None,
    aside: Path | None = None,
    previous: str = "",
) -> "Mapping[str, Content]":
    """Every file of an evidence bundle by its name in the bag; the same arguments give the same bytes.

    ``evidence_files``, ``places`` and ``previous`` are those of ``reports.bundle.seal.bundle_files``. The reports of an
    assessment that is too long for them to be held lie in the folder ``aside`` meanwhile, where one is given. Raises
    SnapshotError when the files are not what the assessment cites.
    """
    from reports.bundle.seal import bundle_files, reports_aside, standard_reports

    long = aside is not None and not isinstance(assessment.findings, tuple)
    return bundle_files(
        assessment,
        evidence_files,
        dict(content_files(selection)),
        reports_aside(assessment, aside) if aside is not None and long else standard_reports(assessment),
        places,
        previous,
    )


def previous_in(inside: Mapping[str, bytes]) -> str:
    """The identity of the bundle before the one whose files these are, as it states it; "" where it names none.

    What is not an identity is taken for none, so that the bundle differs from the one that is expected of it.
    """
    from reports.bundle.bag import INFO_FILE, PREVIOUS, info_values

    stated = info_values(inside.get(INFO_FILE, b""), PREVIOUS)
    return stated[0] if len(stated) == 1 and re.fullmatch("[0-9a-f]{64}", stated[0]) else ""


def write_bundle(target: Path, files: "Mapping[str, Content]", assessment: Assessment, marks: Marks = UNMARKED) -> str:
    """Write the files of a bundle (see ``sealed``) to ``target``: a zip archive by that ending, else a folder.

    It is signed before it appears. Gives its identity. Raises UsageError when the target cannot be written, and what
    the signer raises; nothing half-written stays behind.
    """
    from reports.bundle.seal import bundle_name, sealed_tags, write_folder, write_zip

    files = marked(files, marks)
    try:
        if target.suffix == ".zip":
            write_zip(files, target, bundle_name(assessment))
        else:
            if target.is_dir():
                target.rmdir()  # an empty folder was made ready for the bundle
            write_folder(files, target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}.", "Choose another place.") from error
    return sealed_tags(files).identity


def compared(inside: Mapping[str, bytes], expected: "Mapping[str, Content]") -> list[str]:
    """How the files of a bundle differ from those that its own evidence gives, in words.

    Files known by their digest alone are told apart by the manifest.
    """
    from reports.bundle.content import KnownFile
    from reports.bundle.differences import diff_documents

    again = {
        name: content() if callable(content) else content
        for name, content in expected.items()
        if not isinstance(content, KnownFile)
    }
    name = "data/assessment.json"
    if name in inside and (differences := diff_documents(inside[name], again[name])):
        return differences
    by_digest = expected.keys() - again.keys()
    names = sorted((inside.keys() | again.keys()) - by_digest)
    told = {file: _difference(file, inside.get(file), again.get(file)) for file in names}
    differences = [sentence for file, sentence in told.items() if sentence and file not in _FOLLOWING]
    return differences or [sentence for sentence in told.values() if sentence]


_FOLLOWING = frozenset({"bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"})
"""Files that differ wherever another one does: they are told of when nothing else is."""


def _difference(name: str, inside: bytes | None, again: bytes | None) -> str:
    if inside == again:
        return ""
    if inside is None:
        return f"{name} is missing, although this evidence, these rules and these parameters give it"
    if again is None:
        return f"{name} was added: this evidence, these rules and these parameters do not give it"
    return f"{name} is not what this evidence, these rules and these parameters give"


def snapshot_files(sources: Sequence[Path], assessment: Assessment) -> "dict[str, Content]":
    """The files of a snapshot, or of several, that the assessment rests on, by name, each read when it is needed."""
    from reports.bundle.content import known_file
    from scanner.snapshot.call_lines import CALLS
    from scanner.snapshot.joined import open_snapshots
    from scanner.snapshot.run_json import RUN

    opened = open_snapshots(sources)
    found: dict[str, Content] = {RUN: partial(opened.read, RUN), CALLS: partial(opened.read, CALLS)}
    if not isinstance(assessment.findings, tuple):
        found[CALLS] = known_file(partial(opened.pieces, CALLS), compress=True)
    for item in assessment.evidence:
        if item.file:
            found[item.file] = partial(opened.read, item.file)
    return found


def content_files(selection: Selection) -> Iterator[tuple[str, bytes]]:
    """Rules by area and name, frameworks by id, and the schemas that describe every document inside."""
    for rule_id, text in {plain_id(rule.id): rule.text for rule in selection.rules}.items():
        area, _, name = rule_id.partition(".")
        yield f"rules/{area}/{name}.yaml", text.encode()
    for framework in selection.frameworks:
        yield f"frameworks/{framework.id}.yaml", framework.text.encode()
    if selection.declared is not None:
        yield DECLARED_ROUTES, selection.declared.text.encode()
    for name, text in sorted(selection.exceptions.texts.items()):
        yield name, text.encode()
    for schema in sorted(files("scanner").joinpath("schemas").iterdir(), key=lambda item: item.name):
        if schema.name.endswith(".json"):
            yield f"schemas/{schema.name}", schema.read_bytes()


def read_selection(payload: Path, *, over: Over = Over.FACTS) -> Selection:
    """The rules, frameworks and parameters a bundle was judged with; ``payload`` is its ``data`` folder.

    A bundle over facts holds no log rules of its frameworks, and one over log records no others. Raises ContentError
    for a file that is wrong, parameters that do not fit the rules included.
    """
    from scanner.content.frameworks import load_frameworks
    from scanner.content.rules import load_rules
    from scanner.content.sealed import read_judged
    from scanner.content.stated.declared_routes import read_declared_routes
    from scanner.resources import FIELDS

    rules = load_rules([payload / "rules"], with_shipped=False, known_resources=FIELDS)
    folder = payload / "frameworks"
    known = {rule.id for rule in rules}
    held = _HELD[over]
    frameworks = (
        load_frameworks(None, known, [folder], with_shipped=False, keys=held, rules=rules) if folder.is_dir() else ()
    )
    selection = Selection(*read_judged(rules, frameworks, payload / "parameters.json"))
    declared = payload / DECLARED_ROUTES
    if declared.is_file():
        selection = with_declared(selection, read_declared_routes(declared))
    return with_stated(selection, stated_in(payload), sealed=True)


_HELD: Mapping[Over, tuple[str, ...]] = {
    Over.FACTS: ("rules",),
    Over.RECORDS: ("log_rules",),
    Over.PERIOD: ("rules", "log_rules", "period_rules"),
}
"""Under which keys a framework in a bundle names rules that the bundle holds as well."""


def foreign_content(selection: Selection) -> Mapping[str, tuple[str, ...]]:
    """What a verdict rests on beside the shipped content, by kind; a kind without any is left out.

    ``rules`` and ``frameworks`` that differ from the ones this version ships under the same id, or that it does not
    ship, ``parameters`` (``rule.name=value``) that are not the rule's default, the ``routes`` that a user declared, and
    the ``waivers``, ``attestations`` and ``baseline`` that were given.
    """
    from scanner.content.frameworks import framework_ids, load_frameworks
    from scanner.content.rules import load_rules

    shipped = {rule.id: rule.text for rule in load_rules()}
    named = {item.id for item in selection.frameworks}.intersection(framework_ids())
    frameworks = {framework.id: framework.text for framework in load_frameworks(sorted(named), set(shipped))}
    judged = {plain_id(rule.id): rule.text for rule in selection.rules}
    other_rules = [rule_id for rule_id, text in judged.items() if shipped.get(rule_id) != text]
    other_frameworks = [item.id for item in selection.frameworks if frameworks.get(item.id) != item.text]
    found = {
        "rules": tuple(other_rules),
        "frameworks": tuple(other_frameworks),
        "parameters": tuple(_changed_parameters(selection)),
        "routes": tuple(route.id for route in selection.declared.routes) if selection.declared is not None else (),
        **_stated(selection.exceptions),
    }
    return {kind: names for kind, names in found.items() if names}


def _stated(exceptions: Exceptions) -> Mapping[str, tuple[str, ...]]:
    """What people stated beside the evidence, by kind."""
    attested = [f"{item.framework} {item.control}" for item in exceptions.attestations]
    baseline = exceptions.baseline
    return {
        "waivers": tuple(waiver.id for waiver in exceptions.waivers),
        "attestations": tuple(attested),
        "baseline": () if baseline is None else (f"{several(len(baseline.known), 'failure')} of {baseline.made}",),
    }


def _changed_parameters(selection: Selection) -> Iterator[str]:
    """``rule.name=value`` of the settings that are not the rules' defaults, by rule and name."""
    defaults: dict[tuple[str, str], JsonValue] = {}
    for rule in selection.rules:
        defaults.update(((rule.id, item.name), item.default) for item in rule.parameters)
    for setting in sorted(selection.settings, key=lambda setting: (setting.rule, setting.name)):
        # What a framework gives is in its file, which is told of by itself.
        if (
            setting.origin not in {Origin.DEFAULT, Origin.FRAMEWORK}
            and defaults.get((setting.rule, setting.name)) != setting.value
        ):
            yield f"{setting.rule}.{setting.name}={json.dumps(setting.value, ensure_ascii=False)}"
