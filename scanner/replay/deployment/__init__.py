"""What a snapshot shows deployed: trails, log groups with their filters, alarms and EventBridge rules."""
