"""A bucket of a day's signed digests and log files at hand, and a validation of it."""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from scanner.demo.digest_chain import DemoTrail, SigningKey, StoredObject, new_key
from scanner.errors import SourceError
from scanner.integrity.judging.results import Period, Report
from scanner.integrity.names import Place
from scanner.integrity.proof.keys import Missing, NoKey, PublicKey, usable
from scanner.integrity.stores.captured import SCHEMA, Asked, Captured, CapturedSignature, captured_bytes
from scanner.integrity.stores.store import Stored
from scanner.integrity.validation.discovery import Chosen, places_of
from scanner.integrity.validation.journal import Header, Journal
from scanner.integrity.validation.whole import Validation
from scanner.runs.integrity.document import document
from scanner.schemas import misfit

START = datetime(2026, 3, 1, 0, 17, 28, tzinfo=UTC)
HOURS = 24
FILES = 2
BUCKET = "trail-logs"


@dataclass
class HeldStore:
    """A bucket at hand; ``refused`` objects and prefixes are denied, and without ``metadata`` none has any."""

    objects: Mapping[str, StoredObject]
    refused: frozenset[str] = frozenset()
    metadata: bool = True
    workers: int = 1
    label: str = f"s3://{BUCKET}"
    bucket: str = BUCKET
    read_keys: list[str] = field(default_factory=list)
    stop_after: int = 10**9

    @property
    def signed(self) -> bool:
        return self.metadata

    def keys(self, prefix: str) -> Iterator[str]:
        if prefix in self.refused:
            raise SourceError(f"s3://{BUCKET}/{prefix} cannot be listed: AccessDenied.")
        return iter(sorted(key for key in self.objects if key.startswith(prefix)))

    def folders(self, prefix: str) -> list[str]:
        below = {key.removeprefix(prefix) for key in self.objects if key.startswith(prefix)}
        return sorted({f"{prefix}{rest.partition('/')[0]}/" for rest in below if "/" in rest})

    def below(self, prefix: str) -> tuple[list[str], list[str]]:
        rests = {key: key.removeprefix(prefix) for key in self.objects if key.startswith(prefix)}
        return sorted(key for key, rest in rests.items() if "/" not in rest), self.folders(prefix)

    def read(self, bucket: str, key: str, limit: int) -> Stored | None:
        self.read_keys.append(key)
        if len(self.read_keys) > self.stop_after:
            raise KeyboardInterrupt
        if key in self.refused:
            raise SourceError(f"s3://{bucket}/{key} cannot be read: AccessDenied.")
        found = self.objects.get(key) if bucket == self.bucket else None
        if found is None:
            return None
        told = found.metadata if self.metadata else {}
        return Stored(
            found.data[: limit + 1],
            told.get("signature", ""),
            told.get("signature-algorithm", ""),
            told.get("backfill-generation-timestamp", ""),
        )


@dataclass
class HeldKeys:
    """Public keys at hand; ``refused`` says why none can be asked for."""

    keys: tuple[PublicKey, ...]
    refused: str = ""

    def find(self, region: str, fingerprint: str, moment: datetime) -> RSAPublicKey | NoKey:
        del moment
        if self.refused:
            return NoKey(Missing.UNKNOWN, self.refused)
        known, _ = usable(self.keys)
        why = f"public key not found in region {region} for fingerprint {fingerprint}"
        return known.get((region, fingerprint)) or NoKey(Missing.ABSENT, why)


@dataclass
class Ground:
    """What tests build on: a key, a trail's day, and a validation of what became of it."""

    key: SigningKey
    day: Mapping[str, StoredObject]
    start: datetime = START
    hours: int = HOURS
    bucket: str = BUCKET
    store_type: type[HeldStore] = HeldStore
    place: Place = field(default_factory=lambda: Place("AWSLogs/", "111122223333", "us-east-1"))

    def trail(self, **options: Any) -> DemoTrail:
        return DemoTrail(BUCKET, self.key, **options)

    def digests(self, objects: Mapping[str, StoredObject] | None = None) -> list[str]:
        return sorted(key for key in (self.day if objects is None else objects) if "Digest" in key)

    def logs(self, objects: Mapping[str, StoredObject] | None = None) -> list[str]:
        return sorted(key for key in (self.day if objects is None else objects) if "Digest" not in key)

    def keys(self, *regions: str, refused: str = "") -> HeldKeys:
        named = regions or ("us-east-1", "eu-west-1")
        return HeldKeys(tuple(PublicKey(each, self.key.fingerprint, self.key.der) for each in named), refused)

    def write_keys(self, path: Path, region: str = "us-east-1", bucket: str = BUCKET) -> Path:
        """What was captured an hour after the day: the key, and the signature of the newest digest."""
        newest = self.digests()[-1]
        told = self.day[newest].metadata
        end = self.start + timedelta(hours=self.hours)
        captured = Captured(
            SCHEMA,
            f"s3://{bucket}",
            bucket,
            end + timedelta(hours=1),
            (Asked(region, self.start - timedelta(hours=1), end + timedelta(hours=1)),),
            (PublicKey(region, self.key.fingerprint, self.key.der),),
            (CapturedSignature(newest, told["signature"], told["signature-algorithm"]),),
        )
        path.write_bytes(captured_bytes(captured))
        return path

    def period(self, **other: datetime) -> Period:
        end = self.start + timedelta(hours=self.hours)
        wanted = {"since": self.start, "until": end, "now": end + timedelta(days=30), **other}
        return Period(**wanted)

    def validate(
        self,
        objects: Mapping[str, StoredObject] | HeldStore,
        *,
        keys: HeldKeys | None = None,
        period: Period | None = None,
        chosen: Chosen | None = None,
        journal: Journal | None = None,
        **options: Any,
    ) -> Report:
        store = objects if isinstance(objects, HeldStore) else HeldStore(objects)
        chosen = chosen or Chosen()
        period = period or self.period()
        header = Header(store.label, {}, period.since, period.until, period.now)
        places = places_of(store, "", chosen)
        held = keys or self.keys()
        validation = Validation(store.label, store, held, period, chosen, places, journal or Journal(header), **options)
        report = validation.report()
        assert misfit(json.loads(json.dumps(document(report))), "integrity") == ""
        return report


@pytest.fixture(scope="session")
def signing() -> SigningKey:
    return new_key()


@pytest.fixture(scope="session")
def whole_day(signing: SigningKey) -> Mapping[str, StoredObject]:
    return dict(DemoTrail(BUCKET, signing).hours(START, HOURS, FILES))


@pytest.fixture
def ground(signing: SigningKey, whole_day: Mapping[str, StoredObject]) -> Ground:
    return Ground(signing, whole_day)


@pytest.fixture
def copied(ground: Ground, tmp_path: Path) -> Path:
    """A folder with a copy of the day's objects, ``AWSLogs``, and ``keys.json``."""
    for key, stored in ground.day.items():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.data)
    ground.write_keys(tmp_path / "keys.json")
    return tmp_path


@pytest.fixture
def queried(ground: Ground, tmp_path: Path) -> Path:
    """A folder with two saved result files of a query and their sign file, completed in the day."""
    folder = tmp_path / "query-results"
    folder.mkdir()
    files = []
    for number in (1, 2):
        data = gzip.compress(f"eventName\nN{number}\n".encode(), mtime=0)
        (folder / f"result_{number}.csv.gz").write_bytes(data)
        files.append({"fileName": f"result_{number}.csv.gz", "fileHashValue": sha256(data).hexdigest()})
    sign = {
        "version": "1.0",
        "region": "us-east-1",
        "files": files,
        "hashAlgorithm": "SHA-256",
        "signatureAlgorithm": "SHA256withRSA",
        "queryCompleteTime": "2026-03-01T10:00:00Z",
        "hashSignature": ground.key.signature(" ".join(each["fileHashValue"] for each in files)),
        "publicKeyFingerprint": ground.key.fingerprint,
    }
    (folder / "result_sign.json").write_text(json.dumps(sign))
    return folder
