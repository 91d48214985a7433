"""Sigma rule files of a folder, read strictly and sorted by what they are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.content.shipped import below
from scanner.documents import MAX_BYTES, Document, Node, parse_yaml
from scanner.errors import ContentError, UsageError
from scanner.files.folders import require_folder
from scanner.model import JsonValue
from scanner.model.json_values import as_object
from scanner.sigma.outcome import Refusal
from scanner.sigma.reading.origin import Origin, origin_of

MOST_FILES = 50_000
_BOUNDARY = re.compile(r"^---(?=[ \t\r]|$)", re.MULTILINE)
_PROBLEM = re.compile(r"(?P<place>.*?:[0-9]+:[0-9]+): (?P<reason>.*)", re.DOTALL)
_SIGMA_KEYS = frozenset({"detection", "correlation", "logsource", "filter"})


@dataclass(frozen=True, slots=True)
class Source:
    """One Sigma rule as read."""

    document: Document
    origin: Origin

    @property
    def data(self) -> Mapping[str, JsonValue]:
        """The rule's keys."""
        return as_object(self.document.value)

    @property
    def names(self) -> tuple[str, ...]:
        """What a correlation may call the rule: its id and its name."""
        return tuple(name for key in ("id", "name") if isinstance(name := self.data.get(key), str))

    def refusal(self, reason: str, field_at_fault: str = "") -> Refusal:
        """Why the rule is left out, with the place of the field, or of what decides about records."""
        return Refusal(self._place(field_at_fault), self.origin.title, reason)

    def place(self, *pointer: str) -> str:
        """``file:line:column`` of a part of the rule."""
        mark = self.document.mark(pointer)
        return f"{self.document.name}:{mark.line}:{mark.column}"

    def _place(self, name: str) -> str:
        for node in _mappings(self.document.root.members.get("detection")):
            for key, mark in node.keys.items():
                if name and key.partition("|")[0] == name:
                    return f"{self.document.name}:{mark.line}:{mark.column}"
        return self.place("detection" if "detection" in self.data else "correlation")


@dataclass(slots=True)
class Sources:
    """What a folder holds: rules for CloudTrail, correlations, what is unreadable, how many are for other logs."""

    rules: list[Source] = field(default_factory=list)
    correlations: list[Source] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    passed_over: int = 0


def read_sources(folder: Path) -> Sources:
    """The Sigma rules below ``folder``: files ending in .yml or .yaml, none whose path has a name with a leading dot.

    Raises UsageError for a path that is not a folder and for a folder without any such rule.
    """
    sources = Sources()
    for path in _files(folder):
        _read(path, sources)
    if not (sources.rules or sources.correlations or sources.refused or sources.passed_over):
        raise UsageError(f"{folder} holds no Sigma rule.", "Sigma rules are .yml or .yaml files with a detection.")
    return sources


def _files(folder: Path) -> list[Path]:
    require_folder(folder, "Name a folder that holds Sigma rules.")
    root = folder.resolve()
    found: list[tuple[str, Path]] = []
    for path in below(folder):
        relative = path.relative_to(folder)
        if path.suffix.lower() not in {".yml", ".yaml"} or any(part.startswith(".") for part in relative.parts):
            continue
        if path.is_file() and path.resolve().is_relative_to(root):
            found.append((relative.as_posix(), path))
        if len(found) > MOST_FILES:
            raise UsageError(f"{folder} holds more than {MOST_FILES} YAML files.", "Name the folder of the rules.")
    return [path for _, path in sorted(found)]


def _read(path: Path, sources: Sources) -> None:
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1).decode("utf-8-sig")
    except OSError as error:
        sources.refused.append(Refusal(str(path), "", f"the file cannot be read: {error.strerror}"))
        return
    except UnicodeDecodeError:
        sources.refused.append(Refusal(str(path), "", "the file is not UTF-8 text"))
        return
    # A rule for CloudTrail names it somewhere; the oddities of rules for other logs are not for us to report.
    if "cloudtrail" not in text.lower() and "correlation" not in text:
        sources.passed_over += 1
        return
    for part in _documents(text):
        try:
            document = parse_yaml(str(path), part)
        except ContentError as error:
            sources.refused += [_unreadable(problem, path) for problem in error.problems]
        else:
            _sort(document, sources)


def _documents(text: str) -> Iterator[str]:
    """The documents of a file one by one, each with as many line breaks before it that its lines keep their numbers."""
    ends = [found.start() for found in _BOUNDARY.finditer(text)] + [len(text)]
    start = 0
    for end in ends:
        part = text[start:end]
        if part.strip("- \t\r\n"):
            yield "\n" * text.count("\n", 0, start) + part
        start = end


def _unreadable(problem: str, path: Path) -> Refusal:
    found = _PROBLEM.fullmatch(problem)
    return Refusal(found["place"], "", found["reason"]) if found else Refusal(str(path), "", problem)


def _sort(document: Document, sources: Sources) -> None:
    data = document.value
    if not isinstance(data, dict) or not _SIGMA_KEYS & set(data):
        sources.passed_over += 1
        return
    source = Source(document, origin_of(data))
    logsource = data.get("logsource")
    if "correlation" in data:
        sources.correlations.append(source)
    elif not isinstance(logsource, dict):
        sources.refused.append(
            Refusal(source.place(), source.origin.title, "it has no logsource, so what it is about is open")
        )
    elif logsource.get("product") == "aws" and logsource.get("service") == "cloudtrail":
        sources.rules.append(source)
    elif logsource.get("product") == "aws" and "service" not in logsource:
        reason = "its logsource names aws and no service, so it may mean any log"
        sources.refused.append(Refusal(source.place("logsource"), source.origin.title, reason))
    else:
        sources.passed_over += 1


def _mappings(node: Node | None) -> Iterator[Node]:
    if node is not None:
        if node.kind == "mapping":
            yield node
        for child in (*node.members.values(), *node.elements):
            yield from _mappings(child)
