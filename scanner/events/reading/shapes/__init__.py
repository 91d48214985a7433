"""The shapes that records come in, recognised by content, and what is known to hold none."""
