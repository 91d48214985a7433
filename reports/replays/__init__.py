"""The page of a replay for a person: one HTML file with the timeline of each route, and why nobody was told."""
