"""Alarm mute rules: when their windows are open, and how much of the time an alarm is silent through them."""
