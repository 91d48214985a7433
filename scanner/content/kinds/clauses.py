"""What kinds of check share that judge by expressions: clauses, and what is wrong with expressions and templates.

The expression language is imported where it is used: kinds that judge by patterns need none of it to be read.
"""

from collections.abc import Iterable, Iterator

from scanner.content.draft import Draft
from scanner.content.kinds.kind import Data
from scanner.content.templates import FIELD_PATH, FOUND, PLACEHOLDER, placeholders
from scanner.documents import Pointer
from scanner.errors import UsageError
from scanner.model import Clause
from scanner.wording import did_you_mean, shown

Written = tuple[Pointer, str]
"""A text of the file with the place where it is written."""


def clauses(data: Data) -> Iterator[tuple[Pointer, Pointer, Clause]]:
    """The clauses, each with where its expression and its reason are written."""
    expect = data.get("expect", ())
    if isinstance(expect, str):
        yield ("expect",), ("reason",), Clause(expect.strip(), data.get("reason", "").strip())
        return
    for number, clause in enumerate(expect):
        place = ("expect", number)
        that, otherwise, found = (clause.get(name, "").strip() for name in ("that", "otherwise", FOUND))
        yield (*place, "that"), (*place, "otherwise"), Clause(that, otherwise, found)


def expression_mistakes(draft: Draft, expressions: Iterable[Written]) -> Iterator[str]:
    """What is wrong with expressions of a file."""
    from scanner.expressions.language import compile_expression, fields

    for pointer, text in expressions:
        try:
            if draft.defaults is None:
                fields(text)
            else:
                compile_expression(text, draft.defaults)
        except UsageError as error:
            yield draft.mistake(pointer, f"{pointer[0]}: {error}")


def template_mistakes(draft: Draft, pointer: Pointer, template: str) -> Iterator[str]:
    """What is wrong with the braces of a reason."""
    key = pointer[-1]
    for text in placeholders(template):
        if text.startswith("$") and draft.parameters is not None and text[1:] not in draft.types:
            sentence = f"{key}: the rule has no parameter {shown(text[1:])}.{did_you_mean(text[1:], draft.types)}"
            yield draft.mistake(pointer, sentence)
        elif not text.startswith("$") and not FIELD_PATH.fullmatch(text):
            sentence = f"{key}: {{{text}}} is not a field; write {{Field}}, {{Field.Member}} or {{$parameter}}"
            yield draft.mistake(pointer, sentence)
    if "{" in (rest := PLACEHOLDER.sub("", template)) or "}" in rest:
        yield draft.mistake(pointer, f"{key}: a {{ or }} has no partner; braces insert a field")


def fields_of(text: str) -> frozenset[str]:
    """The fields of an expression; none when it cannot be read, which is another mistake."""
    from scanner.expressions.language import fields

    try:
        return fields(text)
    except UsageError:
        return frozenset()
