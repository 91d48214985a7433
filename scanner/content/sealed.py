"""What an evidence bundle was judged with, put together from its rules, its frameworks and its parameters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scanner.content.given import judged_with
from scanner.content.parameters import ORIGINS, read_settings
from scanner.documents import read_document
from scanner.errors import ContentError
from scanner.model import Framework, JsonValue, Origin, Rule, RuleId, Setting, plain_id
from scanner.model.json_values import as_text

Sealed = tuple[tuple[Rule, ...], tuple[Framework, ...], tuple[Setting, ...]]
"""Rules, frameworks and settings of a bundle."""


def read_judged(rules: Sequence[Rule], frameworks: Sequence[Framework], file: Path) -> Sealed:
    """The rules under the names by which they were judged, and the settings of each, as ``parameters.json`` states.

    Raises ContentError for what ``read_settings`` finds wrong, and where a rule was judged with other parameters than
    its frameworks and settings give it.
    """
    document = read_document(file)
    stated = document.value if isinstance(document.value, dict) else {}
    settings = [setting for rule in rules for setting in _settings(rule, stated.get(rule.id))]
    alone = {RuleId(name) for name in stated}
    judged = judged_with(rules, frameworks, settings, alone)
    found = read_settings(judged.rules, file)
    given = [setting for setting in judged.settings if plain_id(setting.rule) != setting.rule]
    wrong = [
        document.problem((setting.rule, setting.name), f"{setting.rule}.{setting.name} is not what its frameworks give")
        for setting in given
        if _told(setting) not in set(map(_told, found))
    ]
    if wrong:
        raise ContentError(wrong)
    return judged.rules, judged.frameworks, found


def _settings(rule: Rule, stated: JsonValue) -> Iterator[Setting]:
    """The settings of a rule by itself; its defaults where it was not judged so. What is malformed is told later."""
    members = stated if isinstance(stated, Mapping) else {}
    for parameter in rule.parameters:
        entry = members.get(parameter.name)
        if isinstance(entry, Mapping) and "value" in entry and entry.get("origin") in ORIGINS:
            yield Setting(rule.id, parameter.name, entry["value"], Origin(as_text(entry["origin"])))
        else:
            yield Setting(rule.id, parameter.name, parameter.default, Origin.DEFAULT)


def _told(setting: Setting) -> tuple[str, str, str, str]:
    return setting.rule, setting.name, json.dumps(setting.value), setting.origin
