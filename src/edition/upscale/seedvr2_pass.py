"""SeedVR2, the pass itself: without files, sizes or settings."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from edition.upscale.seedvr2_net import SeedVR2Net
from edition.upscale.seedvr2_sampler import augment, given, sample
from edition.upscale.seedvr2_vae import SeedVR2Autoencoder

Watch = Callable[[int, int, Tensor | None, Tensor | None], None]
"""Called with step k, of n, and once there is one the clean latent beside the source's."""


@dataclass(frozen=True, slots=True)
class SeedVR2Output:
    """What a pass gives, before the colours are mended."""

    picture: Tensor
    """(1, 3, h, w), about [-1, 1]."""
    latent: Tensor
    """The clean latent that it is decoded from: (h/8, w/8, 16)."""
    hint: Tensor
    """The source's latent: (h/8, w/8, 16)."""


def restore(
    autoencoder: SeedVR2Autoencoder,
    net: SeedVR2Net,
    text: Tensor,
    x: Tensor,
    draw: Callable[[], Tensor],
    *,
    steps: int = 1,
    strength: float = 0.0,
    posterior: Tensor | None = None,
    watch: Watch = lambda done, of, latent, hint: None,
    turn: Callable[[str], None] = lambda who: None,
) -> SeedVR2Output:
    """Restores a picture.

    Args:
        autoencoder: reads and writes pictures.
        net: the transformer.
        text: the encoded prompt: (l, text).
        x: (1, 3, h, w) in [-1, 1], both sides multiples of 16.
        draw: the next unit normal latent, (h/8, w/8, 16): the start, then the source's own
            where it gets some.
        steps: strides from noise to picture.
        strength: of the noise in the source's latent.
        posterior: noise of the source's reading, (16, h/8, w/8); None reads the likeliest.
        watch: called with the progress; may raise to end the work.
        turn: called with which of ``vae`` and ``net`` is needed next.
    """
    of = steps * len(net.blocks) + 2
    watch(0, of, None, None)
    turn("vae")
    hint = autoencoder.read(x, posterior)[0].permute(1, 2, 0)  # (h/8, w/8, 16)
    noise = draw()
    fresh = draw()  # drawn even if unused: the same seed starts alike with and without it
    condition = augment(hint, noise, fresh, strength) if strength else hint
    turn("net")
    done = 1
    watch(done, of, None, None)

    def block_done(index: int, picture: Tensor, prompt: Tensor) -> None:
        nonlocal done
        done += 1
        watch(done, of, None, None)

    def predict(noisy: Tensor, t: float) -> Tensor:
        difference: Tensor = net(given(noisy, condition), text, t, block_done)
        return difference

    latent = sample(predict, noise, steps)
    watch(done, of, latent, hint)
    turn("vae")
    picture = autoencoder.decode(latent.permute(2, 0, 1)[None])
    watch(of, of, latent, hint)
    return SeedVR2Output(picture, latent, hint)
