"""`trailwitness timestamp`: the timestamp of a signature, from an authority or from a file."""

from pathlib import Path

import click

from scanner.cli.exit_codes import Exit
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.printing import say
from scanner.errors import UsageError

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path), metavar="BUNDLE")
@once("--request", type=_FILE, metavar="FILE", help="Write what an authority is to be asked, and ask nobody.")
@once(
    "--token",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add the answer of an authority (a .tsr file).",
)
@once("--tsa-url", metavar="URL", help="Ask this authority and add its answer. Only a SHA-256 is sent.")
def timestamp(bundle: Path, request: Path | None, token: Path | None, tsa_url: str | None) -> int:
    """Add to a signed evidence bundle the word of a timestamp authority that the signature existed (RFC 3161).

    BUNDLE is a signed bundle folder or .zip. The first signature without a timestamp gets one; a --token goes to the
    signature that it is about. Only the folder signatures/ changes. Send a --request with curl -H 'Content-Type:
    application/timestamp-query' --data-binary @FILE URL, and keep what comes back for --token.

    Exit codes: 0 done; 2 it could not be done, and the bundle is as it was.
    """
    from reports.bundle.signatures.timestamps import require_reader

    if sum(option is not None for option in (request, token, tsa_url)) != 1:
        raise UsageError("Give one of --request, --token and --tsa-url.", "See `trailwitness timestamp --help`.")
    require_reader()
    if request is not None:
        from scanner.runs.signing.stamping import request_of

        write_file(request, request_of(bundle))
        say(f"wrote {request}: send it to a timestamp authority, and add its answer with --token")
        return Exit.CLEAN
    say(f"added {_added(bundle, token, tsa_url or '')} to {bundle}")
    return Exit.CLEAN


def _added(bundle: Path, token: Path | None, url: str) -> str:
    from scanner.runs.signing.authority import check_url
    from scanner.runs.signing.signers import read_key_file
    from scanner.runs.signing.stamping import add_from, add_token

    if token is not None:
        return add_token(bundle, read_key_file(token), str(token))
    check_url(url)
    return add_from(bundle, url)
