"""Perceptual hashes, near-duplicates, orders by likeness. Knows hashes, not files."""
