"""Pocket SUPIR as it is shipped, or with random weights where none is shipped."""

import torch
from supir_tiny import random_networks, text_config
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from edition.upscale.pocket_files import pocket_folder
from tools.pocket_supir.config import POCKET
from tools.pocket_supir.save_weights import save


def random_parts():
    """What save takes: random weights of pocket SUPIR's sizes."""
    net, vae, second = random_networks(POCKET)
    torch.manual_seed(12)
    text_l = CLIPTextModel(text_config(POCKET.text_l))
    text_g = CLIPTextModelWithProjection(text_config(POCKET.text_g))
    return vae, second, net, text_l, text_g


def pocket_at(folder):
    """A folder with a whole pocket SUPIR: the shipped one if there is one."""
    if (pocket_folder() / "supir.safetensors").is_file():
        return pocket_folder()
    save(folder, *random_parts())
    return folder
