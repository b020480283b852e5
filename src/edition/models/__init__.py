"""From a name in a recipe to a pipeline on a device: safetensors only, no network unless asked."""
