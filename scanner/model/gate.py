"""What stops a gate, such as a CI job, and what it passes over."""

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.model.values import Outcome, Severity

UNREAD, UNSEEN = "unread", "unseen"
"""Why a verdict over log records is unknown: evidence was not read, or no record is of the kind that a rule needs."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What stops a gate: failures of ``fail_on`` or above, and what could not be judged.

    ``allow_unread`` lets evidence pass that was not read, ``allow_unseen`` rules that saw none of the records they
    judge by, and ``allow_incomplete`` whatever could not be judged.
    """

    fail_on: Severity = Severity.INFO
    allow_incomplete: bool = False
    allow_unread: bool = False
    allow_unseen: bool = False

    def allows(self, because: Iterable[str]) -> str:
        """The options that let these reasons of an unknown verdict pass, in words; "" when one stops the gate."""
        if self.allow_incomplete:
            return "--allow-incomplete is given"
        given = {UNREAD: self.allow_unread, UNSEEN: self.allow_unseen}
        named = sorted(set(because))
        if not named or not all(given.get(reason, False) for reason in named):
            return ""
        return f"{' and '.join(f'--allow-{reason}' for reason in named)} {'is' if len(named) == 1 else 'are'} given"

    def passes_over(
        self,
        outcome: Outcome,
        severity: Severity,
        because: Iterable[str] = (),
        *,
        waiver: str = "",
        known: bool = False,
    ) -> str:
        """Why a failure or an unknown does not stop the gate, as the end of a sentence; "" when it does or is neither.

        ``because`` are the reasons of an unknown: ``UNREAD``, ``UNSEEN``, or none that is known. ``waiver`` covers the
        failure, and a baseline has it when it is ``known``; neither ever lets an unknown pass.
        """
        if outcome is Outcome.FAIL and waiver:
            return f"waiver {waiver} covers it"
        if outcome is Outcome.FAIL and known:
            return "the baseline knows it"
        if outcome is Outcome.FAIL and severity.rank < self.fail_on.rank:
            return f"its severity {severity} is below --fail-on {self.fail_on}"
        return self.allows(because) if outcome is Outcome.UNKNOWN else ""
