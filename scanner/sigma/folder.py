"""Sigma rule files of a folder, read strictly and turned into rules or into refusals with their reasons."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.documents import MAX_BYTES, Document, Node, parse_yaml, shown
from scanner.errors import ContentError, UsageError
from scanner.model import Rule, RuleId, Threshold
from scanner.pattern import JsonPattern, covers, parse
from scanner.sigma.correlations import correlation_of, referenced
from scanner.sigma.detections import detection_formula, require_pysigma
from scanner.sigma.fitting import Fitted, fit
from scanner.sigma.formula import Formula, Leaf, Some, TextTest, leaves
from scanner.sigma.outcome import Notice, Refusal, SigmaImport, Unsayable
from scanner.sigma.spellings import unknown_names
from scanner.sigma.writing import origin_of, rule_id, written

MOST_FILES = 50_000
_BOUNDARY = re.compile(r"^---(?=[ \t]|$)", re.MULTILINE)
_RETIRED = {"deprecated": "has been replaced by another rule", "unsupported": "cannot be used as it is"}
_LEVELS = frozenset({"informational", "low", "medium", "high", "critical"})


def load_sigma(folder: Path) -> SigmaImport:
    """Every Sigma rule for CloudTrail below ``folder``, as rules, and the reasons for those that cannot be.

    Files end in ``.yml`` or ``.yaml``; names that begin with a dot are passed over, as are rules for other log sources.
    Raises UsageError when pySigma is missing, for a path that is no folder and for a folder without Sigma rules.
    """
    require_pysigma()
    importing = _Import()
    for path in _files(folder):
        importing.read(path)
    if not importing.sources and not importing.refused and not importing.passed_over:
        raise UsageError(f"{folder} holds no Sigma rule.", "Sigma rules are .yml or .yaml files with a detection.")
    return importing.finish()


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.", "Name a folder that holds Sigma rules.")
    root = folder.resolve()
    found: list[tuple[str, Path]] = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.suffix.lower() not in {".yml", ".yaml"} or any(part.startswith(".") for part in relative.parts):
            continue
        if path.is_file() and path.resolve().is_relative_to(root):
            found.append((relative.as_posix(), path))
        if len(found) > MOST_FILES:
            raise UsageError(f"{folder} holds more than {MOST_FILES} YAML files.", "Name the folder of the rules.")
    return [path for _, path in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Source:
    """One Sigma rule as read."""

    document: Document
    title: str

    @property
    def data(self) -> Mapping[str, Any]:
        value: Mapping[str, Any] = self.document.value
        return value

    def place(self, *pointer: str) -> str:
        """``file:line:column`` of a part of the rule."""
        mark = self.document.mark(pointer)
        return f"{self.document.name}:{mark.line}:{mark.column}"

    def place_of(self, name: str) -> str:
        """Where a field is tested; the detection when that cannot be told."""
        for node in _mappings(self.document.root.members.get("detection")):
            for key, mark in node.keys.items():
                if key.partition("|")[0] == name:
                    return f"{self.document.name}:{mark.line}:{mark.column}"
        return self.place("detection" if "detection" in self.data else "correlation")


def _mappings(node: Node | None) -> Iterator[Node]:
    if node is not None:
        if node.kind == "mapping":
            yield node
        for child in (*node.members.values(), *node.elements):
            yield from _mappings(child)


@dataclass(slots=True)
class _Import:
    """What has been read so far."""

    sources: list[_Source] = field(default_factory=list)
    correlations: list[_Source] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    rules: dict[RuleId, Rule] = field(default_factory=dict)
    passed_over: int = 0

    def read(self, path: Path) -> None:
        """Sort the documents of one file by what they are."""
        try:
            with path.open("rb") as stream:
                text = stream.read(MAX_BYTES + 1).decode("utf-8-sig")
        except OSError as error:
            self.refused.append(Refusal(str(path), "", f"the file cannot be read: {error.strerror}"))
            return
        except UnicodeDecodeError:
            self.refused.append(Refusal(str(path), "", "the file is not UTF-8 text"))
            return
        if "cloudtrail" not in text.lower() and "correlation" not in text:
            self.passed_over += 1  # a rule for CloudTrail names it; the oddities of other rules are not ours to judge
            return
        for part in _documents(text):
            try:
                document = parse_yaml(str(path), part)
            except ContentError as error:
                self.refused += [_refusal_of(problem, str(path)) for problem in error.problems]
            else:
                self._sort(document)

    def _sort(self, document: Document) -> None:
        data = document.value
        if not isinstance(data, dict) or not {"detection", "correlation", "logsource", "filter"} & set(data):
            self.passed_over += 1
            return
        source = _Source(document, origin_of(data).title)
        logsource = data.get("logsource")
        if "correlation" in data:
            self.correlations.append(source)
        elif not isinstance(logsource, dict):
            self._refuse(source, source.place(), "it has no logsource, so it is not known to be about CloudTrail")
        elif logsource.get("product") == "aws" and logsource.get("service") == "cloudtrail":
            self.sources.append(source)
        elif logsource.get("product") == "aws" and "service" not in logsource:
            self._refuse(source, source.place("logsource"), "its logsource names aws and no service, so it may mean any log")
        else:
            self.passed_over += 1

    def _refuse(self, source: _Source, place: str, reason: str) -> None:
        self.refused.append(Refusal(place, source.title, reason))

    def finish(self) -> SigmaImport:
        """Turn what was read into rules: correlations first, since rules they only count are none of their own."""
        counted: set[int] = set()
        imported = 0
        known = _by_name(self.sources)
        ours: list[_Source] = []
        for source in self.correlations:
            if not any(name in known for name in referenced(source.data)):
                self.passed_over += 1
                continue
            ours.append(source)
            imported += self._attempt(source, lambda source=source: self._correlate(source, known, counted))  # type: ignore[misc]
        for source in self.sources:
            if id(source) not in counted:
                imported += self._attempt(source, lambda source=source: self._translate(source))  # type: ignore[misc]
        return SigmaImport(
            rules=tuple(self.rules[name] for name in sorted(self.rules)),
            refused=tuple(sorted(self.refused, key=lambda refusal: (refusal.path, refusal.title, refusal.reason))),
            notices=tuple(self.notices),
            documents=len(self.sources) + len(ours),
            imported=imported,
            passed_over=self.passed_over,
        )
