"""Commands that set the command line up: its configuration, its completion and its manual page."""
