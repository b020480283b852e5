"""The embedded model's weights; drawing and training are in ``tools/pocket_model``."""
