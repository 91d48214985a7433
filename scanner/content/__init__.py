"""Written content: rules, frameworks and parameters, shipped or brought by users."""
