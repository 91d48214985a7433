"""Files that are stored or written with care: folders and zip files as one, and what a killed run left behind."""
