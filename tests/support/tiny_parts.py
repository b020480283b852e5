"""Parts of pipelines in small, with random weights: tokenizers, text encoders, autoencoders."""

import functools
import sys

import torch
import transformers as tf
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLHunyuanImage,
    AutoencoderKLQwenImage,
    AutoencoderKLQwenImage21,
    AutoencoderKLWan,
    VQModel,
)
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from edition import paths

CHAT = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{% if m['content'] is string %}{{ m['content'] }}"
    "{% else %}{% for c in m['content'] %}{{ c['text'] }}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<pad>", "</s>", "<unk>", "<s>", "<|im_start|>", "<|im_end|>")


@functools.cache
def tokenizer(limit: int = 128) -> tf.PreTrainedTokenizerFast:
    """Bytes as tokens, an end mark behind them, a chat template: for every family but CLIP's."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate((*SPECIAL, *alphabet))}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        bos_token="<s>", model_max_length=limit, chat_template=CHAT,
        additional_special_tokens=["<|im_start|>", "<|im_end|>"],
    )  # fmt: skip


VOCABULARY = len(SPECIAL) + 256


def clip_tokenizer() -> tf.CLIPTokenizer:
    return tf.CLIPTokenizer.from_pretrained(paths.pocket_folder() / "tokenizer")


def _clip_config(side: int, positions: int = 77) -> tf.CLIPTextConfig:
    words = clip_tokenizer()
    return tf.CLIPTextConfig(
        vocab_size=len(words), hidden_size=side, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, projection_dim=side, max_position_embeddings=positions,
        bos_token_id=words.bos_token_id, eos_token_id=words.eos_token_id,
        pad_token_id=words.eos_token_id,
    )  # fmt: skip


def clip(side: int = 16, positions: int = 77, *, projected: bool = False) -> torch.nn.Module:
    kind = tf.CLIPTextModelWithProjection if projected else tf.CLIPTextModel
    return kind(_clip_config(side, positions)).eval()


def t5(side: int = 32) -> torch.nn.Module:
    config = tf.T5Config(
        vocab_size=VOCABULARY, d_model=side, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
        pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return tf.T5EncoderModel(config).eval()


def umt5(side: int = 32) -> torch.nn.Module:
    config = tf.UMT5Config(
        vocab_size=VOCABULARY, d_model=side, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
        pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    return tf.UMT5EncoderModel(config).eval()


def bert(side: int = 32) -> torch.nn.Module:
    config = tf.BertConfig(
        vocab_size=VOCABULARY, hidden_size=side, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=128,
    )  # fmt: skip
    return tf.BertModel(config).eval()


def llm(name: str, side: int = 16, layers: int = 2, **more: object) -> torch.nn.Module:
    """A language model of transformers by its configuration's name: Qwen3, Gemma2, Llama …"""
    family, kind = name.rsplit(":", 1)
    config = getattr(tf, f"{family}Config")(
        vocab_size=VOCABULARY, hidden_size=side, intermediate_size=16, num_hidden_layers=layers,
        num_attention_heads=2, num_key_value_heads=2, head_dim=side // 2, pad_token_id=0,
        bos_token_id=3, eos_token_id=1, max_position_embeddings=4096, **more,
    )  # fmt: skip
    return getattr(tf, f"{family}{kind}")(config).eval()


def qwen_vl(version: str, kind: str, layers: int = 2) -> torch.nn.Module:
    """Qwen2_5_VL or Qwen3VL, 16 wide."""
    rope = {"mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 1000000.0}
    text = {
        "vocab_size": VOCABULARY, "hidden_size": 16, "intermediate_size": 16,
        "num_hidden_layers": layers, "num_attention_heads": 2, "num_key_value_heads": 2,
        "head_dim": 8, "rope_parameters": rope, "pad_token_id": 0, "bos_token_id": 3,
        "eos_token_id": 1,
    }  # fmt: skip
    vision = {
        "depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2,
        "out_hidden_size": 16, "deepstack_visual_indexes": [0],
    }  # fmt: skip
    if version == "Qwen2_5_VL":
        del vision["deepstack_visual_indexes"], text["head_dim"]
    config = getattr(tf, f"{version}Config")(text_config=text, vision_config=vision)
    return getattr(tf, f"{version}{kind}")(config).eval()


def kl(channels: int = 4, *, halvings: int = 3, **more: object) -> AutoencoderKL:
    blocks = halvings + 1
    return AutoencoderKL(
        block_out_channels=(8,) * blocks, norm_num_groups=4, latent_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * blocks,
        up_block_types=("UpDecoderBlock2D",) * blocks, layers_per_block=1, **more,
    ).eval()  # fmt: skip


def flow_kl(channels: int = 4) -> AutoencoderKL:
    """Flux' and SD3's kind: shifted, no quantising convolutions."""
    return kl(
        channels, shift_factor=0.0609, scaling_factor=1.5035, use_quant_conv=False,
        use_post_quant_conv=False,
    )  # fmt: skip


def flux2_kl() -> AutoencoderKLFlux2:
    return AutoencoderKLFlux2(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(4,) * 4, layers_per_block=1, latent_channels=4, norm_num_groups=1,
        use_quant_conv=False, use_post_quant_conv=False,
    ).eval()  # fmt: skip


def qwen_kl() -> AutoencoderKLQwenImage:
    return AutoencoderKLQwenImage(
        base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.1, -0.2, 0.0, 0.3], latents_std=[1.5, 0.7, 1.0, 2.0],
    ).eval()  # fmt: skip


def dc() -> AutoencoderDC:
    """Sana's: 32 pixels a latent."""
    return AutoencoderDC(
        in_channels=3, latent_channels=4, attention_head_dim=2,
        encoder_block_types=("ResBlock",) * 6, decoder_block_types=("ResBlock",) * 6,
        encoder_block_out_channels=(8,) * 6, decoder_block_out_channels=(8,) * 6,
        encoder_qkv_multiscales=((),) * 6, decoder_qkv_multiscales=((),) * 6,
        encoder_layers_per_block=(1,) * 6, decoder_layers_per_block=(1,) * 6,
        upsample_block_type="interpolate", downsample_block_type="stride_conv",
        decoder_norm_types="rms_norm", decoder_act_fns="silu", scaling_factor=0.41407,
    ).eval()  # fmt: skip


def movq() -> VQModel:
    """Kandinsky's."""
    return VQModel(
        block_out_channels=[32] * 4, latent_channels=4, layers_per_block=1, norm_num_groups=8,
        down_block_types=["DownEncoderBlock2D"] * 3 + ["AttnDownEncoderBlock2D"],
        up_block_types=["AttnUpDecoderBlock2D"] + ["UpDecoderBlock2D"] * 3,
        norm_type="spatial", num_vq_embeddings=12, vq_embed_dim=4,
    ).eval()  # fmt: skip


def mistral3(layers: int) -> torch.nn.Module:
    """Flux 2's."""
    text = {
        "model_type": "mistral", "vocab_size": VOCABULARY, "hidden_size": 16,
        "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": layers,
        "num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0, "bos_token_id": 3,
        "eos_token_id": 1,
    }  # fmt: skip
    vision = {
        "model_type": "pixtral", "hidden_size": 16, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 16, "image_size": 30, "patch_size": 6,
    }  # fmt: skip
    config = tf.Mistral3Config(text_config=text, vision_config=vision, image_token_index=2)
    return tf.Mistral3ForConditionalGeneration(config).eval()


def siglip() -> dict[str, object]:
    """Z-Image Omni's eye."""
    config = tf.Siglip2VisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_patches=16, patch_size=16,
    )  # fmt: skip
    return {
        "siglip": tf.Siglip2VisionModel(config).eval(),
        "siglip_processor": tf.Siglip2ImageProcessor(patch_size=16, max_num_patches=16),
    }


def hunyuan_kl() -> AutoencoderKLHunyuanImage:
    """HunyuanImage's: 32 pixels a latent."""
    return AutoencoderKLHunyuanImage(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(32,) * 6,
        layers_per_block=1, spatial_compression_ratio=32, sample_size=64, scaling_factor=0.75,
    ).eval()  # fmt: skip


def qwen21_kl() -> AutoencoderKLQwenImage21:
    return AutoencoderKLQwenImage21(
        base_dim=8, decoder_base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1, 1], num_res_blocks=1,
        latents_mean=[0.1, -0.2, 0.0, 0.3], latents_std=[1.5, 0.7, 1.0, 2.0],
    ).eval()  # fmt: skip


def wan_kl() -> AutoencoderKLWan:
    """Wan 2.2's, as Bria Fibo has it: 16 pixels a latent."""
    return AutoencoderKLWan(
        base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, is_residual=True,
        temperal_downsample=[False, True, True], in_channels=12, out_channels=12, patch_size=2,
        scale_factor_spatial=16,
        latents_mean=[0.1, -0.2, 0.0, 0.3], latents_std=[1.5, 0.7, 1.0, 2.0],
    ).eval()  # fmt: skip


def processor(limit: int = 4096) -> tf.ProcessorMixin:
    """What reads text and images, for the text alone: Qwen's own needs torchvision for films."""
    return tf.LlavaProcessor(
        tf.CLIPImageProcessorPil(crop_size=32, size={"shortest_edge": 32}), tokenizer(limit),
        patch_size=16, vision_feature_select_strategy="full", chat_template=CHAT,
        image_token="<s>",
    )  # fmt: skip


PLACES = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")


class QwenReader(tf.Qwen2VLProcessor):
    """Qwen-VL's processor without its reader of films, which alone needs torchvision."""

    def __init__(self, image_processor=None, tokenizer=None, chat_template=None, **_):
        self.image_token, self.video_token = PLACES[2:]
        self.image_token_id, self.video_token_id = tokenizer.convert_tokens_to_ids(PLACES[2:])
        tf.ProcessorMixin.__init__(self, image_processor, tokenizer, chat_template=chat_template)


def qwen_reader() -> QwenReader:
    """For models that read an image; the loader finds its class beside transformers' own."""
    QwenReader.__module__ = "transformers"
    sys.modules["transformers"].QwenReader = QwenReader
    words = tokenizer.__wrapped__(4096)
    words.add_tokens(list(PLACES), special_tokens=True)
    size = {"shortest_edge": 56 * 56, "longest_edge": 56 * 112}
    return QwenReader(tf.Qwen2VLImageProcessorPil(size=size), words, chat_template=CHAT)
