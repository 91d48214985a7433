"""The Sigma rules of some folders, ready to be judged beside the selected rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.model import Rule

if TYPE_CHECKING:
    from scanner.sigma import Notice, Refusal


@dataclass(frozen=True, slots=True)
class ImportedRules:
    """The rules by id, each once; what could not be turned into a rule, and what to know about those that were."""

    rules: "tuple[Rule, ...]" = ()
    refused: "tuple[Refusal, ...]" = ()
    notices: "tuple[Notice, ...]" = ()


def import_sigma(folders: Sequence[Path]) -> ImportedRules:
    """Turn the Sigma rules for CloudTrail in ``folders`` into rules. Raises ContentError when pySigma is missing."""
    if not folders:
        return ImportedRules()
    from scanner.sigma import load_sigma

    found: dict[str, Rule] = {}
    refused: list[Refusal] = []
    notices: list[Notice] = []
    for folder in folders:
        imported = load_sigma(folder)
        found.update((rule.id, rule) for rule in imported.rules)
        refused += imported.refused
        notices += imported.notices
    return ImportedRules(tuple(found[name] for name in sorted(found)), tuple(refused), tuple(notices))
