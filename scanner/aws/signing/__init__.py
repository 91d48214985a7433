"""Signatures by a key in AWS KMS, the one thing asked of AWS that is not a read: in a session of its own."""
