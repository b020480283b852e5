"""Puts a loaded pipeline where a memory plan wants its parts: on the card, in turn, by layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from accelerate.hooks import ModelHook, add_hook_to_module
from accelerate.utils import send_to_device
from diffusers.hooks.group_offloading import _get_group_onload_device

from edition.diffusion.memory_plan import role_of
from edition.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edition.diffusion.memory_plan import MemoryPlan

HOST = torch.device("cpu")


def place(pipe: Any, plan: MemoryPlan, device: str) -> None:  # noqa: ANN401 - one of dozens of classes
    """Lays a pipeline out; its parts are in the machine's memory before.

    Args:
        pipe: of diffusers.
        plan: where its parts are while it draws.
        device: what computes, as torch names it.

    Raises:
        torch.OutOfMemoryError: the card is too small for it.
    """
    if plan.tiled:
        _tile(pipe)
    if plan.way == "whole":
        pipe.to(device)
    elif plan.way == "encoders first":
        _take_turns(pipe, torch.device(device), {"encoder": "encoders"})
    elif plan.way == "model offload":
        _take_turns(pipe, torch.device(device), None)
    elif plan.way == "group offload":
        _by_layers(pipe, torch.device(device))
    else:
        pipe.enable_sequential_cpu_offload(device=device)


def networks(pipe: Any) -> Iterator[tuple[str, torch.nn.Module]]:  # noqa: ANN401
    """A pipeline's parts that have weights, by name."""
    for name, part in pipe.components.items():
        if isinstance(part, torch.nn.Module):
            yield name, part


def device_of(part: Any) -> torch.device:  # noqa: ANN401 - a network
    """Where a part wants its inputs, wherever its weights are just now."""
    hook = getattr(part, "_hf_hook", None)
    wanted = getattr(hook, "execution_device", None)
    if wanted is not None:
        return torch.device(wanted)
    try:
        found: torch.device = _get_group_onload_device(part)
    except ValueError:
        found = next(part.parameters()).device
    return found


class _Turns:
    """Groups of parts that are on the card one after the other, never together."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.groups: dict[str, list[torch.nn.Module]] = {}
        self._on = ""

    def take(self, group: str) -> None:
        """Brings a group to the card; the one that was there leaves before."""
        if group == self._on:
            return
        for part in self.groups.get(self._on, ()):
            part.to(HOST)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        self._on = ""  # where bringing them fails, nobody is there
        for part in self.groups[group]:
            part.to(self.device)
        self._on = group


class _TurnHook(ModelHook):  # type: ignore[misc]
    """Takes the turn of its part's group before the part runs."""

    def __init__(self, turns: _Turns, group: str) -> None:
        self._turns, self._group = turns, group
        self.execution_device = turns.device

    def pre_forward(self, module: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as accelerate has it
        del module
        self._turns.take(self._group)
        return send_to_device(args, self.execution_device), send_to_device(
            kwargs, self.execution_device
        )


def _take_turns(pipe: Any, device: torch.device, by_role: dict[str, str] | None) -> None:  # noqa: ANN401
    """Every part takes turns with the others, or all of a group with all of another."""
    turns = _Turns(device)
    for name, part in networks(pipe):
        if next(part.parameters()).device.type != HOST.type:
            part.to(HOST)  # bitsandbytes' are on the card from the start
        group = name if by_role is None else by_role.get(role_of(name), "drawing")
        turns.groups.setdefault(group, []).append(part)
        add_hook_to_module(part, _TurnHook(turns, group))


def _by_layers(pipe: Any, device: torch.device) -> None:  # noqa: ANN401
    for name, part in networks(pipe):
        if not getattr(part, "_supports_group_offloading", True):
            raise ModelError(
                f"The part {name} ({type(part).__name__}) can't be brought to the card by layers."
            )
    pipe.enable_group_offload(
        onload_device=device, offload_device=HOST, offload_type="leaf_level",
        use_stream=device.type == "cuda", low_cpu_mem_usage=True,
    )  # fmt: skip


def _tile(pipe: Any) -> None:  # noqa: ANN401
    enable = getattr(getattr(pipe, "vae", None), "enable_tiling", None)
    if enable is not None:
        enable()


def store_in_float8(pipe: Any, compute: torch.dtype) -> None:  # noqa: ANN401
    """Keeps the networks' matrices in 8 bit; each layer is widened while it works.

    Args:
        pipe: of diffusers, its parts in the machine's memory.
        compute: what is computed in.
    """
    for name, part in networks(pipe):
        if role_of(name) == "network":
            network: Any = part
            network.enable_layerwise_casting(
                storage_dtype=torch.float8_e4m3fn, compute_dtype=compute
            )
