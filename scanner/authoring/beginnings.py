"""The texts that an author begins with. Each rule passes ``rules lint`` and ``rules test`` as it is."""

import json
from collections.abc import Mapping
from importlib.resources import files

from scanner.content.kinds import KINDS
from scanner.content.rules import CASES, area_of, expected_path
from scanner.documents import parse_yaml
from scanner.errors import UsageError
from scanner.model import RuleId
from scanner.schemas import faults_of, schema_text
from scanner.wording import listed

SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "rule": ("rules/*/*.yaml", "!rules/**/*.test.yaml", "!rules/**/_*.yaml"),
    "case": ("rules/**/*.test.yaml",),
    "framework": ("frameworks/*.yaml",),
    "crosswalk": ("frameworks/crosswalks/*.yaml",),
    "waivers": ("waivers.yaml",),
    "attestations": ("attestations.yaml",),
    "declared-routes": ("declared-routes.yaml",),
    "period-statements": ("period-statements.yaml",),
    "redaction": ("redaction.yaml",),
    "trusted-keys": ("trusted-keys.yaml",),
}
"""The schemas of the files that people write, each with the files of a folder that are checked with it."""

OTHER_SCHEMAS = (
    "baseline", "assessment", "diff", "sample", "integrity", "query-integrity", "replay", "insights",
)  # fmt: skip
"""The schemas of the files that commands write."""

RULE_KINDS = tuple(KINDS)
"""The kinds of check of which there is an example."""

_CONFIGURATION, _CONFIGURATION_SCHEMA = ".trailwitness.yaml", "schemas/config.schema.json"
_PLACEHOLDER = "AREA.NAME"
_AREA = "own"
_NAMES: Mapping[str, str] = {
    "resource": "trails-validated",
    "route": "trail-stopped-reaches-person",
    "service-route": "grave-findings-reach-responder",
    "log-events": "trail-stopped",
    "period": "logging-never-off",
}


def rule_files(kind: str, rule_id: str) -> dict[str, str]:
    """A rule of a kind and its cases, by their names in a rules folder.

    Raises UsageError for an id that no rule may have.
    """
    problem = id_problem(rule_id)
    if problem:
        raise UsageError(f"{rule_id}: the id {problem}.", "Write AREA.NAME, such as trail.encrypted.")
    path = expected_path(RuleId(rule_id))
    rule, cases = (_example(f"{kind}{ending}").replace(_PLACEHOLDER, rule_id) for ending in (".yaml", CASES))
    return {path: rule, path.removesuffix(".yaml") + CASES: cases}


def id_problem(rule_id: str) -> str:
    """Why no rule may have this id, as the end of a sentence; "" when one may."""
    document = parse_yaml("", json.dumps({"id": rule_id}))
    fault = next((fault for fault in faults_of(document, "rule") if fault.pointer == ("id",)), None)
    return "" if fault is None else fault.problem.partition(": id ")[2]


def folder_files(configuration_schema: str) -> dict[str, str]:
    """A folder to begin with, by name: rules with their cases, a framework, a configuration, schemas, settings.

    ``configuration_schema`` is that of the configuration file, which the command line knows.
    """
    found: dict[str, str] = {}
    for kind, name in _NAMES.items():
        for path, text in rule_files(kind, f"{_AREA}.{name}").items():
            schema = "case" if path.endswith(CASES) else "rule"
            found[f"rules/{path}"] = f"# yaml-language-server: $schema=../../schemas/{schema}.schema.json\n{text}"
    found["frameworks/own-1.0.yaml"] = _example("framework.yaml")
    found |= {f"schemas/{name}.schema.json": schema_text(name) for name in SCHEMAS}
    found[_CONFIGURATION_SCHEMA] = configuration_schema
    found[_CONFIGURATION] = f"# yaml-language-server: $schema={_CONFIGURATION_SCHEMA}\n{_example('configuration.yaml')}"
    found[".vscode/settings.json"] = editor_settings()
    return found


def editor_settings() -> str:
    """Settings for the YAML extension of VS Code: which schema each file is checked with."""
    schemas = {f"./schemas/{name}.schema.json": list(patterns) for name, patterns in SCHEMAS.items()}
    schemas[f"./{_CONFIGURATION_SCHEMA}"] = [_CONFIGURATION]
    return json.dumps({"yaml.schemas": schemas}, indent=2) + "\n"


def known_schema(name: str) -> str:
    """The text of a schema. Raises UsageError for a name that is none."""
    names = (*SCHEMAS, *OTHER_SCHEMAS)
    if name not in names:
        hint = f"Schemas: {listed(names)}. That of the configuration file: `trailwitness config schema`."
        raise UsageError(f"There is no schema {name!r}.", hint)
    return schema_text(name)


def takes_the_place_of(rule_id: str) -> bool:
    """Whether Trailwitness ships a rule of this id."""
    from scanner.content.rules import load_rules

    return any(rule.id == rule_id for rule in load_rules(areas={area_of(rule_id)}))


def _example(name: str) -> str:
    return files("scanner.authoring").joinpath("examples", name).read_text(encoding="utf-8")
