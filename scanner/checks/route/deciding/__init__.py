"""Whether the lanes of an account carry every event of a rule, and which of them comes nearest."""
