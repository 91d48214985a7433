"""A bucket as it is: its objects, CloudTrail's public keys, and what AWS says of the delivery of digests."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from scanner.aws.asking import ask
from scanner.aws.session import AwsSession
from scanner.aws.stored.objects import AbsentObjectError, pages_of
from scanner.aws.stored.proof_operations import PROOF_OPERATIONS
from scanner.aws.stored.quick_objects import QuickObjects
from scanner.integrity.judging.gaps import RETRIES
from scanner.integrity.judging.links import Gap
from scanner.integrity.judging.results import Period
from scanner.integrity.proof.keys import Missing, NoKey, PublicKey, longest, usable
from scanner.integrity.stores.captured import Asked, absent
from scanner.integrity.stores.store import Stored

ROTATION = timedelta(hours=2)
"""How long after the end of a period keys are listed: one may begin to sign right at the end."""

_AROUND = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class BucketStore:
    """A bucket behind a session that only reads."""

    session: AwsSession = field(repr=False)
    objects: QuickObjects = field(repr=False)
    bucket: str
    prefix: str = ""
    workers: int = 16
    signed: bool = True

    @property
    def label(self) -> str:
        """The URL."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def keys(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix."""
        for page in pages_of(self.session, self.bucket, prefix):
            yield from page.keys

    def folders(self, prefix: str) -> list[str]:
        """The prefixes right below a prefix."""
        return sorted(each for page in pages_of(self.session, self.bucket, prefix, "/") for each in page.prefixes)

    def below(self, prefix: str) -> tuple[list[str], list[str]]:
        """The keys and the prefixes right below a prefix."""
        keys: list[str] = []
        prefixes: list[str] = []
        for page in pages_of(self.session, self.bucket, prefix, "/"):
            keys += page.keys
            prefixes += page.prefixes
        return keys, sorted(prefixes)

    def read(self, bucket: str, key: str, limit: int) -> Stored | None:
        """An object with the metadata that CloudTrail gave it."""
        try:
            body = self.objects.read(bucket, key, limit)
        except AbsentObjectError:
            return None
        told = body.metadata
        return Stored(
            body.content,
            told.get("signature", ""),
            told.get("signature-algorithm", ""),
            told.get("backfill-generation-timestamp", ""),
        )


class ListedKeys:
    """The public keys that CloudTrail lists in each Region: for the whole period once, and around what lies outside."""

    def __init__(self, session: AwsSession, period: Period) -> None:
        self._session = session
        self._whole = (period.since - _AROUND, period.until + ROTATION)
        self._lock = Lock()
        self._known: dict[tuple[str, str], RSAPublicKey] = {}
        self._stated: dict[tuple[str, str], PublicKey] = {}
        self._odd: set[tuple[str, str]] = set()
        self._listed: dict[tuple[str, datetime], str] = {}
        self.keys: list[PublicKey] = []
        """Every key that was listed and may be used."""
        self.asked: list[Asked] = []
        """What was listed without an error."""

    def find(self, region: str, fingerprint: str, moment: datetime) -> RSAPublicKey | NoKey:
        """The key of a Region with this fingerprint, listed in that Region when it is not known yet."""
        at = (region, fingerprint)
        with self._lock:
            refused = "" if at in self._known else self._list(region, *self._whole)
            if at not in self._known and not self._whole[0] <= moment <= self._whole[1]:
                refused = self._list(region, moment - _AROUND, moment + ROTATION) or refused
            known, odd = self._known.get(at), at in self._odd
            stated = self._stated.get(at)
        if known is not None:
            return (stated.out_of_use(region, moment) if stated is not None else None) or known
        if odd:
            refused = f"the public key {fingerprint} that Region {region} lists does not have this fingerprint"
        return NoKey(Missing.UNKNOWN, refused) if refused else NoKey(Missing.ABSENT, absent(region, fingerprint))

    def list_for(self, region: str) -> str:
        """List the keys of a Region for the whole period; why they cannot be ("" when they are)."""
        with self._lock:
            return self._list(region, *self._whole)

    def _list(self, region: str, since: datetime, until: datetime) -> str:
        """Why the keys of a Region cannot be listed; "" when they are. Each time is asked about once."""
        at = (region, since)
        if at not in self._listed:
            reply = ask(
                self._session,
                PROOF_OPERATIONS["cloudtrail.ListPublicKeys"],
                region,
                {"StartTime": since, "EndTime": until},
            )
            if reply.error is not None:
                said = ", ".join(filter(None, (reply.error.code, reply.error.message.rstrip("."))))
                self._listed[at] = f"the public keys of Region {region} cannot be listed: {said}"
            else:
                self._listed[at] = ""
                self._take(region, [key for page in reply.pages for key in page.get("PublicKeyList", ())])
                self.asked.append(Asked(region, since, until))
        return self._listed[at]

    def _take(self, region: str, listed: list[dict[str, object]]) -> None:
        keys = []
        for each in listed:
            value, since, until = each.get("Value"), each.get("ValidityStartTime"), each.get("ValidityEndTime")
            keys.append(
                PublicKey(
                    region,
                    str(each.get("Fingerprint", "")).lower(),
                    bytes(value) if isinstance(value, bytes | bytearray) else b"",
                    since if isinstance(since, datetime) else None,
                    until if isinstance(until, datetime) else None,
                )
            )
        known, refused = usable(keys)
        self._known |= known
        self._odd |= {(key.region, key.fingerprint) for key in refused}
        self.keys += [key for key in keys if key not in refused and key not in self.keys]
        self._stated = longest(self.keys)


@dataclass(frozen=True, slots=True)
class DeliveryTrouble:
    """What ``GetTrailStatus`` says of the digests that a trail cannot deliver now: a gap may be filled yet."""

    session: AwsSession
    now: datetime

    def __call__(self, gap: Gap) -> str:
        """The rest of a sentence about a gap; "" where AWS says nothing of it or cannot be asked."""
        if self.now - gap.end > RETRIES:
            return ""
        name = f"{gap.place.account}:trail/{gap.chain.trail}"
        arn = f"arn:{self.session.partition}:cloudtrail:{gap.chain.home}:{name}"
        reply = ask(self.session, PROOF_OPERATIONS["cloudtrail.GetTrailStatus"], gap.chain.home, {"Name": arn})
        error = "" if reply.error is not None else str(reply.pages[0].get("LatestDigestDeliveryError") or "")
        if not error:
            return ""
        return (
            f"CloudTrail says that it cannot deliver digest files now ({error}); it tries for 30 days, and they may "
            "come out of order: validate again when they are there"
        )
