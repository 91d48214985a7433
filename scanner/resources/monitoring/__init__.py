"""Log groups with their filters, alarms, EventBridge rules, and the topics that these notify."""
