"""`trailwitness integrity capture`: what proves a copy of a bucket offline."""

from hashlib import sha256
from pathlib import Path

import click

from scanner.aws.options import Account
from scanner.cli.exit_codes import Exit
from scanner.cli.options.account import account_options
from scanner.cli.options.once import once
from scanner.cli.terminal.files import write_file
from scanner.cli.terminal.places import check_writable
from scanner.cli.terminal.printing import say
from scanner.cli.terminal.progress import progress_bar
from scanner.errors import SourceError
from scanner.runs.integrity.validating import AskedValidation
from scanner.wording import several


@click.command()
@click.argument("source", metavar="SOURCE")
@once(
    "--output",
    "-o",
    "target",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the public keys and the newest signatures are written.",
)
@once(
    "--since",
    metavar="TIME",
    default="400d",
    show_default=True,
    help="Take the public keys that signed from this time on.",
)
@click.option("--account", "accounts", multiple=True, metavar="ID", help="Of this account only (repeatable).")
@account_options
def capture(source: str, target: Path, since: str, accounts: tuple[str, ...], account: Account) -> int:
    """Take the public keys and the newest signatures of a bucket's digest files, so that a copy of it can be proved.

    SOURCE is s3://bucket/prefix. Copy the bucket afterwards: the copy then ends with digest files that are proved by
    those after them, or by a signature that was taken.

    Exit codes: 0 everything was taken; 2 the command could not run; 3 something could not be read, and is not in FILE.
    """
    from scanner.collect.recording import utc_now
    from scanner.integrity.stores.captured import captured_bytes
    from scanner.runs.integrity.capturing import capture as take

    check_writable(target)
    asked = AskedValidation(source, since, None, accounts, account=account)
    try:
        taken = take(asked, utc_now(), progress_bar)
    except SourceError as error:
        say(f"{error} Nothing was written.")
        return Exit.INCOMPLETE
    content = captured_bytes(taken.captured)
    write_file(target, content)
    held = taken.captured
    say(
        f"wrote {target}: {several(len(held.keys), 'public key')} of {several(len(held.asked), 'Region')}, "
        f"{several(len(held.signatures), 'signature')}; SHA-256 {sha256(content).hexdigest()}"
    )
    for why in taken.missed:
        say(f"  not taken: {why}")
    return Exit.INCOMPLETE if taken.missed else Exit.CLEAN
