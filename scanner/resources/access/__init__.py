"""Who may do what in an account: its users and roles with their policies, and the audit path that they may change."""
