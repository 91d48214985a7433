"""How far rules decide the controls of a framework, as a picture: a square for each, filled as far as they do."""
