"""The functions of the API about bundles that were sealed: signing them, and holding each to the one before it."""

from collections.abc import Sequence
from pathlib import Path

from scanner.runs.chains import Chain, read_link, walk
from scanner.runs.signing.adding import sign_bundle
from scanner.runs.signing.signers import open_signer
from trailwitness._arguments import StrPath


def sign(bundle: StrPath, key: str, *, profile: str | None = None) -> str:
    """Sign a bundle that was sealed before, as its first signer or as a further one; its identity stays the same.

    ``key`` names a key as ``--sign`` does, and ``profile`` the AWS profile for one in AWS KMS (docs/signing.md). Gives
    the place of the signature in the bundle. Verify before you sign: this checks the digests alone.

    Raises UsageError for a key that cannot sign and a bundle that was changed, CollectError when AWS KMS does not sign,
    and SnapshotError when the bundle cannot be read.
    """
    return sign_bundle(Path(bundle), open_signer(key, profile))


def chain(bundles: Sequence[StrPath]) -> Chain:
    """Whether bundles are one chain: each names the one before it, none is missing, and none has two successors.

    :func:`verify` each of them first: this believes what they say of themselves. Raises SnapshotError for one that
    cannot be read.
    """
    return walk([read_link(Path(bundle)) for bundle in bundles])
