"""The read operations of AWS: what one is, and the parts of the table of them, by what they read."""
