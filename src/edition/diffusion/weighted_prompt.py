"""A prompt with weights as embeddings, by compel."""

from __future__ import annotations

from typing import Any

import torch
from compel.embeddings_provider import EmbeddingsProvider, ReturnedEmbeddingsType

from edition.diffusion.prompt_syntax import fragments


def encode(pipe: Any, text: str, device: str) -> tuple[torch.Tensor, ...]:  # noqa: ANN401
    """A prompt in A1111's syntax as a Stable Diffusion pipeline's embeddings, weighted by compel.

    Args:
        pipe: Stable Diffusion 1, 2 or XL.
        text: the prompt.
        device: where its text encoders are.

    Returns:
        (1, n, c), and for XL the pooled (1, c), which knows no weights.
    """
    two = hasattr(pipe, "text_encoder_2")
    kind = (
        ReturnedEmbeddingsType.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED
        if two
        else ReturnedEmbeddingsType.LAST_HIDDEN_STATES_NORMALIZED
    )
    texts, weights = zip(*fragments(text), strict=True)
    states = []
    for name in ("", "_2") if two else ("",):
        encoder = getattr(pipe, f"text_encoder{name}")
        provider = EmbeddingsProvider(
            tokenizer=getattr(pipe, f"tokenizer{name}"),
            text_encoder=encoder,
            dtype_for_device_getter=lambda _, encoder=encoder: encoder.dtype,
            returned_embeddings_type=kind,
            device=device,
        )
        states.append(
            provider.get_embeddings_for_weighted_prompt_fragments(
                [list(texts)], [list(weights)], device=device
            )
        )
    together = torch.cat(states, dim=-1)
    if not two:
        return (together,)
    return together, provider.get_pooled_embeddings(["".join(texts)], device=device)
