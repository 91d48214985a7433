"""Names of findings that CI servers keep them by: short, without a whole ARN, and the same from run to run."""

from hashlib import blake2b

from reports.characters import visible
from reports.repairs import Thing
from reports.wording import place
from scanner.arns import parse_arn
from scanner.model import Finding, Rule

NAME_LIMIT = 160
"""Most characters of a name; one that would be longer is cut and ends with a digest of the whole."""

_RESOURCE_LIMIT = 60


class Names:
    """Gives each case a name of its own: CI servers take cases of equal class and name for one and drop the later.

    Names that were given are known by their digests, for there may be hundreds of thousands.
    """

    def __init__(self) -> None:
        self._given: set[bytes] = set()

    def name(self, classname: str, wanted: str) -> str:
        """``wanted``, with a number when this class has it already."""
        name, number = wanted, 2
        while (known := blake2b(f"{classname}\n{name}".encode(), digest_size=12).digest()) in self._given:
            name, number = f"{wanted} ({number})", number + 1
        self._given.add(known)
        return name


def class_name(finding: Finding) -> str:
    """The class of a case: the rule's area as its package and the rule's name, as its file is called, at the end."""
    return _cut(visible(f"rules.{finding.rule}"), NAME_LIMIT)


def case_name(finding: Finding) -> str:
    """The rule, the resource in short and where it is: ``trail.kms-encrypted: trail main in 111122223333/us-east-1``.

    It depends on the rule and the resource alone, so a CI server knows a finding again whatever else is found.
    """
    return _cut(visible(f"{finding.rule}: {located(finding)}"), NAME_LIMIT)


def located(finding: Finding) -> str:
    """The resource in short, and where it is."""
    where = "" if _whole_account(finding) else f" in {place(finding.account, finding.region)}"
    return f"{_cut(resource_words(finding), _RESOURCE_LIMIT)}{where}"


def resource_words(finding: Finding) -> str:
    """The resource without what its ARN repeats of the place; an ARN of another place names it."""
    if _whole_account(finding) and not finding.account:
        return "records without an account"
    name = Thing(finding.account, finding.resource).name
    arn = parse_arn(finding.resource)
    if arn is None or (arn.account, arn.region) in {("", ""), (finding.account, finding.region)}:
        return name
    return f"{name} of {place(arn.account, arn.region)}"


def rule_file(finding: Finding, rule: Rule | None) -> tuple[str, int]:
    """The rule's file, from the folder above its rules folder, and the line of its ``id``, counted from 1."""
    if rule is None:
        return f"rules/{visible(finding.rule)}", 1
    lines = rule.text.splitlines()
    line = next((number for number, text in enumerate(lines, start=1) if text.startswith("id:")), 1)
    return f"rules/{visible(rule.path)}", line


def _whole_account(finding: Finding) -> bool:
    return finding.resource == finding.account and not finding.region


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()
    return f"{text[: limit - len(digest) - 1]}…{digest}"
