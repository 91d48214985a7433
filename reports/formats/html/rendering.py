"""Puts the views into the template: autoescape, strict undefined, styles and script pinned by their hash."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.characters import visible
from reports.formats.html.views.report import report_view
from reports.timelines import figures
from reports.timelines.picture import Picture
from scanner.model import Assessment

_AT_ONCE = 200
"""How many fragments of the template make one piece."""

_ASSETS = "reports.formats.html"


def render(assessment: Assessment, *, sealed: bool) -> bytes:
    """The report as UTF-8 bytes; ``sealed`` lets evidence lead to the files beside the report in a bundle."""
    return b"".join(pieces(assessment, sealed=sealed))


def pieces(assessment: Assessment, *, sealed: bool, timelines: Sequence[Picture] = ()) -> Iterator[bytes]:
    """The same in pieces: that of thousands of accounts is long, and what it shows of them is held already.

    ``timelines`` make a section of the report, and bring their style with them.
    """
    styles, script = asset("report.css") + (figures.styles() if timelines else ""), asset("report.js")
    template = environment(_ASSETS).get_template("report.html.j2")
    stream = template.stream(
        report=report_view(assessment),
        sealed=sealed,
        timelines=list(figures.figures(timelines)),
        styles=styles,
        script=script,
        policy=content_security_policy(styles, script),
    )
    stream.enable_buffering(_AT_ONCE)
    for text in stream:
        yield text.encode()


def asset(name: str) -> str:
    """A file that is put into the report as it is."""
    return files(_ASSETS).joinpath("assets", name).read_text(encoding="utf-8")


def content_security_policy(styles: str, script: str = "") -> str:
    """What a browser may do with a page: apply this style, run this script ("" for none), and nothing else.

    Source: W3C Content Security Policy Level 3, section 8.2 (hashes of inline styles and scripts).
    """
    scripts = f"script-src 'sha256-{_hash(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src 'sha256-{_hash(styles)}'; {scripts}"
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def environment(package: str) -> Environment:
    """What fills the templates in the folder ``assets`` of a package: every value is escaped, none may be missing."""
    made = Environment(
        loader=PackageLoader(package, "assets"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.finalize = _shown
    return made


def _shown(value: object) -> object:
    """What a value of the account is shown as: hidden characters are spelled out, so that none can mislead a reader."""
    return visible(value, keep="\n") if type(value) is str else value
