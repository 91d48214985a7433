"""Numbers and addresses as EventBridge compares them, whatever their spelling."""

import re
from decimal import Decimal, InvalidOperation
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from math import isinf

Address = IPv4Address | IPv6Address

_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_IPV6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*")


def comparable(spelling: str) -> float | None:
    """The double that a number is, or None when no double has exactly this value in its shortest spelling.

    EventBridge compares such a number by its value, and any other by its spelling only. Source: aws/event-ruler,
    "Numeric matching" ("the same precision and range as IEEE 754 binary64").
    """
    try:
        exact = Decimal(spelling)
    except InvalidOperation:
        return None
    double = float(exact)
    return None if isinf(double) or Decimal(repr(double)) != exact else double


def address(text: str) -> Address | None:
    """The IP address that a text is; None for any other text. Leading zeros of an IPv4 part do not count."""
    try:
        if _IPV4.fullmatch(text):
            return IPv4Address(".".join(part.lstrip("0") or "0" for part in text.split(".")))
        if not _IPV6.fullmatch(text):
            return None
        found = IPv6Address(text)
    except AddressValueError:
        return None
    return found.ipv4_mapped or found
