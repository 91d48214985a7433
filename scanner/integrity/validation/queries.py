"""The saved results of a CloudTrail Lake query, proved by their sign file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from scanner.errors import SourceError
from scanner.integrity.names import url_of
from scanner.integrity.problems import Weight
from scanner.integrity.proof.keys import KeyRing, Missing, NoKey
from scanner.integrity.proof.signatures import verifies
from scanner.integrity.reading.query_results import SIGN_FILE, QuerySign, parse_sign
from scanner.integrity.stores.store import Store

RESULT_LIMIT = 1 << 30
"""The longest result file that is compared, in bytes."""

_SIGN_LIMIT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """One thing that is wrong with saved results, or could not be seen."""

    weight: Weight
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class QueryReport:
    """What came of saved results: how many files are as they were signed, and what is wrong."""

    source: str
    region: str
    completed: datetime | None
    valid: int
    files: int
    problems: tuple[QueryProblem, ...]

    @property
    def weights(self) -> frozenset[Weight]:
        """What was found."""
        return frozenset(each.weight for each in self.problems)


def validate_query(store: Store, prefix: str, keys: KeyRing) -> QueryReport:
    """Prove the results of a query that lie right below a prefix, beside their sign file. Raises SourceError."""
    url = url_of(store.bucket, f"{prefix}{SIGN_FILE}")
    stored = store.read(store.bucket, f"{prefix}{SIGN_FILE}", _SIGN_LIMIT)
    sign = parse_sign(stored.data) if stored is not None else None
    if sign is None:
        why = "not found" if stored is None else "invalid format"
        return QueryReport(store.label, "", None, 0, 0, (QueryProblem(Weight.INVALID, url, why),))
    signing = tuple(_signing(url, sign, keys))
    compared = list(_compared(store, prefix, sign))
    wrong = tuple(each for each in compared if each is not None)
    # Without the signature the hashes vouch for nothing.
    valid = 0 if signing else compared.count(None)
    strays = tuple(_strays(store, prefix, sign))
    return QueryReport(store.label, sign.region, sign.completed, valid, len(sign.files), (*signing, *wrong, *strays))


def _signing(url: str, sign: QuerySign, keys: KeyRing) -> Iterator[QueryProblem]:
    key = keys.find(sign.region, sign.fingerprint, sign.completed)
    if isinstance(key, NoKey):
        yield QueryProblem(Weight.INVALID if key.missing is Missing.ABSENT else Weight.UNKNOWN, url, key.why)
    elif not verifies(key, sign.signature, sign.signed()):
        yield QueryProblem(Weight.INVALID, url, "signature verification failed")


def _compared(store: Store, prefix: str, sign: QuerySign) -> Iterator[QueryProblem | None]:
    """For each file what is wrong with it; None for nothing."""
    for name, stated in sign.files:
        url = url_of(store.bucket, f"{prefix}{name}")
        try:
            stored = store.read(store.bucket, f"{prefix}{name}", RESULT_LIMIT)
        except SourceError as error:
            yield QueryProblem(Weight.UNKNOWN, url, str(error))
            continue
        if stored is None:
            yield QueryProblem(Weight.INVALID, url, "not found")
        elif len(stored.data) > RESULT_LIMIT:
            yield QueryProblem(Weight.UNKNOWN, url, f"it is longer than the {RESULT_LIMIT} bytes that are looked at")
        elif sha256(stored.data).hexdigest() != stated.lower():
            yield QueryProblem(Weight.INVALID, url, "hash value doesn't match")
        else:
            yield None


def _strays(store: Store, prefix: str, sign: QuerySign) -> Iterator[QueryProblem]:
    """Result files that the sign file does not name."""
    known = {f"{prefix}{name}" for name, _ in sign.files}
    for key in store.keys(prefix):
        if key.endswith(".csv.gz") and key not in known:
            why = "the sign file does not name it: it was put there"
            yield QueryProblem(Weight.INVALID, url_of(store.bucket, key), why)
