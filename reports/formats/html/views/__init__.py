"""What the sections of the report show, as plain values: the template only lays them out."""
