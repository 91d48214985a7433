"""The last link of a declared route: somebody's word that somebody looks there, which nothing here can check."""

from datetime import date

from scanner.checks.route.links import ATTESTATION, JudgedLink
from scanner.model import DeclaredRoute, Outcome


def attestation_link(route: DeclaredRoute, today: date) -> JudgedLink:
    """Whether the attestation counts on the day of collection: not before its review, and not after its end."""
    word = route.attestation
    if word.counts(today):
        reason = (
            f"that {route.watched_by} looks there is attested by {word.owner} ({word.proofs}), "
            f"reviewed {word.reviewed}, until {word.expires}, and was not checked"
        )
        return JudgedLink(ATTESTATION, Outcome.PASS, reason, route.id)
    if word.expires < today:
        reason = f"the attestation by {word.owner} expired on {word.expires}"
    else:
        reason = f"the attestation by {word.owner} is of {word.reviewed}, which is after the day of collection"
    return JudgedLink(ATTESTATION, Outcome.FAIL, reason, route.id)
