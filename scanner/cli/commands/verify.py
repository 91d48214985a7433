"""`trailwitness verify`: every digest of an evidence bundle, then every verdict again from the raw evidence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.configured import configuration_options, configured
from scanner.cli.options.once import json_option
from scanner.cli.options.signing import trust_options
from scanner.cli.terminal.places import sweep
from scanner.cli.terminal.printing import say, tell, tell_json, tell_wrapped
from scanner.cli.terminal.progress import progress_bar
from scanner.errors import UsageError
from scanner.model import JsonValue
from scanner.runs.over_logs.reproduction import Originals
from scanner.runs.signing.trust import Trust
from scanner.runs.verifying import Verification, verify_bundle
from scanner.times import rfc3339
from scanner.wording import several

_SHOWN_DIFFERENCES = 100

VERIFICATION_SCHEMA = "trailwitness/verification/v1"


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
@click.option("--quiet", "-q", is_flag=True, help="One line, whatever was found.")
@json_option
@configuration_options
def verify(
    bundles: tuple[Path, ...],
    logs: tuple[str, ...],
    trust: Trust,
    chain: bool,
    quiet: bool,
    as_json: bool,
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
    originals = Originals(logs, progress_bar, _hush if quiet or as_json else say)
    sweep()
    named = [bundle for given in bundles for bundle in _bundles(given)]
    found: dict[Path, Verification] = {}
    for bundle in named:
        found[bundle] = verify_bundle(bundle, originals, trust)
        if not (quiet or as_json):
            _tell(bundle, found[bundle])
    walked = _walk({bundle: _code(each) for bundle, each in found.items()}) if chain else None
    codes = {*map(_code, found.values()), walked.code if walked else Exit.CLEAN}
    outcome = next(code for code in (Exit.FINDINGS, Exit.INCOMPLETE, Exit.CLEAN) if code in codes)
    if as_json:
        tell_json({"schema": VERIFICATION_SCHEMA, "outcome": _OUTCOMES[outcome], **_members(found, walked)})
    elif quiet:
        tell(_one_line(found, walked))
    for line in walked.lines if walked and not (quiet or as_json) else ():
        tell_wrapped(line)
    return outcome


def _hush(_: str) -> None:
    """Nothing is said on the way where one line, or one document, is all that is wanted."""


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


def _code(found: Verification) -> Exit:
    if found.tampered:
        return Exit.FINDINGS
    return Exit.CLEAN if found.verified else Exit.INCOMPLETE


def _tell(bundle: Path, found: Verification) -> None:
    sentences = (*found.problems, *_shortened(found.differences), *found.notes, *found.signatures, *found.timestamps)
    for sentence in (*sentences, *found.signing_faults, *_verdicts(found)):
        tell_wrapped(f"{bundle}: {sentence}")
    if not found.tampered:
        tell_wrapped(f"{bundle}: identity {found.identity} (SHA-256 of tagmanifest-sha256.txt)")


def _verdicts(found: Verification) -> list[str]:
    """What came of it, most important last but for the identity."""
    if found.problems:
        return [f"NOT VERIFIED: {several(len(found.problems), 'problem')}"]
    if found.differences:
        return ["NOT VERIFIED: the verdicts inside do not follow from the evidence"]
    if found.signing_faults:
        return ["NOT VERIFIED: the signatures are not what they must be; no other file was changed"]
    verdicts = [f"verified: {found.files} files unchanged, every verdict re-computed and equal"]
    if found.not_done:
        open_ones = f"{found.files} files unchanged, but NO VERDICT WAS RE-COMPUTED: {found.not_done}"
        verdicts = [f"INCOMPLETE: {open_ones}. {found.hint}".rstrip()]
    if found.signing_open:
        verdicts.append(f"INCOMPLETE: {found.signing_open}. Name it with --public-key or --trusted-keys.")
    return verdicts


_OUTCOMES = {Exit.CLEAN: "verified", Exit.FINDINGS: "not verified", Exit.INCOMPLETE: "incomplete"}


def _one_line(found: Mapping[Path, Verification], walked: "_Walked | None") -> str:
    """All of it in one line: of one bundle what came of it, of several how many there are of each outcome."""
    chain = f"; {walked.lines[-1]}" if walked else ""
    if len(found) == 1:
        ((bundle, only),) = found.items()
        identity = "" if only.tampered else f"; identity {only.identity}"
        return " ".join(f"{bundle}: {_verdicts(only)[-1]}{identity}{chain}".split())
    codes = {bundle: _code(each) for bundle, each in found.items()}
    counts = Counter(codes.values())
    told = ", ".join(f"{counts[code]} {words}" for code, words in _OUTCOMES.items() if counts[code])
    first = next((bundle for bundle, code in codes.items() if code is not Exit.CLEAN), None)
    named = f" (the first that is not verified: {first})" if first is not None else ""
    return " ".join(f"{several(len(found), 'bundle')}: {told}{named}{chain}".split())


def _members(found: Mapping[Path, Verification], walked: "_Walked | None") -> dict[str, JsonValue]:
    """All of it for programs; docs/json.md has the members."""
    members: dict[str, JsonValue] = {"bundles": [_bundle_members(bundle, each) for bundle, each in found.items()]}
    if walked is not None:
        members["chain"] = {"outcome": _OUTCOMES[walked.code], "lines": list(walked.lines)}
    return members


def _bundle_members(bundle: Path, found: Verification) -> dict[str, JsonValue]:
    return {
        "bundle": str(bundle),
        "outcome": _OUTCOMES[_code(found)],
        "files": found.files,
        "identity": "" if found.tampered else found.identity,
        "problems": list(found.problems),
        "differences": list(found.differences),
        "signing_faults": list(found.signing_faults),
        "incomplete": list(filter(None, (found.not_done, found.signing_open))),
        "notes": list(found.notes),
        "signatures": list(map(str, found.signatures)),
        "timestamps": list(map(str, found.timestamps)),
    }


@dataclass(frozen=True, slots=True)
class _Walked:
    """What came of walking a chain: the exit code, and what to say of it, the outcome last."""

    code: Exit
    lines: tuple[str, ...]


def _walk(found: Mapping[Path, Exit]) -> _Walked:
    """What the bundles in which nothing was changed are as a chain."""
    from scanner.runs.chains import read_link, walk

    whole = [bundle for bundle, code in found.items() if code is not Exit.FINDINGS]
    chain = walk([read_link(bundle) for bundle in whole])
    left_out = len(found) - len(whole)
    problems = (*chain.problems, *([f"{several(left_out, 'bundle')} not verified, so left out"] * bool(left_out)))
    lines = [f"chain: {told}" for told in (*(map("note: {}".format, chain.notes)), *problems)]
    if problems or not chain.links:
        return _Walked(Exit.FINDINGS, (*lines, "chain: BROKEN"))
    first, last = chain.links[0], chain.links[-1]
    told = (
        f"chain: whole: {several(len(chain.links), 'bundle')} from {rfc3339(first.started)} to "
        f"{rfc3339(last.started)}; the identity of the last one, {last.identity}, covers them all. Bundles after it "
        "would not be missed"
    )
    return _Walked(Exit.CLEAN, (*lines, told))


def _shortened(differences: Sequence[str]) -> list[str]:
    """The first of many differences, and how many more there are."""
    shown = list(differences[:_SHOWN_DIFFERENCES])
    if len(shown) < len(differences):
        shown.append(f"and {len(differences) - len(shown)} more differences")
    return shown
