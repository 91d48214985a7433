"""EventBridge rules as a way of events: what they hear, other buses, and what their targets are."""
