"""Lines of text of a width, wrapped at spaces, coloured where that is wanted."""

from collections.abc import Sequence

from reports.characters import columns, visible

SHOWN_PLACES = 4
"""How many names a shortened list shows."""


class Page:
    """Lines of text that know their width, whether they may be coloured and whether long lists are shortened."""

    def __init__(self, width: int, *, colour: bool, brief: bool) -> None:
        self.lines: list[str] = []
        self.width = width
        self.colour = colour
        self.brief = brief
        self.shortened = False

    def listed(self, names: Sequence[str]) -> str:
        """Names in one line: all of them, or on a screen the first few and how many more there are."""
        if not self.brief or len(names) <= SHOWN_PLACES:
            return ", ".join(names)
        self.shortened = True
        return f"{', '.join(names[:SHOWN_PLACES])} and {len(names) - SHOWN_PLACES} more"

    def paragraph(self, lead: str, text: str, code: str = "") -> None:
        """Wrap ``text`` behind ``lead``; further lines are indented to where the text began."""
        first, *rest = wrapped(text, self.width - columns(lead))
        self.lines.append(f"{self.painted(lead, code)}{first}".rstrip())
        self.lines += [f"{' ' * columns(lead)}{line}" for line in rest]

    def heading(self, text: str, code: str = "1") -> None:
        """A heading with a blank line before it."""
        self.lines += ["", *(self.painted(line, code) for line in wrapped(visible(text), self.width))]

    def painted(self, text: str, code: str) -> str:
        """``text`` in an ANSI style if this page has colours."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and code and text.strip() else text


def wrapped(text: str, width: int) -> list[str]:
    """``text`` as lines of at most ``width`` columns, broken at spaces only; at least one line."""
    lines: list[str] = [""]
    for word in text.split(" "):
        line = lines[-1]
        if not line:
            lines[-1] = word
        elif columns(line) + 1 + columns(word) <= width:
            lines[-1] = f"{line} {word}"
        else:
            lines.append(word)
    return lines


def counted(number: int, noun: str) -> str:
    """``1 gap``, ``2 gaps``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
