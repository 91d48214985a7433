"""Judges an evidence bundle again: every digest, then every verdict from the raw evidence inside."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner import __version__
from scanner.errors import SnapshotError, TrailwitnessError
from scanner.facts.uses import with_what_names_them
from scanner.files.unfinished import workplace
from scanner.model import Assessment, CallKey, Outcome, Over, Rule, RuleId, plain_id
from scanner.model.json_values import as_object
from scanner.runs.collecting import ON_REQUEST, asked_for, stated_routes
from scanner.runs.configuration import (
    compared,
    foreign_content,
    judge,
    previous_in,
    read_selection,
    sealed,
    snapshot_files,
)
from scanner.runs.integrity import PROVING, REPORT
from scanner.runs.over_logs.reproduction import Originals, Recomputed, holds_logs, is_log, recompute
from scanner.runs.periods.reproduction import differences, holds_period, is_copied
from scanner.runs.selection import Selection, without_declared
from scanner.runs.signing.trust import NOBODY, Signed, Trust, judged_signatures
from scanner.snapshot.answers import Snapshot
from scanner.snapshot.run_json import redacted_in
from scanner.wording import several

if TYPE_CHECKING:
    from reports.bundle.readers import BagReader
    from reports.bundle.signatures.checking import Signature
    from reports.bundle.signatures.timestamps import Timestamp


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a bundle found.

    ``problems`` are files that were changed, added, renamed or are missing; with any, nothing is judged again.
    ``differences`` say how the verdicts inside differ from those that the evidence gives. ``notes`` are for whoever
    reads the result. ``not_done`` says why no verdict could be computed again ("" when all were). ``files`` counts
    the files of the bundle that its manifests cover, and ``identity`` is the SHA-256 of its tagmanifest-sha256.txt.
    ``signatures`` and ``timestamps`` are those of the bundle that hold, each with what it is worth; ``signing_faults``
    say why they are not what was asked for, and ``signing_open`` why that cannot be told ("" when it can). ``hint``
    says what to do where ``not_done``.
    """

    problems: tuple[str, ...]
    differences: tuple[str, ...]
    notes: tuple[str, ...]
    not_done: str
    files: int
    identity: str
    signatures: "tuple[Signature, ...]" = ()
    timestamps: "tuple[Timestamp, ...]" = ()
    signing_faults: tuple[str, ...] = ()
    signing_open: str = ""
    hint: str = ""

    @property
    def tampered(self) -> bool:
        """Whether a file was changed, a verdict does not follow, or a signature is not what was asked for."""
        return bool(self.problems or self.differences or self.signing_faults)

    @property
    def verified(self) -> bool:
        """Whether nothing was changed, every verdict was computed again and is equal, and signatures are as asked."""
        return not (self.tampered or self.not_done or self.signing_open)


def verify_bundle(bundle: Path, originals: Originals, trust: Trust = NOBODY) -> Verification:
    """Check a bundle folder or .zip, and judge it again when no file was changed; ``trust`` is what signatures must be.

    Raises SnapshotError when it cannot be read as a bundle, and UsageError when nothing can be written beside the
    temporary files.
    """
    from reports.bundle.check import bag_identity, check_bag
    from reports.bundle.readers import open_bag

    with open_bag(bundle) as bag:
        problems = tuple(str(problem) for problem in check_bag(bag))
        found = Recomputed([]) if problems else _recomputed(bag, originals)
        signed = Signed() if problems else judged_signatures(bag, trust)
        return Verification(
            problems=problems,
            differences=tuple(found.differences),
            notes=tuple(found.notes),
            not_done=found.not_done,
            hint=found.hint,
            files=len(_judged_by(bag)),
            identity="" if problems else bag_identity(bag),
            signatures=signed.signatures,
            timestamps=signed.timestamps,
            signing_faults=signed.faults,
            signing_open=signed.left_open,
        )


def _recomputed(bag: "BagReader", originals: Originals) -> Recomputed:
    """What comes of judging a bundle again with its own evidence, rules and parameters.

    The files are laid out in a private folder under names the bag check has already accepted.
    """
    if f"data/{REPORT}" in bag.names:
        from scanner.runs.integrity.proving import prove_again

        return prove_again({name: bag.read(f"data/{name}") for name in PROVING if f"data/{name}" in bag.names})
    over_records = holds_logs(bag.names)
    over_period = holds_period(bag.names)
    held = [name for name in _judged_by(bag) if not (over_records and is_log(name)) and not is_copied(name)]
    inside = {name: bag.read(name) for name in held}
    notes = _version_notes(inside)
    with workplace() as place:
        for name, content in inside.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        _lay_out(bag, place)
        payload = place / "data"
        over = Over.PERIOD if over_period else Over.RECORDS if over_records else Over.FACTS
        try:
            selection = read_selection(payload, over=over)
            notes += _content_notes(selection)
            if over_period:
                found = Recomputed(differences(payload, inside, selection))
            elif over_records:
                found = recompute(bag, inside, selection, originals)
            else:
                found = _judged_again(payload, selection, inside)
        except TrailwitnessError as error:
            shown = str(error).replace(f"{place}{os.sep}", "")
            found = Recomputed([f"the verdicts cannot be re-computed: {shown}"])
    return replace(found, notes=[*notes, *found.notes])


def _lay_out(bag: "BagReader", place: Path) -> None:
    """Write the copied logs of a period out, one after another."""
    for name in filter(is_copied, bag.names):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.writelines(bag.chunks(name))


def _judged_by(bag: "BagReader") -> tuple[str, ...]:
    """The files of a bundle but for those of signatures, which do not follow from the evidence."""
    from reports.bundle.bag import SIGNATURES

    return tuple(name for name in bag.names if not name.startswith(SIGNATURES))


def _version_notes(inside: dict[str, bytes]) -> list[str]:
    """That another version sealed the bundle: it may rightly judge or write something in another way."""
    from reports.document.reading import read_document

    try:
        run = as_object(read_document(inside.get("data/assessment.json", b""))["run"])
        sealed_by = as_object(run["tool"])["version"]
    except (SnapshotError, KeyError, TypeError):
        return []
    if sealed_by == __version__:
        return []
    return [
        f"note: sealed by Trailwitness {sealed_by}; this is {__version__}. Verify it with the version that sealed it."
    ]


def _content_notes(selection: Selection) -> list[str]:
    notes = []
    for kind, names in foreign_content(selection).items():
        shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        notes.append(f"note: {_FOREIGN[kind]}: {shown}")
    return notes


_SHOWN = 10
_FOREIGN: Mapping[str, str] = {
    "rules": "judged by rules that are not the ones this version ships",
    "frameworks": "reported by frameworks that are not the ones this version ships",
    "parameters": "judged with parameters other than the defaults",
    "routes": "judged with routes that a user declared, whose attestations nobody checked",
    "waivers": "failures are waived, and whether the approvers approved nobody checked",
    "attestations": "controls are attested, and what was stated of them nobody checked",
    "baseline": "a baseline lets known failures pass a gate, which nobody approved",
}


def _judged_again(payload: Path, selection: Selection, inside: Mapping[str, bytes]) -> Recomputed:
    """The recorded answers judged again, and whether every call that the collection had to make is among them."""
    from scanner.collect.completeness import misstatements
    from scanner.snapshot.folder import read_snapshot

    snapshot = read_snapshot(payload)
    assessment = judge(snapshot, selection)
    evidence = snapshot_files([payload], assessment)
    differences = compared(inside, sealed(evidence, assessment, selection, previous=previous_in(inside)))
    differences += misstatements(snapshot)
    collected_by = snapshot.run.get("tool", {}).get("version", "")
    notes = []
    if collected_by == __version__:
        differences += _left_out(snapshot, selection)
        notes += _beside(snapshot, selection)
    else:
        notes.append(
            f"note: collected by Trailwitness {collected_by or 'of an unknown version'}; whether a refused call was "
            f"taken out cannot be told by {__version__}"
        )
    return Recomputed(differences, [*_replaced(snapshot), *notes, *_unexplained(snapshot, selection, assessment)])


def _replaced(snapshot: Snapshot) -> list[str]:
    """That the answers are not all as AWS gave them."""
    redacted = redacted_in(snapshot.run)
    if not redacted:
        return []
    told = ", ".join(f"{rule} {count}" for rule, count in redacted.items())
    return [f"note: values were replaced by pseudonyms before the answers were sealed ({told})"]


def _left_out(snapshot: Snapshot, selection: Selection) -> list[str]:
    """Calls that this collection had to make for the rules and that are not recorded, not even as refused."""
    from scanner.checks.needs import uses_for
    from scanner.collect.completeness import parts, unrecorded_calls

    missing: set[CallKey] = set()
    for part in parts(snapshot):
        if rules := _collected_for(part, selection):
            missing.update(unrecorded_calls(part, uses_for(rules)))
    return [
        f"the call {key} is not recorded, although this collection had to make it: it was taken out of the evidence, "
        "or the collection is not whole"
        for key in sorted(missing)
    ]


def _collected_for(snapshot: Snapshot, selection: Selection) -> list[Rule]:
    """The selected rules for which a snapshot was collected, with their declared routes where it was for these."""
    collected = set(snapshot.run.get("rules", ()))
    rules = [rule for rule in selection.rules if plain_id(rule.id) in collected]
    return rules if _same_routes(snapshot, rules) else list(map(without_declared, rules))


def _same_routes(snapshot: Snapshot, rules: Sequence[Rule]) -> bool:
    return bool(snapshot.run.get("declared_routes", {}) == stated_routes(rules))


def _beside(snapshot: Snapshot, selection: Selection) -> list[str]:
    """Recorded calls that this collection had no reason to make: their reason was taken out, or they were put in."""
    from scanner.checks.needs import uses_for
    from scanner.collect.completeness import needed_calls, parts

    left = {call.key for call in snapshot.calls}
    made = {call.operation for call in snapshot.calls}
    also = with_what_names_them(use for use in asked_for(ON_REQUEST) if use.operation in made)
    for part in parts(snapshot):
        rules = _collected_for(part, selection)
        if len({plain_id(rule.id) for rule in rules}) < len(set(part.run.get("rules", ()))) or not _same_routes(
            part, rules
        ):
            return []  # what the other rules and declared routes ask for is not known here
        left -= needed_calls(part, uses_for(rules) | also)
    if not left:
        return []
    told = f"{several(len(left), 'recorded call')}, the first {min(left)}"
    note = (
        f"note: the rules and Regions that run.json names do not ask for all that was recorded ({told}): run.json may"
    )
    return [f"{note} name less than was collected, or answers were added"]


def _unexplained(snapshot: Snapshot, selection: Selection, assessment: Assessment) -> list[str]:
    """What the evidence cannot show: rules it was not collected for, and unknown findings without a refused call."""
    notes = []
    collected = set(snapshot.run.get("rules", ()))
    others = [rule.id for rule in selection.rules if plain_id(rule.id) not in collected]
    if others:
        notes.append(
            "note: the evidence was not collected for these rules, so calls may be missing that they need: "
            f"{', '.join(others)}"
        )
    bare = _without_a_gap(assessment)
    if bare:
        notes.append(
            "note: no refused or missing call explains why these rules are unknown; their reasons say what could not "
            f"be decided: {', '.join(sorted(bare))}"
        )
    return notes


def _without_a_gap(assessment: Assessment) -> set[RuleId]:
    """The rules with an unknown finding that cites no gap."""
    gaps = {gap.key for gap in assessment.gaps}
    rules = set()
    for finding in assessment.findings:
        cited = {source.call for source in finding.sources}
        if finding.outcome is Outcome.UNKNOWN and not cited & gaps:
            rules.add(finding.rule)
    return rules
