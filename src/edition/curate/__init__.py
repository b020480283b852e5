"""Choosing: marks, perceptual hashes, stacks of near-duplicates. Knows hashes, not files."""
