"""How large a training is: two sizes, the real one and one that only shows that all works."""

from dataclasses import dataclass, replace

SHARES = {"pictures": 0.06, "text": 0.06, "denoiser": 0.65, "decoder": 0.23}
"""What part of the time each stage may take, in their order."""


PLAIN = 0.75
"""Going on, see ``TrainingPreset.plain``: a beginner has to hear words of every kind first."""
COARSE = 0.12
"""Going on, the part of the denoiser's time at half the resolution: four times the samples."""


@dataclass(frozen=True, slots=True)
class TrainingPreset:
    """Every number of a training that depends on how much there is to spend."""

    large_count: int
    """Pictures for the decoder."""
    large_size: int
    """Their side in pixels; small pictures have half of it."""
    small_count: int
    """Pictures for text and denoiser."""
    decoder_width: int
    decoder_steps: int
    decoder_crop: int
    """Side of the decoder's training crops, latents."""
    text_width: int
    text_layers: int
    text_steps: int
    channels: tuple[int, ...]
    """The UNet's widths, finest first."""
    plan: tuple[tuple[int, int, float, int], ...]
    """Stages of the denoiser: latent side, batch, share of its time, most iterations."""
    lowest_psnr: float
    """Gate of the decoder on held-out pictures, dB."""
    lowest_palette: float
    """Gate of the text: share of named palettes recognised."""
    lowest_answer: float
    """Gate of the denoiser: how far words of colour and light must move the picture, in units of
    what 200 iterations at 16x16 reach (crimson and blue .5, emerald and crimson .5, luminous and
    night .8)."""
    lowest_answer_later: float
    """The same gate, going on: most samples are of one prompt then, and a training of few samples
    forgets words of light, which it has hardly learned."""

    plain: float = 0.0
    """Share of the denoiser's samples that show the four adjectives alone, the prompt of a first
    render; without it they are one caption in thirty."""

    @property
    def latent_size(self) -> int:
        """Side of the native latent."""
        return self.large_size // 16


FULL = TrainingPreset(
    large_count=300, large_size=512, small_count=16_000,
    decoder_width=32, decoder_steps=20_000, decoder_crop=10,
    text_width=128, text_layers=2, text_steps=1_500,
    channels=(48, 64, 96, 160),
    plan=((8, 64, 0.06, 100_000), (16, 64, 0.40, 100_000), (32, 32, 0.54, 100_000)),
    lowest_psnr=26.0, lowest_palette=0.95, lowest_answer=1.0, lowest_answer_later=1.0,
)  # fmt: skip

SMOKE = TrainingPreset(
    large_count=24, large_size=256, small_count=160,
    decoder_width=8, decoder_steps=40, decoder_crop=6,
    text_width=64, text_layers=1, text_steps=200,
    channels=(16, 16, 32, 48),
    plan=((8, 32, 0.6, 250), (16, 16, 0.4, 20)),
    lowest_psnr=16.0, lowest_palette=0.30, lowest_answer=0.1, lowest_answer_later=0.01,
)  # fmt: skip


def going_on(scale: TrainingPreset) -> TrainingPreset:
    """The same to go on with: the denoiser's two largest resolutions, twice the pictures."""
    (small, wide, _, most), (side, batch, _, last) = scale.plan[-2:]
    plan = ((small, wide, COARSE, most), (side, batch, 1 - COARSE, last))
    return replace(
        scale, plan=plan, plain=PLAIN, small_count=2 * scale.small_count,
        lowest_answer=scale.lowest_answer_later,
    )  # fmt: skip
