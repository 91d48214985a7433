"""What people state beside the evidence: declared routes, waivers, attestations and baselines."""
