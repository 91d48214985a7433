"""Routes that a user declares: what AWS knows of them is judged, and the attestation of the rest is shown as one."""
