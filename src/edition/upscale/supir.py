"""SUPIR, the whole pass from top to bottom: Yu et al. 2024, "Scaling Up to Excellence".

A picture is brought to its final size, read by an encoder that sees through damage, decoded
into the stage-1 picture, sampled again under its control, decoded, and given the stage-1
picture's colours. The networks are in supir_net, the sampler in supir_sampler, the files in
supir_weights, memory in supir_memory.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from edition.diffusion.device import pick
from edition.recipe.upscale_settings import UpscaleSettings
from edition.upscale import Progress, licences
from edition.upscale.color_fix import FIXES
from edition.upscale.memory_ladder import DeviceLayout
from edition.upscale.network_storage import Precision, at_hand_or
from edition.upscale.supir_files import digest_of, files_of, stamp_of
from edition.upscale.supir_memory import KEPT, load_of
from edition.upscale.supir_net import SDXL
from edition.upscale.supir_pre_post import finish, prepare, preview
from edition.upscale.supir_sampler import (
    PromptEncoding,
    SamplerSettings,
    SamplerState,
    SupirDenoiser,
    sample,
    sample_tiled,
    seeded,
)
from edition.upscale.supir_text import encode_prompts
from edition.upscale.supir_vae import SupirAutoencoder
from edition.upscale.supir_weights import architecture_of, load_net, load_vae, open_sdxl, open_supir

LICENCE = "SUPIR Software License Agreement: non-commercial use only"
OWN = "made with this package; none of SUPIR's weights"


def hyper_of(settings: UpscaleSettings) -> SamplerSettings:
    """The sampler's numbers, from a recipe's."""
    return SamplerSettings(
        steps=settings.edm_steps,
        cfg=settings.s_cfg,
        cfg_start=settings.spt_linear_cfg if settings.linear_cfg else settings.s_cfg,
        control=settings.control_scale,
        control_start=settings.spt_linear_s_stage2 if settings.linear_s_stage2 else None,
        restore_cfg=settings.s_stage1,
        restore_floor=settings.restore_cfg_s_tmin,
        s_churn=settings.s_churn,
        s_noise=settings.s_noise,
    )


@dataclass(frozen=True, slots=True)
class Tiling:
    """Windows of a latent."""

    tile: int
    stride: int


@dataclass(frozen=True, slots=True)
class SupirOutput:
    """What a pass gives, before the colours are mended."""

    picture: Tensor
    """(b, 3, h, w), about [-1, 1]."""
    stage1: Tensor
    """The picture as the second encoder read it; with ``Shortcuts.no_stage1`` the source."""


@dataclass(frozen=True, slots=True)
class Shortcuts:
    """What small networks can leave out; SUPIR's own pass takes none."""

    no_stage1: bool = False
    """Nothing is decoded before the sampling: the pull goes to the source's own latent."""
    control_window: int = 0
    """Side, latent pixels, of what the adapters' attention sees at once; 0 is the whole map."""


FULL_PASS = Shortcuts()


def restore(
    autoencoder: SupirAutoencoder,
    denoiser: SupirDenoiser,
    x: Tensor,
    hyper: SamplerSettings,
    draw: Callable[[], Tensor],
    tiling: Tiling | None = None,
    watch: Callable[[SamplerState, Tensor, Tensor], None] | None = None,
    turn: Callable[[str], None] = lambda who: None,
    *,
    no_stage1: bool = False,
) -> SupirOutput:
    """Restores a picture: the pass itself, without files, prompts or sizes.

    Args:
        autoencoder: reads and writes pictures.
        denoiser: holds network and prompts.
        x: (b, 3, h, w) in [-1, 1].
        hyper: the sampler's numbers.
        draw: the next unit normal latent: first for the pull's centre, then the start, then
            one for every step that needs it.
        tiling: windows; None samples the latent whole.
        watch: called after every step, with the source's latent and the stage-1 picture.
        turn: called with which of ``vae`` and ``net`` is needed next.
        no_stage1: see ``Shortcuts``.
    """
    turn("vae")
    hint = autoencoder.read_damaged(x)  # (b, 4, h/8, w/8)
    stage1 = x if no_stage1 else autoencoder.decode(hint)
    eps = draw()  # drawn even if unused: the same seed starts alike with and without the pull
    centre = None
    if hyper.restore_cfg > 0:  # the second encoding costs 26 TFLOP at 2048²: only the pull needs it
        centre = hint if no_stage1 else autoencoder.read(stage1, eps)
    start = draw()
    turn("net")

    def step_noise(_: int) -> Tensor:
        return draw()

    def seen(state: SamplerState) -> None:
        if watch is not None:
            watch(state, hint, stage1)

    if tiling is None:
        latent = sample(denoiser, start, hyper, step_noise, hint, centre, seen)
    else:
        latent = sample_tiled(
            denoiser, start, hyper, step_noise, hint, tiling.tile, tiling.stride, centre, seen
        )
    turn("vae")
    return SupirOutput(autoencoder.decode(latent), stage1)


class Supir:
    """SUPIR with its weights loaded, for any number of pictures.

    Args:
        supir_file: SUPIR-v0Q or v0F, or a smaller one that states its sizes.
        sdxl_place: an SDXL checkpoint.
        settings: precision is taken from here.
        device: as torch names it.

    Raises:
        UpscaleError: a file is missing, broken, or of another kind.
    """

    def __init__(
        self, supir_file: Path, sdxl_place: Path, settings: UpscaleSettings, device: str
    ) -> None:
        self.device = torch.device(device)
        self.arch = arch = architecture_of(supir_file)
        self.published = arch == SDXL
        """The weights are SUPIR's own, under its licence."""
        supir, self.sdxl = open_supir(supir_file), open_sdxl(sdxl_place)
        net = load_net(supir, self.sdxl["unet"], arch)
        autoencoder = SupirAutoencoder(*load_vae(supir, self.sdxl["vae"], arch))
        precision = Precision.of(settings, torch.float16, self.device, KEPT)
        load = load_of(net, autoencoder, precision)
        self.net, self.autoencoder = net, autoencoder
        self.layout = DeviceLayout(net, autoencoder, self.device, precision, load)
        self.texts: dict[str, PromptEncoding] = {}
        self.digests = {"supir_sha256": digest_of(supir_file), "sdxl_sha256": digest_of(sdxl_place)}

    @classmethod
    def load(cls, settings: UpscaleSettings, device: str) -> "Supir":
        """Opens the files that the settings or the environment name.

        Raises:
            UpscaleError: a file is missing, broken, or of another kind.
        """
        return cls(*files_of(settings), settings, device)

    def __call__(
        self,
        image: Image.Image,
        settings: UpscaleSettings,
        *,
        seed: int,
        prompt: str,
        progress: Progress | None = None,
        shortcuts: Shortcuts = FULL_PASS,
    ) -> tuple[Image.Image, dict[str, str]]:
        """Enlarges one picture.

        Args:
            image: any size and mode.
            settings: of the recipe.
            seed: of all noise; the same on every device.
            prompt: the print's own.
            progress: called after every step; may raise edition.errors.Stopped to end the work.
            shortcuts: what is left out; not possible with a colour fix, which needs stage 1.

        Returns:
            The picture and what its file must record.
        """
        hyper = hyper_of(settings)
        self.net.control_window = shortcuts.control_window
        x, final = prepare(image, settings.scale, settings.min_size)
        positive = ", ".join(part for part in (prompt, settings.positive) if part)
        texts = self.encode(positive, settings.negative)
        side = self.arch.shrink
        done, said = self.layout.attempt(
            settings,
            x.shape[2] // side,
            x.shape[3] // side,
            lambda: self._pass(x, texts, hyper, settings, seed, progress, shortcuts),
        )
        picture = FIXES[settings.color_fix](done.picture, done.stage1)
        return finish(picture, final), self.record(settings, seed, positive, said)

    def _pass(
        self,
        x: Tensor,
        texts: list[PromptEncoding],
        hyper: SamplerSettings,
        settings: UpscaleSettings,
        seed: int,
        progress: Progress | None,
        shortcuts: Shortcuts,
    ) -> SupirOutput:
        rung, side = self.layout.rung, self.arch.shrink
        draw = seeded(seed, (1, 4, x.shape[2] // side, x.shape[3] // side), self.device)
        denoiser = SupirDenoiser(self.net, *texts, batched=rung.batched)
        tiling = Tiling(settings.latent_tile, settings.latent_stride) if rung.tiled else None
        watch = _report(progress, hyper.steps) if progress else None
        # not inference_mode: parameters that are moved in it could not be moved outside of it
        with torch.no_grad():
            return restore(
                self.autoencoder,
                denoiser,
                x.to(self.device),
                hyper,
                draw,
                tiling,
                watch,
                self.layout.turn,
                no_stage1=shortcuts.no_stage1,
            )

    def encode(self, *prompts: str) -> list[PromptEncoding]:
        """Encodes prompts, all together: in another batch their last bits would be others.

        Those of the last picture are remembered, for a picture that has the same.
        """
        wanted = list(dict.fromkeys(prompts))
        if wanted != list(self.texts):
            self.layout.make_room()
            dtype = torch.bfloat16 if self.device.type == "cuda" else torch.float32
            encoded = encode_prompts(self.sdxl, self.arch, wanted, self.device, dtype)
            self.texts = dict(zip(wanted, encoded, strict=True))
        texts = [self.texts[prompt] for prompt in prompts]
        return [PromptEncoding(t.context.to(self.device), t.vector.to(self.device)) for t in texts]

    def record(
        self, settings: UpscaleSettings, seed: int, prompt: str, said: str
    ) -> dict[str, str]:
        """What the enlarged picture's file must say; paths of this machine are left out."""
        shared = settings.model_dump(mode="json", exclude={"supir_file", "sdxl_file", "model"})
        return {
            "upscaler": "supir",
            "settings": json.dumps(shared, sort_keys=True),
            "seed": str(seed),
            "prompt": prompt,
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
        prompt: the print's own.
        device: ``auto``, ``cuda``, ``mps`` or ``cpu``.
        progress: called after every step; may raise edition.errors.Stopped to end the work.

    Returns:
        The picture and what its file must record.

    Raises:
        UpscaleError: the licence is not accepted, a file is missing, broken or of another
            kind, or the picture can't be done.
    """
    files, device = files_of(settings), pick(device).name
    if architecture_of(files[0]) == SDXL:
        licences.require("supir")
    supir = at_hand(files, settings, device)
    return supir(image, settings, seed=seed, prompt=prompt, progress=progress)


def at_hand(files: tuple[Path, Path], settings: UpscaleSettings, device: str) -> Supir:
    """A SUPIR with its weights loaded: the last one, if it is the same.

    Args:
        files: the SUPIR file and the SDXL checkpoint.
        settings: precision and memory are taken from here.
        device: as torch names it.

    Raises:
        UpscaleError: a file is broken or of another kind.
    """
    key = (*map(stamp_of, files), settings.diff_dtype, settings.ae_dtype, settings.memory, device)
    return at_hand_or(("supir", *key), lambda: Supir(*files, settings, device))


def _report(progress: Progress, steps: int) -> Callable[[SamplerState, Tensor, Tensor], None]:
    progress(0, steps, None)

    def watch(state: SamplerState, hint: Tensor, stage1: Tensor) -> None:
        progress(state.index + 1, steps, lambda: preview(state.denoised, hint, stage1))

    return watch
