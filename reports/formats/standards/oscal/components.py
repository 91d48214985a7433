"""OSCAL component-definition: the rules as what compliance-trestle joins results and controls by.

Two components: the service whose configuration the rules are about, which says which controls each rule supports, and
Trailwitness as what validates it, which says which check decides each rule. Properties of one rule share their
``remarks``, as trestle groups them. That a rule supports a control does not say that it is all of the control: the
description of each says how far it goes and what is left to a person.
"""

from collections.abc import Iterator

from reports.formats.standards.identity import stable_id
from reports.formats.standards.oscal.datatypes import (
    CHECK_DESCRIPTION,
    CHECK_ID,
    RULE_DESCRIPTION,
    RULE_ID,
    TRESTLE,
    Members,
    control_token,
    document_id,
    markup,
    markup_line,
    metadata,
    prop,
    props,
)
from reports.formats.standards.streaming import Listed, Tree, document_pieces
from reports.formats.standards.telling import Stated, stated_in
from reports.streams import Stream, put_bytes
from scanner.model import Assessment, ControlResult, FrameworkVersion, JsonValue, Rule


def write(assessment: Assessment, out: Stream) -> None:
    """Write the rules of ``assessment`` to ``out`` as a component definition.

    Raises TrailwitnessError when the run does not state when its evidence was collected.
    """
    for piece in document_pieces({"component-definition": _definition(assessment)}):
        put_bytes(out, piece)


def _definition(assessment: Assessment) -> Tree:
    stated = stated_in(assessment)
    frameworks = list(map(_framework, _frameworks(assessment, stated)))
    back_matter: Tree = {"resources": frameworks}
    return {
        "uuid": document_id("component-definition", assessment),
        "metadata": metadata("Rules of Trailwitness for AWS audit logging and monitoring", assessment.run),
        "components": Listed(_components(assessment, stated)),
        **({"back-matter": back_matter} if frameworks else {}),
    }


def _components(assessment: Assessment, stated: Stated) -> Iterator[Tree]:
    if not assessment.rules:
        return
    controls = [control for control in assessment.controls if control.rules]
    frameworks = dict.fromkeys(control.framework for control in controls)
    yield {
        "uuid": stable_id("component", "aws"),
        "type": "service",
        "title": "AWS audit logging and monitoring",
        "description": "The AWS accounts whose audit logging and monitoring the rules are about.",
        "props": Listed(_rule_props(assessment.rules)),
        "control-implementations": Listed(_implementation(each, controls, stated) for each in frameworks),
    }
    yield {
        "uuid": stable_id("component", "trailwitness"),
        "type": "validation",
        "title": "Trailwitness",
        "description": "Judges each rule on the recorded answers of read-only AWS API calls, or on log records.",
        "props": Listed(_check_props(assessment.rules)),
    }


def _rule_props(rules: tuple[Rule, ...]) -> Iterator[Members]:
    for number, rule in enumerate(rules):
        yield _of_set(number, RULE_ID, rule.id)
        yield _of_set(number, RULE_DESCRIPTION, f"{rule.title}. {rule.description}")


def _check_props(rules: tuple[Rule, ...]) -> Iterator[Members]:
    for number, rule in enumerate(rules):
        yield _of_set(number, RULE_ID, rule.id)
        yield _of_set(number, RULE_DESCRIPTION, f"{rule.title}. {rule.description}")
        yield _of_set(number, CHECK_ID, rule.id)
        yield _of_set(number, CHECK_DESCRIPTION, rule.title)


def _of_set(number: int, name: str, value: str) -> Members:
    return prop(name, value, namespace=TRESTLE, remarks=f"rule_set_{number:04}")


def _implementation(framework: str, controls: list[ControlResult], stated: Stated) -> Tree:
    return {
        "uuid": stable_id("control-implementation", framework),
        "source": f"#{stable_id('framework', framework)}",
        "description": markup(
            f"The controls of {stated.framework_title(framework)} that rules support, and how far each does."
        ),
        "implemented-requirements": Listed(
            map(_requirement, (each for each in controls if each.framework == framework))
        ),
    }


def _requirement(control: ControlResult) -> Members:
    rules: list[JsonValue] = [prop(RULE_ID, rule, namespace=TRESTLE) for rule in control.rules]
    return {
        "uuid": stable_id("implemented-requirement", control.framework, control.id),
        "control-id": control_token(control.framework, control.id),
        "description": markup(f"{control.title}. Coverage by the rules: {control.coverage}. {control.notes}"),
        "props": [*rules, *props((("label", control.id), ("coverage", control.coverage)))],
    }


def _frameworks(assessment: Assessment, stated: Stated) -> list[FrameworkVersion]:
    """The frameworks of the controls, those as well that the run does not list."""
    named = dict.fromkeys(control.framework for control in assessment.controls)
    return [stated.frameworks.get(each, FrameworkVersion(each, each, "")) for each in named]


def _framework(framework: FrameworkVersion) -> Members:
    return {
        "uuid": stable_id("framework", framework.id),
        "title": markup_line(f"{framework.title} {framework.version}"),
        "description": "The framework whose controls are named here by their ids; its text is not part of this file.",
        "props": props((("framework", framework.id), ("version", framework.version))),
    }
