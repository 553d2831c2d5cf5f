"""The movement of the stocks alone, in three implementations of the same mathematics."""
