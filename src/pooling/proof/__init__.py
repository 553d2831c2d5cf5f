"""Laws that every run obeys, and the test by which an installation proves that it obeys them."""
