"""Characters that are not seen or not harmless where text is shown, and how JSON spells them as escapes."""

import re
from collections.abc import Callable

# Written out, not asked from ``unicodedata``: its tables differ between Python versions, and a report must not.
_HIDDEN_RANGES = (
    (0x0000, 0x001F),  # C0 controls: ESC opens terminal sequences; XML 1.0 knows only TAB, LF and CR of them
    (0x007F, 0x009F),  # DEL and C1 controls: CSI and OSC as single characters
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # invisible Khmer vowels
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200F),  # zero width characters, left-to-right and right-to-left marks
    (0x2028, 0x202E),  # line and paragraph separators, bidirectional embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, bidirectional isolates
    (0x3164, 0x3164),  # Hangul filler
    (0xD800, 0xDFFF),  # lone surrogates: no UTF-8 form
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # half-width Hangul filler
    (0xFFF9, 0xFFFB),  # interlinear annotation
    (0xFFFE, 0xFFFF),  # noncharacters, illegal in XML 1.0
    (0x1D173, 0x1D17A),  # invisible musical controls
    (0xE0000, 0xE0FFF),  # tag characters, variation selectors that hide data, and others no font shows
    *((plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(1, 17)),  # noncharacters of each plane
)
HIDDEN = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _HIDDEN_RANGES) + "]")
"""One character that a terminal, an XML file or a reader would obey, refuse or not see."""

_BEYOND_ASCII = re.compile("[^ -~]+")
"""What is to be looked at character by character: in most texts next to nothing, which is what makes this fast."""


def harmless(text: str) -> bool:
    """Whether a text is visible ASCII throughout, which is found out far faster than that nothing in it is hidden."""
    return text.isascii() and text.isprintable()


def spelled_out(text: str, keep: str, spell: Callable[[str], str]) -> str:
    """``text`` with every hidden character, unless it is in ``keep``, as ``spell`` gives it."""
    if harmless(text):
        return text
    return _BEYOND_ASCII.sub(
        lambda run: HIDDEN.sub(lambda found: found[0] if found[0] in keep else spell(found[0]), run[0]), text
    )


def escape_json(text: str) -> str:
    r"""Return JSON text with every hidden or unsafe character as a JSON escape: the same JSON value, and valid UTF-8.

    Beyond U+FFFF an escape is a pair of surrogates (RFC 8259, section 7). Line feeds lay the text out and stay.
    """
    return spelled_out(text, "\n", _json_escape)


def _json_escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
