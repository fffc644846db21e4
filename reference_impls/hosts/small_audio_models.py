"""Small, randomly initialised models that hear, of the real classes; `small_models.py` has those that see and
read.
"""

from __future__ import annotations

from typing import Any

import transformers

from reference_impls.hosts.small_models import build, decoder_settings, encoder_settings

AUDIO_TOKEN = 95


def audio_spectrogram(depth: int = 4, width: int = 32, frames: int = 32, bins: int = 32) -> Any:
    """The Audio Spectrogram Transformer: 4 x 4 patches of a spectrogram, side by side, a class token and a
    distillation token.
    """
    settings = encoder_settings(depth, width, frames)
    del settings["image_size"]
    config = transformers.ASTConfig(
        **settings,
        max_length=frames,
        num_mel_bins=bins,
        time_stride=4,
        frequency_stride=4,
        initializer_range=0.2,
    )
    return build(lambda: transformers.ASTModel(config))


def whisper(depth: int = 4, width: int = 32, frames: int = 64) -> Any:
    """Whisper's encoder, without a class token: two frames of a spectrogram of 16 bands make a token."""
    config = transformers.WhisperConfig(
        d_model=width,
        encoder_layers=depth,
        encoder_attention_heads=4,
        encoder_ffn_dim=width * 2,
        decoder_layers=1,
        decoder_attention_heads=4,
        decoder_ffn_dim=width * 2,
        num_mel_bins=16,
        max_source_positions=frames // 2,
        vocab_size=128,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
        init_std=0.2,
    )
    return build(lambda: transformers.WhisperModel(config)).get_encoder()


def hubert(depth: int = 4, width: int = 32) -> Any:
    """HuBERT as in its large sizes, whose layers normalise first: ten samples of a waveform make a token."""
    config = transformers.HubertConfig(
        hidden_size=width,
        num_hidden_layers=depth,
        num_attention_heads=4,
        intermediate_size=width * 2,
        conv_dim=(16, 16),
        conv_stride=(5, 2),
        conv_kernel=(10, 3),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=8,
        num_conv_pos_embedding_groups=2,
        do_stable_layer_norm=True,
        feat_extract_norm="layer",
        vocab_size=32,
        initializer_range=0.2,
        layerdrop=0.0,
        apply_spec_augment=False,
    )
    return build(lambda: transformers.HubertModel(config))


def qwen2_audio(
    depth: int = 4, width: int = 32, key_heads: int = 2, attention: str = "sdpa", frames: int = 128
) -> Any:
    """Qwen2-Audio: an encoder like Whisper's, of whose tokens pairs are averaged, a projector and Qwen2; four
    frames of a spectrogram of 16 bands make a placeholder.
    """
    config = transformers.Qwen2AudioConfig(
        audio_config=transformers.Qwen2AudioEncoderConfig(
            d_model=width,
            encoder_layers=2,
            encoder_attention_heads=4,
            encoder_ffn_dim=width * 2,
            num_mel_bins=16,
            max_source_positions=frames // 2,
            init_std=0.2,
        ),
        text_config=transformers.Qwen2Config(**decoder_settings(depth, width, key_heads)),
        audio_token_index=AUDIO_TOKEN,
        attn_implementation=attention,
    )
    return build(lambda: transformers.Qwen2AudioForConditionalGeneration(config))
