"""What ten programs write, value by value: read as they mean it, or told as not known.

Built from their published formats. Each row changes one thing of a plain picture and says what the
recipe must hold, or which words must be told.
"""

import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from edition.actions import importing
from edition.errors import LibraryError
from edition.library import foreign_metadata

CASES = Path(__file__).parents[1] / "cases"
PLAIN = {
    "positive": "a red barn", "negative": "blurry", "seed": 5, "steps": 20, "guidance": 7.5,
    "sampler": "euler", "width": 512, "height": 768, "noise": "cpu",
    "base": "models/dream.safetensors",
}  # fmt: skip
"""What every program's plain picture means."""


def png(path: Path, texts: dict[str, str], size: tuple[int, int] = (512, 768)) -> Path:
    info = PngInfo()
    for key, value in texts.items():
        info.add_itxt(key, value)
    Image.new("RGB", size, "teal").save(path, pnginfo=info)
    return path


def jpeg(path: Path, comment: bytes, **tags: str) -> Path:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    for name, value in tags.items():
        exif[{"make": 0x010F, "model": 0x0110, "software": 0x0131}[name]] = value
    Image.new("RGB", (512, 768), "teal").save(path, exif=exif)
    return path


def check(path: Path, expected: dict[str, object], told: tuple[str, ...] = ()) -> None:
    found = foreign_metadata.read(path)
    recipe, sampling = found.recipe, found.recipe.sampling
    got = {
        "positive": recipe.prompt.positive, "negative": recipe.prompt.negative, "seed": found.seed,
        "steps": sampling.steps, "guidance": sampling.guidance, "sampler": sampling.sampler,
        "width": sampling.width, "height": sampling.height, "noise": sampling.noise,
        "base": recipe.model.base, "program": found.program, "scheduler": sampling.scheduler,
    }  # fmt: skip
    wanted = {**PLAIN, **expected}
    assert {key: got[key] for key in wanted} == wanted
    said = " ".join(found.lost)
    for words in told:
        assert words in said
    own = ("unknown",)  # told in the line about the model, which is always there
    assert (len(found.lost) > 1) == (told not in ((), own)), found.lost


# A1111 and all who write its form

A1111 = {
    "Steps": "20", "Sampler": "Euler", "Schedule type": "Automatic", "CFG scale": "7.5",
    "Seed": "5",
    "Size": "512x768", "Model hash": "6ce0161689", "Model": "dream", "Version": "v1.10.1",
}  # fmt: skip
GPU = {"noise": "cuda", "program": "A1111"}


def a1111(
    changes: dict[str, str | None], *, head: str = "a red barn\nNegative prompt: blurry"
) -> str:
    settings = {key: value for key, value in {**A1111, **changes}.items() if value is not None}
    return head + "\n" + ", ".join(f"{key}: {value}" for key, value in settings.items())


CONTROL = '"Module: canny, Model: control_v11p_sd15_canny [d14c016b], Weight: 1"'
A1111_ROWS = [
    ({}, {}, ()),
    ({"Seed": "5.0", "Steps": "20.0"}, {}, ()),
    ({"Seed": "18446744073709551"}, {"seed": 18446744073709551}, ()),
    ({"Seed": None}, {"seed": 0}, ("seed is not known",)),
    ({"Seed": "abc"}, {"seed": 0}, ("seed is not known",)),
    ({"CFG scale": None}, {"guidance": 7.0}, ("guidance is not known",)),
    ({"Sampler": None}, {"sampler": "native"}, ("sampler is not known",)),
    ({"Sampler": "DPM adaptive"}, {"sampler": "native"}, ("DPM adaptive",)),
    ({"Sampler": "Euler a"}, {"sampler": "euler_a"}, ()),
    ({"Sampler": "DPM++ 2M Karras"}, {"sampler": "dpmpp_2m_karras"}, ()),
    ({"Sampler": "DPM++ 2M", "Schedule type": "Karras"}, {"sampler": "dpmpp_2m_karras"}, ()),
    ({"Sampler": "DPM++ 2M SDE"}, {"sampler": "dpmpp_2m_sde"}, ()),
    ({"Sampler": "Euler", "Schedule type": "Karras"}, {}, ("noise schedule",)),
    ({"Sampler": "PLMS"}, {"sampler": "pndm"}, ()),
    ({"Sampler": "UniPC"}, {"sampler": "unipc"}, ()),
    ({"RNG": "CPU"}, {"noise": "cpu"}, ()),
    ({"RNG": "NV"}, {}, ()),
    ({"Clip skip": "1"}, {}, ()),
    ({"Clip skip": "2"}, {}, ("clip skip: 2",)),
    ({"ControlNet 0": CONTROL}, {}, ("control networks", "d14c016b")),
    ({"ADetailer model": "face_yolov8n.pt", "ADetailer version": "24.1"}, {}, ("ADetailer",)),
    ({"TI hashes": '"easyneg: c74b4e810b03"'}, {}, ("easyneg",)),
    ({"Lora hashes": '"waves: 0123456789ab, fog: ba9876543210"'}, {}, ("adapters", "fog")),
    ({"Model": "dream, with fog"}, {"base": "models/dream, with fog.safetensors"}, ()),
    ({"Model": '"dream, with: fog"'}, {"base": "models/dream, with: fog.safetensors"}, ()),
    ({"Model": None}, {"base": "models/unknown.safetensors"}, ("unknown",)),
    ({"VAE": "other.safetensors", "VAE hash": "ab"}, {}, ("autoencoder", "other.safetensors")),
    ({"VAE": "Automatic"}, {}, ()),
    ({"Denoising strength": "0.4"}, {}, ("an image it started from",)),
    ({"Hires upscale": "2", "Hires upscaler": "Latent"}, {}, ("second pass",)),
    ({"Refiner": "xl-refiner", "Refiner switch at": "0.8"}, {}, ("refiner", "Refiner switch at")),
    ({"Variation seed": "9", "Variation seed strength": "0.2"}, {}, ("variation seed",)),
    ({"Face restoration": "CodeFormer"}, {}, ("face restoration",)),
    ({"ENSD": "31337"}, {}, ("ENSD",)),
    ({"Eta": "0.5"}, {}, ("eta",)),
    ({"Tiling": "True"}, {}, ("tiling",)),
    ({"Token merging ratio": "0.5"}, {}, ("Token merging ratio",)),
    ({"Size": "513x769"}, {}, ("no multiple of 8", "enlarged")),
    ({"Hashes": '{"model": "6ce0161689"}'}, {}, ()),
    ({"CFG scale": "1", "Distilled CFG Scale": "3.5", "Version": "f2.0.1v1.10.1"},
     {"guidance": 3.5, "program": "Forge"}, ()),
    ({"CFG scale": "2", "Distilled CFG Scale": "3.5", "Version": "f2.0.1v1.10.1"},
     {"guidance": 3.5, "program": "Forge"}, ("true guidance",)),
    ({"Version": "neo"}, {"program": "Forge"}, ()),
    ({"Version": None}, {}, ()),
    ({"Version": "ComfyUI", "Sampler": "euler_ancestral"},
     {"program": "ComfyUI", "noise": "cpu", "sampler": "euler_a"}, ()),
    ({"Version": "Fooocus v2.5.5"}, {"program": "Fooocus", "noise": "cpu"}, ()),
    ({"App": "SD.Next", "Version": "2a9f5c1", "Pipeline": "StableDiffusionPipeline"},
     {"program": "SD.Next"}, ()),
    ({"App": "SD.Next", "Version": "2a9f5c1", "Sampler": "UniPC"},
     {"program": "SD.Next", "sampler": "unipc", "scheduler": {"solver_type": "bh2"}}, ()),
    ({"Version": None, "Civitai resources": '[{"type":"checkpoint","modelName":"Sea, Seed: 3"}]',
      "Civitai metadata": "{}"}, {"program": "Civitai", "noise": "cpu"},
     ("device", "what its site names")),
    ({"Version": "Someprogram"}, {"program": "Someprogram", "noise": "cpu"}, ("device",)),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected", "told"), A1111_ROWS)
def test_a1111(tmp_path: Path, changes, expected, told) -> None:
    check(png(tmp_path / "a.png", {"parameters": a1111(changes)}), {**GPU, **expected}, told)


@pytest.mark.parametrize(
    ("head", "expected", "told"),
    [
        ("a red barn", {"negative": ""}, ()),
        ("a red\nbarn\nNegative prompt: blurry", {"positive": "a red\nbarn"}, ()),
        ("a red barn\nNegative prompt: blurry\nNegative prompt: grey",
         {"negative": "blurry\ngrey"}, ()),
        ("a red barn\nNegative prompt: blurry\ngrey", {"negative": "blurry\ngrey"}, ()),
        ("a red barn, Steps: two\nNegative prompt: blurry",
         {"positive": "a red barn, Steps: two"}, ()),
        ("Negative prompt: blurry", {"positive": ""}, ()),
        ("a (red:1.3) barn\nNegative prompt: blurry",
         {"positive": "a (red:1.3) barn"}, ("weighs",)),
        ("a red barn <lora:waves:0.8>\nNegative prompt: blurry",
         {"positive": "a red barn <lora:waves:0.8>"}, ("adapters",)),
        ("a (red) barn\nNegative prompt: blurry", {"positive": "a (red) barn"}, ("weighs",)),
        ("a \\(red\\) barn\nNegative prompt: blurry", {"positive": "a \\(red\\) barn"}, ()),
        ("x" * 6000 + "\nNegative prompt: blurry", {"positive": "x" * 6000}, ()),
    ],
)  # fmt: skip
def test_a1111_prompts(tmp_path: Path, head, expected, told) -> None:
    text = a1111({}, head=head)
    check(png(tmp_path / "a.png", {"parameters": text}), {**GPU, **expected}, told)


def test_a_template_behind_the_settings_changes_none(tmp_path: Path) -> None:
    text = a1111({}) + "\nTemplate: a {red|blue} barn, Seed: 9, Steps: 3\nNegative Template: x"
    told = ("a text after its settings: Template: a {red|blue}", "Negative Template")
    check(png(tmp_path / "a.png", {"parameters": text}), GPU, told)


@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + a1111({}).encode("utf-16-be"),
        b"UNICODE\0" + a1111({}).encode("utf-16-le"),
        b"ASCII\0\0\0" + a1111({}).encode(),
        b"\0" * 8 + a1111({}).encode(),
    ],
)
@pytest.mark.parametrize("ending", ["jpg", "webp"])
def test_a1111_in_exif(tmp_path: Path, comment: bytes, ending: str) -> None:
    check(jpeg(tmp_path / f"a.{ending}", comment), GPU)


# ComfyUI


def comfy(changes: dict[str, object] | None = None, **inputs: object) -> dict[str, object]:
    """A plain graph; ``changes`` adds or replaces nodes, ``inputs`` change the sampler's."""
    graph: dict[str, object] = {
        "3": node("KSampler", seed=5, steps=20, cfg=7.5, sampler_name="euler", scheduler="normal",
                  denoise=1.0, model=["4", 0], positive=["6", 0], negative=["7", 0],
                  latent_image=["5", 0]),
        "4": node("CheckpointLoaderSimple", ckpt_name="dream.safetensors"),
        "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "6": node("CLIPTextEncode", text="a red barn", clip=["4", 1]),
        "7": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", filename_prefix="C", images=["8", 0]),
    }  # fmt: skip
    graph["3"]["inputs"].update(inputs)  # type: ignore[index]
    return {**graph, **(changes or {})}


def node(kind: str, **inputs: object) -> dict[str, object]:
    return {"class_type": kind, "inputs": inputs}


CUSTOM = {
    "3": node("SamplerCustomAdvanced", noise=["20", 0], guider=["21", 0], sampler=["22", 0],
              sigmas=["23", 0], latent_image=["5", 0]),
    "20": node("RandomNoise", noise_seed=5),
    "21": node("CFGGuider", model=["4", 0], positive=["6", 0], negative=["7", 0], cfg=7.5),
    "22": node("KSamplerSelect", sampler_name="euler"),
    "23": node("BasicScheduler", model=["4", 0], scheduler="simple", steps=20, denoise=1.0),
}  # fmt: skip
FLUX = {
    **CUSTOM,
    "4": node("UNETLoader", unet_name="flux/dream.safetensors", weight_dtype="default"),
    "11": node("DualCLIPLoader", clip_name1="t5.safetensors", clip_name2="l.safetensors",
               type="flux"),
    "6": node("CLIPTextEncode", text="a red barn", clip=["11", 0]),
    "21": node("BasicGuider", model=["4", 0], conditioning=["12", 0]),
    "12": node("FluxGuidance", guidance=3.5, conditioning=["6", 0]),
}  # fmt: skip
SECOND = node("KSampler", seed=6, steps=10, cfg=7.5, sampler_name="euler", scheduler="normal",
              denoise=0.5, model=["4", 0], positive=["6", 0], negative=["7", 0],
              latent_image=["14", 0])  # fmt: skip
COMFY_ROWS = [
    (comfy(), {}, ()),
    (comfy({"20": node("PrimitiveInt", value=123456789)}, seed=["20", 0]), {"seed": 123456789}, ()),
    (comfy({"20": node("PrimitiveNode", value=123456789, fixed="fixed")}, seed=["20", 0]),
     {"seed": 123456789}, ()),
    (comfy({"20": node("Seed (rgthree)", seed=77)}, seed=["20", 0]), {"seed": 77}, ()),
    (comfy({"20": node("Reroute", **{"": ["21", 0]}), "21": node("PrimitiveInt", value=9)},
           seed=["20", 0]), {"seed": 9}, ()),
    (comfy({"20": node("MathExpression", expression="a+b", a=1, b=2)}, seed=["20", 0]),
     {"seed": 0}, ("seed is not known",)),
    (comfy({"20": node("PrimitiveFloat", value=4.5)}, cfg=["20", 0]), {"guidance": 4.5}, ()),
    (comfy(steps=["99", 0]), {"steps": 20}, ("steps is not known",)),
    (comfy({"6": node("CLIPTextEncode", text=["30", 0], clip=["4", 1]),
            "30": node("PrimitiveStringMultiline", value="a red barn")}), {}, ()),
    (comfy({"6": node("CLIPTextEncode", text=["30", 0], clip=["4", 1]),
            "30": node("ShowText|pysssss", text=["31", 0]), "31": node("Text", text="a red barn")}),
     {}, ()),
    (comfy({"6": node("CLIPTextEncode", text=["30", 0], clip=["4", 1]),
            "30": node("StringConcatenate", string_a="a red", string_b=["31", 0], delimiter=" "),
            "31": node("PrimitiveString", value="barn")}), {}, ()),
    (comfy({"6": node("CLIPTextEncode", text=["30", 0], clip=["4", 1]),
            "30": node("LlamaPrompt", idea="barn", style="red")}),
     {"positive": ""}, ("prompt is not known",)),
    (comfy({"6": node("CLIPTextEncode", text=["30", 0], clip=["4", 1]),
            "30": node("StringReplace", string="a blue barn", find="blue", replace="red")}),
     {"positive": ""}, ("prompt is not known",)),
    (comfy({"6": node("CLIPTextEncode", text=["30", 0], clip=["4", 1]),
            "30": node("CaseConverter", string="A RED BARN", mode="lowercase", to="lower")}),
     {"positive": ""}, ("prompt is not known",)),
    (comfy({"6": node("CLIPTextEncode", text=["30", 0], clip=["4", 1]),
            "30": node("ImpactWildcardProcessor", wildcard_text="a {red|blue} barn",
                       populated_text="a red barn", mode="populate", seed=3)}), {}, ()),
    (comfy({"20": node("IntOperation", value=4, operation="add", b=1)}, seed=["20", 0]),
     {"seed": 0}, ("seed is not known",)),
    (comfy({"6": node("CLIPTextEncode", text="a red barn, embedding:fog", clip=["4", 1])}),
     {"positive": "a red barn, embedding:fog"}, ("textual-inversion",)),
    (comfy({"6": node("CLIPTextEncode", text="a (red) barn", clip=["4", 1])}),
     {"positive": "a (red) barn"}, ("weighs",)),
    (comfy({"3": node("KSampler //Inspire", seed=5, steps=20, cfg=7.5, sampler_name="euler",
                      scheduler="normal", denoise=1.0, noise_mode="GPU(=A1111)",
                      variation_strength=0.2, model=["4", 0], positive=["6", 0],
                      negative=["7", 0], latent_image=["5", 0])}),
     {"noise": "cuda"}, ("ksamplerinspire may do more", "a variation seed: 0.2")),
    (comfy({"3": node("KSamplerAdvanced", add_noise="disable", noise_seed=5, steps=20, cfg=7.5,
                      sampler_name="euler", scheduler="normal", start_at_step=0,
                      end_at_step=10000, model=["4", 0], positive=["6", 0], negative=["7", 0],
                      latent_image=["5", 0])}), {}, ("no noise of its own",)),
    (comfy({"10": node("LoraLoader", lora_name="x.safetensors", strength_model=0.8,
                       strength_clip=0.8, model=["4", 0], clip=["4", 1])}, model=["10", 0]),
     {}, ("adapters", "x.safetensors")),
    (comfy({"10": node("ModelSamplingDiscrete", sampling="v_prediction", zsnr=False,
                       model=["4", 0])}, model=["10", 0]), {}, ("noise schedule", "v_prediction")),
    (comfy({"10": node("FreeU_V2", b1=1.3, model=["4", 0])}, model=["10", 0]), {}, ("FreeU",)),
    (comfy({"10": node("IPAdapterAdvanced", model=["4", 0], image=["52", 0])}, model=["10", 0]),
     {}, ("IPAdapter",)),
    (comfy({"10": node("RescaleCFG", multiplier=0.7, model=["4", 0])}, model=["10", 0]),
     {}, ("guidance rescale",)),
    (comfy({"10": node("PerturbedAttentionGuidance", scale=3.0, model=["4", 0])}, model=["10", 0]),
     {}, ("perturbedattentionguidance",)),
    (comfy({"10": node("Reroute", **{"": ["4", 0]})}, model=["4", 0]), {}, ()),
    (comfy({"50": node("ControlNetApply", strength=1.0, conditioning=["6", 0],
                       control_net=["51", 0], image=["52", 0]),
            "51": node("ControlNetLoader", control_net_name="canny.safetensors"),
            "52": node("LoadImage", image="edge.png")}, positive=["50", 0]),
     {}, ("control networks: canny.safetensors",)),
    (comfy({"50": node("ControlNetApplyAdvanced", positive=["6", 0], negative=["7", 0],
                       control_net=["51", 0]),
            "51": node("ControlNetLoader", control_net_name="canny.safetensors")},
           positive=["50", 0], negative=["50", 1]), {}, ("control networks",)),
    (comfy({"60": node("CLIPSetLastLayer", stop_at_clip_layer=-2, clip=["4", 1]),
            "6": node("CLIPTextEncode", text="a red barn", clip=["60", 0])}), {}, ("clip skip",)),
    (comfy({"61": node("VAELoader", vae_name="other.safetensors"),
            "8": node("VAEDecode", samples=["3", 0], vae=["61", 0])}), {}, ("autoencoder",)),
    (comfy({"50": node("GLIGENTextBoxApply", conditioning_to=["6", 0], text="x")},
           positive=["50", 0]), {}, ("GLIGEN",)),
    (comfy({"50": node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["7", 0])},
           positive=["50", 0]), {}, ("joins several prompts",)),
    (comfy({"7": node("ConditioningZeroOut", conditioning=["6", 0])}), {"negative": ""}, ()),
    (comfy({"6": node("CLIPTextEncodeSDXL", text_g="a red barn", text_l="a red barn",
                      clip=["4", 1])}), {}, ()),
    (comfy({"6": node("CLIPTextEncodeSDXL", text_g="a red barn", text_l="red", clip=["4", 1])}),
     {}, ("different prompts",)),
    (comfy(sampler_name="uni_pc_bh2"),
     {"sampler": "unipc", "scheduler": {"solver_type": "bh2"}}, ()),
    (comfy(sampler_name="uni_pc"), {"sampler": "unipc", "scheduler": {"solver_type": "bh1"}}, ()),
    (comfy(sampler_name="dpmpp_2m_sde_gpu", scheduler="normal"), {"sampler": "dpmpp_2m_sde"}, ()),
    (comfy(sampler_name="dpmpp_2m", scheduler="karras"), {"sampler": "dpmpp_2m_karras"}, ()),
    (comfy(sampler_name="dpm_2_ancestral"), {"sampler": "dpm2_a"}, ()),
    (comfy(sampler_name="ddim", scheduler="ddim_uniform"), {"sampler": "ddim"}, ()),
    (comfy(sampler_name="res_multistep"), {"sampler": "native"}, ("res_multistep",)),
    (comfy(scheduler="sgm_uniform"), {}, ("noise schedule",)),
    (comfy(denoise=0.6), {}, ("part of the steps",)),
    (comfy({"5": node("VAEEncode", pixels=["52", 0], vae=["4", 2]),
            "52": node("LoadImage", image="in.png")}), {}, ("started from an image",)),
    (comfy({"5": node("EmptyLatentImage", width=512, height=768, batch_size=4)}),
     {}, ("one of a batch",)),
    (comfy({"13": SECOND, "14": node("LatentUpscaleBy", samples=["3", 0], scale_by=1.5),
            "8": node("VAEDecode", samples=["13", 0], vae=["4", 2])}),
     {"seed": 6, "steps": 10}, ("another sampler's picture", "part of the steps")),
    (comfy({"15": node("ImageUpscaleWithModel", image=["8", 0], upscale_model=["16", 0]),
            "9": node("SaveImage", images=["15", 0])}), {}, ("enlargement",)),
    (comfy(CUSTOM), {}, ()),
    (comfy({**CUSTOM, "3": node("SamplerCustom", add_noise=True, noise_seed=5, cfg=7.5,
                                model=["4", 0], positive=["6", 0], negative=["7", 0],
                                sampler=["22", 0], sigmas=["23", 0], latent_image=["5", 0])}),
     {}, ()),
    (comfy({**CUSTOM, "23": node("KarrasScheduler", steps=20, rho=7.0),
            "22": node("KSamplerSelect", sampler_name="dpmpp_2m")}),
     {"sampler": "dpmpp_2m_karras"}, ()),
    (comfy(FLUX), {"guidance": 3.5, "negative": ""}, ("text encoders of their own",)),
    (comfy({"4": node("UnetLoaderGGUF", unet_name="dream.gguf")}), {}, ()),
    (comfy({"3": node("KSamplerAdvanced", add_noise="enable", noise_seed=5, steps=20, cfg=7.5,
                      sampler_name="euler", scheduler="normal", start_at_step=0, end_at_step=10000,
                      model=["4", 0], positive=["6", 0], negative=["7", 0],
                      latent_image=["5", 0])}), {}, ()),
    (comfy({"3": node("KSamplerAdvanced", add_noise="enable", noise_seed=5, steps=20, cfg=7.5,
                      sampler_name="euler", scheduler="normal", start_at_step=0, end_at_step=15,
                      model=["4", 0], positive=["6", 0], negative=["7", 0],
                      latent_image=["5", 0])}), {}, ("part of the steps",)),
    (comfy({"10": node("ModelPatch", model=["10", 0])}, model=["10", 0]),
     {"base": "models/unknown.safetensors"}, ("modelpatch",)),
]  # fmt: skip


@pytest.mark.parametrize("workflow", [True, False])
@pytest.mark.parametrize(("graph", "expected", "told"), COMFY_ROWS)
def test_comfyui(tmp_path: Path, graph, expected, told, workflow: bool) -> None:
    texts = {"prompt": json.dumps(graph)}
    if workflow:
        texts["workflow"] = json.dumps({"nodes": [], "links": []})
    check(png(tmp_path / "c.png", texts), {"program": "ComfyUI", **expected}, told)


def test_comfyui_in_webp(tmp_path: Path) -> None:
    path = jpeg(tmp_path / "c.webp", b"", model="prompt:" + json.dumps(comfy()))
    check(path, {"program": "ComfyUI"})


def test_texts_that_double_are_not_known_and_end(tmp_path: Path) -> None:
    doubling = {
        str(100 + n): node("StringConcatenate", string_a=[str(101 + n), 0],
                           string_b=[str(101 + n), 0], delimiter="")
        for n in range(64)
    }  # fmt: skip
    graph = comfy({
        **doubling, "164": node("PrimitiveString", value="red"),
        "6": node("CLIPTextEncode", text=["100", 0], clip=["4", 1]),
    })  # fmt: skip
    path = png(tmp_path / "c.png", {"prompt": json.dumps(graph)})
    check(path, {"program": "ComfyUI", "positive": ""}, ("Its prompt is not known",))


def test_a_graph_without_a_sampler_is_told(tmp_path: Path) -> None:
    graph = {"1": node("LoadImage", image="x.png"), "2": node("SaveImage", images=["1", 0])}
    found = foreign_metadata.read(png(tmp_path / "c.png", {"prompt": json.dumps(graph)}))
    assert "no sampler that is understood" in " ".join(found.lost)
    assert "seed is not known" in " ".join(found.lost)


# programs that write a table

INVOKE = {
    "generation_mode": "txt2img", "positive_prompt": "a red barn", "negative_prompt": "blurry",
    "width": 512, "height": 768, "seed": 5, "rand_device": "cpu", "cfg_scale": 7.5, "steps": 20,
    "scheduler": "euler", "app_version": "5.0.0",
    "model": {"key": "k", "hash": "blake3:aa", "name": "dream", "base": "sd-1", "type": "main"},
}  # fmt: skip
INVOKE_ROWS = [
    ({}, {}, ()),
    ({"model": {"model_name": "dream", "base_model": "sd-1"}}, {}, ()),
    ({"rand_device": "cuda"}, {"noise": "cuda"}, ()),
    ({"rand_device": "mps"}, {}, ("device",)),
    ({"clip_skip": 1}, {}, ("clip skip: 1",)),
    ({"clip_skip": 0}, {}, ()),
    ({"scheduler": "dpmpp_2m_k"}, {"sampler": "dpmpp_2m_karras"}, ()),
    ({"scheduler": "euler_a"}, {"sampler": "euler_a"}, ()),
    ({"scheduler": "tcd"}, {"sampler": "native"}, ("tcd",)),
    ({"hrf_enabled": True, "hrf_strength": 0.4}, {}, ("second pass",)),
    ({"seamless_x": True}, {}, ("seamless",)),
    ({"cfg_rescale_multiplier": 0.5}, {}, ("guidance rescale",)),
    ({"cfg_rescale_multiplier": 0}, {}, ()),
    ({"loras": [{"model": {"name": "waves"}, "weight": 0.8}]}, {}, ("adapters", "waves")),
    ({"controlnets": [{"control_model": {"name": "canny"}}]}, {}, ("control networks",)),
    ({"ipAdapters": [{}]}, {}, ("image prompts",)),
    ({"vae": {"name": "other"}}, {}, ("autoencoder",)),
    ({"strength": 0.6, "init_image": "a.png"}, {}, ("an image it started from",)),
    ({"generation_mode": "flux_txt2img", "guidance": 4.0, "cfg_scale": 1.0}, {"guidance": 4.0}, ()),
    ({"positive_style_prompt": "oil"}, {}, ("style prompt",)),
    ({"scheduler": "unipc"}, {"sampler": "unipc", "scheduler": {"solver_type": "bh2"}}, ()),
    (
        {"positive_prompt": "a red barn <fog>"},
        {"positive": "a red barn <fog>"},
        ("textual-inversion",),
    ),
    ({"positive_prompt": "a red+ barn"}, {"positive": "a red+ barn"}, ("weighs",)),
    ({"positive_prompt": "an ice-red barn"}, {"positive": "an ice-red barn"}, ()),
    ({"something_new": 3}, {}, ("something_new",)),
    ({"seed": None}, {"seed": 0}, ("seed is not known",)),
]


@pytest.mark.parametrize(("changes", "expected", "told"), INVOKE_ROWS)
def test_invokeai(tmp_path: Path, changes, expected, told) -> None:
    texts = {"invokeai_metadata": json.dumps({**INVOKE, **changes})}
    check(png(tmp_path / "i.png", texts), {"program": "InvokeAI", **expected}, told)


def test_invokeai_2(tmp_path: Path) -> None:
    facts = {
        "model": "stable diffusion", "model_weights": "dream", "app_version": "2.3.5",
        "image": {"prompt": [{"prompt": "a red barn", "weight": 1.0}], "steps": 20,
                  "cfg_scale": 7.5, "threshold": 0, "perlin": 0, "height": 768, "width": 512,
                  "seed": 5,
                  "seamless": False, "hires_fix": False, "type": "txt2img", "postprocessing": None,
                  "sampler": "k_euler", "variations": []},
    }  # fmt: skip
    path = png(tmp_path / "i.png", {"sd-metadata": json.dumps(facts)})
    check(path, {"program": "InvokeAI 2", "negative": ""}, ("device",))


SWARM = {
    "prompt": "a red barn", "negativeprompt": "blurry", "model": "folder/dream.safetensors",
    "images": 4, "seed": 5, "steps": 20, "cfgscale": 7.5, "aspectratio": "2:3", "width": 512,
    "height": 768, "sampler": "euler", "scheduler": "normal", "swarm_version": "0.9.6",
}  # fmt: skip
SWARM_ROWS = [
    ({}, {}, ()),
    ({"initimage": "…", "initimagecreativity": 0.6}, {}, ("an image it started from",)),
    ({"loras": ["waves"], "loraweights": ["0.8"]}, {}, ("adapters", "waves")),
    ({"vae": "other"}, {}, ("autoencoder",)),
    ({"vae": "Automatic"}, {}, ()),
    ({"refinermodel": "xl"}, {}, ("refiner",)),
    ({"refinerupscale": 2.0}, {}, ("second pass",)),
    ({"variationseed": 3}, {}, ("variation seed",)),
    ({"controlnetmodel": "canny"}, {}, ("control networks",)),
    ({"clipstopatlayer": -2}, {}, ("clip skip",)),
    ({"fluxguidancescale": 3.5, "cfgscale": 1}, {"guidance": 3.5}, ()),
    ({"sampler": None, "scheduler": None}, {"sampler": "native"}, ("sampler is not known",)),
    ({"refinercontrolpercentage": 0.2, "refinermethod": "PostApply"}, {}, ("second pass",)),
    ({"newparameter": "x"}, {}, ("newparameter",)),
]


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize(("changes", "expected", "told"), SWARM_ROWS)
def test_swarmui(tmp_path: Path, changes, expected, told, ending: str) -> None:
    facts = {key: value for key, value in {**SWARM, **changes}.items() if value is not None}
    text = json.dumps({"sui_image_params": facts, "sui_extra_data": {"date": "2026-01-01"}})
    path = tmp_path / f"s.{ending}"
    if ending == "png":
        png(path, {"parameters": text})
    else:
        jpeg(path, b"UNICODE\0" + text.encode("utf-16-le"))
    check(path, {"program": "SwarmUI", **expected}, told)


FOOOCUS = {
    "adm_guidance": "", "base_model": "dream", "base_model_hash": "ab", "clip_skip": 2,
    "guidance_scale": 7.5, "loras": [], "metadata_scheme": "fooocus", "negative_prompt": "blurry",
    "performance": "Speed", "prompt": "a red barn", "prompt_expansion": "",
    "refiner_model": "None",
    "refiner_switch": 0.5, "resolution": "(512, 768)", "sampler": "euler", "scheduler": "normal",
    "seed": "5", "sharpness": 0, "steps": 20, "styles": "[]", "vae": "Default (model)",
    "version": "Fooocus v2.5.5",
}  # fmt: skip
FOOOCUS_ROWS = [
    ({}, {}, ()),
    ({"sharpness": 2.0}, {}, ("sharpness",)),
    ({"styles": "['Fooocus V2']"}, {}, ("style presets",)),
    ({"adm_guidance": "(1.5, 0.8, 0.3)"}, {}, ("ADM",)),
    ({"refiner_model": "xl-refiner"}, {}, ("refiner",)),
    ({"prompt_expansion": "a red barn, golden"}, {}, ("expansion",)),
    ({"clip_skip": 4}, {}, ("clip skip",)),
    ({"loras": [["waves", 0.5]]}, {}, ("adapters",)),
    ({"performance": "Hyper-SD"}, {}, ("an adapter for few steps (performance): Hyper-SD",)),
    ({"sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras"},
     {"sampler": "dpmpp_2m_sde"}, ("noise schedule",)),
]  # fmt: skip


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize(("changes", "expected", "told"), FOOOCUS_ROWS)
def test_fooocus(tmp_path: Path, changes, expected, told, ending: str) -> None:
    text = json.dumps({**FOOOCUS, **changes})
    path = tmp_path / f"f.{ending}"
    if ending == "png":
        png(path, {"parameters": text, "fooocus_scheme": "fooocus"})
    else:
        jpeg(path, b"ASCII\0\0\0" + text.encode(), software="Fooocus v2.5.5")
    check(path, {"program": "Fooocus", **expected}, told)


DRAW_THINGS = {
    "c": "a red barn", "uc": "blurry", "seed": 5, "steps": 20, "scale": 7.5, "sampler": "Euler",
    "size": "512x768", "model": "dream.ckpt", "strength": 1, "v2": {"seedMode": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected", "told"),
    [
        ({}, {}, ()),
        ({"v2": {"seedMode": 3}}, {"noise": "cuda"}, ()),
        ({"v2": {"seedMode": 2}}, {}, ("device",)),
        ({"strength": 0.5}, {}, ("an image it started from",)),
        ({"sampler": "DPM++ 2M Karras"}, {"sampler": "dpmpp_2m_karras"}, ()),
        ({"lora": [{"model": "waves"}]}, {}, ("adapters",)),
        (
            {"v2": {"seedMode": 1, "hiresFix": False, "clipSkip": 1, "shift": 1, "upscaler": ""}},
            {},
            (),
        ),
        (
            {"v2": {"seedMode": 1, "hiresFix": True, "clipSkip": 2, "shift": 3.0}},
            {},
            ("second pass", "clip skip: 2", "shifted noise schedule: 3.0"),
        ),
    ],
)
def test_draw_things(tmp_path: Path, changes, expected, told) -> None:
    text = json.dumps({**DRAW_THINGS, **changes}).replace("&", "&amp;").replace('"', "&quot;")
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>'
        f'<exif:UserComment><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt>'
        "</exif:UserComment></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    path = png(tmp_path / "d.png", {"XML:com.adobe.xmp": packet})
    check(path, {"program": "Draw Things", **expected}, told)


@pytest.mark.parametrize(
    ("changes", "expected", "told"),
    [
        ({}, {}, ("NovelAI's own",)),
        ({"sampler": "k_dpmpp_2m", "noise_schedule": "karras"},
         {"sampler": "dpmpp_2m_karras"}, ("NovelAI's own",)),
        ({"cfg_rescale": 0.2}, {}, ("cfg_rescale",)),
        ({"prompt": "a {red} barn"}, {"positive": "a {red} barn"}, ("weighs",)),
        ({"prompt": "a (red) barn"}, {"positive": "a (red) barn"}, ("NovelAI's own",)),
    ],
)  # fmt: skip
def test_novelai(tmp_path: Path, changes, expected, told) -> None:
    facts = {"prompt": "a red barn", "uc": "blurry", "steps": 20, "height": 768, "width": 512,
             "scale": 7.5, "seed": 5, "n_samples": 1, "noise_schedule": "native",
             "sampler": "k_euler", "sm": False, **changes}  # fmt: skip
    texts = {"Title": "NovelAI generated image", "Description": "a red barn", "Software": "NovelAI",
             "Source": "dream", "Comment": json.dumps(facts)}  # fmt: skip
    check(png(tmp_path / "n.png", texts), {"program": "NovelAI", **expected}, told)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ("device",)),
        ({"clip_skip": "True"}, ("clip skip",)),
        ({"use_lora_model": "waves"}, ("adapters",)),
        ({"init_image": "data:…", "prompt_strength": "0.8"}, ("an image it started from",)),
    ],
)
def test_easy_diffusion(tmp_path: Path, changes, told) -> None:
    texts = {"prompt": "a red barn", "negative_prompt": "blurry", "seed": "5", "width": "512",
             "height": "768", "num_inference_steps": "20", "guidance_scale": "7.5",
             "sampler_name": "euler", "use_stable_diffusion_model": "dream",
             "use_vae_model": "None",
             "clip_skip": "False", "use_lora_model": "None", **changes}  # fmt: skip
    check(png(tmp_path / "e.png", texts), {"program": "Easy Diffusion"}, told)


# files and folders


@pytest.mark.parametrize(
    "texts",
    [
        {"parameters": "a text of some other form"},
        {"prompt": "[]", "workflow": "{}"},
        {"Comment": '{"unknown": 1}'},
        {"Dream": '"a red barn" -s 20'},
    ],
)
def test_a_text_that_is_there_is_not_called_missing(tmp_path: Path, texts) -> None:
    with pytest.raises(LibraryError) as caught:
        foreign_metadata.read(png(tmp_path / "x.png", texts))
    assert next(iter(texts)) in caught.value.message
    assert "strip" not in (caught.value.hint or "")


def test_files_of_one_name_and_odd_names_all_come_in(session, tmp_path: Path) -> None:
    files = []
    names = (
        "a.png",
        "a.png",
        "line\nfeed.png",
        b"bytes\xff.png".decode("utf-8", "surrogateescape"),
    )
    for number, name in enumerate(names):
        folder = tmp_path / str(number)
        folder.mkdir()
        files.append(png(folder / name, {"parameters": a1111({"Seed": str(number)})}))
    broken = tmp_path / "broken.png"
    broken.write_bytes(files[0].read_bytes()[:300])
    done = importing.take_in(session, [*files, broken])
    assert sum(len(made.seeds) for made in done.editions) == 4
    copied = list((session.root / done.editions[0].slug / "imported").iterdir())
    assert len(copied) == 4
    assert len(done.refused) == 1


EXPECTED = json.loads((CASES / "foreign.json").read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_the_cases_say_what_they_mean(name: str) -> None:
    expected = EXPECTED[name]
    check(CASES / f"{name}.png", expected["recipe"], tuple(expected["told"]))


def test_a_prompt_of_thousands_of_characters_stays_whole() -> None:
    found = foreign_metadata.read(CASES / "04-prompt-6000-chars.png")
    assert len(found.recipe.prompt.positive) == 7497
