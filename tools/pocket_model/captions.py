"""Captions: true sentences about a drawn scene, in several registers.

The palette is named in about two of three, the noun in about three of four, and a fifth are a
single concept: a model hears only words that often decide something.
"""

import numpy as np

from tools.pocket_model.palettes import (
    NOUNS,
    PALETTES,
    STYLES,
    WORDS_THAT_FORBID,
)
from tools.pocket_model.scene import Labels

TONES = ("dark", "luminous", "serene", "night", "bright", "muted", "vivid")
YELLOW = "yellow circle"


def caption(labels: Labels, rng: np.random.Generator) -> str:
    """One caption of a scene; another one at each call.

    Args:
        labels: what was drawn and measured.
        rng: decides register, order and synonyms.
    """
    words = _Words(labels, rng)
    register = rng.random()
    if register < 0.22:
        return words.concept()
    if register < 0.36:
        return words.adjective_list()
    if register < 0.68:
        return words.sentence()
    return words.tags()


class _Words:
    """One choice of synonyms for a scene, and the four ways to put them."""

    def __init__(self, labels: Labels, rng: np.random.Generator) -> None:
        self.rng, self.labels = rng, labels
        self.adjectives, self.extras = list(labels.adjectives), list(labels.extras)
        rng.shuffle(self.extras)
        if self.chance(0.5):  # otherwise the canonical order survives
            rng.shuffle(self.adjectives)
        self.palette = self.pick(PALETTES[labels.palette].words)
        self.noun = self.pick([word for word in NOUNS[labels.noun] if self.is_true(word)])
        self.style = self.pick(STYLES[labels.style])
        features = list(labels.features)
        rng.shuffle(features)
        self.features = features[: rng.integers(0, 3)]
        if labels.yellow and self.chance(0.7):
            self.features = [self.pick((f"a {YELLOW}", YELLOW)), *self.features[:1]]

    def is_true(self, word: str) -> bool:
        """Whether a word for the noun says nothing that isn't in the picture."""
        return WORDS_THAT_FORBID.get(word) not in self.labels.adjectives

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, words: tuple[str, ...] | list[str]) -> str:
        return words[int(self.rng.integers(len(words)))]

    def concept(self) -> str:
        """A single word or thing."""
        lot = self.rng.random()
        if self.labels.yellow and lot < 0.35:
            return self.pick((YELLOW, f"a {YELLOW}"))
        if lot < 0.40:
            return self.palette
        if lot < 0.72:
            return self.noun
        if lot < 0.88:
            return self.style
        tones = [w for w in (*self.adjectives, *self.extras) if w in TONES]
        return self.pick(tones or [self.palette, self.noun])

    def adjective_list(self) -> str:
        """The product's default register: adjectives, with an optional colour or thing."""
        words = self.adjectives[:]
        if not self.chance(0.75):
            words = words[: self.rng.integers(1, 5)]
        words = words or self.extras[:2] or [self.noun]
        if self.chance(0.4):
            words.append(self.palette)
        if self.chance(0.25):
            words.append(self.noun)
        if self.labels.yellow and self.chance(0.3):
            words.append(YELLOW)
        return ", ".join(words)

    def some_adjectives(self) -> list[str]:
        if self.chance(0.6):
            return (self.adjectives + self.extras)[: self.rng.integers(0, 4)]
        return self.extras[:1]

    def sentence(self) -> str:
        """A style of a noun, with features, in a palette."""
        before = self.some_adjectives() + ([self.palette] if self.chance(0.4) else [])
        text = " ".join([*before, self.style, "of", self.noun])
        if self.chance(0.6):
            text = ("an " if text[0] in "aeiou" else "a ") + text
        if self.features:
            text += " with " + " and ".join(self.features)
        if self.chance(0.75):
            text += f", {self.palette}" + self.pick(("", " tones", " palette", " colours"))
        return text

    def tags(self) -> str:
        """Everything, shuffled, between commas."""
        parts = self.some_adjectives() + self.features
        for word, share in ((self.noun, 0.85), (self.style, 0.5), (self.palette, 0.85)):
            if self.chance(share):
                parts.append(word)
        self.rng.shuffle(parts)
        return ", ".join(parts) or self.noun
