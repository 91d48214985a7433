"""Two assessments compared: what fails anew, what was put right, what is out of sight, and what was judged by."""
