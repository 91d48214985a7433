"""`trailwitness verify`: every digest of an evidence bundle, then every verdict again from the raw evidence."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from scanner import __version__
from scanner.cli import Exit
from scanner.cli.evidence import foreign_content, judge, read_selection, sealed
from scanner.cli.selection import Selection
from scanner.cli.terminal import printable
from scanner.errors import SnapshotError, TrailwitnessError, UsageError


@click.command()
@click.argument("bundles", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="BUNDLE...")
def verify(bundles: tuple[Path, ...]) -> int:
    """Check evidence bundles: every digest, then every verdict re-computed from the raw evidence inside.

    BUNDLE is a bundle folder or .zip, or a folder that holds some. Exit code 1: something was changed, is missing,
    was added or renamed, or a verdict does not follow from the evidence; each is named.
    """
    found = [bundle for given in bundles for bundle in _bundles(given)]
    verdicts = [_verify(bundle) for bundle in found]
    return Exit.CLEAN if all(verdicts) else Exit.FINDINGS


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


def _verify(bundle: Path) -> bool:
    from reports.bag_readers import open_bag
    from reports.verify_bundle import bag_identity, check_bag

    with open_bag(bundle) as bag:
        problems = check_bag(bag)
        for problem in problems:
            click.echo(f"{bundle}: {printable(str(problem))}")
        if problems:
            click.echo(f"{bundle}: NOT VERIFIED: {len(problems)} problem{'s' if len(problems) > 1 else ''}")
            return False
        differences, notes = _recompute({name: bag.read(name) for name in bag.names})
        for sentence in (*differences, *notes):
            click.echo(f"{bundle}: {printable(sentence)}")
        if differences:
            click.echo(f"{bundle}: NOT VERIFIED: the verdicts inside do not follow from the evidence inside")
            return False
        click.echo(f"{bundle}: verified: {len(bag.names)} files unchanged, every verdict re-computed and equal")
        click.echo(f"{bundle}: identity {bag_identity(bag)} (SHA-256 of tagmanifest-sha256.txt)")
    return True


def _recompute(inside: dict[str, bytes]) -> tuple[list[str], list[str]]:
    """What differs between the bundle and the one its own evidence, rules and parameters give, and what to know of it.

    The files are laid out in a private folder under names the bag check has already accepted.
    """
    notes = _version_notes(inside)
    with tempfile.TemporaryDirectory(prefix="trailwitness-") as workplace:
        for name, content in inside.items():
            path = Path(workplace) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            selection = read_selection(Path(workplace) / "data")
            notes += _content_notes(selection)
            return _differences(Path(workplace), selection, inside), notes
        except TrailwitnessError as error:
            shown = str(error).replace(f"{workplace}{os.sep}", "")
            return [f"the verdicts cannot be re-computed: {shown}"], notes


def _version_notes(inside: dict[str, bytes]) -> list[str]:
    """That another version sealed the bundle: it may rightly judge or write something in another way."""
    from reports.document import read_document

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


def _differences(folder: Path, selection: Selection, inside: dict[str, bytes]) -> list[str]:
    from reports.document_diff import diff_documents
    from scanner.collect.folder import read_snapshot

    payload = folder / "data"
    assessment = judge(read_snapshot(payload), selection)
    expected = {
        name: content() if callable(content) else content
        for name, content in sealed(payload, assessment, selection).items()
    }
    name = "data/assessment.json"
    if differences := diff_documents(inside.get(name, b""), expected[name]):
        return differences
    return [
        f"{name} is not what this evidence, these rules and these parameters give"
        for name in sorted(inside.keys() | expected.keys())
        if inside.get(name) != expected.get(name)
    ]
