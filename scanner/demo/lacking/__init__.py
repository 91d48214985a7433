"""What moto does not answer, answered from data: one line and one function for each operation."""
