"""Compares edition's SUPIR with numbers of the reference."""
