"""More families in small: those whose guidance, prompt or random stream has a part of its own."""

import functools
import tempfile
from pathlib import Path

import diffusers as df
import pytest
import torch
import transformers as tf
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit, pipeline_qwenimage_edit_plus
from tests.support import tiny_parts as parts

Parts = dict[str, object]
_BOS = 128000
"""The token that Bria Fibo puts in the place of an empty prompt."""


def _flow(**more: object) -> df.FlowMatchEulerDiscreteScheduler:
    return df.FlowMatchEulerDiscreteScheduler(**more)


def hunyuan_image(*, distilled: bool = False) -> Parts:
    transformer = df.HunyuanImageTransformer2DModel(
        in_channels=4, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=1,
        num_single_layers=1, num_refiner_layers=1, text_embed_dim=16, text_embed_2_dim=32,
        rope_axes_dim=(4, 4), guidance_embeds=distilled, use_meanflow=distilled,
    )  # fmt: skip
    guider = None if distilled else df.AdaptiveProjectedMixGuidance()
    return {
        "transformer": transformer, "vae": parts.hunyuan_kl(), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen2_5_VL", "ForConditionalGeneration"),
        "tokenizer": parts.tokenizer(1024), "text_encoder_2": parts.t5(),
        "tokenizer_2": parts.tokenizer(128), "guider": guider,
    }  # fmt: skip


def kandinsky5() -> Parts:
    transformer = df.Kandinsky5Transformer3DModel(
        in_visual_dim=4, out_visual_dim=4, in_text_dim=16, in_text_dim2=16, time_dim=16,
        model_dim=32, ff_dim=32, num_text_blocks=1, num_visual_blocks=1, axes_dims=(4, 6, 6),
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen2_5_VL", "ForConditionalGeneration"),
        "tokenizer": parts.processor(), "text_encoder_2": parts.clip(),
        "tokenizer_2": parts.clip_tokenizer(),
    }  # fmt: skip


def prx() -> Parts:
    transformer = df.PRXTransformer2DModel(
        in_channels=4, context_in_dim=32, hidden_size=32, num_heads=2, depth=1, axes_dim=[8, 8],
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.t5(), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def prx_pixel() -> Parts:
    transformer = df.PRXTransformer2DModel(
        in_channels=3, context_in_dim=32, hidden_size=32, num_heads=2, depth=1, axes_dim=[8, 8],
        patch_size=8, bottleneck_size=16, resolution_embeds=True,
    )  # fmt: skip
    return {
        "transformer": transformer, "scheduler": _flow(), "text_encoder": parts.t5(),
        "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def qwen21() -> Parts:
    transformer = df.QwenImage21Transformer2DModel(
        in_channels=4, out_channels=4, num_layers=1, attention_head_dim=16, num_attention_heads=2,
        context_in_dim=16, axes_dims_rope=(4, 6, 6),
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.qwen21_kl(), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen3VL", "ForConditionalGeneration"),
        "processor": parts.processor(),
    }  # fmt: skip


def qwen_edit() -> Parts:
    transformer = df.QwenImageTransformer2DModel(
        in_channels=16, out_channels=4, num_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, axes_dims_rope=(8, 4, 4),
    )  # fmt: skip
    reader = parts.qwen_reader()
    text = parts.qwen_vl("Qwen2_5_VL", "ForConditionalGeneration")
    text.resize_token_embeddings(parts.VOCABULARY + len(parts.PLACES))
    text.config.image_token_id = text.model.config.image_token_id = reader.image_token_id
    return {
        "transformer": transformer, "vae": parts.qwen_kl(), "scheduler": _flow(),
        "text_encoder": text, "tokenizer": reader.tokenizer, "processor": reader,
    }  # fmt: skip


def read_small(patch: pytest.MonkeyPatch) -> None:
    """Has Qwen-Image Edit look at 128 x 128 pixels of an image, not at its built-in million."""
    for module in (pipeline_qwenimage_edit, pipeline_qwenimage_edit_plus):
        whole = module.calculate_dimensions
        patch.setattr(
            module, "calculate_dimensions", lambda _, ratio, whole=whole: whole(128 * 128, ratio)
        )


def bria_fibo() -> Parts:
    transformer = df.BriaFiboTransformer2DModel(
        in_channels=4, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, axes_dims_rope=[4, 4, 8],
        text_encoder_dim=8,
    )  # fmt: skip
    config = tf.SmolLM3Config(
        vocab_size=_BOS + 1, hidden_size=8, intermediate_size=8, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, pad_token_id=0, bos_token_id=3,
        eos_token_id=1,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.wan_kl(), "scheduler": _flow(),
        "text_encoder": tf.SmolLM3ForCausalLM(config).eval(), "tokenizer": parts.tokenizer(3000),
    }  # fmt: skip


def bria_fibo2() -> Parts:
    transformer = df.BriaFibo2Transformer2DModel(
        in_channels=4, dim=32, n_layers=2, n_refiner_layers=1, n_heads=2, cap_feat_dim=48,
        injection_layer_ids=(0, 1), perceiver_num_layers=1, min_num_gist_tokens=2,
        max_num_gist_tokens=4, gist_step=2, gist_min_text_len=8, gist_max_text_len=64,
        axes_dims=(4, 6, 6), axes_lens=(256, 64, 64),
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flux2_kl(), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen3VL", "ForConditionalGeneration", layers=36),
        "processor": parts.processor(),
    }  # fmt: skip


def klein_kv() -> Parts:
    transformer = df.Flux2Transformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=48, timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flux2_kl(), "scheduler": _flow(),
        "text_encoder": parts.llm("Qwen3:ForCausalLM", layers=28),
        "tokenizer": parts.tokenizer(512), "is_distilled": True,
    }  # fmt: skip


def dreamlite() -> Parts:
    unet = df.DreamLiteUNetModel(
        in_channels=4, out_channels=4, block_out_channels=(8, 8, 16), layers_per_block=1,
        norm_num_groups=4, cross_attention_dim=16, attention_head_dim=4, ff_mult=2,
        addition_embed_type="time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=8,
    )  # fmt: skip
    vae = df.AutoencoderTiny(
        encoder_block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4,
        num_encoder_blocks=(1,) * 4, num_decoder_blocks=(1,) * 4,
    )  # fmt: skip
    return {
        "unet": unet, "vae": vae, "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen3VL", "ForConditionalGeneration"),
        "tokenizer": parts.tokenizer(512), "processor": parts.processor(),
    }  # fmt: skip


@functools.cache
def _pieces() -> str:
    """A vocabulary of sentence pieces, made of a few words."""
    import sentencepiece

    folder = tempfile.mkdtemp()
    stem = str(Path(folder) / "tokenizer")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the sea at night", "a house by the sea"]), model_prefix=stem,
        vocab_size=40, model_type="bpe", hard_vocab_limit=False, minloglevel=9,
    )  # fmt: skip
    return f"{stem}.model"


def kolors() -> Parts:
    from diffusers.pipelines.kolors import ChatGLMModel, ChatGLMTokenizer
    from diffusers.pipelines.kolors.text_encoder import ChatGLMConfig

    unet = df.UNet2DConditionModel(
        sample_size=8, layers_per_block=1, block_out_channels=(8, 16), attention_head_dim=2,
        norm_num_groups=4, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=16,
        addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=16 + 6 * 4,
    )  # fmt: skip
    config = ChatGLMConfig(
        num_layers=2, padded_vocab_size=128, hidden_size=16, ffn_hidden_size=16, kv_channels=8,
        num_attention_heads=2, seq_length=256, add_qkv_bias=True, multi_query_attention=True,
        multi_query_group_num=1, original_rope=True,
    )  # fmt: skip
    text = ChatGLMModel(config).eval()
    with torch.no_grad():  # some are made by torch.empty
        for name, values in text.named_parameters():
            values.fill_(1.0) if "norm" in name else values.normal_(std=0.1)
    return {
        "unet": unet, "vae": parts.kl(),
        "scheduler": df.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.014, beta_schedule="scaled_linear", steps_offset=1,
            num_train_timesteps=1100, timestep_spacing="leading",
        ),
        "text_encoder": text, "tokenizer": ChatGLMTokenizer(_pieces()),
    }  # fmt: skip


def ldm() -> Parts:
    from diffusers.pipelines.latent_diffusion.pipeline_latent_diffusion import (
        LDMBertConfig,
        LDMBertModel,
    )

    bert = LDMBertModel(
        LDMBertConfig(
            vocab_size=parts.VOCABULARY,
            max_position_embeddings=77,
            encoder_layers=1,
            encoder_ffn_dim=16,
            encoder_attention_heads=2,
            head_dim=8,
            d_model=16,
        )
    ).eval()
    unet = df.UNet2DConditionModel(
        sample_size=8, layers_per_block=1, block_out_channels=(8, 16), attention_head_dim=2,
        norm_num_groups=4, down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=16,
    )  # fmt: skip
    return {
        "vqvae": parts.kl(), "bert": bert, "tokenizer": parts.tokenizer(77), "unet": unet,
        "scheduler": df.DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        ),
    }  # fmt: skip


def omnigen() -> Parts:
    from types import SimpleNamespace

    from diffusers.pipelines.omnigen import pipeline_omnigen, processor_omnigen

    if not hasattr(processor_omnigen, "transforms"):  # torchvision's, which only images pass
        kept = dict.fromkeys(("Compose", "Lambda", "ToTensor", "Normalize"), lambda *_, **__: None)
        processor_omnigen.transforms = SimpleNamespace(**kept)
        pipeline_omnigen.OmniGenMultiModalProcessor = processor_omnigen.OmniGenMultiModalProcessor
    transformer = df.OmniGenTransformer2DModel(
        in_channels=4, hidden_size=16, num_attention_heads=2, num_key_value_heads=2,
        intermediate_size=16, num_layers=1, pad_token_id=0, vocab_size=parts.VOCABULARY,
        max_position_embeddings=4096, pos_embed_max_size=16, time_step_dim=8,
        rope_scaling={"long_factor": [1.0] * 4, "short_factor": [1.0] * 4, "type": "su"},
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(),
        "scheduler": _flow(invert_sigmas=True, num_train_timesteps=1),
        "tokenizer": parts.tokenizer(4096),
    }  # fmt: skip


NEWER = {
    "hunyuan-image": ("HunyuanImagePipeline", hunyuan_image),
    "hunyuan-image-distilled": ("HunyuanImagePipeline", lambda: hunyuan_image(distilled=True)),
    "kandinsky5": ("Kandinsky5T2IPipeline", kandinsky5),
    "prx": ("PRXPipeline", prx),
    "prx-pixel": ("PRXPixelPipeline", prx_pixel),
    "qwen-edit": ("QwenImageEditPipeline", qwen_edit),
    "qwen-edit-plus": ("QwenImageEditPlusPipeline", qwen_edit),
    "qwen21": ("QwenImage21Pipeline", qwen21),
    "bria-fibo": ("BriaFiboPipeline", bria_fibo),
    "bria-fibo2": ("BriaFibo2Pipeline", bria_fibo2),
    "klein-kv": ("Flux2KleinKVPipeline", klein_kv),
    "dreamlite": ("DreamLitePipeline", dreamlite),
    "dreamlite-mobile": ("DreamLiteMobilePipeline", dreamlite),
    "kolors": ("KolorsPipeline", kolors),
    "kolors-pag": ("KolorsPAGPipeline", kolors),
    "ldm": ("LDMTextToImagePipeline", ldm),
    "omnigen": ("OmniGenPipeline", omnigen),
}
"""A short name → the pipeline class, and what makes its parts."""
