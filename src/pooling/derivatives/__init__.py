"""How a measure of one path responds to the levers, the opening stocks held fixed."""

from pooling.derivatives.gradient import Gradient, gradient
from pooling.derivatives.kinks import Kink

__all__ = ["Gradient", "Kink", "gradient"]
