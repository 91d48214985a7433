"""From an account to a snapshot folder, for the rules that were selected."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.audit_path.histories.deliveries import ALARM_DELIVERIES
from scanner.audit_path.places import ALARM_ACTIONS, ALARM_HISTORY, OF_EVIDENCE_BUCKETS
from scanner.aws.options import SESSION_NAME, Account
from scanner.collect.plan import Plan
from scanner.errors import UsageError
from scanner.facts.uses import Use, with_what_names_them
from scanner.model import Rule, declared_in, plain_id
from scanner.runs.watching import Watch, unwatched
from scanner.snapshot.answers import Snapshot

if TYPE_CHECKING:
    from scanner.files.covered import Cover


EVIDENCE = "evidence-buckets"
"""The name by which what is said of evidence buckets is asked for; naming one asks for it, too."""

ON_REQUEST: Mapping[str, tuple[Use, ...]] = {
    "alarm-history": (ALARM_HISTORY, ALARM_ACTIONS, ALARM_DELIVERIES),
    EVIDENCE: OF_EVIDENCE_BUCKETS,
}
"""What no rule rests on and is collected where somebody asks for it, by the name it is asked for by."""


def collect_snapshot(
    account: Account,
    rules: Sequence[Rule],
    target: Path,
    watch: Watch = unwatched,
    cover: "Cover | None" = None,
    also: Collection[str] = (),
) -> Snapshot:
    """Record what judging the rules needs into the new folder ``target``, and give it as it was read back.

    ``also`` are names of ``ON_REQUEST``.
    Under a ``cover`` what lies in the folder can be read through what is given alone.
    Raises CollectError when AWS cannot be reached at all and UsageError for options that cannot work.
    """
    from scanner.collect import CollectOptions, collect

    _check(account)
    options = CollectOptions(
        profile=account.profile,
        role_arn=account.role_arn,
        external_id=account.external_id,
        regions=account.regions,
        bucket_owners=account.bucket_owners,
        evidence_buckets=account.evidence_buckets,
        accounts=account.accounts,
        session_name=account.session_name or SESSION_NAME,
        workers=account.workers,
    )
    named = (EVIDENCE,) if account.evidence_buckets else ()
    with watch() as progress:
        return collect(options, plan_for(rules, (*also, *named)), target, progress, cover)


def asked_for(names: Iterable[str]) -> frozenset[Use]:
    """The uses that names of ``ON_REQUEST`` ask for."""
    return frozenset(use for name in names for use in ON_REQUEST[name])


def plan_for(rules: Sequence[Rule], also: Collection[str] = ()) -> Plan:
    """What is collected so that the rules can be judged, and also what is asked for by a name of ``ON_REQUEST``.

    Its uses raise ContentError when one of the rules judges a resource type that does not exist.
    """

    def find_uses() -> frozenset[Use]:
        from scanner.checks.needs import uses_for

        return uses_for(rules) | with_what_names_them(asked_for(also))

    return Plan(tuple(dict.fromkeys(plain_id(rule.id) for rule in rules)), find_uses, stated_routes(rules))


def stated_routes(rules: Sequence[Rule]) -> dict[str, str]:
    """The declared routes that rules are judged with, as ``run.json`` states them: what each leads through, by id."""
    return {route.id: str(route.through) for route in declared_in(rules)}


def _check(account: Account) -> None:
    from scanner.aws.role_arns import check_session_name
    from scanner.collect.asked import check_account_id, check_accounts

    assumes = account.role_arn or account.accounts.role_arns or account.accounts.role_name
    if account.external_id and not assumes:
        raise UsageError("--external-id is given without --role-arn.", "Name the role to assume.")
    if account.session_name is not None:
        if not assumes:
            raise UsageError("--role-session-name is given without --role-arn.", "Name the role to assume.")
        check_session_name(account.session_name)
    for owner in account.bucket_owners:
        check_account_id("--bucket-owner", owner)
    check_accounts(account.accounts)
