"""The family of a checkpoint in one file, by the names and shapes in its header. Loads no torch.

The marks are those of diffusers 0.42.1 (``loaders/single_file_utils.py``), in its order; which
repository's settings a file needs is looked up there: ``edition.diffusion.single_file``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edition.diffusion import families
from edition.diffusion.resolve import check_whole
from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edition.diffusion.families import ModelFamily

    Header = Mapping[str, Any]

NETWORK = "model.diffusion_model."
"""What the network's keys begin with in whole checkpoints; a network alone may lack it."""
_AUTOENCODER = ("first_stage_model.", "vae.")
_FIRST = f"{NETWORK}input_blocks.0.0.weight"
_XL = "conditioner.embedders.1.model.transformer.resblocks.9.mlp.c_proj.bias"
_WHOLE: tuple[tuple[str, str], ...] = (
    ("edm_mean", "StableDiffusionXLPipeline"),
    (_XL, "StableDiffusionXLPipeline"),
    ("conditioner.embedders.0.model.transformer.resblocks.9.mlp.c_proj.bias",
     "StableDiffusionXLImg2ImgPipeline"),
    (f"{NETWORK}input_blocks.10.0.skip_connection.bias", "StableDiffusionUpscalePipeline"),
)  # fmt: skip
"""Keys of files that come whole, and the pipeline."""
_NETWORKS: tuple[tuple[str, str], ...] = (
    ("joint_blocks.0.context_block.adaLN_modulation.1.bias", "StableDiffusion3Pipeline"),
    ("single_stream_modulation.lin.weight", "Flux2Pipeline"),
    ("distilled_guidance_layer.in_proj.bias", "ChromaPipeline"),
    ("double_blocks.0.img_attn.norm.key_norm.scale", "FluxPipeline"),
    ("cond_seq_linear.weight", "AuraFlowPipeline"),
    ("layers.0.adaLN_modulation.0.weight", "ZImagePipeline"),
    ("cap_embedder.0.weight", "Lumina2Pipeline"),
    ("blocks.0.cross_attn.q_linear.weight", "SanaPipeline"),
    ("txt_in.text_norm.weight", "QwenImage21Pipeline"),
    ("txtfusion.projector.weight", "Krea2Pipeline"),
    ("double_stream_blocks.0.block.adaLN_modulation.1.bias", "HiDreamImagePipeline"),
)
"""Keys of networks, which come with or without ``NETWORK`` before them."""
_FLUX_INPUTS = {384: "FluxFillPipeline", 128: "FluxControlPipeline"}
"""By the width of what the network is given: Flux' own is 64."""
_TOLD = "guidance_in.in_layer.bias"


def of_model(path: Path) -> ModelFamily | None:
    """The family of a diffusers folder or of a checkpoint in one file.

    Args:
        path: as ``resolve.find`` gives it.

    Returns:
        None where it can't be told: a folder without an index, a file that nobody knows.
    """
    if path.is_dir():
        return families.of_folder(path)
    try:
        header = check_whole(path)
    except ModelError:
        return None  # a GGUF file, or a broken one: finding and loading say so
    name = class_of(header)
    if not name:
        return None
    told = name != "FluxPipeline" or _under(header, _TOLD) in header
    return families.known(name, told=told, name=path.name, alone=not is_whole(header))


def is_whole(header: Header) -> bool:
    """Whether a checkpoint holds more than a network: an autoencoder, at least."""
    return any(key.startswith(_AUTOENCODER) for key in header)


def class_of(header: Header) -> str:
    """The pipeline that draws with a checkpoint, as diffusers names it; empty where unknown.

    Args:
        header: of a ``.safetensors`` file: by tensor its ``shape``.
    """
    given = _width(header, _FIRST)
    if given == 9:
        return f"StableDiffusion{'XL' if _XL in header else ''}InpaintPipeline"
    if given == 8:
        return "StableDiffusionInstructPix2PixPipeline"
    for key, name in _WHOLE:
        if key in header:
            return name
    for key, name in _NETWORKS:
        if _under(header, key) in header:
            width = _width(header, _under(header, "img_in.weight"))
            return _FLUX_INPUTS.get(width, name) if name == "FluxPipeline" else name
    return "StableDiffusionPipeline" if given else ""


def _under(header: Header, key: str) -> str:
    """A network's key as this file has it."""
    return f"{NETWORK}{key}" if f"{NETWORK}{key}" in header else key


def _width(header: Header, key: str) -> int:
    """The second side of a tensor; 0 where it isn't there."""
    shape: list[int] = header[key]["shape"] if key in header else []
    return shape[1] if len(shape) > 1 else 0
