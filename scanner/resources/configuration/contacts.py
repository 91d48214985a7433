"""Contacts in the settings of an account, beside the address of its root user.

Source: AWS Account Management API reference, ``GetAlternateContact``: an account without such a contact is answered
``ResourceNotFoundException``.
"""

from scanner.arns import global_region
from scanner.audit_path.places import ACCOUNT
from scanner.audit_path.stores import no_region
from scanner.facts.facts import Facts, member
from scanner.facts.rows import Field, ResourceType, View, view_of
from scanner.facts.uses import Use
from scanner.snapshot.answers import Snapshot

SECURITY_CONTACT = Use("account.GetAlternateContact", per=ACCOUNT)

_ASKED = {"AlternateContactType": "SECURITY"}


def contact_view(snapshot: Snapshot, account: str) -> View:
    """One row for the account."""
    if not snapshot.regions(account):
        return view_of([], [no_region(snapshot, account)])
    facts = Facts({})
    answer = snapshot.ask(account, global_region(snapshot.partition), SECURITY_CONTACT.operation, _ASKED)
    found = "EmailAddress" in (member(answer, "AlternateContact") or {})
    facts.take("SecurityContact", found, answer, pointer="/pages/0/AlternateContact")
    return view_of([facts.row("account.account", account, "", account, ())], [])


CONTACTS = ResourceType(
    name="account.account",
    title="Account with the contacts in its settings",
    view=contact_view,
    calls=(SECURITY_CONTACT,),
    fields={"SecurityContact": Field("Whether an alternate contact for security is set.", calls=(SECURITY_CONTACT,))},
    listed_by=(SECURITY_CONTACT.operation,),
    one_per_account=True,
)
