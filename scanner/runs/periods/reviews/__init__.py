"""The reviews of the logs in a period: by scheduled queries, by ``trailwitness logs``, and as people state."""
