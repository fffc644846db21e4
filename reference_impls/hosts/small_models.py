"""Small, randomly initialised models of the real classes: for tests and the demo, where no weights are at
hand.

The hosts treat them like models that `from_pretrained` loaded. Every function takes a seed and leaves the
global random state as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import transformers
from torch import nn

IMAGE_TOKEN, VIDEO_TOKEN = 99, 98


def build(make: Callable[[], nn.Module], seed: int = 0) -> Any:
    """The model that `make` gives, in evaluation mode, with weights that `seed` decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make().eval()


def encoder_settings(depth: int, width: int, image: int) -> dict[str, int]:
    """Of a vision transformer."""
    return {
        "hidden_size": width,
        "intermediate_size": width * 2,
        "num_hidden_layers": depth,
        "num_attention_heads": 4,
        "image_size": image,
        "patch_size": 4,
    }


def decoder_settings(depth: int, width: int, key_heads: int) -> dict[str, Any]:
    """Of a language model."""
    return {
        "hidden_size": width,
        "intermediate_size": width * 2,
        "num_hidden_layers": depth,
        "num_attention_heads": 4,
        "num_key_value_heads": key_heads,
        "vocab_size": 128,
        "max_position_embeddings": 512,
        # Wide weights: with the default 0.02 a small model attends evenly and every method would look alike.
        "initializer_range": 0.2,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }


def vit(depth: int = 4, width: int = 32, image: int = 32) -> Any:
    """A ViT with a class token and an 8 x 8 grid of patches."""
    config = transformers.ViTConfig(**encoder_settings(depth, width, image), initializer_range=0.2)
    return build(lambda: transformers.ViTModel(config))


def deit(depth: int = 4, width: int = 32, image: int = 32) -> Any:
    """DeiT, with a class token and a distillation token."""
    config = transformers.DeiTConfig(**encoder_settings(depth, width, image), initializer_range=0.2)
    return build(lambda: transformers.DeiTModel(config))


def dinov2(depth: int = 4, width: int = 32, image: int = 32, registers: int = 0) -> Any:
    """DINOv2, whose blocks scale what they add, with a class token and perhaps registers behind it."""
    settings = {
        **encoder_settings(depth, width, image),
        "mlp_ratio": 2,
        "layerscale_value": 0.5,
        "initializer_range": 0.2,
    }
    del settings["intermediate_size"]
    if registers:
        config = transformers.Dinov2WithRegistersConfig(**settings, num_register_tokens=registers)
        return build(lambda: transformers.Dinov2WithRegistersModel(config))
    return build(lambda: transformers.Dinov2Model(transformers.Dinov2Config(**settings)))


def clip(depth: int = 4, width: int = 32, image: int = 32) -> Any:
    """CLIP's vision encoder, with a class token."""
    config = transformers.CLIPVisionConfig(**encoder_settings(depth, width, image))
    return build(lambda: transformers.CLIPVisionModel(config))


def siglip(depth: int = 4, width: int = 32, image: int = 32) -> Any:
    """SigLIP's vision encoder, without a class token."""
    config = transformers.SiglipVisionConfig(**encoder_settings(depth, width, image))
    return build(lambda: transformers.SiglipVisionModel(config))


def vivit(depth: int = 4, width: int = 32, frames: int = 8, image: int = 16) -> Any:
    """ViViT: a video transformer with a class token; two frames and 4 x 4 pixels make a token."""
    config = transformers.VivitConfig(
        **{
            name: value
            for name, value in encoder_settings(depth, width, image).items()
            if name != "patch_size"
        },
        num_frames=frames,
        tubelet_size=[2, 4, 4],
        initializer_range=0.2,
    )
    return build(lambda: transformers.VivitModel(config))


def videomae(depth: int = 4, width: int = 32, frames: int = 8, image: int = 16) -> Any:
    """VideoMAE's encoder, without a class token; two frames and 4 x 4 pixels make a token."""
    config = transformers.VideoMAEConfig(
        **encoder_settings(depth, width, image), num_frames=frames, tubelet_size=2, initializer_range=0.2
    )
    return build(lambda: transformers.VideoMAEModel(config))


def bert(depth: int = 4, width: int = 32) -> Any:
    """A text encoder."""
    config = transformers.BertConfig(
        hidden_size=width,
        intermediate_size=width * 2,
        num_hidden_layers=depth,
        num_attention_heads=4,
        vocab_size=128,
        initializer_range=0.2,
    )
    return build(lambda: transformers.BertModel(config))


def llama(depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa") -> Any:
    """A Llama decoder with grouped-query attention."""
    config = transformers.LlamaConfig(
        **decoder_settings(depth, width, key_heads), attn_implementation=attention
    )
    return build(lambda: transformers.LlamaForCausalLM(config))


def qwen2(depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa") -> Any:
    """A Qwen2 decoder with grouped-query attention."""
    config = transformers.Qwen2Config(
        **decoder_settings(depth, width, key_heads), attn_implementation=attention
    )
    return build(lambda: transformers.Qwen2ForCausalLM(config))


def llava(
    depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa", image: int = 32
) -> Any:
    """LLaVA: CLIP, a projector and Llama; an image of 32 pixels is 64 placeholders."""
    config = transformers.LlavaConfig(
        vision_config=transformers.CLIPVisionConfig(**encoder_settings(3, width, image)),
        text_config=transformers.LlamaConfig(**decoder_settings(depth, width, key_heads)),
        image_token_id=IMAGE_TOKEN,
        attn_implementation=attention,
    )
    return build(lambda: transformers.LlavaForConditionalGeneration(config))


def llava_next(depth: int = 4, width: int = 32, key_heads: int = 2) -> Any:
    """LLaVA-NeXT: an overview and crops of one image, unpadded, with a newline token per row."""
    config = transformers.LlavaNextConfig(
        vision_config=transformers.CLIPVisionConfig(**encoder_settings(3, width, 32)),
        text_config=transformers.LlamaConfig(**decoder_settings(depth, width, key_heads)),
        image_token_id=IMAGE_TOKEN,
        image_grid_pinpoints=[[32, 64], [64, 32], [64, 64]],
    )
    return build(lambda: transformers.LlavaNextForConditionalGeneration(config))


def llava_onevision(depth: int = 4, width: int = 32, key_heads: int = 2) -> Any:
    """LLaVA-OneVision: SigLIP, a projector and Qwen2; images are cut as LLaVA-NeXT's, and of a video each
    frame's 8 x 8 patches are pooled to 4 x 4 tokens.
    """
    config = transformers.LlavaOnevisionConfig(
        vision_config=transformers.SiglipVisionConfig(**encoder_settings(3, width, 32)),
        text_config=transformers.Qwen2Config(**decoder_settings(depth, width, key_heads)),
        image_token_id=IMAGE_TOKEN,
        video_token_id=VIDEO_TOKEN,
        image_grid_pinpoints=[[32, 64], [64, 32], [64, 64]],
        vision_feature_select_strategy="full",
        vision_feature_layer=-1,
    )
    return build(lambda: transformers.LlavaOnevisionForConditionalGeneration(config))


def qwen2_vl(depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa") -> Any:
    """Qwen2-VL: an encoder that merges 2 x 2 patches of 4 pixels and pairs of frames, and a decoder with
    rotary positions in time, height and width.
    """
    vision = {"embed_dim": width, "hidden_size": width, "mlp_ratio": 2}
    config = transformers.Qwen2VLConfig(**_merging(vision, depth, width, key_heads, attention))
    return build(lambda: transformers.Qwen2VLForConditionalGeneration(config))


def qwen2_5_vl(depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa") -> Any:
    """Qwen2.5-VL: as Qwen2-VL, but one layer of the encoder attends within windows, and time goes faster."""
    vision = {
        "hidden_size": width,
        "out_hidden_size": width,
        "intermediate_size": width * 2,
        "window_size": 16,
        "fullatt_block_indexes": [1],
        "tokens_per_second": 2,
    }
    config = transformers.Qwen2_5_VLConfig(**_merging(vision, depth, width, key_heads, attention))
    return build(lambda: transformers.Qwen2_5_VLForConditionalGeneration(config))


def qwen3_vl(depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa") -> Any:
    """Qwen3-VL: as Qwen2-VL, but features of both encoder layers are added behind the decoder's first two,
    heads are normalised, and text stands between a video's frames.
    """
    vision = {
        "hidden_size": width,
        "out_hidden_size": width,
        "intermediate_size": width * 2,
        "num_position_embeddings": 64,
        "deepstack_visual_indexes": [0, 1],
        "initializer_range": 0.2,
    }
    given = _merging(vision, depth, width, key_heads, attention)
    given["text_config"]["head_dim"] = width // 4
    config = transformers.Qwen3VLConfig(**given)
    return build(lambda: transformers.Qwen3VLForConditionalGeneration(config))


def _merging(
    vision: dict[str, Any], depth: int, width: int, key_heads: int, attention: str
) -> dict[str, Any]:
    sections = [width // 4 // 2 - 2 * (width // 4 // 6), width // 4 // 6, width // 4 // 6]
    encoder = {"depth": 2, "num_heads": 4, "patch_size": 4, "temporal_patch_size": 2, "spatial_merge_size": 2}
    rotary = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": sections}
    return {
        "vision_config": encoder | vision,
        "text_config": {**decoder_settings(depth, width, key_heads), "rope_parameters": rotary},
        "image_token_id": IMAGE_TOKEN,
        "video_token_id": VIDEO_TOKEN,
        "vision_start_token_id": 97,
        "vision_end_token_id": 96,
        "attn_implementation": attention,
    }


def internvl(depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa") -> Any:
    """InternVL: InternViT, whose 8 x 8 patches of a tile are shuffled to 4 x 4 tokens, and Qwen2."""
    config = transformers.InternVLConfig(
        vision_config={
            **encoder_settings(3, width, 32),
            "image_size": [32, 32],
            "patch_size": [4, 4],
            "initializer_range": 0.2,
        },
        text_config=transformers.Qwen2Config(**decoder_settings(depth, width, key_heads)),
        image_token_id=IMAGE_TOKEN,
        attn_implementation=attention,
    )
    return build(lambda: transformers.InternVLForConditionalGeneration(config))


def dit(depth: int = 4, width: int = 32, sample: int = 16) -> Any:
    """A DiT that denoises 16 x 16 latents in 64 tokens."""
    from diffusers import DiTTransformer2DModel

    return build(
        lambda: DiTTransformer2DModel(
            num_attention_heads=4,
            attention_head_dim=width // 4,
            in_channels=4,
            num_layers=depth,
            sample_size=sample,
            patch_size=2,
            num_embeds_ada_norm=10,
            norm_num_groups=4,
        )
    )


def unet(sample: int = 16, attends: tuple[bool, ...] = (True, False), self_attention: bool = True) -> Any:
    """The smallest U-Net in the manner of Stable Diffusion: two resolutions, the first with attention.

    Another one `attends` at others: SDXL's first blocks are convolutions only. Without `self_attention` the
    blocks attend to the text twice, as the upscaler's.
    """
    from diffusers import UNet2DConditionModel

    down = ["CrossAttnDownBlock2D" if one else "DownBlock2D" for one in attends]
    up = ["CrossAttnUpBlock2D" if one else "UpBlock2D" for one in reversed(attends)]
    return build(
        lambda: UNet2DConditionModel(
            sample_size=sample,
            block_out_channels=(16, 32),
            layers_per_block=1,
            down_block_types=down,
            up_block_types=up,
            cross_attention_dim=32,
            attention_head_dim=4,
            norm_num_groups=4,
            only_cross_attention=not self_attention,
        )
    )


def wan(depth: int = 2, width: int = 32) -> Any:
    """Wan 2.1, a video denoiser: each block attends to the tokens of all frames together."""
    from diffusers import WanTransformer3DModel

    return build(
        lambda: WanTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=width // 2,
            in_channels=4,
            out_channels=4,
            text_dim=width,
            freq_dim=16,
            ffn_dim=2 * width,
            num_layers=depth,
        )
    )


def latte(depth: int = 2, width: int = 32, sample: int = 8, frames: int = 4) -> Any:
    """Latte, a video denoiser: blocks over the 16 tokens of a frame, and blocks over the frames."""
    from diffusers import LatteTransformer3DModel

    return build(
        lambda: LatteTransformer3DModel(
            num_attention_heads=4,
            attention_head_dim=width // 4,
            in_channels=4,
            out_channels=4,
            num_layers=depth,
            cross_attention_dim=width,
            sample_size=sample,
            patch_size=2,
            caption_channels=width,
            video_length=frames,
            norm_type="ada_norm_single",
            norm_elementwise_affine=False,
            norm_eps=1e-6,
        )
    )
