"""The embedded model: the scenes it learned from, and its training.

Knows no recipe and no library. Drawing needs numpy and scipy alone; only the modules of the
training import torch, when they run.
"""
