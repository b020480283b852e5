"""Compares edition's SeedVR2 with numbers of the reference."""
