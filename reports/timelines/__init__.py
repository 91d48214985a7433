"""What happened over a period as a picture: for a terminal in characters, for a page as SVG."""
