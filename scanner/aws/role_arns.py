"""ARNs and names of roles, checked before anything is sent."""

import re

from scanner.arns import Arn, parse_arn
from scanner.errors import UsageError

_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)
_ROLE = re.compile(r"role/[\w+=,.@/-]+", re.ASCII)
_NAME = re.compile(r"[\w+=,.@-]{1,64}(/[\w+=,.@-]{1,64})*", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


def role_arn(text: str) -> Arn:
    """The ARN of a role. Raises UsageError when the text is none."""
    arn = parse_arn(text)
    if arn is None or not _is_role(arn):
        raise UsageError(f"{text!r} is not the ARN of a role.", "It looks like arn:aws:iam::111122223333:role/Auditor.")
    return arn


def _is_role(arn: Arn) -> bool:
    of_iam = arn.partition.startswith("aws") and (arn.service, arn.region) == ("iam", "")
    return of_iam and len(arn.account) == 12 and arn.account.isdecimal() and _ROLE.fullmatch(arn.resource) is not None


def check_role_name(name: str) -> None:
    """Raises UsageError when this is not the name of a role, with its path where it has one."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"--role-name {name!r} is not the name of a role.",
            "Write the name, such as Auditor, or with its path, such as audit/Auditor; an ARN goes to --role-arn.",
        )


def check_session_name(name: str) -> None:
    """Raises UsageError when this cannot be a role session name (AWS STS API reference, AssumeRole)."""
    if not _SESSION_NAME.fullmatch(name):
        raise UsageError(
            f"--role-session-name {name!r} is not a role session name.",
            "It has 2 to 64 letters, digits and characters of _+=,.@- .",
        )


def check_principal(text: str) -> None:
    """Raises UsageError when this cannot be trusted in the trust policy of a role.

    An account is named by its id or by the ARN of its root, a role, user or session by ARN (IAM User Guide, "AWS JSON
    policy elements: Principal").
    """
    arn = parse_arn(text)
    in_account = (
        arn is not None and arn.service in {"iam", "sts"} and not arn.region and _ACCOUNT.fullmatch(arn.account)
    )
    if not (_ACCOUNT.fullmatch(text) or (in_account and arn is not None and "*" not in arn.resource)):
        raise UsageError(
            f"--trusted {text!r} is neither an account id nor the ARN of a role or user.",
            "Write 12 digits, or an ARN such as arn:aws:iam::111122223333:role/Auditor.",
        )


def check_external_id(text: str) -> None:
    """Raises UsageError when this cannot be an external id (AWS STS API reference, AssumeRole)."""
    if not _EXTERNAL_ID.fullmatch(text):
        raise UsageError(
            f"--external-id {text!r} is not an external id.",
            "It has 2 to 1224 letters, digits and characters of _+=,.@:/- .",
        )
