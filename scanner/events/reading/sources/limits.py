"""How much of one source is read, so that no file, however large or hostile, takes the machine with it."""

from dataclasses import dataclass

from scanner.files.limits import SOURCE_LIMIT


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one source, in bytes unless said otherwise.

    ``stored`` is how much of a file or object is read as it is stored, ``content`` how much of it is looked at after
    unpacking: CloudTrail writes at most 50 MB before compression (user guide, "CloudTrail log file name format"). Whole
    records before a limit are kept, and the cut is accounted for. ``named`` is how many malformed records a source
    names (the rest is counted), ``nesting`` how many envelopes, lists and texts may lie inside each other before a
    record. Content of more than ``large`` bytes must be made of values of a size that records have: millions of smaller
    ones take many times the memory of their bytes.

    A source gives at most ``stored + 1`` bytes: one byte too many tells a cut source from a whole one.
    """

    stored: int = SOURCE_LIMIT
    content: int = SOURCE_LIMIT
    named: int = 20
    nesting: int = 20
    large: int = 16 * 1024 * 1024


DEFAULT_LIMITS = Limits()
"""The limits when nothing else is asked for."""
