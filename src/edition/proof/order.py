"""In which order prints hang: as given, by hand, or by look. Deterministic."""

from collections.abc import Sequence

from edition.proof.show import Picture
from edition.recipe.proofing import Proofing


def sequence(pictures: Sequence[Picture], settings: Proofing) -> tuple[Picture, ...]:
    """Orders pictures as the settings ask for."""
    if settings.sequence == "hand":
        return by_hand(pictures, settings.order)
    return tuple(pictures)


def by_hand(pictures: Sequence[Picture], seeds: Sequence[int]) -> tuple[Picture, ...]:
    """Pictures in the order of their seeds; those not named follow as they were."""
    place = {seed: index for index, seed in enumerate(dict.fromkeys(seeds))}
    return tuple(sorted(pictures, key=lambda picture: place.get(picture.seed, len(place))))
