"""EventBridge as it is set up: buses, the rules on them, and the targets of these with their roles."""
