"""Tiny pipelines with random weights, in the shape of the real ones; and prints without a model."""

import hashlib
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from edition import atomic, paths
from edition.diffusion.init_image import with_init_digest
from edition.library import metadata
from edition.library.metadata import Origin
from edition.press.ingest import describe


@contextmanager
def heeding_ctrl_c() -> Iterator[None]:
    """Children that are started here heed SIGINT, even where this process was told not to.

    A shell has its background jobs ignore it, and they hand that down.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def tiny_sd(folder: Path) -> Path:
    """A Stable Diffusion 1.5 in small: epsilon prediction, PNDM as published, 64 px."""
    import torch
    from diffusers import (
        AutoencoderKL,
        PNDMScheduler,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(paths.pocket_folder() / "tokenizer")
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=2, projection_dim=16,
            bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        )
    )  # fmt: skip
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, layers_per_block=1,
        block_out_channels=(8, 16), cross_attention_dim=16, attention_head_dim=2,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), norm_num_groups=4, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    schedule = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True,
        steps_offset=1, set_alpha_to_one=False,
    )  # fmt: skip
    StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet, scheduler=schedule,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def tiny_sdxl(folder: Path) -> Path:
    """A Stable Diffusion XL in small."""
    import torch
    from diffusers import (
        AutoencoderKL,
        EulerDiscreteScheduler,
        StableDiffusionXLPipeline,
        UNet2DConditionModel,
    )
    from transformers import (
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTextModelWithProjection,
        CLIPTokenizer,
    )

    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(paths.pocket_folder() / "tokenizer")
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, projection_dim=16,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, layers_per_block=1,
        block_out_channels=(8, 16), cross_attention_dim=32, attention_head_dim=2,
        norm_num_groups=4, addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=16 + 6 * 4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), norm_num_groups=4, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip
    schedule = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
        timestep_spacing="leading",
    )  # fmt: skip
    StableDiffusionXLPipeline(
        vae=vae, text_encoder=CLIPTextModel(config),
        text_encoder_2=CLIPTextModelWithProjection(config), tokenizer=tokenizer,
        tokenizer_2=tokenizer, unet=unet, scheduler=schedule, add_watermarker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder


def scene(seed: int, side: int = 128) -> Image.Image:
    """A drawn picture: a horizon, a light, a palette of its own."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    sky, land, light = random.random((3, 3)) * 200
    ridge = 0.5 + 0.2 * np.sin(x * random.uniform(2, 9) + seed) * random.random()
    glow = np.exp(-((x - random.random()) ** 2 + (y - 0.3) ** 2) * 30)[..., None]
    picture = np.where((y < ridge)[..., None], sky, land) + glow * light
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def add_prints(session, slug: str, seeds, *, side: int = 128, made_with=None) -> tuple[int, ...]:
    """Puts drawn prints into a library as if a press had made them; returns their ids."""
    recipe = with_init_digest(session.recipe(slug), paths.edition_folder(session.root, slug))
    digest = session.digest(slug, recipe)
    parent = recipe.init.parent if recipe.init else ""
    rows = []
    for seed in seeds:
        image = scene(seed, side)
        origin = Origin(recipe, digest, seed, made_with or {"edition": "test"}, {}, parent)
        path = paths.print_file(session.root, slug, digest, seed)
        data = metadata.encode(image, origin)
        atomic.write(path, data)
        sha256 = hashlib.sha256(data).hexdigest()
        file = path.relative_to(session.root).as_posix()
        row = describe(image, origin, slug=slug, file=file, made=time.time(), sha256=sha256)
        rows.append(row)
    return session.store.prints.add(rows)


__all__ = ["add_prints", "scene", "tiny_sd", "tiny_sdxl"]
