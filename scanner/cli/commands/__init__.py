"""One module per command; loaded when its command runs."""
