"""The layout of an evidence bundle as a BagIt 1.0 bag: its fixed files, its manifests and the names it may hold.

BagIt is RFC 8493. We write, and accept, a narrow part of it: SHA-256 alone, a tag manifest always, no fetch.txt, and
only names that mean the same file on every system.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from reports.characters import hidden, visible

DECLARATION_FILE = "bagit.txt"
INFO_FILE = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
FETCH_FILE = "fetch.txt"
PAYLOAD = "data/"
PREVIOUS = "Previous-Bundle-SHA256"
"""The element of bag-info.txt that holds the identity of the bundle before this one."""
SIGNATURES = "signatures/"
"""The tag directory that no manifest lists: a bundle may be signed after it was sealed."""

TAG_FILES = (INFO_FILE, DECLARATION_FILE, MANIFEST)
"""What the tag manifest lists, no more and no less, in its order."""

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_FORBIDDEN = set('\\<>:"|?*%')


def name_problem(name: str) -> str:
    """Why ``name`` must not be in a bundle, as the rest of a sentence; "" for a good name.

    A good name is relative, of ``/``-separated parts, Unicode NFC, and can be unpacked on Linux, macOS and Windows
    without leaving the bundle or meeting another name. ``%`` is refused because manifests give it a meaning.
    """
    return _path_problem(name) or _character_problem(name)


def _path_problem(name: str) -> str:
    """Why a name does not lead to one place inside the bundle."""
    parts = name.split("/")
    if name.startswith("/"):
        return "is an absolute path"
    if _DRIVE.match(name):
        return "begins with a drive letter"
    if ".." in parts:
        return "leads out of the bundle"
    if "" in parts or "." in parts:
        return "has an empty or '.' part"
    return ""


def _character_problem(name: str) -> str:
    """Why a name cannot be written on every system as it is."""
    if hidden(name):
        return "has control or invisible characters"
    if _FORBIDDEN & set(name):
        return f"has a character of {' '.join(sorted(_FORBIDDEN))}"
    if any(map(_is_not_for_windows, name.split("/"))):
        return "has a part that Windows cannot hold"
    if unicodedata.normalize("NFC", name) != name:
        return "is not in Unicode normalization form C"
    return ""


def _is_not_for_windows(part: str) -> bool:
    return part[-1] in " ." or part[0] == " " or bool(_DEVICES.fullmatch(part))


def collisions(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of names, folders included, that are one file where case does not count; ascending."""
    paths = set(names)
    for name in tuple(paths):
        paths.update(map(str, PurePosixPath(name).parents))
    # As numbers: hundreds of thousands of names are not held a second time to find that none is another.
    if len({hash(path.casefold()) for path in paths}) == len(paths):
        return []
    return _collisions(paths)


def _collisions(names: Iterable[str]) -> list[tuple[str, str]]:
    seen: dict[str, str] = {}
    found: set[tuple[str, str]] = set()
    for name in sorted(names):
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            path = "/".join(parts[:end])
            other = seen.setdefault(path.casefold(), path)
            if other != path:
                found.add((other, path))
    return sorted(found)


def manifest_bytes(digests: Mapping[str, str]) -> bytes:
    """A manifest of ``name -> SHA-256``, in the form that ``sha256sum -c`` reads, by name."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def parse_manifest(data: bytes) -> tuple[dict[str, str], list[str]]:
    """The ``name -> SHA-256`` entries of a manifest, and a sentence for each line that is not one."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {}, ["is not UTF-8"]
    digests: dict[str, str] = {}
    problems = []
    if text and not text.endswith("\n"):
        problems.append("does not end with a line break: its last line may be cut off")
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        found = _LINE.fullmatch(line)
        if found is None:
            problems.append(f"line {number} is not a SHA-256, two spaces and a name")
            continue
        digest, name = found.groups()
        reason = name_problem(name)
        if reason:
            problems.append(f"line {number}: the name {visible(name)} {reason}")
        elif name in digests:
            problems.append(f"line {number} lists {name} a second time")
        else:
            digests[name] = digest
    return digests, problems


def info_bytes(elements: Iterable[tuple[str, str]]) -> bytes:
    """bag-info.txt with these elements in this order; no value can begin a line of its own."""
    return "".join(f"{label}: {visible(value)}\n" for label, value in elements).encode()


def info_values(data: bytes, label: str) -> list[str]:
    """Every value of one element of a bag-info.txt, in order."""
    lines = data.decode("utf-8", "replace").split("\n")
    return [line.removeprefix(f"{label}:").strip() for line in lines if line.startswith(f"{label}:")]
