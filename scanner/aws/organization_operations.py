"""The calls that tell which accounts an organization has, and which lie below an organizational unit.

They are made when the accounts to look at are chosen by organization, with the credentials of its management account or
of a delegated administrator: AWS refuses them to other members (Organizations API reference, ``ListAccounts``).
"""

from collections.abc import Mapping
from typing import Any

from scanner.aws.operations import Operation
from scanner.aws.reads.accounts import LIST_ACCOUNTS

_PARENT: Mapping[str, Any] = {"ParentId": "$parent"}
_NO_PARENT = ("ParentNotFoundException",)

ORGANIZATION_OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        LIST_ACCOUNTS,
        Operation(
            "organizations.ListRoots", ("organizations:ListRoots",), ("Roots",), lists=("Roots",), paginated=True
        ),
        Operation(
            "organizations.ListOrganizationalUnitsForParent",
            ("organizations:ListOrganizationalUnitsForParent",),
            ("OrganizationalUnits",),
            _PARENT,
            ("OrganizationalUnits",),
            paginated=True,
            absent=_NO_PARENT,
        ),
        Operation(
            "organizations.ListAccountsForParent",
            ("organizations:ListAccountsForParent",),
            ("Accounts",),
            _PARENT,
            ("Accounts",),
            paginated=True,
            absent=_NO_PARENT,
        ),
    )
}
"""Every operation that choosing accounts may call, by name. All of them read."""
