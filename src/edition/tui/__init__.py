"""The terminal UI: a door to the desk. Knows screens and keys, not pixels' origin nor SQL."""
