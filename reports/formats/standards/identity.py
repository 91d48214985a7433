"""Identities that are the same whenever the same thing is told of: version 5 UUIDs (RFC 9562) of stable keys."""

import uuid
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b

from scanner.model import Finding

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:trailwitness:standards")


@lru_cache(maxsize=4096)  # the same calls are cited by finding after finding
def stable_id(*parts: str) -> str:
    """The UUID of a thing, by the kind of thing and what names it."""
    # The length of each part goes in: no two lists of parts give one key.
    key = "".join(f"{len(part)}:{part}" for part in parts)
    return str(uuid.uuid5(_NAMESPACE, key.encode("utf-8", "surrogatepass").hex()))


def identified(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """Each finding with its UUID, which is that of the same rule on the same resource in every run.

    Findings of one rule on one resource are told apart by their order. Resources that were seen are known by their
    digests, for there may be hundreds of thousands.
    """
    seen: dict[bytes, int] = {}
    for finding in findings:
        key = ("finding", finding.rule, finding.account, finding.region, finding.resource)
        digest = blake2b(stable_id(*key).encode(), digest_size=12).digest()
        seen[digest] = number = seen.get(digest, 0) + 1
        yield stable_id(*key, *((str(number),) if number > 1 else ())), finding
