"""What ``rules policy`` prints: for which account the policy is, and in which form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

import click

from scanner.cli.options.once import Command, once, with_options
from scanner.errors import UsageError


class Purpose(StrEnum):
    """Whose policy it is."""

    MEMBER = "member"
    MANAGEMENT = "management"
    TRUST = "trust"


_JSON, _CLOUDFORMATION = "json", "cloudformation"


@dataclass(frozen=True, slots=True)
class Printed:
    """What is asked for: whose policy, and for a role in the members its name, who may assume it and how."""

    purpose: Purpose
    form: str
    role_name: str
    trusted: str
    external_id: str

    @property
    def more(self) -> Sequence[Mapping[str, Any]]:
        """What the account needs beside the reads."""
        from scanner.collect.iam_policy import organization_statements

        return organization_statements(self.role_name) if self.purpose is Purpose.MANAGEMENT else ()

    def trust(self) -> Mapping[str, Any]:
        """The trust policy of the role in the members."""
        from scanner.collect.iam_policy import trust_policy

        return trust_policy(self.trusted, self.external_id)

    def text(self, policy: Mapping[str, Any]) -> str:
        """A policy as JSON, or the template of the role that has it."""
        if self.form == _JSON:
            return json.dumps(policy, indent=2)
        import yaml

        from scanner.collect.stack_template import stack_template

        template = stack_template(policy, self.trusted, self.role_name, self.external_id)
        return str(yaml.safe_dump(template, sort_keys=False, width=110)).rstrip()


def policy_options(command: Command) -> Command:
    """``--for``, ``--format`` and what they need; the command gets them as ``printed``."""

    @wraps(command)
    def with_printed(
        *,
        purpose: str,
        form: str,
        role_name: str | None,
        trusted: str | None,
        external_id: str | None,
        **others: Any,
    ) -> Any:
        from scanner.collect.iam_policy import ROLE_NAME

        printed = Printed(Purpose(purpose), form, role_name or ROLE_NAME, trusted or "", external_id or "")
        _check(printed, named=role_name is not None)
        return command(printed=printed, **others)

    return with_options(
        with_printed,
        (
            once(
                "--for",
                "purpose",
                type=click.Choice([str(item) for item in Purpose]),
                default=str(Purpose.MEMBER),
                show_default=True,
                help="The policy of one account or of the role in each member; of the account that enters the members; "
                "or the trust policy of the role in the members.",
            ),
            once(
                "--format",
                "form",
                type=click.Choice([_JSON, _CLOUDFORMATION]),
                default=_JSON,
                show_default=True,
                help="The policy, or a CloudFormation template of the role in the members for a StackSet.",
            ),
            once(
                "--role-name", metavar="NAME", help="The name of the role in the members (default: TrailwitnessAudit)."
            ),
            once("--trusted", metavar="PRINCIPAL", help="The account id or ARN that may assume the role."),
            once("--external-id", metavar="ID", help="The external ID that the role must require."),
        ),
    )


def _check(printed: Printed, *, named: bool) -> None:
    """Raises UsageError for options that do not go together, and for a role or principal that cannot be."""
    from scanner.aws.role_arns import check_external_id, check_principal, check_role_name

    template = printed.form == _CLOUDFORMATION
    if template and printed.purpose is not Purpose.MEMBER:
        raise UsageError(
            f"--format cloudformation is given with --for {printed.purpose}.",
            "The template is that of the role in the members, with its policy and its trust policy.",
        )
    check_role_name(printed.role_name)
    if template or printed.purpose is Purpose.TRUST:
        if not printed.trusted:
            raise UsageError(
                "Who may assume the role in the members is not said.",
                "Name the account, or the role in it, with --trusted.",
            )
        check_principal(printed.trusted)
        if printed.external_id:
            check_external_id(printed.external_id)
    elif printed.trusted or printed.external_id:
        option = "--trusted" if printed.trusted else "--external-id"
        raise UsageError(f"{option} is of a trust policy.", "Give it with --for trust or --format cloudformation.")
    if template and "/" in printed.role_name:
        raise UsageError(f"--role-name {printed.role_name} has a path.", "The template's role has a name alone.")
    if named and not template and printed.purpose is not Purpose.MANAGEMENT:
        raise UsageError(
            "--role-name is of the account that enters the members.",
            "Give it with --for management or --format cloudformation.",
        )
