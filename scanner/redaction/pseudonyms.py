"""Pseudonyms: the same value has the same one under the same key, and nobody finds the value without the key.

They are HMAC-SHA-256 (RFC 2104, FIPS 198-1) of the value, in a form that is judged as the value was: an e-mail address
becomes one of ``redacted.invalid`` (RFC 2606), a URL one of a host there, a telephone number one of a country code that
is not assigned, an IP address one of the range for private use of RFC 4193.
"""

import hashlib
import hmac
import re
from ipaddress import IPv6Address, ip_address

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_URL = re.compile(r"(https?)://\S+")
_PHONE = re.compile(r"\+[0-9]{6,15}")
_HOST = "redacted.invalid"


def pseudonym(value: str, key: bytes) -> str:
    """The pseudonym of a value."""
    digits = hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    short = digits[:24]
    if _EMAIL.fullmatch(value):
        return f"{short}@{_HOST}"
    if found := _URL.match(value):
        return f"{found[1]}://{short}.{_HOST}/"
    if _PHONE.fullmatch(value):
        return f"+999{int(digits[:16], 16) % 10**11:011d}"
    if is_address(value):
        return str(IPv6Address(int(f"fd{digits[:30]}", 16)))
    return f"redacted-{short}"


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
