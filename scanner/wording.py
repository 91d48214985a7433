"""Words that messages share: what a mistyped word may mean, values, lists and counts as they are shown."""

import json
from collections.abc import Iterable, Sequence

from scanner.model import JsonValue

_SHOWN = 60

NO_RULE = "there is no rule"
"""How a message begins about a rule that a file names and that is not known."""

OWN_RULES = "For rules of your own, name their folder with --rules."
"""What to do where a rule is not known that is none of ours."""


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` when an option is close to ``word``, else the empty string."""
    from difflib import get_close_matches  # late: words are seldom mistyped

    known = sorted(set(options))
    folded = {option.casefold(): option for option in known}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f" Did you mean {folded[near[0]]!r}?" if near else ""


def about_own_rules(problems: Iterable[str]) -> str:
    """What to do where one of the messages is about a rule that is not known; "" where none is."""
    return OWN_RULES if any(NO_RULE in problem for problem in problems) else ""


def shown(value: JsonValue) -> str:
    """A value as messages show it: quoted, on one line, without control characters, cut when long."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def listed(words: Sequence[str], last: str = "or") -> str:
    """``a, b or c``; ``last`` is the word before the last one."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def several(count: int, noun: str) -> str:
    """``1 rule``, ``2 rules``: a count and its noun, which takes an s."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
