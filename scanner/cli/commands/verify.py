"""`trailwitness verify`: every digest of an evidence bundle, then every verdict again from the raw evidence."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scanner import __version__
from scanner.cli.exit_codes import Exit
from scanner.cli.terminal.places import sweep
from scanner.cli.terminal.printing import printable, say, several, tell
from scanner.cli.terminal.progress import progress_bar
from scanner.errors import SnapshotError, TrailwitnessError, UsageError
from scanner.files.unfinished import workplace
from scanner.model import Assessment, Outcome, Over
from scanner.runs.configuration import compared, foreign_content, judge, read_selection, sealed, snapshot_files
from scanner.runs.reproduce_logs import Originals, Recomputed, holds_logs, is_log, recompute
from scanner.runs.selection import Selection
from scanner.snapshot.answers import Snapshot

if TYPE_CHECKING:
    from reports.bundle.readers import BagReader

_SHOWN_DIFFERENCES = 100


@click.command()
@click.argument("bundles", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="BUNDLE...")
@click.option(
    "--logs",
    "logs",
    multiple=True,
    metavar="SOURCE",
    help="Where the logs are that a bundle was sealed without: a file, folder, glob or zip file (repeatable).",
)
def verify(bundles: tuple[Path, ...], logs: tuple[str, ...]) -> int:
    """Check evidence bundles: every digest, then every verdict re-computed from the raw evidence inside.

    BUNDLE is a bundle folder or .zip, or a folder that holds some. The logs of a bundle that was sealed --without-logs are
    found among those of --logs by their SHA-256, whatever they are called.

    Exit codes: 0 nothing was changed and every verdict follows from the evidence; 1 something was changed, is missing, was
    added or renamed, or a verdict does not follow; each is named; 3 nothing was changed, but the logs are not in the
    bundle and were not given, so that no verdict could be re-computed.
    """
    originals = Originals(logs, progress_bar, say)
    codes = {_verify(bundle, originals) for given in bundles for bundle in _bundles(given)}
    return next(code for code in (Exit.FINDINGS, Exit.INCOMPLETE, Exit.CLEAN) if code in codes)


def _bundles(given: Path) -> list[Path]:
    """The bundle itself, or the bundles directly inside a folder."""
    if given.is_file() or _looks_like_bag(given):
        return [given]
    inside = sorted(
        item for item in given.iterdir() if item.suffix == ".zip" or (item.is_dir() and _looks_like_bag(item))
    )
    if not inside:
        raise UsageError(f"{given} is not an evidence bundle: it has no bagit.txt.", "Name the folder --bundle wrote.")
    return inside


def _looks_like_bag(folder: Path) -> bool:
    return (folder / "bagit.txt").exists() or (folder / "manifest-sha256.txt").exists()


def _verify(bundle: Path, originals: Originals) -> Exit:
    from reports.bundle.check import bag_identity, check_bag
    from reports.bundle.readers import open_bag

    with open_bag(bundle) as bag:
        problems = check_bag(bag)
        for problem in problems:
            tell(f"{bundle}: {printable(str(problem))}")
        if problems:
            tell(f"{bundle}: NOT VERIFIED: {several(len(problems), 'problem')}")
            return Exit.FINDINGS
        found = _recomputed(bag, originals)
        differences = found.differences[:_SHOWN_DIFFERENCES]
        if len(differences) < len(found.differences):
            differences.append(f"and {len(found.differences) - len(differences)} more differences")
        for sentence in (*differences, *found.notes):
            tell(f"{bundle}: {printable(sentence)}")
        if differences:
            tell(f"{bundle}: NOT VERIFIED: the verdicts inside do not follow from the evidence")
            return Exit.FINDINGS
        if found.not_done:
            tell(
                f"{bundle}: INCOMPLETE: {len(bag.names)} files unchanged, but NO VERDICT WAS RE-COMPUTED: "
                f"{found.not_done}. Name a folder that holds them with --logs."
            )
        else:
            tell(f"{bundle}: verified: {len(bag.names)} files unchanged, every verdict re-computed and equal")
        tell(f"{bundle}: identity {bag_identity(bag)} (SHA-256 of tagmanifest-sha256.txt)")
    return Exit.INCOMPLETE if found.not_done else Exit.CLEAN


def _recomputed(bag: "BagReader", originals: Originals) -> Recomputed:
    """What comes of judging a bundle again with its own evidence, rules and parameters.

    The files are laid out in a private folder under names the bag check has already accepted.
    """
    over_records = holds_logs(bag.names)
    inside = {name: bag.read(name) for name in bag.names if not (over_records and is_log(name))}
    notes = _version_notes(inside)
    sweep()
    with workplace() as place:
        for name, content in inside.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        payload = place / "data"
        try:
            selection = read_selection(payload, over=Over.RECORDS if over_records else Over.FACTS)
            notes += _content_notes(selection)
            if over_records:
                found = recompute(bag, inside, selection, originals)
            else:
                found = _judged_again(payload, selection, inside)
        except TrailwitnessError as error:
            shown = str(error).replace(f"{place}{os.sep}", "")
            found = Recomputed([f"the verdicts cannot be re-computed: {shown}"])
    return replace(found, notes=[*notes, *found.notes])


def _version_notes(inside: dict[str, bytes]) -> list[str]:
    """That another version sealed the bundle: it may rightly judge or write something in another way."""
    from reports.document.reading import read_document

    try:
        sealed_by = read_document(inside.get("data/assessment.json", b""))["run"]["tool"]["version"]
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
}


def _judged_again(payload: Path, selection: Selection, inside: Mapping[str, bytes]) -> Recomputed:
    """The recorded answers judged again, and whether every call that the collection had to make is among them."""
    from scanner.collect.completeness import misstatements
    from scanner.snapshot.folder import read_snapshot

    snapshot = read_snapshot(payload)
    assessment = judge(snapshot, selection)
    differences = compared(inside, sealed(snapshot_files(payload, assessment), assessment, selection))
    differences += misstatements(snapshot)
    collected_by = snapshot.run.get("tool", {}).get("version", "")
    notes = []
    if collected_by == __version__:
        differences += _left_out(snapshot, selection)
        notes += _beside(snapshot, selection)
    else:
        notes.append(
            f"note: collected by Trailwitness {collected_by or 'of an unknown version'}; whether a refused call was taken "
            f"out cannot be told by {__version__}"
        )
    return Recomputed(differences, [*notes, *_unexplained(snapshot, selection, assessment)])


def _left_out(snapshot: Snapshot, selection: Selection) -> list[str]:
    """Calls that this collection had to make for the rules and that are not recorded, not even as refused."""
    from scanner.collect.completeness import unrecorded_calls

    collected = set(snapshot.run.get("rules", ()))
    rules = [rule for rule in selection.rules if rule.id in collected]
    return [
        f"the call {key} is not recorded, although this collection had to make it: it was taken out of the evidence, or "
        "the collection is not whole"
        for key in (unrecorded_calls(snapshot, rules) if rules else ())
    ]


def _beside(snapshot: Snapshot, selection: Selection) -> list[str]:
    """Recorded calls that this collection had no reason to make: what asked for them was taken out, or they were put in."""
    from scanner.collect.completeness import unneeded_calls

    collected = set(snapshot.run.get("rules", ()))
    rules = [rule for rule in selection.rules if rule.id in collected]
    if len(rules) < len(collected):
        return []  # what the other rules ask for is not known here
    calls = unneeded_calls(snapshot, rules)
    if not calls:
        return []
    told = f"{several(len(calls), 'recorded call')}, the first {calls[0]}"
    note = (
        f"note: the rules and Regions that run.json names do not ask for all that was recorded ({told}): run.json may"
    )
    return [f"{note} name less than was collected, or answers were added"]


def _unexplained(snapshot: Snapshot, selection: Selection, assessment: Assessment) -> list[str]:
    """What the evidence cannot show: rules it was not collected for, and unknown findings that no refused call explains."""
    notes = []
    collected = set(snapshot.run.get("rules", ()))
    others = [rule.id for rule in selection.rules if rule.id not in collected]
    if others:
        notes.append(
            "note: the evidence was not collected for these rules, so calls may be missing that they need: "
            f"{', '.join(others)}"
        )
    gaps = {gap.key for gap in assessment.gaps}
    bare = {
        finding.rule
        for finding in assessment.findings
        if finding.outcome is Outcome.UNKNOWN and not any(source.call in gaps for source in finding.sources)
    }
    if bare:
        notes.append(
            "note: no refused or missing call explains why these rules are unknown; their reasons say what could not be "
            f"decided: {', '.join(sorted(bare))}"
        )
    return notes
