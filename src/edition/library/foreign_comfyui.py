"""ComfyUI: the graph that drew the picture, followed back from where it was saved.

A graph is a table of nodes: ``{id: {"class_type": …, "inputs": {name: value or [id, output]}}}``.
What is not followed is not guessed: the value is None, or a sentence names the node.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edition.library.foreign_chunks import table
from edition.library.foreign_settings import ForeignSettings, is_set, real, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

FARTHEST = 200
"""Nodes that are followed one after the other; graphs may be circular by mistake."""
_LONGEST = 1_000_000
"""Characters of a text that is joined with another; a few nodes could make it as long as memory."""
_PLAIN_VALUES = (
    "value", "int", "float", "number", "string", "text", "seed", "noise_seed", "prompt", "Value",
    "Number", "String", "Text", "populated_text", "int_value", "float_value", "string_value",
)  # fmt: skip
"""Inputs under which nodes that only hold a value keep it."""
_CHANGES = re.compile(
    r"^(a|b|c|x|y)$|operat|^op$|expression|formula|factor|offset|multipl|round", re.I
)
"""Inputs of nodes that reckon with a number."""
_HARMLESS = re.compile(
    r"fixed|control_(after|before)_generate|mode|unique_id|extra_pnginfo|ui|speak_and_recognation"
    r"|text_?\d+|anything|display|display_type|wrap|multiline|title|label|name|comment|last_seed"
)
"""Inputs beside a text that leave it as it stands."""
_SAMPLERS = re.compile(r"ksampler(advanced|efficient|advefficient|sdxlefficient)?|samplercustom.*")
"""Samplers whose inputs are all read here."""
_LOADERS = {
    "ckpt_name": 0, "unet_name": 0, "model_path": 0, "model_name": 0, "base_ckpt_name": 0,
}  # fmt: skip
_PASS_TOLD = (
    ("lora", "adapters (LoRA)", ("lora_name", "lora_01", "lora_1_name")),
    ("ipadapter", "image prompts (IPAdapter)", ()),
    ("freeu", "FreeU", ()),
    ("rescalecfg", "guidance rescale", ("multiplier",)),
    ("modelsampling", "a changed noise schedule", ("sampling", "shift", "max_shift")),
    ("controlnet", "control networks", ()),
    ("clipsetlastlayer", "clip skip", ("stop_at_clip_layer",)),
    ("gligen", "boxes for words (GLIGEN)", ()),
    ("unclip", "image prompts (unCLIP)", ()),
    ("stylemodel", "image prompts (style model)", ()),
    ("hypernetwork", "a hypernetwork", ("hypernetwork_name",)),
)
"""What is in a node's class → what it does that a recipe has no place for, and its values."""
_QUIET = ("reroute", "fluxguidance", "note", "primitive", "anything everywhere", "modelpass")


@dataclass(slots=True)
class GraphNode:
    """One node of the graph."""

    id: str
    kind: str
    """Its class in small letters without signs."""
    inputs: dict[str, Any]

    def link(self, *names: str) -> list[Any] | None:
        """The first of some inputs that is linked."""
        for name in names:
            value = self.inputs.get(name)
            if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int):
                return value
        return None


def _only_holds(node: GraphNode, key: str) -> bool:
    """Whether a node gives its value as it stands, without changing or replacing anything in it."""
    others = node.inputs.keys() - {key}
    if isinstance(node.inputs[key], int | float):
        return not any(
            isinstance(node.inputs[name], list) or _CHANGES.search(name) for name in others
        )
    return all(_HARMLESS.fullmatch(name) for name in others)


@dataclass(slots=True)
class ComfyGraph:
    """All nodes, and what is found on the way."""

    nodes: dict[str, GraphNode]
    found: ForeignSettings
    told: set[str] = field(default_factory=set)
    joined: dict[str, str | None] = field(default_factory=dict)
    """Texts of nodes that join others, each made once."""

    def at(self, link: list[Any] | None) -> GraphNode | None:
        """The node at the other end of a link."""
        return self.nodes.get(str(link[0])) if link else None

    def back(self, link: list[Any] | None, *names: str) -> Iterator[GraphNode]:
        """The node a link comes from, then what feeds it through the first of some inputs."""
        seen: set[str] = set()
        while (node := self.at(link)) is not None and node.id not in seen and len(seen) < FARTHEST:
            seen.add(node.id)
            yield node
            link = node.link(*names)

    def value(self, node: GraphNode, *names: str) -> object:
        """An input's value, over a link too; None when it can't be followed."""
        name = next((name for name in names if name in node.inputs), None)
        if name is None:
            return None
        value = node.inputs[name]
        return value if not isinstance(value, list) else self._linked(node.link(name), 0)

    def _linked(self, link: list[Any] | None, depth: int) -> object:
        node = self.at(link)
        if node is None or depth > FARTHEST:
            return None
        if node.kind == "stringconcatenate":
            return self._joined(node, depth)
        if isinstance(populated := node.inputs.get("populated_text"), str):
            return populated  # of a wildcard prompt: what was drawn, beside what it was drawn from
        plain = [key for key in _PLAIN_VALUES if key in node.inputs]
        if len(plain) == 1:
            only = node.inputs[plain[0]]
            if not _only_holds(node, plain[0]):
                return None
            return only if not isinstance(only, list) else self._linked(only, depth + 1)
        links = [v for v in node.inputs.values() if isinstance(v, list) and len(v) == 2]
        passes = node.kind.startswith(("reroute", "showtext", "displaytext", "previewany"))
        return self._linked(links[0], depth + 1) if passes and len(links) == 1 else None

    def _joined(self, node: GraphNode, depth: int) -> object:
        if node.id not in self.joined:
            self.joined[node.id] = None  # what leads back to it is not known
            self.joined[node.id] = self._join(node, depth)
        return self.joined[node.id]

    def _join(self, node: GraphNode, depth: int) -> str | None:
        parts = [
            self._linked(value, depth + 1) if isinstance(value, list) else value
            for value in (node.inputs.get("string_a"), node.inputs.get("string_b"))
        ]
        if not all(isinstance(part, str) and len(part) < _LONGEST for part in parts):
            return None
        return str(node.inputs.get("delimiter", "")).join(map(str, parts))

    def tell(self, node: GraphNode) -> None:
        """Names what a node on the way does that a recipe has no place for."""
        if node.id in self.told or node.kind.startswith(_QUIET):
            return
        self.told.add(node.id)
        for part, called, values in _PASS_TOLD:
            if part in node.kind:
                given = [node.inputs[key] for key in values if key in node.inputs]
                if (loader := self.at(node.link("control_net"))) is not None:
                    given = [self.value(loader, "control_net_name")]
                self.found.lose(called, given[0] if given else None)
                return
        self.found.lost.append(f"Its workflow has a node {node.kind} whose part is not understood.")


def read(texts: dict[str, str]) -> ForeignSettings | None:
    """Reads the graph of a picture's texts; None when there is none.

    A graph without a sampler that is understood gives settings that are all not known.
    """
    raw = table(texts.get("prompt", ""))
    nodes = {
        str(key): GraphNode(
            str(key), re.sub(r"[^a-z0-9]", "", str(value["class_type"]).lower()), value["inputs"]
        )
        for key, value in raw.items()
        if isinstance(value, dict)
        and isinstance(value.get("inputs"), dict)
        and "class_type" in value
    }
    if not nodes:
        return None
    found = ForeignSettings("ComfyUI", negative=None, noise="cpu")
    graph = ComfyGraph(nodes, found)
    sampler = _sampler(graph)
    if sampler is None:
        found.lost.append("Its workflow has no sampler that is understood.")
        return found
    _sampling(graph, sampler)
    _start(graph, sampler)
    return found


def _sampler(graph: ComfyGraph) -> GraphNode | None:
    """The sampler that feeds the saved picture."""
    sinks = [n for n in graph.nodes.values() if n.link("images", "image") and "save" in n.kind]
    sinks = sinks or [
        n for n in graph.nodes.values() if n.link("images", "image") and "preview" in n.kind
    ]
    ends: dict[str, GraphNode] = {}
    for sink in sinks:
        for node in graph.back(sink.link("images", "image"), "samples", "latent", "image", "images",
                               "pixels", "upscale_by", "image1"):  # fmt: skip
            if _is_sampler(node):
                ends[node.id] = node
                break
            if node.kind.startswith("vaedecode"):
                _autoencoder(graph, node)
            else:
                _after(graph, node)
    if not ends:
        ends = {n.id: n for n in graph.nodes.values() if _is_sampler(n)}
    if len(ends) > 1:
        graph.found.lost.append(
            f"Its workflow saves pictures of {len(ends)} samplers; the first is read."
        )
    return next(iter(ends.values()), None)


def _is_sampler(node: GraphNode) -> bool:
    draws = node.link("latent_image", "latent", "samples") is not None
    return draws and (node.link("model") is not None or node.link("guider") is not None)


def _after(graph: ComfyGraph, node: GraphNode) -> None:
    """Names what happened between the decoder and the file."""
    if "upscale" in node.kind or "scale" in node.kind:
        graph.found.lose("an enlargement after drawing")
    elif not node.kind.startswith(_QUIET):
        graph.tell(node)


def _autoencoder(graph: ComfyGraph, decoder: GraphNode) -> None:
    loader = graph.at(decoder.link("vae"))
    if loader is not None and "vae_name" in loader.inputs:
        graph.found.lose("another autoencoder (VAE)", loader.inputs["vae_name"])


def _sampling(graph: ComfyGraph, sampler: GraphNode) -> None:
    found = graph.found
    guider = graph.at(sampler.link("guider")) or sampler
    noise = graph.at(sampler.link("noise")) or sampler
    sigmas = graph.at(sampler.link("sigmas")) or sampler
    choice = graph.at(sampler.link("sampler")) or sampler
    if not _SAMPLERS.fullmatch(sampler.kind):
        found.lost.append(f"Its sampler node {sampler.kind} may do more than is read here.")
    if str(graph.value(sampler, "noise_mode")).upper().startswith("GPU"):
        found.noise = "cuda"
    if is_set(variation := graph.value(sampler, "variation_strength")):
        found.lose("a variation seed", variation)
    if str(graph.value(sampler, "add_noise")).lower() in ("disable", "false"):
        found.lose("no noise of its own (add_noise)")
    found.seed = whole(graph.value(noise, "noise_seed", "seed"))
    found.steps = whole(graph.value(sigmas, "steps"))
    found.sampler = _text(graph.value(choice, "sampler_name"))
    found.schedule = _text(graph.value(sigmas, "scheduler")) or ""
    if sigmas is not sampler and not found.schedule and sigmas.kind != "basicscheduler":
        found.schedule = {"karrasscheduler": "karras"}.get(sigmas.kind, sigmas.kind)
    cfg = graph.value(guider, "cfg")
    found.guidance = real(cfg) if "cfg" in guider.inputs else None
    positive = guider.link("positive", "conditioning")
    found.prompt, distilled = _prompt(graph, positive, "positive")
    found.negative = "" if guider.kind == "basicguider" else _prompt(
        graph, guider.link("negative"), "negative")[0]  # fmt: skip
    if distilled is not None:
        if found.guidance not in (None, 1.0):
            found.lose("true guidance beside the distilled one (cfg)", found.guidance)
        found.guidance = distilled
    _model(graph, guider.link("model") or sampler.link("model"))
    denoise = real(graph.value(sigmas, "denoise"))
    if denoise is not None and denoise < 1.0:
        found.lose("only a part of the steps (denoise)", denoise)
    first, last = (whole(graph.value(sampler, key)) for key in ("start_at_step", "end_at_step"))
    if first or (last is not None and found.steps is not None and last < found.steps):
        found.lose("only a part of the steps (start_at_step, end_at_step)", [first, last])


def _prompt(
    graph: ComfyGraph, link: list[Any] | None, side: str
) -> tuple[str | None, float | None]:
    """A prompt's text and FLUX's guidance, followed back through what changes conditioning."""
    distilled: float | None = None
    for node in graph.back(link, side, "conditioning", "conditioning_to", "conditioning_1"):
        if "guidance" in node.inputs and "flux" in node.kind:
            distilled = real(graph.value(node, "guidance"))
        if node.kind == "conditioningzeroout":
            return "", distilled
        if "cliptextencode" in node.kind:
            _clip(graph, node.link("clip"))
            return _encoded(graph, node), distilled
        if node.kind.startswith(
            ("conditioningcombine", "conditioningconcat", "conditioningaverage")
        ):
            graph.found.lost.append("Its workflow joins several prompts; only the first is read.")
        elif not node.kind.startswith("fluxguidance"):
            graph.tell(node)
    return None, distilled


def _encoded(graph: ComfyGraph, node: GraphNode) -> str | None:
    names = [n for n in ("text", "text_g", "text_l", "clip_l", "t5xxl") if n in node.inputs]
    values = [_text(graph.value(node, name)) for name in names]
    if len(set(values)) > 1:
        graph.found.lost.append("Its text encoders were given different prompts; one is read.")
    return max((v for v in values if v is not None), key=len, default=None)


def _clip(graph: ComfyGraph, link: list[Any] | None) -> None:
    for node in graph.back(link, "clip"):
        if node.link("clip") is not None:
            graph.tell(node)
        elif any(key.startswith("clip_name") for key in node.inputs):
            graph.found.lose("text encoders of their own files", [
                value for key, value in node.inputs.items() if key.startswith("clip_name")
            ])  # fmt: skip


def _model(graph: ComfyGraph, link: list[Any] | None) -> None:
    for node in graph.back(link, "model", "unet"):
        name = next((key for key in _LOADERS if key in node.inputs), None)
        if name is not None and node.link("model") is None:
            graph.found.model = _text(graph.value(node, name))
            return
        graph.tell(node)


def _start(graph: ComfyGraph, sampler: GraphNode) -> None:
    """What the first latent was: an empty one, an image, or another sampler's."""
    found = graph.found
    for node in graph.back(sampler.link("latent_image", "latent", "samples"),
                           "samples", "latent", "latent_image", "pixels", "image"):  # fmt: skip
        if node.kind.startswith("empty") or "emptylatent" in node.kind:
            found.width = whole(graph.value(node, "width"))
            found.height = whole(graph.value(node, "height"))
            if whole(graph.value(node, "batch_size")) not in (None, 1):
                found.lost.append("It is one of a batch that shared a stream of noise.")
            return
        if _is_sampler(node):
            found.lost.append("It went on from another sampler's picture; only the last is read.")
        elif "vaeencode" in node.kind or node.kind.startswith("loadimage"):
            found.lost.append("It started from an image.")
            return
        elif not node.kind.startswith(_QUIET):
            found.lose("a changed latent", node.kind)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
