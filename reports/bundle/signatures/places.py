"""Where signatures lie in a bundle: the one folder beside the manifests, and the only names that it may hold.

No manifest lists them, on purpose: a bundle can be signed after it was sealed, and by several people, and its identity
stays the same. So what may lie there is narrow, in name and in size.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain

from reports.bundle.bag import SIGNATURES
from reports.bundle.readers import Problem

_SHORT = 16
"""Hexadecimal digits of a key id that name the files of a further signature."""
_MOST = 32
_FURTHER = re.compile(rf"{SIGNATURES}([0-9a-f]{{{_SHORT}}})\.(dsse\.json|pem|tsr)")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The three files of one signature: the envelope, the public key that it fits, and a timestamp if there is one."""

    envelope: str
    public_key: str
    token: str

    @property
    def files(self) -> tuple[str, str, str]:
        """All three."""
        return self.envelope, self.public_key, self.token


FIRST = Place(f"{SIGNATURES}bundle.dsse.json", f"{SIGNATURES}public-key.pem", f"{SIGNATURES}bundle.tsr")
"""The place of the first signature of a bundle."""


def further(key_id: str) -> Place:
    """The place of a further signature, named by the key that made it."""
    stem = f"{SIGNATURES}{key_id[:_SHORT]}"
    return Place(f"{stem}.dsse.json", f"{stem}.pem", f"{stem}.tsr")


def places(names: Collection[str]) -> tuple[Place, ...]:
    """The places of a bundle that hold an envelope, the first signature first."""
    stems = sorted({found[1] for name in names if (found := _FURTHER.fullmatch(name))})
    return tuple(place for place in (FIRST, *map(further, stems)) if place.envelope in names)


def is_of_signature(name: str) -> bool:
    """Whether a name is one that a file of a signature may have."""
    return name in FIRST.files or bool(_FURTHER.fullmatch(name))


def place_problems(sizes: Mapping[str, int]) -> list[Problem]:
    """What is wrong with the files of signatures as files; ``sizes`` are those of all files of a bundle, by name."""
    inside = {name: size for name, size in sizes.items() if is_of_signature(name)}
    problems = [
        Problem(name, "unsafe", f"is {size} bytes long; a file of a signature has {_MOST_BYTES} at most")
        for name, size in inside.items()
        if size > _MOST_BYTES
    ]
    held = places(inside)
    signed = set(chain.from_iterable(place.files for place in held))
    problems += [
        Problem(name, "added", "belongs to no signature: there is no envelope with it")
        for name in inside
        if name not in signed
    ]
    problems += [
        Problem(place.public_key, "missing", f"is missing: it is the key that {place.envelope} fits")
        for place in held
        if place.public_key not in inside
    ]
    if len(held) > _MOST:
        problems.append(Problem(SIGNATURES, "unsafe", f"holds {len(held)} signatures, more than {_MOST}"))
    return problems


_MOST_BYTES = 64 << 10
