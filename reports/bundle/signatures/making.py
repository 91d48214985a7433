"""Makes the files of a signature of a bundle."""

from collections.abc import Mapping

from reports.bundle.signatures.envelope import Envelope, envelope_bytes, signed_bytes
from reports.bundle.signatures.keys import Signer
from reports.bundle.signatures.places import FIRST, Place
from reports.bundle.signatures.statement import TagFiles, statement_bytes
from scanner.errors import UsageError


def signature_files(files: TagFiles, signer: Signer, place: Place = FIRST) -> Mapping[str, bytes]:
    """The envelope and the public key of a new signature, by their names in the bundle.

    Raises SnapshotError for a bundle that states no result, UsageError when the signature that was made does not fit
    the signer's own public key, and whatever the signer raises.
    """
    payload = statement_bytes(files)
    message = signed_bytes(payload)
    signature = signer.sign(message)
    key = signer.public_key
    if not key.fits(signature, message):
        raise UsageError(
            f"The signature that was made does not fit the public key {key.key_id}, so the bundle was not signed.",
            "Check what answered in place of the key.",
        )
    return {place.envelope: envelope_bytes(Envelope(payload, key.key_id, signature)), place.public_key: key.pem}
