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

    imports = [load_sigma(folder) for folder in folders]
    found = {rule.id: rule for each in imports for rule in each.rules}
    return ImportedRules(
        rules=tuple(found[name] for name in sorted(found)),
        refused=tuple(refusal for each in imports for refusal in each.refused),
        notices=tuple(notice for each in imports for notice in each.notices),
    )
