"""`trailwitness verify`: every digest of an evidence bundle, then every verdict again from the raw evidence."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.configured import configuration_options, configured
from scanner.cli.options.signing import trust_options
from scanner.cli.terminal.places import sweep
from scanner.cli.terminal.printing import say, tell
from scanner.cli.terminal.progress import progress_bar
from scanner.errors import UsageError
from scanner.runs.over_logs.reproduction import Originals
from scanner.runs.signing.trust import Trust
from scanner.runs.verifying import verify_bundle
from scanner.times import rfc3339
from scanner.wording import several

_SHOWN_DIFFERENCES = 100


@click.command()
@configured
@click.argument("bundles", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="BUNDLE...")
@click.option(
    "--logs",
    "logs",
    multiple=True,
    metavar="SOURCE",
    help="Where the logs are that a bundle was sealed without: a file, folder, glob or zip file (repeatable).",
)
@trust_options
@click.option(
    "--chain",
    is_flag=True,
    help="Demand that the bundles are one chain: each names the one before it (--previous), and none is missing.",
)
@configuration_options
def verify(
    bundles: tuple[Path, ...],
    logs: tuple[str, ...],
    trust: Trust,
    chain: bool,
) -> int:
    """Check evidence bundles: every digest, then every verdict re-computed from the raw evidence inside.

    BUNDLE is a bundle folder or .zip, or a folder that holds some. The logs of a bundle that was sealed --without-logs
    are found among those of --logs by their SHA-256, whatever their names.

    The public key inside a bundle proves nothing about who signed it: name the one you trust with --public-key or
    --trusted-keys.

    Exit codes: 0 nothing was changed and every verdict follows from the evidence; 1 a file was changed, added, renamed
    or is missing, a verdict does not follow, a signature does not hold or is not there although one was asked for, or
    the chain is broken, and each is named; 2 the command could not run; 3 nothing was changed, but the logs are not in
    the bundle and were not given, so no verdict could be re-computed, or --require-signature was given without a key.
    """
    originals = Originals(logs, progress_bar, say)
    sweep()
    named = [bundle for given in bundles for bundle in _bundles(given)]
    found = {bundle: _verify(bundle, originals, trust) for bundle in named}
    codes = {*found.values(), _walk(found) if chain else Exit.CLEAN}
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


def _verify(bundle: Path, originals: Originals, trust: Trust) -> Exit:
    found = verify_bundle(bundle, originals, trust)
    sentences = (*found.problems, *_shortened(found.differences), *found.notes, *found.signatures, *found.timestamps)
    for sentence in (*sentences, *found.signing_faults):
        tell(f"{bundle}: {sentence}")
    if found.problems:
        tell(f"{bundle}: NOT VERIFIED: {several(len(found.problems), 'problem')}")
        return Exit.FINDINGS
    if found.differences:
        tell(f"{bundle}: NOT VERIFIED: the verdicts inside do not follow from the evidence")
        return Exit.FINDINGS
    if found.signing_faults:
        tell(f"{bundle}: NOT VERIFIED: the signatures are not what they must be; no other file was changed")
        return Exit.FINDINGS
    if found.not_done:
        tell(
            f"{bundle}: INCOMPLETE: {found.files} files unchanged, but NO VERDICT WAS RE-COMPUTED: "
            f"{found.not_done}. Name a folder that holds them with --logs."
        )
    else:
        tell(f"{bundle}: verified: {found.files} files unchanged, every verdict re-computed and equal")
    if found.signing_open:
        tell(f"{bundle}: INCOMPLETE: {found.signing_open}. Name it with --public-key or --trusted-keys.")
    tell(f"{bundle}: identity {found.identity} (SHA-256 of tagmanifest-sha256.txt)")
    return Exit.INCOMPLETE if found.not_done or found.signing_open else Exit.CLEAN


def _walk(found: Mapping[Path, Exit]) -> Exit:
    """Tell what the bundles in which nothing was changed are as a chain."""
    from scanner.runs.chains import read_link, walk

    whole = [bundle for bundle, code in found.items() if code is not Exit.FINDINGS]
    chain = walk([read_link(bundle) for bundle in whole])
    for note in chain.notes:
        tell(f"chain: note: {note}")
    left_out = len(found) - len(whole)
    for problem in (*chain.problems, *([f"{several(left_out, 'bundle')} not verified, so left out"] * bool(left_out))):
        tell(f"chain: {problem}")
    if chain.problems or left_out or not chain.links:
        tell("chain: BROKEN")
        return Exit.FINDINGS
    first, last = chain.links[0], chain.links[-1]
    tell(
        f"chain: whole: {several(len(chain.links), 'bundle')} from {rfc3339(first.started)} to "
        f"{rfc3339(last.started)}; the identity of the last one, {last.identity}, covers them all. Bundles after it "
        "would not be missed"
    )
    return Exit.CLEAN


def _shortened(differences: Sequence[str]) -> list[str]:
    """The first of many differences, and how many more there are."""
    shown = list(differences[:_SHOWN_DIFFERENCES])
    if len(shown) < len(differences):
        shown.append(f"and {len(differences) - len(shown)} more differences")
    return shown
