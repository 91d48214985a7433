"""Commands inside a sentence, told from its words: one that is to be copied is on a line of its own, and whole."""

import re

_START = re.compile(r"(?:^|(?<=\s))aws [a-z0-9-]+ [a-z0-9-]+(?= --)")
_TOKEN = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")
_STOPS = ".,;:"


def pieces(text: str) -> list[tuple[bool, str]]:
    """The parts of a sentence in order, each with whether it is a command.

    Only what is a whole command with options for certain counts as one: it ends with the sentence, or with a sign that
    ends a part of it. ``aws cloudtrail put-event-selectors --advanced-event-selectors with one selector of …`` is left
    in its sentence, for its last option has words for a value.
    """
    found: list[tuple[bool, str]] = []
    told = 0
    for start in _START.finditer(text):
        end = _end(text, start.end())
        if start.start() >= told and end:
            found += [(False, text[told : start.start()]), (True, text[start.start() : end])]
            told = end
    found.append((False, text[told:]))
    trimmed = [(command, part.strip() if command else part.lstrip(f"{_STOPS} ").rstrip()) for command, part in found]
    return [part for part in trimmed if part[1]]


def _end(text: str, start: int) -> int:
    """Where the command ends whose options begin at ``start``; 0 when its end is not certain."""
    has_option = False
    for token in _TOKEN.finditer(text, start):
        word = token[0]
        is_option = word.startswith("--")
        if not (is_option or has_option) or (word.endswith(")") and "(" not in word):
            return 0
        has_option = is_option
        if word[-1] in _STOPS:
            return token.end() - 1
    return len(text)
