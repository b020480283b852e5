"""Variations: sweeps, A/B comparisons, learning rate × steps grids, prompt statistics."""
