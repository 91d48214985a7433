"""What importing Sigma rules gives: rules, and a reason for every Sigma rule that was not turned into one."""

from dataclasses import dataclass

from scanner.model import Rule


class Unsayable(ValueError):  # noqa: N818 - the reason of a refusal, caught where the rule is known
    """A Sigma rule asks for something that a filter pattern cannot say exactly; the text is the reason.

    ``field`` is the Sigma field at fault, "" when none is.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Refusal:
    """A Sigma rule that was not imported. ``path`` is ``file:line:column`` where the place is known, else the file."""

    path: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a reader should know about a rule that was imported."""

    path: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SigmaImport:
    """The outcome of one folder.

    ``rules`` are sorted by id. ``refused`` names every CloudTrail rule that was left out, and every file that could not
    be read. ``notices`` are about imported rules. ``documents`` counts the Sigma rules for CloudTrail that were looked
    at, ``imported`` those that became rules (one may become several), ``passed_over`` the rules for other log sources.
    """

    rules: tuple[Rule, ...]
    refused: tuple[Refusal, ...]
    notices: tuple[Notice, ...] = ()
    documents: int = 0
    imported: int = 0
    passed_over: int = 0
