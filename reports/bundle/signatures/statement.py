"""What a signature of a bundle says: an in-toto statement about the tag manifest and the assessment.

Sources: in-toto attestation, spec/v1/statement.md and spec/predicates/test-result.md.
"""

import hashlib
import json
from dataclasses import dataclass

from reports.bundle.bag import INFO_FILE, TAG_MANIFEST, info_values, parse_manifest
from reports.bundle.result import Result
from reports.plain_json import json_bytes
from scanner.errors import SnapshotError
from scanner.model import JsonValue
from scanner.model.json_values import as_object, as_objects, as_text

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
ASSESSMENT = "data/assessment.json"

_RULES, _FRAMEWORKS = "data/rules/", "data/frameworks/"
_PARAMETERS = "data/parameters.json"
_FINDINGS = "urn:trailwitness:findings"
"""An extension of the predicate; in-toto asks for the form of a URI."""


@dataclass(frozen=True, slots=True)
class TagFiles:
    """The files of a bundle that say what it holds and what came out: all that a statement is made of."""

    tag_manifest: bytes
    manifest: bytes
    info: bytes

    @property
    def identity(self) -> str:
        """SHA-256 of the tag manifest."""
        return hashlib.sha256(self.tag_manifest).hexdigest()


def statement_bytes(files: TagFiles) -> bytes:
    """The statement about a bundle: the same files give the same bytes.

    Subjects are the tag manifest, which covers every byte, and the assessment. The digests of the rules and frameworks
    are those of their lines in the manifest: ``grep '  data/rules/' manifest-sha256.txt | sha256sum``. Raises
    SnapshotError for a bundle that states no result: an earlier version sealed it.
    """
    digests, _ = parse_manifest(files.manifest)
    stated = info_values(files.info, "Result")
    if len(stated) != 1 or stated[0] not in set(Result) or ASSESSMENT not in digests:
        raise SnapshotError(
            f"The {INFO_FILE} of the bundle states no result, so there is nothing to sign.",
            "An earlier version sealed it: judge its evidence again (`trailwitness scan --snapshot BUNDLE`) and seal.",
        )
    parts: list[JsonValue] = [
        _described(_RULES, _of_lines(digests, _RULES)),
        _described(_FRAMEWORKS, _of_lines(digests, _FRAMEWORKS)),
    ]
    if _PARAMETERS in digests:
        parts.append(_described(_PARAMETERS, digests[_PARAMETERS]))
    return json_bytes(
        {
            "_type": STATEMENT_TYPE,
            "subject": [_described(TAG_MANIFEST, files.identity), _described(ASSESSMENT, digests[ASSESSMENT])],
            "predicateType": PREDICATE_TYPE,
            "predicate": {"result": stated[0], "configuration": parts, _FINDINGS: _counts(files.info)},
        }
    )


def statement_problem(payload: bytes, files: TagFiles) -> str:
    """Why a signed text is not the statement about this bundle, as the rest of a sentence; "" when it is."""
    try:
        told = _told(payload)
        right = _told(statement_bytes(files))
    except SnapshotError as error:
        return error.message
    if told.kinds != right.kinds:
        return _NO_STATEMENT
    if told.subjects != right.subjects:
        return _other_subject(told, right)
    if told.result != right.result:
        return f"states the result {told.result}; the bundle states {right.result}"
    if told.rest != right.rest:
        return "states other counts or other digests of rules, frameworks or parameters than the bundle holds"
    return ""


@dataclass(frozen=True, slots=True)
class _Told:
    kinds: tuple[JsonValue, JsonValue]
    subjects: tuple[tuple[str, str], ...]
    result: str
    rest: tuple[JsonValue, JsonValue]


def _told(payload: bytes) -> _Told:
    try:
        statement = as_object(json.loads(payload))
        predicate = as_object(statement["predicate"])
        subjects = as_objects(statement["subject"])
        return _Told(
            (statement["_type"], statement["predicateType"]),
            tuple((as_text(item["name"]), as_text(as_object(item["digest"])["sha256"])) for item in subjects),
            as_text(predicate["result"]),
            (predicate["configuration"], predicate[_FINDINGS]),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SnapshotError(_NO_STATEMENT) from error


_NO_STATEMENT = "does not sign an in-toto statement with a test result"


def _other_subject(told: _Told, right: _Told) -> str:
    identity = dict(told.subjects).get(TAG_MANIFEST)
    if identity is None:
        return f"signs no {TAG_MANIFEST}, so it signs no bundle"
    if identity != dict(right.subjects)[TAG_MANIFEST]:
        return f"signs another bundle, the one with the identity {identity}"
    return f"signs another {ASSESSMENT} than the one in the bundle"


def _described(name: str, digest: str) -> JsonValue:
    return {"name": name, "digest": {"sha256": digest}}


def _of_lines(digests: dict[str, str], folder: str) -> str:
    lines = [f"{digest}  {name}\n" for name, digest in sorted(digests.items()) if name.startswith(folder)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _counts(info: bytes) -> JsonValue:
    """The counts of bag-info.txt (``pass 2, fail 1``) as numbers by outcome."""
    counts: dict[str, JsonValue] = {}
    for part in ", ".join(info_values(info, "Findings")).split(", "):
        name, _, number = part.partition(" ")
        counts[name] = int(number) if number.isdecimal() else number
    return counts
