"""The facts of one row while it is being put together, each from the answers it rests on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.arns import parse_arn
from scanner.facts.rows import Row
from scanner.model import Gap, GapKind, Source
from scanner.snapshot.answers import Answer
from scanner.snapshot.partly import NotKnownError


@dataclass(slots=True)
class Facts:
    """A row in the making: ``data`` holds what is known, ``gaps`` what is not, ``cites`` what each field rests on."""

    data: dict[str, Any]
    gaps: dict[str, Gap] = field(default_factory=dict)
    cites: dict[str, tuple[Source, ...]] = field(default_factory=dict)

    def take(self, name: str, value: Any, *answers: Answer, pointer: str = "") -> None:
        """Put one field in. When one of its answers is a gap, the field is that gap and ``value`` is dropped.

        ``pointer`` says where the fact is in the first answer.
        """
        gap = next((answer.gap for answer in answers if answer.gap is not None), None)
        if gap is not None:
            self.gaps[name] = gap
            return
        self.data[name] = value
        self.cites[name] = tuple(
            Source(answer.key, pointer if number == 0 and not answer.absent else "")
            for number, answer in enumerate(answers)
        )

    def attempt(self, names: Sequence[str], put: Callable[[], None]) -> None:
        """Let ``put`` put in the fields ``names``. Where it reads a place that is not known, they are that gap."""
        try:
            put()
        except NotKnownError as error:
            for name in names:
                self.data.pop(name, None)
                self.gaps[name] = error.gap

    def row(self, name: str, account: str, region: str, identity: str, sources: tuple[Source, ...]) -> Row:
        """The finished row of the resource type ``name``."""
        return Row(name, account, region, identity, self.data, sources, self.gaps, self.cites)


def checked(answer: Answer, name: str, kind: type) -> Answer:
    """The answer, or a gap when it is there without a member ``name`` of this kind: such an answer says nothing.

    For members that AWS always sends, and whose absence would otherwise read as "there is none".
    """
    try:
        if answer.gap is not None or all(isinstance(page.get(name), kind) for page in answer.pages):
            return answer
    except NotKnownError as error:
        return answer.without(error.gap)
    reason = f"{answer.operation} in {answer.account}/{answer.region} answered without {name} as it is documented"
    return undecided(answer, reason, GapKind.INVALID)


def undecided(answer: Answer, reason: str, kind: GapKind = GapKind.NOT_COLLECTED) -> Answer:
    """The answer as a gap, for one that does not tell what was asked."""
    return answer.without(Gap(key=answer.key, kind=kind, reason=reason))


def sighted_key(answer: Answer, account: str, key: str) -> Answer:
    """The answer about a KMS key, or a gap where it calls absent what is another account's, which is not told here."""
    arn = parse_arn(key)
    if answer.absent and arn is not None and arn.account not in ("", account):
        return undecided(
            answer, f"KMS key {key} belongs to account {arn.account}; {account} was told only that it does not find it"
        )
    return answer


def lacking(source: Source, name: str) -> Gap:
    """The gap of a listed item that has no member ``name``, which AWS always sends."""
    call = source.call
    reason = (
        f"{call.operation} answered something that is not its documented shape in {call.account}/{call.region}: "
        f"{source.pointer} has no {name}"
    )
    return Gap(key=call, kind=GapKind.INVALID, reason=reason, pointer=source.pointer)


def member(answer: Answer, name: str) -> Mapping[str, Any] | None:
    """An object member of an answer's first page; ``None`` when it is absent or no object."""
    value = answer.first.get(name)
    return value if isinstance(value, Mapping) else None
