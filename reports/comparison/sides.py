"""One of the two assessments that are compared: what its document says, and the digests of its rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.document.reading import read_assessment, read_document
from scanner.errors import SnapshotError
from scanner.model import Assessment, RuleId
from scanner.model.json_values import as_objects, as_text


@dataclass(frozen=True, slots=True)
class Side:
    """An assessment, and the SHA-256 of the file of each rule that it was judged by."""

    assessment: Assessment
    digests: Mapping[RuleId, str]


def read_side(data: bytes) -> Side:
    """A side from the bytes of an assessment document. Raises SnapshotError when they are not one."""
    rules = as_objects(read_document(data)["rules"])
    try:
        digests = {RuleId(as_text(rule["id"])): as_text(rule["digest"]) for rule in rules}
    except (LookupError, TypeError) as error:
        raise SnapshotError(
            "The rules of the assessment document are not of the shape that Trailwitness writes.",
            "Use an unchanged copy.",
        ) from error
    return Side(read_assessment(data, ()), digests)
