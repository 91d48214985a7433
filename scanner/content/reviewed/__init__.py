"""What people reviewed and decided, as data: which API calls do the same harm, and which do none."""
