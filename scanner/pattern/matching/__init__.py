"""Whether a message matches."""
