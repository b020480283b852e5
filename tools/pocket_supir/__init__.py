"""Draws the scenes and trains the weights of the shipped pocket SUPIR."""
