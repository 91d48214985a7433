"""Adds the timestamp of a signature to a bundle, from an authority that is asked or from a file."""

from pathlib import Path

from scanner.errors import SnapshotError, UsageError
from scanner.runs.signing.adding import require_whole
from scanner.runs.signing.authority import stamp


def request_of(bundle: Path) -> bytes:
    """What an authority is to be asked for the first signature of a bundle without a timestamp (DER). UsageError."""
    from reports.bundle.signatures.timestamps import request_for

    envelope, _ = _unstamped(bundle)
    return request_for(envelope, nonce=False).as_bytes()


def add_from(bundle: Path, url: str) -> str:
    """Ask an authority for the timestamp of that signature, add it, and give its name in the bundle. UsageError."""
    envelope, token = _unstamped(bundle)
    _add(bundle, token, stamp(envelope, url))
    return token


def add_token(bundle: Path, data: bytes, named: str) -> str:
    """Add what an authority answered to the signature that it is about. Raises UsageError when it is about none."""
    from reports.bundle.readers import open_bag
    from reports.bundle.signatures.places import places
    from reports.bundle.signatures.timestamps import is_of, read_response

    try:
        response = read_response(data)
    except SnapshotError as error:
        raise UsageError(f"{named} {error.message}.") from error
    with open_bag(bundle) as bag:
        require_whole(bundle, bag)
        found = [place for place in places(bag.names) if is_of(response, bag.read(place.envelope))]
        if not found:
            raise UsageError(f"{named} is a timestamp of no signature of {bundle}.", "See `timestamp --request`.")
        token = found[0].token
        if token in bag.names:
            raise UsageError(f"{bundle} holds a timestamp of that signature: {token}.")
    _add(bundle, token, data)
    return token


def _unstamped(bundle: Path) -> tuple[bytes, str]:
    """The envelope of the first signature without a timestamp, and the name that its token will have."""
    from reports.bundle.readers import open_bag
    from reports.bundle.signatures.places import places

    with open_bag(bundle) as bag:
        require_whole(bundle, bag)
        signed = places(bag.names)
        free = [place for place in signed if place.token not in bag.names]
        if not free:
            told = (
                "has a timestamp for every signature" if signed else "is not signed, and a timestamp is of a signature"
            )
            raise UsageError(
                f"{bundle} {told}.", "" if signed else f"Sign it: `trailwitness sign {bundle} --sign KEY`."
            )
        return bag.read(free[0].envelope), free[0].token


def _add(bundle: Path, token: str, data: bytes) -> None:
    from reports.bundle.signatures.adding import add_files

    try:
        add_files(bundle, {token: data})
    except OSError as error:
        raise UsageError(f"{bundle} cannot be written: {error.strerror or error}.", "It is as it was.") from error
