"""`trailwitness sign`: one more signature of an evidence bundle."""

from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.options.signing import SIGN_HELP
from scanner.cli.terminal.printing import say


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path), metavar="BUNDLE")
@once("--sign", "key", required=True, metavar="KEY", help=f"The key that signs: {SIGN_HELP}.")
@once(
    "--profile", metavar="NAME", help="The AWS profile for a key in AWS KMS (default: the ordinary credential chain)."
)
def sign(bundle: Path, key: str, profile: str | None) -> int:
    """Sign an evidence bundle that was sealed before, as its first signer or as a further one.

    BUNDLE is a bundle folder or .zip. Its digests are checked first, and only its folder signatures/ changes: its
    identity stays the same. Look at what you sign: `trailwitness verify BUNDLE` judges it again, and this does not.

    Exit codes: 0 it is signed; 2 it could not be signed, and is as it was.
    """
    from scanner.runs.signing.adding import sign_bundle
    from scanner.runs.signing.signers import open_signer

    signer = open_signer(key, profile)
    envelope = sign_bundle(bundle, signer)
    say(f"signed {bundle} with the key {signer.public_key.key_id}: {envelope}")
    return Exit.CLEAN
