"""From a recipe and a batch of seeds to pictures: models, samplers, noise, one sampling loop.

Safetensors only, no network unless asked; knows no library and no database.
"""

import os

# read by huggingface_hub and tokenizers when they load, so set before any module of this package
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # until loading.quiet listens to it
