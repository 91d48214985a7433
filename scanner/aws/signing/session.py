"""The session in which a key of AWS KMS signs: its guard lets through two operations, and what obtains credentials.

The session that scans an account has no part in it, and its guard refuses ``kms.Sign``.
"""

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound

from scanner import __version__
from scanner.arns import Arn, parse_arn
from scanner.aws.environment import check_environment
from scanner.aws.failures import first_line, sentence
from scanner.aws.session import CREDENTIAL_OPERATIONS, guard
from scanner.aws.signing.kms import KmsKey, kms_key
from scanner.errors import CollectError, UsageError

SIGNING_OPERATIONS = frozenset({"kms.GetPublicKey", "kms.Sign"})
"""All that is asked of AWS KMS. The IAM actions have the same names."""

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=10,
    read_timeout=30,
    user_agent_extra=f"trailwitness/{__version__}",
)


def open_kms_key(key_arn: str, profile: str | None = None) -> KmsKey:
    """A key in AWS KMS, reached with a session of its own.

    Raises UsageError for what is not the ARN of a key that can sign, CollectError when AWS KMS cannot be asked.
    """
    arn = _arn(key_arn)
    try:
        core = botocore.session.Session(profile=profile)
        check_environment(core)
        session = boto3.Session(botocore_session=core)
        guard(session, SIGNING_OPERATIONS | CREDENTIAL_OPERATIONS)
        client = session.client("kms", region_name=arn.region, config=_CONFIG)
    except ProfileNotFound as error:
        raise UsageError(
            f"The AWS profile {profile!r} does not exist.", "See `aws configure list-profiles`."
        ) from error
    except BotoCoreError as error:
        raise CollectError(f"The AWS session for the key cannot be opened: {sentence(first_line(error))}") from error
    return kms_key(client, key_arn)


def _arn(text: str) -> Arn:
    arn = parse_arn(text)
    if arn is None or arn.service != "kms" or not arn.region or not (arn.after("key/") or arn.after("alias/")):
        raise UsageError(
            f"--sign kms:{text}: that is not the ARN of a key in AWS KMS.",
            "Write kms:arn:aws:kms:REGION:ACCOUNT:key/ID, or the ARN of an alias.",
        )
    return arn
