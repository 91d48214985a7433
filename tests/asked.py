"""Which recorded calls the verdict of a rule can depend on: those it asked about while it was judged."""

from collections.abc import Iterable, Mapping

from scanner.assessment.evaluate import evaluate
from scanner.checks.route import Proofs
from scanner.model import CallKey, Rule
from scanner.snapshot.answers import Answer, Call, Snapshot


class Watched(Snapshot):
    """The same snapshot, which notes each call and each operation that is asked for."""

    def __init__(self, of: Snapshot) -> None:
        super().__init__(of.run, of.calls, of._read)
        self._answers = dict(of._answers)
        self.asked: set[CallKey] = set()
        self.listed: set[str] = set()

    def answer(self, key: CallKey) -> Answer:
        self.asked.add(key)
        return super().answer(key)

    def asking(self, operation: str, region: str) -> tuple[str, ...]:
        self.listed.add(operation)
        return super().asking(operation, region)

    def answered(self, operation: str) -> tuple[CallKey, ...]:
        self.listed.add(operation)
        return super().answered(operation)

    def made(self, account: str, operation: str) -> tuple[Call, ...]:
        self.listed.add(operation)
        return super().made(account, operation)


class Kept(Snapshot):
    """The same snapshot, whose answers are read once however often it is judged."""

    def __init__(self, of: Snapshot) -> None:
        super().__init__(of.run, of.calls, of._read)
        self._answers = {call.key: self.answer(call.key) for call in self.calls}

    def forget(self, account: str) -> None:
        assert account in self.accounts


def rules_that_asked(rules: Iterable[Rule], whole: Snapshot, proofs: Proofs) -> Mapping[CallKey, tuple[Rule, ...]]:
    """The rules by the call they asked for: what became of any other call, they would say the same.

    Whoever asks for the calls of an operation asked for each of them.
    """
    watching = []
    for rule in rules:
        watched = Watched(whole)
        for _finding in evaluate((rule,), watched, proofs=proofs):
            pass
        watching.append((rule, watched))
    found = {}
    for call in whole.calls:
        seen = ((rule, call.key in watched.asked or call.operation in watched.listed) for rule, watched in watching)
        found[call.key] = tuple(rule for rule, concerned in seen if concerned)
    return found


def told_otherwise(whole: Snapshot, key: CallKey, instead: Call | None) -> Snapshot:
    """The same snapshot with another record of one call, or none: the other answers are not read anew."""
    calls = [call for call in whole.calls if call.key != key]
    if instead is not None:
        calls.append(instead)
    other = Snapshot(whole.run, calls, whole._read)
    other._answers = {read: answer for read, answer in whole._answers.items() if read != key}
    return other
