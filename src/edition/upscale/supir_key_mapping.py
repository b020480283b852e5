"""What the published files call each parameter of diffusers' networks. Knows names only."""

import re

_RESNET = (
    (".norm1.", ".in_layers.0."),
    (".conv1.", ".in_layers.2."),
    (".time_emb_proj.", ".emb_layers.1."),
    (".norm2.", ".out_layers.0."),
    (".conv2.", ".out_layers.3."),
    (".conv_shortcut.", ".skip_connection."),
)
_UNET_ENDS = {
    "time_embedding.linear_1.": "time_embed.0.",
    "time_embedding.linear_2.": "time_embed.2.",
    "add_embedding.linear_1.": "label_emb.0.0.",
    "add_embedding.linear_2.": "label_emb.0.2.",
    "conv_in.": "input_blocks.0.0.",
    "conv_norm_out.": "out.0.",
    "conv_out.": "out.2.",
    "mid_block.resnets.0.": "middle_block.0.",
    "mid_block.attentions.0.": "middle_block.1.",
    "mid_block.resnets.1.": "middle_block.2.",
}
_VAE_PARTS = (
    (".conv_shortcut.", ".nin_shortcut."),
    (".conv_norm_out.", ".norm_out."),
    (".resnets.", ".block."),
    (".downsamplers.0.", ".downsample."),
    (".upsamplers.0.", ".upsample."),
    ("mid_block.block.0.", "mid.block_1."),
    ("mid_block.block.1.", "mid.block_2."),
    ("mid_block.attentions.0.", "mid.attn_1."),
    (".group_norm.", ".norm."),
    (".to_q.", ".q."),
    (".to_k.", ".k."),
    (".to_v.", ".v."),
    (".to_out.0.", ".proj_out."),
    ("down_blocks.", "down."),
)


def unet_key(name: str, layers: int) -> str:
    """What an SDXL file calls a parameter of diffusers' UNet.

    Args:
        name: diffusers' name.
        layers: residual blocks a level.
    """
    for ours, theirs in _UNET_ENDS.items():
        if name.startswith(ours):
            name = theirs + name.removeprefix(ours)
    found = re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.", name)
    if found:
        way, level, kind, layer = found[1], int(found[2]), found[3], int(found[4])
        first = (layers + 1) * level
        place = {
            ("down", "resnets"): f"input_blocks.{first + layer + 1}.0.",
            ("down", "attentions"): f"input_blocks.{first + layer + 1}.1.",
            ("down", "downsamplers"): f"input_blocks.{first + layers + 1}.0.",
            ("up", "resnets"): f"output_blocks.{first + layer}.0.",
            ("up", "attentions"): f"output_blocks.{first + layer}.1.",
            ("up", "upsamplers"): f"output_blocks.{first + layers}.2.",
        }[way, kind]
        rest = name[found.end() :]
        name = place + (rest.replace("conv.", "op.", 1) if kind == "downsamplers" else rest)
    if "transformer_blocks" not in name:  # inside of them the names agree
        for ours, theirs in _RESNET:
            name = name.replace(ours, theirs)
    return name


def vae_key(name: str, levels: int) -> str:
    """What an SDXL file calls a parameter of diffusers' autoencoder.

    Args:
        name: diffusers' name.
        levels: of the autoencoder; its decoder's are numbered from the other end.
    """
    found = re.search(r"up_blocks\.(\d+)\.", name)
    if found:
        name = name.replace(found[0], f"up.{levels - 1 - int(found[1])}.")
    for ours, theirs in _VAE_PARTS:
        name = name.replace(ours, theirs)
    return name


def control_key(name: str, layers: int) -> str:
    """What a SUPIR file calls a parameter of the control network."""
    return unet_key(name.removeprefix("unet."), layers) if name.startswith("unet.") else name
