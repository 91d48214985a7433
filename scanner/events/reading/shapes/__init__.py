"""The shapes that records come in, recognized by content, and what is known to hold none."""
