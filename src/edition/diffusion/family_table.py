"""The table of families of text-to-image models: data, one row each. Loads no torch.

Read from diffusers 0.42.1, file by file under ``diffusers/pipelines``: the defaults from
``__call__``, what guidance means from ``do_classifier_free_guidance`` and the loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Guidance = Literal["cfg", "cfg0", "told", "true_cfg", "none"]
"""``cfg``: off at 1. ``cfg0``: off at 0. ``told``: the network is told the number. ``true_cfg``:
as ``cfg``, by a parameter of that name, and only against a negative. ``none``: has no effect."""
Negative = Literal["yes", "true_cfg", "no"]
"""``true_cfg``: only with a second guidance, ``sampling.true_cfg``."""


@dataclass(frozen=True, slots=True)
class Family:
    """Models that diffusers draws with one set of pipelines."""

    title: str
    classes: tuple[str, ...]
    guidance: Guidance = "cfg"
    negative: Negative = "yes"
    multiple: int = 16
    """Width and height are multiples of it, with the published autoencoder."""
    side: int = 1024
    """The usual width and height, pixels."""
    steps: int = 28
    weight: float = 4.0
    """The usual guidance."""
    above: float = -1.0
    """Its pipeline fails at this guidance and below."""
    parameter: str = "guidance_scale"
    """What the pipeline calls its guidance."""
    from_image: str = ""
    """The pipeline that starts from an image; empty where diffusers has none."""
    reference: bool = False
    """It looks at the image while it draws, instead of starting in the middle of the schedule."""
    edits: bool = False
    """It draws from an image alone."""
    films: bool = True
    """Its latents are known well enough to be shown between two steps."""
    samplers: bool = False
    """Samplers of other models can take its steps."""
    refused: str = ""
    """Why it can't draw from a prompt, a seed and a recipe; empty where it can."""
    half: str = "float16"
    """What it is computed in on a card, with ``dtype = "auto"``."""
    tokens: int = 0
    """Of a prompt, for the encoder that reads most; 0 where that is CLIP's 77, or unknown."""
    package: str = ""
    """A package that its pipeline uses without asking whether it is there."""
    single: bool = False
    """Its pipeline draws one picture a call, or no other batch with guidance."""
    note: str = ""
    """What else is to be known of it, a sentence."""


def _sd(title: str, name: str, side: int, steps: int, weight: float, image: str = "") -> Family:
    return Family(
        title, (name,), multiple=8, side=side, steps=steps, weight=weight, samplers=True,
        from_image=image,
    )  # fmt: skip


def _refused(title: str, reason: str, *classes: str) -> Family:
    return Family(title, classes, refused=reason)


OWN_LOOP = ("StableDiffusionPipeline", "StableDiffusionXLPipeline")
"""Pipelines that ``edition.diffusion.stable_diffusion_renderer`` draws for."""
_BF16 = "bfloat16"
_JSON = "it learned from descriptions in JSON; plain words are drawn less well."
_CONTROL = "needs a control image, which a recipe has no key for"
TABLE: tuple[Family, ...] = (
    _sd("Stable Diffusion 1, 2", "StableDiffusionPipeline", 512, 50, 7.5,
        "StableDiffusionImg2ImgPipeline"),
    _sd("Stable Diffusion XL", "StableDiffusionXLPipeline", 1024, 50, 5.0,
        "StableDiffusionXLImg2ImgPipeline"),
    _sd("Stable Diffusion, PAG", "StableDiffusionPAGPipeline", 512, 50, 7.5,
        "StableDiffusionPAGImg2ImgPipeline"),
    _sd("Stable Diffusion XL, PAG", "StableDiffusionXLPAGPipeline", 1024, 50, 5.0,
        "StableDiffusionXLPAGImg2ImgPipeline"),
    Family("Kolors", ("KolorsPipeline",), multiple=8, steps=50, weight=5.0, samplers=True,
           tokens=256, from_image="KolorsImg2ImgPipeline", package="sentencepiece"),
    Family("Kolors, PAG", ("KolorsPAGPipeline",), multiple=8, steps=50, weight=5.0, samplers=True,
           tokens=256, package="sentencepiece"),
    Family("Stable Diffusion 3", ("StableDiffusion3Pipeline",), tokens=256, weight=7.0,
           from_image="StableDiffusion3Img2ImgPipeline"),
    Family("Stable Diffusion 3, PAG", ("StableDiffusion3PAGPipeline",), tokens=256, weight=7.0,
           from_image="StableDiffusion3PAGImg2ImgPipeline"),
    Family("Latent Consistency", ("LatentConsistencyModelPipeline",), guidance="told",
           negative="no", multiple=8, side=512, steps=4, weight=8.5,
           from_image="LatentConsistencyModelImg2ImgPipeline"),
    Family("Flux", ("FluxPipeline",), half=_BF16, tokens=512, guidance="told", negative="true_cfg",
           weight=3.5,
           from_image="FluxImg2ImgPipeline"),
    Family("Flux Kontext", ("FluxKontextPipeline",), half=_BF16, tokens=512, guidance="told",
           negative="true_cfg",
           weight=3.5, from_image="FluxKontextPipeline", reference=True),
    Family("Flux 2", ("Flux2Pipeline",), half=_BF16, tokens=512, guidance="told", negative="no",
           steps=50,
           from_image="Flux2Pipeline", reference=True),
    Family("Flux 2 Klein", ("Flux2KleinPipeline",), half=_BF16, tokens=512, negative="no", steps=50,
           from_image="Flux2KleinPipeline", reference=True),
    Family("Flux 2 Klein, KV", ("Flux2KleinKVPipeline",), half=_BF16, tokens=512, guidance="none",
           negative="no", steps=4, weight=1.0, parameter="",
           from_image="Flux2KleinKVPipeline", reference=True),
    Family("Chroma", ("ChromaPipeline",), half=_BF16, tokens=512, steps=35, weight=5.0,
           from_image="ChromaImg2ImgPipeline"),
    Family("Qwen-Image", ("QwenImagePipeline",), half=_BF16, tokens=1024, guidance="true_cfg",
           steps=50,
           parameter="true_cfg_scale", from_image="QwenImageImg2ImgPipeline"),
    Family("Qwen-Image Edit", ("QwenImageEditPipeline",), half=_BF16, guidance="true_cfg",
           steps=50, parameter="true_cfg_scale", from_image="QwenImageEditPipeline",
           reference=True, edits=True, single=True),
    Family("Qwen-Image Edit Plus", ("QwenImageEditPlusPipeline",), half=_BF16,
           guidance="true_cfg", steps=40, parameter="true_cfg_scale",
           from_image="QwenImageEditPlusPipeline", reference=True, edits=True, single=True),
    Family("Qwen-Image 2.1", ("QwenImage21Pipeline",), half=_BF16, guidance="true_cfg",
           multiple=32, steps=40, weight=1.0, parameter="true_cfg_scale"),
    Family("HunyuanImage", ("HunyuanImagePipeline",), half=_BF16, tokens=1000, multiple=32,
           steps=50, weight=3.5, parameter="distilled_guidance_scale",
           note="guidance acts in the first six steps; the model's own files guide the others."),
    Family("Krea 2", ("Krea2Pipeline",), half=_BF16, tokens=512, guidance="cfg0", weight=4.5),
    Family("Z-Image", ("ZImagePipeline",), half=_BF16, tokens=512, guidance="cfg0", steps=50,
           weight=5.0,
           from_image="ZImageImg2ImgPipeline"),
    Family("Z-Image Omni", ("ZImageOmniPipeline",), half=_BF16, tokens=512, guidance="cfg0",
           steps=50, weight=5.0),
    Family("AuraFlow", ("AuraFlowPipeline",), tokens=256, steps=50, weight=3.5),
    Family("CogView 3", ("CogView3PlusPipeline",), tokens=224, steps=50, weight=5.0),
    Family("CogView 4", ("CogView4Pipeline",), half=_BF16, tokens=1024, steps=50, weight=5.0),
    Family("Lumina", ("LuminaPipeline",), tokens=256, steps=30),
    Family("Lumina 2", ("Lumina2Pipeline",), half=_BF16, tokens=256, steps=30),
    Family("Ovis-Image", ("OvisImagePipeline",), half=_BF16, tokens=256, steps=50, weight=5.0),
    Family("Sana", ("SanaPipeline",), half=_BF16, tokens=300, multiple=32, steps=20, weight=4.5),
    Family("Sana, PAG", ("SanaPAGPipeline",), half=_BF16, tokens=300, multiple=32, steps=20,
           weight=4.5),
    Family("Sana Sprint", ("SanaSprintPipeline",), half=_BF16, tokens=300, guidance="told",
           negative="no",
           multiple=32, steps=2, weight=4.5, from_image="SanaSprintImg2ImgPipeline"),
    Family("PixArt alpha", ("PixArtAlphaPipeline",), steps=20, weight=4.5, tokens=120),
    Family("PixArt Sigma", ("PixArtSigmaPipeline",), steps=20, weight=4.5, tokens=300),
    Family("PixArt, PAG", ("PixArtSigmaPAGPipeline",), tokens=300, steps=20, weight=4.5),
    Family("Hunyuan-DiT", ("HunyuanDiTPipeline",), tokens=256, steps=50, weight=5.0),
    Family("Hunyuan-DiT, PAG", ("HunyuanDiTPAGPipeline",), tokens=256, steps=50, weight=5.0,
           above=1.0),
    Family("Kandinsky 2.1", ("KandinskyCombinedPipeline",), multiple=64, side=512, steps=100,
           from_image="KandinskyImg2ImgCombinedPipeline"),
    Family("Kandinsky 2.2", ("KandinskyV22CombinedPipeline",), multiple=64, side=512, steps=100,
           from_image="KandinskyV22Img2ImgCombinedPipeline"),
    Family("Kandinsky 3", ("Kandinsky3Pipeline",), tokens=128, multiple=64, steps=25, weight=3.0,
           from_image="Kandinsky3Img2ImgPipeline"),
    Family("Kandinsky 5", ("Kandinsky5T2IPipeline",), half=_BF16, tokens=512, steps=50, weight=3.5,
           package="ftfy"),
    Family("DeepFloyd IF", ("IFPipeline",), tokens=77, multiple=8, side=64, steps=100, weight=7.0,
           from_image="IFImg2ImgPipeline"),
    Family("HiDream", ("HiDreamImagePipeline",), half=_BF16, tokens=128, steps=50, weight=5.0),
    Family("Bria", ("BriaPipeline",), half=_BF16, tokens=128, steps=30, weight=5.0),
    Family("Bria Fibo", ("BriaFiboPipeline",), half=_BF16, tokens=3000, steps=30, weight=5.0,
           note=_JSON),
    Family("Bria Fibo 2", ("BriaFibo2Pipeline",), half=_BF16, tokens=4096, steps=30, weight=5.0,
           note=_JSON),
    Family("LongCat-Image", ("LongCatImagePipeline",), half=_BF16, tokens=512, steps=50,
           weight=4.5),
    Family("PRX", ("PRXPipeline",), half=_BF16, package="ftfy", single=True),
    Family("PRX Pixel", ("PRXPixelPipeline",), half=_BF16, package="ftfy", single=True),
    Family("OmniGen", ("OmniGenPipeline",), half=_BF16, negative="no", steps=50, weight=2.5,
           package="torchvision"),
    Family("DreamLite", ("DreamLitePipeline",), half=_BF16, tokens=200, steps=30, weight=3.5,
           single=True),
    Family("DreamLite Mobile", ("DreamLiteMobilePipeline",), half=_BF16, tokens=200,
           guidance="none", negative="no", steps=4, weight=1.0, parameter="", single=True),
    Family("Latent Diffusion", ("LDMTextToImagePipeline",), negative="no", multiple=8, side=256,
           steps=50, weight=6.0, tokens=77),
    Family("NucleusMoE-Image", ("NucleusMoEImagePipeline",), half=_BF16, steps=50),
    Family("Ideogram 4", ("Ideogram4Pipeline",), half=_BF16, negative="no", steps=48, weight=7.0,
           films=False),
    Family("ERNIE-Image", ("ErnieImagePipeline",), half=_BF16, steps=50),
    _refused("Stable Diffusion with ControlNet", _CONTROL, "StableDiffusionControlNetPipeline",
             "StableDiffusionControlNetPAGPipeline", "StableDiffusionXLControlNetPipeline",
             "StableDiffusionXLControlNetPAGPipeline", "StableDiffusionXLControlNetUnionPipeline",
             "StableDiffusion3ControlNetPipeline"),
    _refused("Other models with ControlNet", _CONTROL, "FluxControlPipeline",
             "FluxControlNetPipeline", "CogView4ControlPipeline", "QwenImageControlNetPipeline",
             "ZImageControlNetPipeline", "ZImageControlNetInpaintPipeline"),
    _refused("Stable Diffusion XL refiner", "refines pictures of its base model: name that one",
             "StableDiffusionXLImg2ImgPipeline"),
    _refused("Kandinsky without its prior", "draws from embeddings: name the combined folder",
             "KandinskyV22Pipeline", "KandinskyPipeline"),
    _refused("Wuerstchen and Stable Cascade", "takes two guidances and two numbers of steps, which "
             "a recipe has no keys for", "WuerstchenCombinedPipeline",
             "StableCascadeCombinedPipeline"),
    _refused("GLM-Image", "draws a part of each picture by a random stream that a batch shares",
             "GlmImagePipeline"),
    _refused("Helios", "makes films", "HeliosPipeline", "HeliosPyramidPipeline"),
    _refused("AnyFlow", "makes films", "AnyFlowPipeline", "AnyFlowFARPipeline"),
    _refused("Cosmos 2", "draws only beside its maker's safety checker, which is not loaded here",
             "Cosmos2TextToImagePipeline"),
    _refused("Qwen-Image Layered", "takes an image apart into layers",
             "QwenImageLayeredPipeline"),
    _refused("UnCLIP", "takes two guidances and two or three numbers of steps, which a recipe has "
             "no keys for", "UnCLIPPipeline", "StableUnCLIPPipeline"),
    _refused("Stable Diffusion with another way to sample",
             "is drawn as Stable Diffusion: name the model itself",
             "StableDiffusionPanoramaPipeline", "StableDiffusionSAGPipeline",
             "StableDiffusionParadigmsPipeline", "SemanticStableDiffusionPipeline"),
    _refused("aMUSEd and VQ-Diffusion", "fills in tokens by a random stream that a batch shares",
             "AmusedPipeline", "VQDiffusionPipeline"),
    _refused("AltDiffusion, UniDiffuser and Versatile Diffusion",
             "is no longer kept up by diffusers", "AltDiffusionPipeline", "UniDiffuserPipeline",
             "VersatileDiffusionTextToImagePipeline"),
    _refused("DiffusionGemma and LLaDA 2", "writes text", "DiffusionGemmaPipeline",
             "LLaDA2Pipeline"),
)  # fmt: skip
TOLD = {
    "HunyuanImagePipeline": Family(
        "HunyuanImage, distilled", ("HunyuanImagePipeline",), half=_BF16, tokens=1000, multiple=32,
        steps=8, weight=3.25, parameter="distilled_guidance_scale", guidance="told",
        negative="no",
    )
}  # fmt: skip
"""Classes that also draw with networks which are told the guidance: the family of those."""
