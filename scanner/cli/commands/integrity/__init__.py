"""`trailwitness integrity`, and `integrity capture`: whether log files are those that CloudTrail delivered."""
