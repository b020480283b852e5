"""Tiny models in the shape of published repositories, with all that lies beside the parts."""

import json
import shutil
from pathlib import Path

from tests.fakes import tiny_sd, tiny_sdxl


def _junk(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"weights that nobody opens " * 40)


def _index(folder: Path, **parts) -> None:
    file = folder / "model_index.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | parts, indent=2))


def _also_as(folder: Path, *variants: str) -> None:
    for file in list(folder.glob("*/*.safetensors")):
        for variant in variants:
            shutil.copy(file, file.with_name(f"{file.stem}.{variant}.safetensors"))
            _junk(folder, f"{file.parent.name}/{file.stem}.{variant}.bin")
        _junk(folder, f"{file.parent.name}/{file.stem}.bin")


def _card(folder: Path, licence: str, more: str = "") -> None:
    text = f"---\nlicense: {licence}\n{more}tags:\n- diffusers\n---\n# A model\n"
    (folder / "README.md").write_text(text)


def sd15(folder: Path) -> Path:
    """As stable-diffusion-v1-5: root checkpoints, fp16 and non_ema beside, a safety checker."""
    tiny_sd(folder)
    _also_as(folder, "fp16")
    _junk(
        folder, "v1-5-pruned.ckpt", "v1-5-pruned.safetensors", "v1-5-pruned-emaonly.safetensors",
        "safety_checker/model.safetensors", "safety_checker/model.fp16.safetensors",
        "safety_checker/pytorch_model.bin", "unet/diffusion_pytorch_model.non_ema.safetensors",
    )  # fmt: skip
    (folder / "safety_checker/config.json").write_text("{}")
    (folder / "v1-inference.yaml").write_text("model: {}\n")
    (folder / "feature_extractor").mkdir()
    (folder / "feature_extractor/preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": "CLIPImageProcessor", "crop_size": 224})
    )
    _index(
        folder,
        safety_checker=["stable_diffusion", "StableDiffusionSafetyChecker"],
        feature_extractor=["transformers", "CLIPImageProcessor"],
        requires_safety_checker=True,
    )
    _card(folder, "creativeml-openrail-m")
    return folder


def v14(folder: Path) -> Path:
    """As CompVis v1-4: the same without root checkpoints."""
    sd15(folder)
    for file in folder.glob("v1-*"):
        file.unlink()
    return folder


def sdxl(folder: Path) -> Path:
    """As stable-diffusion-xl-base-1.0: other autoencoders, ONNX and OpenVINO beside the parts."""
    tiny_sdxl(folder)
    _also_as(folder, "fp16")
    _junk(
        folder, "sd_xl_base_1.0.safetensors", "sd_xl_base_1.0_0.9vae.safetensors",
        "sd_xl_offset_example-lora_1.0.safetensors", "text_encoder/model.onnx",
        "text_encoder/openvino_model.bin", "text_encoder/flax_model.msgpack",
        "vae_decoder/model.onnx", "vae_1_0/diffusion_pytorch_model.safetensors",
    )  # fmt: skip
    (folder / "vae_1_0/config.json").write_text("{}")
    (folder / "vae_decoder/config.json").write_text("{}")
    (folder / "LICENSE.md").write_text("CreativeML Open RAIL++-M")
    _card(folder, "openrail++")
    return folder


def flux(folder: Path) -> Path:
    """As FLUX.1-dev: shards, two kinds of text encoders, root checkpoints, terms to accept."""
    import torch
    from diffusers import (
        AutoencoderKL,
        FlowMatchEulerDiscreteScheduler,
        FluxPipeline,
        FluxTransformer2DModel,
    )
    from transformers import (
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTokenizer,
        T5Config,
        T5EncoderModel,
        T5TokenizerFast,
    )

    from edition import paths

    torch.manual_seed(0)
    tokenizer = CLIPTokenizer.from_pretrained(paths.pocket_folder() / "tokenizer")
    words = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    words += [(f"▁{w}" if w else "▁", -2.0) for w in ("", "a", "sea", "night")]
    words += [(c, -4.0) for c in "abcdefghijklmnopqrstuvwxyz,."]
    long = T5TokenizerFast(vocab=words)
    clip = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=1,
            num_attention_heads=2, projection_dim=16,
            bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        )
    )  # fmt: skip
    t5 = T5EncoderModel(
        T5Config(
            vocab_size=len(words), d_model=32, d_ff=64, d_kv=8, num_layers=2, num_heads=4
        )
    )  # fmt: skip
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=16,
        axes_dims_rope=(4, 4, 8), guidance_embeds=True,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), norm_num_groups=4, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        shift_factor=0.1, use_quant_conv=False, use_post_quant_conv=False,
    )  # fmt: skip
    pipe = FluxPipeline(
        FlowMatchEulerDiscreteScheduler(), vae, clip, tokenizer, t5, long, transformer
    )
    pipe.save_pretrained(folder)
    transformer.save_pretrained(folder / "transformer", max_shard_size="20KB")
    t5.save_pretrained(folder / "text_encoder_2", max_shard_size="20KB")
    (folder / "transformer/diffusion_pytorch_model.safetensors").unlink()
    (folder / "text_encoder_2/model.safetensors").unlink()
    _junk(folder, "flux1-dev.safetensors", "ae.safetensors", "dev_grid.jpg")
    (folder / "LICENSE.md").write_text("FLUX.1 [dev] Non-Commercial License")
    _card(folder, "other", "license_name: flux-1-dev-non-commercial-license\n"
          "license_link: LICENSE.md\n")  # fmt: skip
    return folder


SHAPES = {"sd15": sd15, "v14": v14, "sdxl": sdxl, "flux": flux}
