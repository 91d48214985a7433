"""Validating log files of a bucket or of a copy, capturing what proves them offline, and telling what came of it."""

REPORT = "integrity.json"
"""The file of a bundle by which one of a validation is known."""

KEYS, PROOFS = "public-keys.json", "digests.jsonl.gz"
"""The files of such a bundle with the public keys, and with the digests and their signatures."""

PROVING = (REPORT, KEYS, PROOFS)
"""What the digests are proved again from."""

NOT_INSIDE = "log files are not in a bundle of `trailwitness integrity`"
AGAIN = "Validate them again as its README.txt says."
"""Why no verdict on log files of such a bundle is computed again, and what to do."""
