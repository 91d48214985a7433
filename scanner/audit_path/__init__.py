"""What belongs to the audit path: visible trails, where they deliver, and what else hears of their events."""
