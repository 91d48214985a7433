"""The service control policies of an organization: what each says, and to which accounts it applies.

A policy applies to what it is attached to and everything below: the root, organizational units, accounts. Source: AWS
Organizations User Guide, "SCP evaluation"; Organizations API reference, ``ListTargetsForPolicy`` and ``ListParents``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.arns import global_region
from scanner.audit_path.members import text_member
from scanner.audit_path.stores import mappings
from scanner.facts.facts import checked, member
from scanner.facts.uses import Look, Thing, Things, Use
from scanner.model import Gap, JsonValue
from scanner.policies.statements import policy_object
from scanner.resources.organizations.listing import ACCOUNT_LISTING, LISTED_ORGANIZATION, told_members
from scanner.snapshot.answers import Answer, Snapshot

POLICY_LISTING = Use("organizations.ListPolicies", per=LISTED_ORGANIZATION)

_KIND: Mapping[str, str] = {"Filter": "SERVICE_CONTROL_POLICY"}
_DEEPEST = 6
"""Levels above an account: organizational units, which are nested five deep at most, and the root.

Source: AWS Organizations User Guide, "Quotas and service limits".
"""

_PARENTS = "organizations.ListParents"


def _policies(look: Look) -> Iterator[Thing]:
    region = global_region(look.snapshot.partition)
    answer = look.snapshot.ask(look.account, region, POLICY_LISTING.operation, _KIND)
    for _, item in mappings(answer, "Policies"):
        yield Thing(region, {"policy": text_member(item, "Id")})


CONTROL_POLICIES = Things("control-policy", _policies, (POLICY_LISTING,))
"""Each service control policy of the organization."""

POLICY_TARGETS = Use("organizations.ListTargetsForPolicy", per=CONTROL_POLICIES)
POLICY_TEXT = Use("organizations.DescribePolicy", per=CONTROL_POLICIES)


def _accounts(look: Look) -> Iterator[Thing]:
    for each in told_members(look):
        yield Thing(global_region(look.snapshot.partition), {"child": each.id})


def _above(below: Things) -> Things:
    """The organizational units that are the parents of what is below; the root has no parent."""
    asked = Use(_PARENTS, per=below)

    def found(look: Look) -> Iterator[Thing]:
        seen: set[str] = set()
        for thing in look.each(below):
            answer = look.snapshot.ask(look.account, thing.region, _PARENTS, {"ChildId": thing.facts["child"]})
            unit, kind = _parent(answer)
            if kind == "ORGANIZATIONAL_UNIT" and unit not in seen:
                seen.add(unit)
                yield Thing(thing.region, {"child": unit})

    return Things(f"{below.name}-parent", found, (asked,))


def _parents() -> Iterator[Use]:
    below = Things("listed-account", _accounts, (ACCOUNT_LISTING,))
    for _ in range(_DEEPEST):
        yield Use(_PARENTS, per=below)
        below = _above(below)


CONTROL_POLICY_CALLS = (POLICY_LISTING, POLICY_TARGETS, POLICY_TEXT, *_parents())


class ControlPolicies:
    """The service control policies as one account was told of them; each answer is read once."""

    def __init__(self, snapshot: Snapshot, lister: str) -> None:
        self._snapshot = snapshot
        self._lister = lister
        self._gaps: list[Gap] = []
        self._attached: dict[str, list[dict[str, JsonValue]]] = {}
        self.answers: list[Answer] = []
        self._read()

    def of(self, account: str) -> tuple[list[JsonValue], tuple[Answer, ...], Gap | None]:
        """The policies that apply to an account, level by level from the root down, and what that rests on.

        A level is ``{Target, Policies}`` and a policy ``{Name, Document}``. The gap says why they are not known.
        """
        path, answers = self._path(account)
        gap = next((answer.gap for answer in answers if answer.gap is not None), None) or next(iter(self._gaps), None)
        levels: list[JsonValue] = [
            {"Target": target, "Policies": [*self._attached.get(target, [])]} for target in reversed(path)
        ]
        return levels, (*answers, *self.answers), gap

    def _path(self, account: str) -> tuple[list[str], list[Answer]]:
        """The account and what it lies in, up to the root."""
        path, answers = [account], []
        for _ in range(_DEEPEST):
            answer = checked(self._ask(_PARENTS, ChildId=path[-1]), "Parents", list)
            answers.append(answer)
            parent, kind = _parent(answer)
            if parent:
                path.append(parent)
            if kind != "ORGANIZATIONAL_UNIT":
                break
        return path, answers

    def _read(self) -> None:
        listed = self._noted(checked(self._ask(POLICY_LISTING.operation, **_KIND), "Policies", list))
        for _, item in mappings(listed, "Policies"):
            policy = text_member(item, "Id")
            targets = self._noted(checked(self._ask(POLICY_TARGETS.operation, PolicyId=policy), "Targets", list))
            described = self._noted(checked(self._ask(POLICY_TEXT.operation, PolicyId=policy), "Policy", Mapping))
            content = policy_object((member(described, "Policy") or {}).get("Content"))
            known: dict[str, JsonValue] = {"Name": text_member(item, "Name") or policy, "Document": content}
            for _, target in mappings(targets, "Targets"):
                self._attached.setdefault(text_member(target, "TargetId"), []).append(known)

    def _noted(self, answer: Answer) -> Answer:
        self.answers.append(answer)
        if answer.gap is not None:
            self._gaps.append(answer.gap)
        return answer

    def _ask(self, operation: str, **arguments: Any) -> Answer:
        return self._snapshot.ask(self._lister, global_region(self._snapshot.partition), operation, arguments)


def _parent(answer: Answer) -> tuple[str, str]:
    """The id and the type of the one parent that an account or unit has; empty where it is not told."""
    for _, item in mappings(answer, "Parents"):
        return text_member(item, "Id"), text_member(item, "Type")
    return "", ""
