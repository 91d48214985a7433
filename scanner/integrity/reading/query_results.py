"""The sign file that CloudTrail Lake saves beside the results of a query.

CloudTrail user guide, "Validate CloudTrail Lake saved query results": the SHA-256 of each result file as it is stored,
and one signature over these hashes, joined by single spaces in the order of the file.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from scanner.integrity.names import REGION
from scanner.integrity.reading.digest import ALGORITHM, HASH
from scanner.times import parse_time

SIGN_FILE = "result_sign.json"


class _File(msgspec.Struct, gc=False, rename="camel"):
    file_name: str
    file_hash_value: str


class _Sign(msgspec.Struct, gc=False, rename="camel"):
    region: str
    files: list[_File]
    hash_algorithm: str
    signature_algorithm: str
    query_complete_time: str
    hash_signature: str
    public_key_fingerprint: str


_DECODER = msgspec.json.Decoder(_Sign)


@dataclass(frozen=True, slots=True)
class QuerySign:
    """A sign file: result files with their SHA-256 in hex, the signature over these, and which key made it when."""

    region: str
    files: tuple[tuple[str, str], ...]
    completed: datetime
    signature: str
    fingerprint: str

    def signed(self) -> bytes:
        """What the signature is over."""
        return " ".join(sha256 for _, sha256 in self.files).encode()


def parse_sign(content: bytes) -> QuerySign | None:
    """A sign file from its bytes; None when it is not of the documented form."""
    try:
        read = _DECODER.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    completed = parse_time(read.query_complete_time)
    known = (read.hash_algorithm, read.signature_algorithm) == (HASH, ALGORITHM)
    if completed is None or not known or not read.files or not REGION.fullmatch(read.region):
        return None
    files = tuple((each.file_name, each.file_hash_value) for each in read.files)
    return QuerySign(read.region, files, completed, read.hash_signature, read.public_key_fingerprint.lower())
