"""From a recipe and a batch of seeds to pictures: models, samplers, noise, one sampling loop.

Safetensors only, no network unless asked; knows no library and no database.
"""
