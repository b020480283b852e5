"""Every family of text-to-image models in small: random weights, the published shapes."""

import warnings
from collections.abc import Callable
from pathlib import Path

import diffusers as df
import torch
from tests.support import tiny_parts as parts
from tests.support.tiny_newer_families import NEWER

Parts = dict[str, object]


def _flow(**more: object) -> df.FlowMatchEulerDiscreteScheduler:
    return df.FlowMatchEulerDiscreteScheduler(**more)


def _betas(kind: str = "EulerDiscreteScheduler", **more: object) -> object:
    return getattr(df, kind)(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, **more
    )


def _unet(**more: object) -> df.UNet2DConditionModel:
    settings: Parts = {
        "sample_size": 8, "layers_per_block": 1, "block_out_channels": (8, 16),
        "cross_attention_dim": 16, "attention_head_dim": 2, "norm_num_groups": 4,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"), **more,
    }  # fmt: skip
    return df.UNet2DConditionModel(**settings)


def _sd(**more: object) -> Parts:
    return {
        "vae": parts.kl(), "text_encoder": parts.clip(), "tokenizer": parts.clip_tokenizer(),
        "unet": _unet(**more), "scheduler": _betas("DDIMScheduler", clip_sample=False),
        "safety_checker": None, "feature_extractor": None, "requires_safety_checker": False,
    }  # fmt: skip


def _lcm() -> Parts:
    found = {**_sd(time_cond_proj_dim=8), "scheduler": _betas("LCMScheduler")}
    return found


def _xl() -> Parts:
    unet = _unet(
        cross_attention_dim=32, addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=16 + 6 * 4,
    )  # fmt: skip
    words = parts.clip_tokenizer()
    return {
        "vae": parts.kl(), "text_encoder": parts.clip(),
        "text_encoder_2": parts.clip(projected=True), "tokenizer": words, "tokenizer_2": words,
        "unet": unet, "scheduler": _betas(timestep_spacing="leading"), "add_watermarker": False,
    }  # fmt: skip


def _sd3() -> Parts:
    transformer = df.SD3Transformer2DModel(
        sample_size=8, patch_size=2, in_channels=4, num_layers=2, attention_head_dim=8,
        num_attention_heads=4, joint_attention_dim=32, caption_projection_dim=32,
        pooled_projection_dim=32, out_channels=4,
    )  # fmt: skip
    words = parts.clip_tokenizer()
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(shift=3.0),
        "text_encoder": parts.clip(projected=True), "tokenizer": words,
        "text_encoder_2": parts.clip(projected=True), "tokenizer_2": words,
        "text_encoder_3": parts.t5(), "tokenizer_3": parts.tokenizer(),
    }  # fmt: skip


def _flux(*, told: bool = True) -> Parts:
    transformer = df.FluxTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=16,
        axes_dims_rope=(4, 4, 8), guidance_embeds=told,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.clip(), "tokenizer": parts.clip_tokenizer(),
        "text_encoder_2": parts.t5(), "tokenizer_2": parts.tokenizer(),
    }  # fmt: skip


def _flux2(*, told: bool) -> Parts:
    transformer = df.Flux2Transformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=48, timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4), guidance_embeds=told,
    )  # fmt: skip
    return {"transformer": transformer, "vae": parts.flux2_kl(), "scheduler": _flow()}


def _klein(*, distilled: bool = False) -> Parts:
    return {
        **_flux2(told=False), "text_encoder": parts.llm("Qwen3:ForCausalLM", layers=28),
        "tokenizer": parts.tokenizer(512), "is_distilled": distilled,
    }  # fmt: skip


def _chroma() -> Parts:
    transformer = df.ChromaTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=32, axes_dims_rope=(4, 4, 8),
        approximator_hidden_dim=32, approximator_layers=1, approximator_num_channels=16,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.t5(), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _qwen() -> Parts:
    transformer = df.QwenImageTransformer2DModel(
        in_channels=16, out_channels=4, num_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, axes_dims_rope=(8, 4, 4),
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.qwen_kl(), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen2_5_VL", "ForConditionalGeneration"),
        "tokenizer": parts.tokenizer(1024),
    }  # fmt: skip


def _krea() -> Parts:
    transformer = df.Krea2Transformer2DModel(
        in_channels=16, num_layers=1, attention_head_dim=8, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=32, timestep_embed_dim=8, text_hidden_dim=16,
        num_text_layers=3, text_num_attention_heads=2, text_num_key_value_heads=1,
        text_intermediate_size=16, num_layerwise_text_blocks=1, num_refiner_text_blocks=1,
        axes_dims_rope=(4, 2, 2),
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.qwen_kl(),
        "scheduler": _flow(use_dynamic_shifting=True),
        "text_encoder": parts.qwen_vl("Qwen3VL", "Model"), "tokenizer": parts.tokenizer(1024),
        "text_encoder_select_layers": (0, 1, 2),
    }  # fmt: skip


def _z_image() -> Parts:
    transformer = df.ZImageTransformer2DModel(
        in_channels=4, dim=32, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2,
        cap_feat_dim=16, axes_dims=[8, 4, 4], axes_lens=[256, 32, 32],
    )  # fmt: skip
    with torch.no_grad():  # made by torch.empty
        transformer.x_pad_token.fill_(1.0)
        transformer.cap_pad_token.fill_(1.0)
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.llm("Qwen3:Model"), "tokenizer": parts.tokenizer(512),
    }  # fmt: skip


def _aura() -> Parts:
    transformer = df.AuraFlowTransformer2DModel(
        sample_size=8, in_channels=4, num_mmdit_layers=1, num_single_dit_layers=1,
        attention_head_dim=8, num_attention_heads=4, caption_projection_dim=32,
        joint_attention_dim=32, out_channels=4, pos_embed_max_size=64,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(), "scheduler": _flow(),
        "text_encoder": parts.umt5(), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _cogview3() -> Parts:
    transformer = df.CogView3PlusTransformer2DModel(
        in_channels=4, num_layers=1, attention_head_dim=4, num_attention_heads=2, out_channels=4,
        text_embed_dim=32, time_embed_dim=8, condition_dim=2, pos_embed_max_size=8, sample_size=8,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(), "scheduler": df.CogVideoXDDIMScheduler(),
        "text_encoder": parts.t5(), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _cogview4() -> Parts:
    transformer = df.CogView4Transformer2DModel(
        in_channels=4, num_layers=1, attention_head_dim=4, num_attention_heads=4, out_channels=4,
        text_embed_dim=16, time_embed_dim=8, condition_dim=4,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(),
        "scheduler": _flow(
            base_shift=0.25, max_shift=0.75, base_image_seq_len=256, use_dynamic_shifting=True,
            time_shift_type="linear",
        ),
        "text_encoder": parts.llm("Glm:Model"), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _lumina() -> Parts:
    transformer = df.LuminaNextDiT2DModel(
        sample_size=4, patch_size=2, in_channels=4, hidden_size=16, num_layers=1,
        num_attention_heads=2, num_kv_heads=1, multiple_of=16, cross_attention_dim=16,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(), "scheduler": _flow(),
        "text_encoder": parts.llm("Gemma:Model"), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _lumina2() -> Parts:
    transformer = df.Lumina2Transformer2DModel(
        sample_size=4, in_channels=4, hidden_size=16, num_layers=1, num_attention_heads=1,
        num_kv_heads=1, multiple_of=16, axes_dim_rope=(8, 4, 4), axes_lens=(512, 64, 64),
        cap_feat_dim=16,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.llm("Gemma2:Model"), "tokenizer": parts.tokenizer(256),
    }  # fmt: skip


def _ovis() -> Parts:
    transformer = df.OvisImageTransformer2DModel(
        in_channels=16, out_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, axes_dims_rope=(4, 4, 8),
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.llm("Qwen3:Model"), "tokenizer": parts.tokenizer(512),
    }  # fmt: skip


def _sana(kind: str = "flow", **more: object) -> Parts:
    transformer = df.SanaTransformer2DModel(
        patch_size=1, in_channels=4, out_channels=4, num_layers=1, num_attention_heads=2,
        attention_head_dim=4, num_cross_attention_heads=2, cross_attention_head_dim=4,
        cross_attention_dim=8, caption_channels=16, sample_size=32, **more,
    )  # fmt: skip
    scheduler = (
        df.DPMSolverMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True)
        if kind == "flow"
        else df.SCMScheduler()
    )
    return {
        "transformer": transformer, "vae": parts.dc(), "scheduler": scheduler,
        "text_encoder": parts.llm("Gemma2:Model"), "tokenizer": parts.tokenizer(300),
    }  # fmt: skip


def _pixart() -> Parts:
    transformer = df.PixArtTransformer2DModel(
        sample_size=8, num_layers=2, patch_size=2, attention_head_dim=8, num_attention_heads=3,
        caption_channels=32, in_channels=4, cross_attention_dim=24, out_channels=8,
        activation_fn="gelu-approximate", norm_type="ada_norm_single", norm_eps=1e-6,
        use_additional_conditions=False,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(),
        "scheduler": df.DPMSolverMultistepScheduler(),
        "text_encoder": parts.t5(), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _hunyuan_dit() -> Parts:
    transformer = df.HunyuanDiT2DModel(
        sample_size=16, num_layers=2, patch_size=2, attention_head_dim=8, num_attention_heads=3,
        in_channels=4, cross_attention_dim=32, cross_attention_dim_t5=32, hidden_size=24,
        pooled_projection_dim=16, activation_fn="gelu-approximate", text_len=77, text_len_t5=256,
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(),
        "scheduler": df.DDPMScheduler(
            beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.03, steps_offset=1,
            clip_sample=False, prediction_type="v_prediction",
        ),
        "text_encoder": parts.bert(), "tokenizer": parts.tokenizer(77),
        "text_encoder_2": parts.t5(), "tokenizer_2": parts.tokenizer(256),
        "safety_checker": None, "feature_extractor": None, "requires_safety_checker": False,
    }  # fmt: skip


def _kandinsky_unet(**more: object) -> df.UNet2DConditionModel:
    return df.UNet2DConditionModel(
        in_channels=4, out_channels=8, sample_size=8, layers_per_block=1,
        block_out_channels=(8, 16), cross_attention_dim=16, attention_head_dim=4,
        norm_num_groups=4, down_block_types=("ResnetDownsampleBlock2D",
        "SimpleCrossAttnDownBlock2D"),
        up_block_types=("SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"),
        mid_block_type="UNetMidBlock2DSimpleCrossAttn", resnet_time_scale_shift="scale_shift",
        **more,
    )  # fmt: skip


def _kandinsky22() -> Parts:
    from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

    unet = _kandinsky_unet(
        addition_embed_type="image", encoder_hid_dim=16, encoder_hid_dim_type="image_proj"
    )
    vision = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=16,
            image_size=32,
            patch_size=16,
            intermediate_size=16,
            projection_dim=16,
            num_hidden_layers=1,
            num_attention_heads=2,
        )
    )
    prior = df.PriorTransformer(
        num_attention_heads=2, attention_head_dim=8, embedding_dim=16, num_layers=1
    )
    with torch.no_grad():  # zeros in a fresh one
        prior.clip_std.fill_(1.0)
    return {
        "unet": unet, "movq": parts.movq(), "scheduler": df.DDPMScheduler(
            beta_schedule="linear", beta_start=0.00085, beta_end=0.012),
        "prior_prior": prior, "prior_image_encoder": vision.eval(),
        "prior_text_encoder": parts.clip(projected=True),
        "prior_tokenizer": parts.clip_tokenizer(),
        "prior_scheduler": df.UnCLIPScheduler(
            variance_type="fixed_small_log", prediction_type="sample", clip_sample_range=10.0),
        "prior_image_processor": CLIPImageProcessor(crop_size=32, size={"shortest_edge": 32}),
    }  # fmt: skip


def _kandinsky3() -> Parts:
    unet = df.Kandinsky3UNet(
        in_channels=4, time_embedding_dim=4, groups=2, attention_head_dim=4, layers_per_block=3,
        block_out_channels=(8, 16), cross_attention_dim=4, encoder_hid_dim=32,
    )  # fmt: skip
    return {
        "unet": unet, "movq": parts.movq(), "scheduler": df.DDPMScheduler(),
        "text_encoder": parts.t5(), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _deepfloyd() -> Parts:
    unet = df.UNet2DConditionModel(
        sample_size=32, layers_per_block=1, block_out_channels=[8, 16], norm_num_groups=4,
        down_block_types=["ResnetDownsampleBlock2D", "SimpleCrossAttnDownBlock2D"],
        mid_block_type="UNetMidBlock2DSimpleCrossAttn",
        up_block_types=["SimpleCrossAttnUpBlock2D", "ResnetUpsampleBlock2D"],
        in_channels=3, out_channels=6, cross_attention_dim=32, encoder_hid_dim=32,
        attention_head_dim=8, addition_embed_type="text", addition_embed_type_num_heads=2,
        cross_attention_norm="group_norm", resnet_time_scale_shift="scale_shift", act_fn="gelu",
    )  # fmt: skip
    scheduler = df.DDPMScheduler(
        beta_schedule="squaredcos_cap_v2", beta_start=0.0001, beta_end=0.02, thresholding=True,
        dynamic_thresholding_ratio=0.95, sample_max_value=1.0, prediction_type="epsilon",
        variance_type="learned_range",
    )  # fmt: skip
    return {
        "unet": unet, "scheduler": scheduler, "text_encoder": parts.t5(),
        "tokenizer": parts.tokenizer(), "safety_checker": None, "feature_extractor": None,
        "watermarker": None, "requires_safety_checker": False,
    }  # fmt: skip


def _hidream() -> Parts:
    transformer = df.HiDreamImageTransformer2DModel(
        patch_size=2, in_channels=4, out_channels=4, num_layers=1, num_single_layers=1,
        attention_head_dim=8, num_attention_heads=4, caption_channels=[32, 16], text_emb_dim=32,
        num_routed_experts=2, num_activated_experts=1, axes_dims_rope=(4, 2, 2),
        max_resolution=(32, 32), llama_layers=(0, 1),
    ).eval()  # fmt: skip
    words = parts.clip_tokenizer()
    return {
        "transformer": transformer, "vae": parts.flow_kl(), "scheduler": _flow(),
        "text_encoder": parts.clip(positions=128, projected=True), "tokenizer": words,
        "text_encoder_2": parts.clip(positions=128, projected=True), "tokenizer_2": words,
        "text_encoder_3": parts.t5(), "tokenizer_3": parts.tokenizer(),
        "text_encoder_4": parts.llm("Llama:ForCausalLM"), "tokenizer_4": parts.tokenizer(),
    }  # fmt: skip


def _bria() -> Parts:
    transformer = df.BriaTransformer2DModel(
        in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=32, pooled_projection_dim=None,
        axes_dims_rope=[0, 4, 4],
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.kl(), "scheduler": _flow(),
        "text_encoder": parts.t5(), "tokenizer": parts.tokenizer(),
    }  # fmt: skip


def _flux2_dev() -> Parts:
    return {
        **_flux2(told=True), "text_encoder": parts.mistral3(31), "tokenizer": parts.tokenizer(512),
    }  # fmt: skip


def _longcat() -> Parts:
    transformer = df.LongCatImageTransformer2DModel(
        in_channels=64, num_layers=1, num_single_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, pooled_projection_dim=16,
        axes_dims_rope=[4, 4, 8],
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flow_kl(16), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen2_5_VL", "ForConditionalGeneration"),
        "tokenizer": parts.tokenizer(512), "text_processor": parts.tokenizer(512),
    }  # fmt: skip


def _ernie() -> Parts:
    transformer = df.ErnieImageTransformer2DModel(
        hidden_size=16, num_attention_heads=2, num_layers=1, ffn_hidden_size=16, in_channels=16,
        out_channels=16, text_in_dim=16, rope_axes_dim=(4, 2, 2),
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.flux2_kl(), "scheduler": _flow(),
        "text_encoder": parts.mistral3(2).model, "tokenizer": parts.tokenizer(512),
    }  # fmt: skip


def _nucleus() -> Parts:
    transformer = df.NucleusMoEImageTransformer2DModel(
        in_channels=16, out_channels=4, num_layers=1, attention_head_dim=16,
        num_attention_heads=2, joint_attention_dim=16, axes_dims_rope=(8, 4, 4),
        moe_enabled=False, capacity_factors=[8.0],
    )  # fmt: skip
    return {
        "transformer": transformer, "vae": parts.qwen_kl(), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen3VL", "ForConditionalGeneration", layers=9),
        "processor": parts.tokenizer(1024),
    }  # fmt: skip


def _kandinsky21() -> Parts:
    from diffusers.pipelines.kandinsky.text_encoder import MCLIPConfig, MultilingualCLIP

    found = _kandinsky22()
    text = MultilingualCLIP(
        MCLIPConfig(
            numDims=16,
            transformerDimensions=16,
            hidden_size=16,
            intermediate_size=16,
            num_attention_heads=2,
            num_hidden_layers=1,
            vocab_size=parts.VOCABULARY,
            max_position_embeddings=100,
            imageDimSize=16,
            transformerDimSize=16,
            pad_token_id=0,
        )
    )
    unet = _kandinsky_unet(
        addition_embed_type="text_image", encoder_hid_dim=16,
        encoder_hid_dim_type="text_image_proj",
    )  # fmt: skip
    return {
        **found, "unet": unet, "text_encoder": text.eval(), "tokenizer": parts.tokenizer(77),
        "scheduler": df.DDIMScheduler(
            beta_schedule="linear", beta_start=0.00085, beta_end=0.012, clip_sample=False),
    }  # fmt: skip


def _ideogram() -> Parts:
    def network() -> object:
        return df.Ideogram4Transformer2DModel(
            in_channels=16, num_layers=1, attention_head_dim=16, num_attention_heads=2,
            intermediate_size=16, adaln_dim=16, llm_features_dim=13 * 16,
            mrope_section=(4, 2, 2),
        )  # fmt: skip

    return {
        "transformer": network(), "unconditional_transformer": network(),
        "vae": parts.flux2_kl(), "scheduler": _flow(),
        "text_encoder": parts.qwen_vl("Qwen3VL", "Model", layers=36),
        "tokenizer": parts.tokenizer(2048),
    }  # fmt: skip


def _omni() -> Parts:
    found = _z_image()
    transformer = df.ZImageTransformer2DModel(
        in_channels=4, dim=32, n_layers=1, n_refiner_layers=1, n_heads=2, n_kv_heads=2,
        cap_feat_dim=16, axes_dims=[8, 4, 4], axes_lens=[256, 32, 32], siglip_feat_dim=16,
    )  # fmt: skip
    with torch.no_grad():
        for name, values in transformer.named_parameters():
            if name.endswith("pad_token"):
                values.fill_(1.0)
    return {**found, "transformer": transformer, **parts.siglip()}


FAMILIES: dict[str, tuple[str, Callable[[], Parts]]] = {
    "sd": ("StableDiffusionPipeline", _sd),
    "xl": ("StableDiffusionXLPipeline", _xl),
    "sd-pag": ("StableDiffusionPAGPipeline", _sd),
    "xl-pag": ("StableDiffusionXLPAGPipeline", _xl),
    "lcm": ("LatentConsistencyModelPipeline", _lcm),
    "sd3": ("StableDiffusion3Pipeline", _sd3),
    "sd3-pag": ("StableDiffusion3PAGPipeline", _sd3),
    "flux-dev": ("FluxPipeline", _flux),
    "flux-schnell": ("FluxPipeline", lambda: _flux(told=False)),
    "kontext": ("FluxKontextPipeline", _flux),
    "klein": ("Flux2KleinPipeline", _klein),
    "klein-distilled": ("Flux2KleinPipeline", lambda: _klein(distilled=True)),
    "chroma": ("ChromaPipeline", _chroma),
    "qwen": ("QwenImagePipeline", _qwen),
    "krea2": ("Krea2Pipeline", _krea),
    "z-image": ("ZImagePipeline", _z_image),
    "z-image-omni": ("ZImageOmniPipeline", _omni),
    "aura": ("AuraFlowPipeline", _aura),
    "cogview3": ("CogView3PlusPipeline", _cogview3),
    "cogview4": ("CogView4Pipeline", _cogview4),
    "lumina": ("LuminaPipeline", _lumina),
    "lumina2": ("Lumina2Pipeline", _lumina2),
    "ovis": ("OvisImagePipeline", _ovis),
    "sana": ("SanaPipeline", _sana),
    "sana-pag": ("SanaPAGPipeline", _sana),
    "sana-sprint": ("SanaSprintPipeline",
                    lambda: _sana("scm", guidance_embeds=True, qk_norm="rms_norm_across_heads")),
    "pixart-alpha": ("PixArtAlphaPipeline", _pixart),
    "pixart-sigma": ("PixArtSigmaPipeline", _pixart),
    "pixart-pag": ("PixArtSigmaPAGPipeline", _pixart),
    "hunyuan-dit": ("HunyuanDiTPipeline", _hunyuan_dit),
    "hunyuan-dit-pag": ("HunyuanDiTPAGPipeline", _hunyuan_dit),
    "kandinsky22": ("KandinskyV22CombinedPipeline", _kandinsky22),
    "kandinsky3": ("Kandinsky3Pipeline", _kandinsky3),
    "deepfloyd": ("IFPipeline", _deepfloyd),
    "hidream": ("HiDreamImagePipeline", _hidream),
    "bria": ("BriaPipeline", _bria),
    "flux2": ("Flux2Pipeline", _flux2_dev),
    "longcat": ("LongCatImagePipeline", _longcat),
    "ernie": ("ErnieImagePipeline", _ernie),
    "ideogram": ("Ideogram4Pipeline", _ideogram),
    "nucleus": ("NucleusMoEImagePipeline", _nucleus),
    "kandinsky21": ("KandinskyCombinedPipeline", _kandinsky21),
    **NEWER,
}  # fmt: skip
"""A short name → the pipeline class, and what makes its parts."""
WITHOUT_PACKAGE = ("omnigen",)
"""Tried without a package that they need for images alone."""


def save(name: str, folder: Path) -> Path:
    """Makes a family's tiny model, as its makers would publish it."""
    class_name, make = FAMILIES[name]
    torch.manual_seed(0)
    with warnings.catch_warnings():  # of what diffusers will rename in its next version
        warnings.simplefilter("ignore")
        pipe = getattr(df, class_name)(**make())
    with torch.no_grad():
        for part in ("unet", "transformer"):  # a fresh one's gates are zeros: nothing gets through
            for values in getattr(getattr(pipe, part, None), "parameters", list)():
                if not values.any():
                    values.normal_(std=0.1)
    pipe.save_pretrained(folder)
    return folder
