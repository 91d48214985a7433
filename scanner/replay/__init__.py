"""Would the alarm have rung: records through the selectors, filters, alarms and rules that a snapshot shows."""
