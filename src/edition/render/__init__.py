"""A batch of seeds in, pictures out. Knows pipelines and latents, no files and no database."""
