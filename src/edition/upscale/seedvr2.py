"""SeedVR2, from a print to a larger one: Wang et al. 2025, "SeedVR2".

A picture is brought to its final size, read by the autoencoder, restored by a transformer in one
step, decoded, and given the colours that it had. The pass is in seedvr2_pass, the networks in
seedvr2_net and seedvr2_vae, the files in seedvr2_weights, memory in seedvr2_memory.
"""

import json

import torch
from PIL import Image
from torch import Tensor

from edition.diffusion.device import pick
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import Progress
from edition.upscale.color_fix import SEEDVR2_FIXES
from edition.upscale.memory_ladder import DeviceLayout
from edition.upscale.network_storage import Precision, at_hand_or
from edition.upscale.seedvr2_arch import PUBLISHED
from edition.upscale.seedvr2_files import SeedVR2Files, files_of, missing_text
from edition.upscale.seedvr2_memory import kept, load_of, tokens_together
from edition.upscale.seedvr2_pass import SeedVR2Output, Watch, restore
from edition.upscale.seedvr2_pre_post import finish, prepare
from edition.upscale.seedvr2_sampler import seeded
from edition.upscale.seedvr2_vae import SeedVR2Autoencoder
from edition.upscale.seedvr2_weights import (
    TEXTS,
    check_text,
    in_8_bit,
    load_transformer,
    load_vae,
    open_text,
    open_transformer,
    open_vae,
)
from edition.upscale.supir_files import stamp_of
from edition.upscale.supir_pre_post import preview

LICENCE = "Apache-2.0"
READ = (
    "scale", "color_fix", "seedvr2_noise", "diff_dtype", "ae_dtype", "memory", "tiled",
    "vae_strips", "vae_rows",
)  # fmt: skip
"""What it reads of the settings, without the places of files."""
LARGEST_ON_CARD = 512**2
"""Latent pixels of a picture whose colours are mended on the card: 4096²."""
OWN = "weights of unknown origin; none of SeedVR2's"


class SeedVR2:
    """SeedVR2 with its weights loaded, for any number of pictures.

    Args:
        places: its files.
        settings: precision is taken from here.
        device: as torch names it.

    Raises:
        UpscaleError: a file is missing, broken, or of another kind.
    """

    def __init__(self, places: SeedVR2Files, settings: UpscaleSettings, device: str) -> None:
        self.device = torch.device(device)
        part, arch, texts = open_transformer(places.net)
        if places.text is not None:
            self.text = open_text(places.text, arch)
        elif carried := [texts[name] for name in TEXTS if name in texts]:
            self.text = check_text(places.net, carried[0], arch)
        else:
            raise missing_text(places.net)
        self.net = load_transformer(part, arch)
        self.autoencoder = SeedVR2Autoencoder(load_vae(*open_vae(places.vae)))
        self.published = arch in PUBLISHED.values()
        """The weights are SeedVR2's own, under its licence."""
        precision = Precision.of(settings, torch.bfloat16, self.device, kept(arch))
        if settings.diff_dtype == "auto" and self.device.type == "cuda" and in_8_bit(self.net):
            precision = Precision.of(
                settings.model_copy(update={"diff_dtype": "float8"}),
                torch.bfloat16,
                self.device,
                kept(arch),
            )
        load = load_of(self.net, self.autoencoder, precision)
        self.layout = DeviceLayout(self.net, self.autoencoder, self.device, precision, load)
        self.digests = places.digests()

    def __call__(
        self,
        image: Image.Image,
        settings: UpscaleSettings,
        *,
        seed: int,
        progress: Progress | None = None,
    ) -> tuple[Image.Image, dict[str, str]]:
        """Enlarges one picture.

        Args:
            image: any size and mode.
            settings: of the recipe.
            seed: of all noise; the same on every device.
            progress: called after every block; may raise edition.errors.Stopped to end the work.

        Returns:
            The picture and what its file must record.
        """
        x, final = prepare(image, settings.scale)
        side = self.autoencoder.vae.arch.shrink
        height, width = x.shape[2] // side, x.shape[3] // side
        done, said = self.layout.attempt(
            settings, height, width, lambda: self._pass(x, settings, seed, progress)
        )
        # a colour fix takes several pictures at once: beside the networks large ones may not fit
        place = self.device if height * width <= LARGEST_ON_CARD else torch.device("cpu")
        pair = (part.to(place)[..., : final[0], : final[1]] for part in (done.picture, x))
        fixed = SEEDVR2_FIXES[settings.color_fix](*pair)
        return finish(fixed, final), self.record(settings, seed, said)

    def _pass(
        self, x: Tensor, settings: UpscaleSettings, seed: int, progress: Progress | None
    ) -> SeedVR2Output:
        side = self.autoencoder.vae.arch.shrink
        self.net.most = tokens_together(self.layout.rung)
        draw = seeded(seed, x.shape[2] // side, x.shape[3] // side, self.device)
        # not inference_mode: parameters that are moved in it could not be moved outside of it
        with torch.no_grad():
            return restore(
                self.autoencoder,
                self.net,
                self.text.to(self.device),
                x.to(self.device),
                draw,
                strength=settings.seedvr2_noise,
                watch=_report(progress, x),
                turn=self.layout.turn,
            )

    def record(self, settings: UpscaleSettings, seed: int, said: str) -> dict[str, str]:
        """What the enlarged picture's file must say; paths of this machine are left out."""
        mine = {name: getattr(settings, name) for name in READ}
        return {
            "upscaler": "seedvr2",
            "settings": json.dumps(mine, sort_keys=True),
            "seed": str(seed),
            "licence": LICENCE if self.published else OWN,
            "memory": said,
            "device": str(self.device),
            "precision": str(self.layout.precision),
            **self.digests,
        }


def run(
    image: Image.Image,
    settings: UpscaleSettings,
    *,
    seed: int,
    prompt: str,
    device: str,
    progress: Progress | None = None,
) -> tuple[Image.Image, dict[str, str]]:
    """Enlarges a picture; the weights stay loaded for the next one with the same files.

    Args:
        image: any size and mode.
        settings: of the recipe.
        seed: of all noise.
        prompt: not read: the one encoded prompt is published with the weights.
        device: ``auto``, ``cuda``, ``mps`` or ``cpu``.
        progress: called after every block; may raise edition.errors.Stopped to end the work.

    Returns:
        The picture and what its file must record.

    Raises:
        UpscaleError: a file is missing, broken or of another kind, or the picture can't be done.
    """
    places, name = files_of(settings), pick(device).name
    stamps = [stamp_of(place) for place in (places.net, places.vae, places.text) if place]
    key = ("seedvr2", *stamps, settings.diff_dtype, settings.ae_dtype, settings.memory, name)
    seedvr2 = at_hand_or(key, lambda: SeedVR2(places, settings, name))
    return seedvr2(image, settings, seed=seed, progress=progress)


def _report(progress: Progress | None, source: Tensor) -> Watch:
    def watch(done: int, of: int, latent: Tensor | None, hint: Tensor | None) -> None:
        if progress is None:
            return
        if latent is None or hint is None:
            progress(done, of, None)
            return
        clean, seen = (part.permute(2, 0, 1)[None] for part in (latent, hint))
        progress(done, of, lambda: preview(clean, seen, source))

    return watch
