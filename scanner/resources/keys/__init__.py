"""The KMS keys of the audit path, and what each of them encrypts."""
