"""Options that are not given on the command line: from the environment and from the configuration file."""
