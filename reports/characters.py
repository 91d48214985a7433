"""Makes characters visible that a terminal, an XML file or a spreadsheet would hide, obey or refuse."""

import re

from scanner.texts.hidden_characters import HIDDEN, escape_json, harmless, spelled_out

__all__ = ["columns", "escape_json", "harmless", "hidden", "visible"]

# Characters that fill two columns (East Asian wide and full-width forms, emoji), coarse and fixed on purpose.
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    "\uff01-\uff60\uffe0-\uffe6\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff\U00020000-\U0003fffd]"
)
_COMBINING = re.compile("[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f]")


def visible(text: str, keep: str = "") -> str:
    r"""Return ``text`` with every hidden or unsafe character spelled ``\uXXXX`` (``\UXXXXXXXX`` beyond U+FFFF).

    Characters in ``keep`` (of TAB and LF, say) stay as they are. The rest is legal XML 1.0 and holds no control,
    escape sequence, bidirectional override or lone surrogate; nothing is deleted, so nothing is hidden.
    """
    # Asked here as well: nearly every text is harmless, and there are millions of them.
    return text if text.isascii() and text.isprintable() else spelled_out(text, keep, _spelled)


def hidden(text: str) -> bool:
    """Whether ``visible`` would change ``text``."""
    return not harmless(text) and HIDDEN.search(text) is not None


def columns(text: str) -> int:
    """How many terminal columns ``text`` fills."""
    if text.isascii():
        return len(text)
    return len(text) + len(_WIDE.findall(text)) - len(_COMBINING.findall(text))


def _spelled(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
