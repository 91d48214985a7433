"""Puts a finished report into the stream its caller opened, binary or text."""

import io
from typing import IO, cast

Stream = IO[bytes] | IO[str]
"""A stream opened by the caller: binary (files, archives) or text (``sys.stdout``, ``io.StringIO``)."""

# What a terminal without these signs shows instead; every sign is also beside a word.
_PLAIN_FORMS = str.maketrans({"✓": "ok", "✗": "X", "→": "->", "·": "-", "…": "...", "–": "-"})


def put_bytes(out: Stream, data: bytes) -> None:
    """Write UTF-8 ``data`` of a machine format, unchanged wherever the stream can take bytes."""
    if isinstance(out, io.TextIOWrapper):
        # Below the text layer: no newline translation and no locale encoding may touch a machine format.
        out.flush()
        out.buffer.write(data)
        out.buffer.flush()
    elif isinstance(out, io.TextIOBase):
        out.write(data.decode("utf-8"))
    else:
        cast("IO[bytes]", out).write(data)


def put_text(out: Stream, text: str) -> None:
    """Write prose for a person; signs the stream's encoding lacks become plain forms, never an error."""
    if not isinstance(out, io.TextIOBase):
        cast("IO[bytes]", out).write(text.encode("utf-8"))
        return
    encoding = out.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_PLAIN_FORMS).encode(encoding, "backslashreplace").decode(encoding)
    out.write(text)
