"""The signature of a digest file: RSASSA-PKCS1-v1_5 with SHA-256 over a text about it.

CloudTrail user guide, "Custom implementations of CloudTrail log file integrity validation": the text is the end of the
digest as written, its path with the bucket, the SHA-256 of its unpacked bytes, and the signature of the digest before,
one per line. Where there is none before, ``validate-logs`` writes ``null``.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

NO_PREVIOUS = "null"


def signed_text(end: str, bucket: str, key: str, sha256: str, previous_signature: str) -> bytes:
    """What the signature of a digest file is over; ``previous_signature`` is "" in a starting digest."""
    return f"{end}\n{bucket}/{key}\n{sha256}\n{previous_signature or NO_PREVIOUS}".encode()


def verifies(key: RSAPublicKey, signature: str, text: bytes) -> bool:
    """Whether a signature in hex is that of a text by the private half of a key."""
    try:
        key.verify(bytes.fromhex(signature), text, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
