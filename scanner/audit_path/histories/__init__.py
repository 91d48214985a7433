"""What happened on the audit path, as CloudWatch remembers it: states and actions of alarms, and what was delivered."""
