"""Text to nodes: the cursor, one module per form of pattern, and filters with parameters."""
