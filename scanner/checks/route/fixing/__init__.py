"""How to repair the first broken link of a route, as commands with the names filled in."""
