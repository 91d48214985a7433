"""The event-pattern language of EventBridge: read a pattern, match events with it, say what CloudTrail sends."""
