"""Texts of an account in Markdown, as text and nothing else: no table, link, HTML, mention or reference comes of them.

GitHub and GitLab look for mentions and links in the text that Markdown leaves, after character references are resolved.
Only in code do they look for none, so what would begin one is made code.

Sources: GitHub Flavored Markdown Spec 0.29, "Tables", "Autolinks"; CommonMark 0.31, "Code spans".
"""

import re

from reports.characters import visible

# What holds several colons, such as an ARN; what begins a mention, a reference or a link; other signs of Markdown.
_TOKENS = re.compile(r"\w+:[\w-]*:[^\s,;()\"']+|[@#!%^](?=\w)|://|www\.|\$|[&<>\[\]*_~\\|`]", re.IGNORECASE)
_NOT_IN_CODE = re.compile("([|`]+)")
_TAKEN_APART = frozenset("&<>[]*_~\\|`")


def prose(text: str) -> str:
    """A sentence, in one line, that may be anywhere but at the beginning of one."""
    return _TOKENS.sub(lambda found: _token(found[0]), visible(text))


def code(text: str) -> str:
    """A name as code. A pipe would end a table's cell and a backtick the code: both are written outside of it."""
    parts = _NOT_IN_CODE.split(visible(text))
    return "".join(_references(part) if number % 2 else _span(part) for number, part in enumerate(parts))


def _token(found: str) -> str:
    return _references(found) if found in _TAKEN_APART else code(found)


def _span(text: str) -> str:
    return f"`{text}`" if text else ""


def _references(text: str) -> str:
    return "".join(f"&#{ord(sign)};" for sign in text)
