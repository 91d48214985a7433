"""Strict YAML and JSON: one document of plain data, with the line and column of every value.

What differs from an ordinary YAML loader, each because it has made a rule or a test mean something else:

- duplicate keys, tags, further documents and keys that are not text are errors;
- only ``true`` and ``false`` are booleans and only JSON spelling makes a number; dates and times stay text;
  other spellings that some YAML reader takes for a boolean, a null or a number (``yes``, ``~``, ``0x1F``,
  ``012345670123``) and bare 12-digit account ids are errors that ask for quotes;
- size, depth and the number of values after aliases are expanded are bounded before anything walks the data;
- every mistake of a file is reported at once, as ``file:line:column: sentence``.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn, Protocol, cast

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from scanner.errors import ContentError
from scanner.model import JsonValue
from scanner.wording import shown

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 64
MAX_VALUES = 200_000
_MAX_NUMBER = 40

Pointer = Sequence[str | int]
"""Keys and indices from the root of a document to one of its values."""

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_NUMBER_LIKE = re.compile(
    r"[-+]?(?:\.(?:inf|Inf|INF)|0x[0-9a-fA-F_]+|0[ob][0-7_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
    r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)|\.(?:nan|NaN|NAN)"
)
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it."""

_WORDS: Mapping[str, JsonValue] = {"true": True, "false": False, "null": None, "": None}
_AMBIGUOUS = {"yes": "true", "no": "false", "on": "true", "off": "false", "true": "true", "false": "false"}


class Mark(NamedTuple):
    """A place in a file: line and column count from 1, ``offset`` counts characters from 0."""

    line: int
    column: int
    offset: int


class Node(NamedTuple):
    """One value with its place in the file.

    ``members`` and ``keys`` (where each key is written) are filled for mappings, ``elements`` for lists, ``scalar``
    for the rest. ``size`` counts the values in it after aliases are expanded; an aliased node is shared.
    """

    kind: str
    start: Mark
    end: Mark
    style: str = ""
    scalar: JsonValue = None
    members: Mapping[str, "Node"] = MappingProxyType({})
    keys: Mapping[str, Mark] = MappingProxyType({})
    elements: tuple["Node", ...] = ()
    size: int = 1

    def value(self) -> JsonValue:
        """The plain data, every alias expanded to data of its own."""
        if self.kind == "mapping":
            return {key: node.value() for key, node in self.members.items()}
        if self.kind == "list":
            return [node.value() for node in self.elements]
        return self.scalar

    def child(self, step: str | int) -> "Node | None":
        """The node under one key or index, or None."""
        if isinstance(step, str):
            return self.members.get(step)
        return self.elements[step] if 0 <= step < len(self.elements) else None


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: its data, its text, and where everything in it is written. ``name`` is shown in messages."""

    name: str
    text: str = field(repr=False)
    root: Node = field(repr=False)
    value: JsonValue = field(repr=False)

    def mark(self, pointer: Pointer) -> Mark:
        """Where the value of ``pointer`` begins; the nearest value above it when there is none."""
        return self._nearest(pointer).start

    def key_mark(self, pointer: Pointer, key: str) -> Mark:
        """Where ``key`` is written in the mapping at ``pointer``."""
        node = self._nearest(pointer)
        return node.keys.get(key, node.start)

    def mark_inside(self, pointer: Pointer, offset: int) -> Mark:
        """Where character ``offset`` of the text at ``pointer`` is in the file.

        Characters are counted without white space, which YAML folds and indents; where escapes make that
        impossible the answer is the beginning of the text.
        """
        node = self._nearest(pointer)
        if not isinstance(node.scalar, str):
            return node.start
        index = node.start.offset
        if node.style in {"|", ">"}:
            index = self.text.find("\n", index) + 1
        raw = self.text[index : node.end.offset]
        if node.style in {"'", '"'}:
            index, raw = index + 1, raw[1:-1]
        if "".join(raw.split()) != "".join(node.scalar.split()):
            return node.start
        return self.mark_at(index + _same_place(raw, node.scalar, offset))

    def mark_at(self, index: int) -> Mark:
        """The line and column of a character of the file."""
        return _mark_at(self.text, index)

    def problem(self, pointer: Pointer, sentence: str) -> str:
        """``file:line:column: sentence`` about the value at ``pointer``."""
        return self.problem_at(self.mark(pointer), sentence)

    def problem_at(self, mark: Mark, sentence: str) -> str:
        """``file:line:column: sentence`` about a place."""
        return f"{self.name}:{mark.line}:{mark.column}: {sentence}"

    def _nearest(self, pointer: Pointer) -> Node:
        node = self.root
        for step in pointer:
            child = node.child(step)
            if child is None:
                break
            node = child
        return node


def read_document(path: Path, *, name: str = "", merge: bool = False, proven: bool = False) -> Document:
    """Read one ``.yaml`` or ``.json`` file; ``name`` is what messages call it (the path unless given).

    ``merge`` allows the merge key ``<<`` (case files only); ``proven`` as in :func:`parse_yaml`. Raises ContentError.
    """
    shown = name or str(path)
    try:
        if not path.is_file():
            raise ContentError((f"{shown}:1:1: {no_file(path)}",))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ContentError((f"{shown}:1:1: the file cannot be read: {error.strerror}",)) from error
    text = _decode(shown, content)
    return parse_json(shown, text) if path.suffix == ".json" else parse_yaml(shown, text, merge=merge, proven=proven)


def no_file(path: Path) -> str:
    """What a path is instead of a file: a folder, something else such as a pipe, or nothing. Raises OSError."""
    if path.is_dir():
        return "this is a folder, and a file is needed"
    return "this is not an ordinary file" if path.exists() else "there is no such file"


def parse_yaml(name: str, text: str, *, merge: bool = False, proven: bool = False) -> Document:
    """Read YAML text; every mistake in it is raised at once as a ContentError.

    ``proven`` is for content whose tests have read it without: libyaml may parse it, which is much faster and gives the
    same for what both accept. Text from elsewhere always has the one parser whose limits and sentences are known.
    """
    _bound(name, text)
    reader = _YamlReader(name, text, merge=merge, loader=_FAST if proven else yaml.SafeLoader)
    root = reader.read()
    if reader.problems:
        raise ContentError(reader.problems)
    return Document(name, text, root, root.value())


def parse_json(name: str, text: str) -> Document:
    """Read JSON text (RFC 8259, no duplicate keys, no NaN); raises ContentError."""
    _bound(name, text)

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    try:
        value = json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        message = f"{name}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}"
        raise ContentError((message,)) from error
    except (ValueError, RecursionError) as error:
        raise ContentError((f"{name}:1:1: this is not JSON: {error}",)) from error
    # JSON is YAML but for tabs between tokens; the YAML reader finds duplicate keys and gives the positions.
    reader = _YamlReader(name, text.replace("\t", " "), merge=False, strict_words=False)
    root = reader.read()
    if reader.problems:
        raise ContentError(reader.problems)
    return Document(name, text, root, value)


def _decode(name: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise ContentError((f"{name}:1:1: the file is larger than {MAX_BYTES // 1024} KiB",))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        message = f"{name}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8"
        raise ContentError((message,)) from error


def _bound(name: str, text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ContentError((f"{name}:1:1: the text is larger than {MAX_BYTES // 1024} KiB",))


def _mark_at(text: str, index: int) -> Mark:
    line = text.count("\n", 0, index) + 1
    return Mark(line, index - text.rfind("\n", 0, index), index)


def _same_place(raw: str, value: str, offset: int) -> int:
    """The index in ``raw`` of character ``offset`` of ``value``, where both differ in white space only."""
    ink = len("".join(value[:offset].split()))
    at_ink = offset < len(value) and not value[offset].isspace()
    seen = 0
    for index, character in enumerate(raw):
        if seen == ink and (not at_ink or not character.isspace()):
            return index
        if not character.isspace():
            seen += 1
    return len(raw)


class _Place(Protocol):
    """What the parser calls a mark; it counts from 0."""

    line: int
    column: int
    index: int


class _Stop(Exception):  # noqa: N818 - not an error for callers: it ends the reading of one file
    """The rest of the file cannot be read."""


class _YamlReader:
    """Builds nodes from the parser's events, bottom up, so that an alias can only name something complete."""

    def __init__(
        self, name: str, text: str, *, merge: bool, strict_words: bool = True, loader: Any = yaml.SafeLoader
    ) -> None:
        self.problems: list[str] = []
        self._name = name
        self._text = text
        self._merge = merge
        self._strict_words = strict_words
        self._events = yaml.parse(text, Loader=loader)
        self._anchors: dict[str, Node] = {}
        self._depth = 0
        self._values = 0

    def read(self) -> Node:
        """The root node; an empty one when ``problems`` says why there is none."""
        nothing = Node("null", Mark(1, 1, 0), Mark(1, 1, 0))
        try:
            return self._document() or nothing
        except _Stop:
            pass
        except yaml.reader.ReaderError as error:
            mark = _mark_at(self._text, error.position)
            self._say(mark, "this is not text: here is a control character")
        except yaml.MarkedYAMLError as error:
            self._say(_mark(error.problem_mark or error.context_mark), _sentence(error))
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            self._say(Mark(1, 1, 0), f"this is not YAML: {error}")
        return nothing

    def _document(self) -> Node | None:
        next(self._events)  # the start of the stream
        first = next(self._events)
        if isinstance(first, StreamEndEvent):
            self._say(Mark(1, 1, 0), "the file is empty")
            return None
        root = self._node(next(self._events))
        next(self._events)  # the end of the document
        after = next(self._events)
        if isinstance(after, DocumentStartEvent):
            self._say(_mark(after.start_mark), "a second document begins here; a file holds one")
        if root.kind == "null" and not self.problems:
            self._say(root.start, "the file is empty")
        return root

    def _node(self, event: Event) -> Node:
        if not isinstance(event, NodeEvent):  # the grammar gives nothing else here
            raise _Stop
        if isinstance(event, AliasEvent):
            return self._alias(event)
        start = _mark(event.start_mark)
        self._values += 1
        if self._values > MAX_VALUES:
            self._stop(start, f"the file holds more than {MAX_VALUES} values")
        if isinstance(event, CollectionStartEvent | ScalarEvent) and event.tag is not None:
            self._say(start, f"the tag {shown(event.tag)} is not allowed; values are plain text, numbers, lists, maps")
        node = self._nested(event, start)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _nested(self, event: NodeEvent, start: Mark) -> Node:
        """The value that begins with ``event``, one level deeper."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._stop(start, f"values are nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, SequenceStartEvent):
            node = self._list(start)
        else:
            node = self._mapping(cast("MappingStartEvent", event), start)
        self._depth -= 1
        return node

    def _alias(self, event: AliasEvent) -> Node:
        mark = _mark(event.start_mark)
        node = self._anchors.get(event.anchor or "")
        if node is None:
            self._say(mark, f"the alias *{event.anchor} names no value that is complete above it")
            return Node("null", mark, mark)
        self._values += node.size
        if self._values > MAX_VALUES:
            self._stop(mark, f"with its aliases expanded the file holds more than {MAX_VALUES} values")
        return node

    def _list(self, start: Mark) -> Node:
        elements: list[Node] = []
        event = next(self._events)
        while not isinstance(event, SequenceEndEvent):
            elements.append(self._node(event))
            event = next(self._events)
        size = 1 + sum(node.size for node in elements)
        return Node("list", start, _mark(event.end_mark), elements=tuple(elements), size=size)

    def _mapping(self, opening: MappingStartEvent, start: Mark) -> Node:
        members: dict[str, Node] = {}
        keys: dict[str, Mark] = {}
        merged: list[Node] = []
        event = next(self._events)
        while not isinstance(event, MappingEndEvent):
            key, mark = self._key(event)
            node = self._node(next(self._events))
            if key == "<<" and isinstance(event, ScalarEvent) and not event.style and self._strict_words:
                merged.extend(self._merge_sources(node, mark))
            elif key is not None and key in members:
                self._say(mark, f"the key {shown(key)} is here a second time; first in line {keys[key].line}")
            elif key is not None:
                members[key] = node
                keys[key] = mark
            event = next(self._events)
        for source in merged:  # earlier sources and keys of the mapping itself win, as YAML's merge key has it
            for key, node in source.members.items():
                if key not in members:
                    members[key] = node
                    keys[key] = source.keys[key]
        size = 1 + sum(node.size for node in members.values())
        end = _mark(event.end_mark)
        return Node("mapping", start, end, str(opening.flow_style), members=members, keys=keys, size=size)

    def _key(self, event: Event) -> tuple[str | None, Mark]:
        """The text of a key, None when it is none, and where it is written."""
        node = self._node(event)
        mark = _mark(event.start_mark) if isinstance(event, AliasEvent) else node.start
        if isinstance(node.scalar, str):
            return node.scalar, mark
        self._say(node.start, "a key must be text; write it in quotes")
        return None, mark

    def _merge_sources(self, node: Node, mark: Mark) -> tuple[Node, ...]:
        sources = node.elements if node.kind == "list" else (node,)
        if not self._merge:
            self._say(mark, "the merge key << is not allowed here; write the keys out")
        elif any(source.kind != "mapping" for source in sources):
            self._say(mark, "the merge key << takes a mapping or a list of mappings")
        else:
            return sources
        return ()

    def _scalar(self, event: ScalarEvent) -> Node:
        start, end = _mark(event.start_mark), _mark(event.end_mark)
        text = _joined_surrogates(event.value)
        if text is None:
            self._say(start, "the text holds half of a character (a lone surrogate)")
            return Node("text", start, end, event.style or "", "")
        if event.style:
            return Node("text", start, end, event.style, text)
        value = self._plain(text, start)
        kind = "null" if value is None else "text" if isinstance(value, str) else "other"
        return Node(kind, start, end, "", value)

    def _plain(self, text: str, mark: Mark) -> JsonValue:
        if text in _WORDS:
            return _WORDS[text]
        if not self._strict_words:
            return text  # JSON: its values are taken from the JSON reader
        if text.lower() in _AMBIGUOUS:
            wanted = _AMBIGUOUS[text.lower()]
            self._say(mark, f"{text} may be read as a boolean or as text; write {wanted}, or put it in quotes")
        elif text == "~" or text.lower() == "null":
            self._say(mark, f"{text} may be read as null or as text; write null, or put it in quotes")
        elif _NUMBER_LIKE.fullmatch(text):
            return self._number(text, mark)
        return text

    def _number(self, text: str, mark: Mark) -> JsonValue:
        match = _JSON_NUMBER.fullmatch(text)
        if match is None:
            self._say(mark, f"{shown(text)} may be read as different numbers or as text; put it in quotes")
        elif len(text) > _MAX_NUMBER:
            self._say(mark, f"{shown(text)} is too long for a number; put it in quotes")
        elif re.fullmatch(r"[0-9]{12}", text):
            self._say(mark, f"{text} looks like an account id; put it in quotes")
        elif not any(match.groups()):
            return int(text)
        elif abs(float(text)) == float("inf"):
            self._say(mark, f"{text} is too large for a number; put it in quotes")
        else:
            return float(text)
        return text

    def _say(self, mark: Mark, sentence: str) -> None:
        self.problems.append(f"{self._name}:{mark.line}:{mark.column}: {sentence}")

    def _stop(self, mark: Mark, sentence: str) -> NoReturn:
        self._say(mark, sentence)
        raise _Stop


def _mark(mark: _Place | None) -> Mark:
    return Mark(1, 1, 0) if mark is None else Mark(mark.line + 1, mark.column + 1, mark.index)


def _joined_surrogates(text: str) -> str | None:
    r"""Text whose ``\ud83d\ude00`` escapes are one character each; None when a half is left over."""
    if text.isascii():
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return None


def _sentence(error: yaml.MarkedYAMLError) -> str:
    problem = " ".join(part for part in (error.context, error.problem) if part)
    hint = "; indent with spaces, not tabs" if "\\t" in problem else ""
    return f"this is not YAML: {problem}{hint}"
