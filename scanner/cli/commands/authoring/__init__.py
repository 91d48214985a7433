"""Commands for authors: a new rule, a folder to begin with, and the schemas that editors check files with."""
