"""Bends models towards a few pictures: DreamBooth and textual inversion.

Knows pictures, networks and checkpoints; knows nothing of the library or the press, which watch
through edition.finetune.callbacks.
"""
