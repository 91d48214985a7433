"""DSSE envelopes: a signed text with its type and its signature, as JSON that needs no canonical form to be checked.

Source: secure-systems-lab/dsse, protocol.md and envelope.md (v1.0.2).
"""

import base64
import binascii
import json
from dataclasses import dataclass

from reports.plain_json import json_bytes
from scanner.errors import SnapshotError

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A signed text (``payload``), the signature, and the id of the key that is said to have made it.

    ``signature`` is DER for ECDSA and 64 bytes for Ed25519.
    """

    payload: bytes
    key_id: str
    signature: bytes


def signed_bytes(payload: bytes) -> bytes:
    """What is signed for a text: DSSE's pre-authentication encoding, which binds its type and its length."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope_bytes(envelope: Envelope) -> bytes:
    """An envelope as a file: one member a line, so that ``sed`` finds them."""
    return json_bytes(
        {
            "payload": base64.b64encode(envelope.payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": envelope.key_id, "sig": base64.b64encode(envelope.signature).decode()}],
        }
    )


def read_envelope(data: bytes) -> Envelope:
    """The envelope of a file. Raises SnapshotError when it is not, byte for byte, as ``envelope_bytes`` writes it.

    Other programs, and the commands in the README of a bundle, must not read another text out of it than we do.
    """
    try:
        document = json.loads(data)
        only = document["signatures"][0]
        envelope = Envelope(
            base64.b64decode(document["payload"], validate=True),
            str(only["keyid"]),
            base64.b64decode(only["sig"], validate=True),
        )
        written = envelope_bytes(envelope)
    except (ValueError, KeyError, IndexError, TypeError, RecursionError, binascii.Error) as error:
        raise SnapshotError("is not a DSSE envelope with one signature") from error
    if written != data:
        raise SnapshotError("is not a DSSE envelope in the form in which Trailwitness writes them")
    return envelope
