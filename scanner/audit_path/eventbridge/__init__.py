"""EventBridge on the audit path: buses with the rules on them and what these send to, and the roles they send with."""
