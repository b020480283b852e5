"""From a vague prompt to a framed wall."""

__version__ = "0.1.0"
