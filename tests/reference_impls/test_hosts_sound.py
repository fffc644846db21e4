"""Models that hear: encoders of speech are shortened inside, and the sound in a prompt inside the decoder."""

import pytest
import torch
import transformers

from reference_impls import attach
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts import small_audio_models, small_models
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.methods.audio_topk import AudioTopK
from reference_impls.methods.fastadasp import FastAdaSP
from reference_impls.methods.fastv import FastV
from reference_impls.methods.llmlingua import LLMLingua
from reference_impls.methods.tome import ToMe
from reference_impls.supported import FAMILIES

GREEDY = {"max_new_tokens": 5, "min_new_tokens": 5, "do_sample": False}
AUDIO = small_audio_models.AUDIO_TOKEN
HEARING = {family.name: family for family in FAMILIES["audio-encoder"]}
ENCODERS = ("Whisper", "HuBERT large")


def _heard(*lengths):
    """A prompt for each length of a sound, in tokens, padded on the left as the model's processor pads."""
    generator = torch.Generator().manual_seed(2)
    words = torch.randint(3, 90, (len(lengths), 16), generator=generator)
    rows = [
        torch.cat([row[:4], torch.full((n,), AUDIO), row[4:]]) for row, n in zip(words, lengths, strict=True)
    ]
    longest = max(map(len, rows))
    ids = torch.stack([torch.nn.functional.pad(row, (longest - len(row), 0)) for row in rows])
    frames = torch.arange(128) < torch.tensor(lengths)[:, None] * 4
    return {
        "input_ids": ids,
        "attention_mask": (ids != 0).long(),
        "input_features": torch.randn(len(lengths), 16, 128, generator=generator),
        "feature_attention_mask": frames.long(),
    }


def _generated(model, inputs):
    return model.generate(**inputs, **GREEDY)[:, inputs["input_ids"].shape[1] :]


# ----------------------------------------------------------------------------------------- inside encoders


@pytest.mark.parametrize("name", ENCODERS)
def test_a_speech_encoder_is_shortened_in_each_block_and_is_its_own_again(name):
    model, inputs = HEARING[name].build(), HEARING[name].inputs()
    with torch.no_grad():
        untouched = model(**inputs).last_hidden_state
        with attach(RandomPruning(keep=1.0), model, stage="audio-encoder"):
            assert torch.equal(model(**inputs).last_hidden_state, untouched)
        with attach(ToMe(r=3), model) as attached:
            shorter = model(**inputs).last_hidden_state
        assert torch.equal(model(**inputs).last_hidden_state, untouched)
    assert shorter.shape[1] == untouched.shape[1] - 4 * 3
    assert [layer for layer, _ in attached.reductions] == [0, 1, 2, 3]


def test_tokens_that_go_are_gone_for_all_later_blocks():
    model, sound = small_audio_models.whisper(), HEARING["Whisper"].inputs()
    taken = []
    handle = model.layers[0].register_forward_hook(lambda module, args, output: taken.append(output))
    with torch.no_grad():
        model(**sound)
        handle.remove()
        # Between attention and feed-forward, which looks at each token alone: as well behind the block.
        with attach(RandomPruning(keep=0.5, layer=0), model, stage="audio-encoder") as attached:
            found = model(**sound).last_hidden_state
        hidden = taken[0][:, attached.total().position[0]]
        for layer in model.layers[1:]:
            hidden = layer(hidden, None)
        torch.testing.assert_close(found, model.layer_norm(hidden))


def test_whisper_writes_what_its_shorter_encoder_heard():
    model = small_models.build(
        lambda: transformers.WhisperForConditionalGeneration(small_audio_models.whisper().config)
    )
    model.generation_config.pad_token_id = 0
    sound = HEARING["Whisper"].inputs()
    said = r"reads text as well as sound: attach to the part that hears, model\.model\.encoder"
    with pytest.raises(ValueError, match=said), attach(ToMe(), model):
        pass
    with torch.no_grad(), attach(ToMe(r=3), model.model.encoder) as attached:
        written = model.generate(**sound, max_new_tokens=4)
        encoded = model.model.encoder(**sound)
        expected = model.generate(encoder_outputs=encoded, max_new_tokens=4)
    assert encoded.last_hidden_state.shape[1] == 32 - 12
    assert torch.equal(written, expected)
    assert attached.total().counts.tolist() == [20]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=["bfloat16", "float16"])
def test_half_precision_stays_what_it_is(dtype):
    model = small_audio_models.whisper().to(dtype)
    with torch.no_grad(), attach(ToMe(r=3), model):
        hidden = model(HEARING["Whisper"].inputs()["input_features"].to(dtype)).last_hidden_state
    assert hidden.dtype == dtype
    assert bool(hidden.isfinite().all())


@pytest.mark.parametrize("name", ENCODERS)
def test_dropout_is_the_models_own(name):
    family = HEARING[name]
    config = family.build().config
    for rate in ("dropout", "activation_dropout", "hidden_dropout", "attention_dropout"):
        if hasattr(config, rate):
            setattr(config, rate, 0.3)
    kind = type(family.build())
    model = small_models.build(lambda: kind(config)).train()

    def heard():
        torch.manual_seed(3)
        return model(**family.inputs()).last_hidden_state

    untouched = heard()
    with attach(RandomPruning(keep=1.0), model, stage="audio-encoder"):
        torch.testing.assert_close(heard(), untouched)


def test_blocks_that_are_left_out_by_chance_are_refused_in_training_only():
    model = small_audio_models.hubert()
    model.config.layerdrop = 0.1
    sound = HEARING["HuBERT large"].inputs()
    with attach(ToMe(r=2), model):
        model(**sound)
        model.train()
        with pytest.raises(ValueError, match=r"set its layerdrop, which is 0\.1, to 0"):
            model(**sound)
    whisper = small_audio_models.whisper().train()
    whisper.layerdrop = 0.2
    with (
        attach(ToMe(r=2), whisper),
        pytest.raises(ValueError, match=r"layerdrop, which is 0\.2"),
    ):
        whisper(**HEARING["Whisper"].inputs())


def _one_more_in_the_first_row(self, tokens, context):
    stays = torch.ones(tokens.shape[:2], dtype=torch.bool)
    stays[1:, -1] = False
    return keep_mask(tokens, stays)


def test_padding_is_not_handed_on_to_what_reads_every_token():
    uneven = type("Uneven", (RandomPruning,), {"reduce": _one_more_in_the_first_row})()
    model = small_audio_models.whisper()
    with (
        attach(uneven, model, stage="audio-encoder"),
        pytest.raises(ValueError, match="hands on all of them, and would count padding"),
    ):
        model(torch.randn(2, 16, 64))


def test_an_encoder_is_not_told_which_of_its_inputs_are_padding():
    model = small_audio_models.hubert()
    mask = torch.ones(2, 400).long()
    mask[1, 200:] = 0
    with (
        attach(ToMe(r=2), model),
        pytest.raises(ValueError, match="called with an attention mask is not supported: run its inputs one"),
    ):
        model(torch.randn(2, 400), attention_mask=mask)


def test_class_and_distillation_token_of_a_spectrogram_stay_and_an_encoder_without_is_refused():
    model = small_audio_models.audio_spectrogram()
    with attach(AudioTopK(keep=0.5), model) as attached, torch.no_grad():
        model(**HEARING["Audio Spectrogram Transformer"].inputs())
    assert [layer for layer, _ in attached.reductions] == [1, 2, 3]
    assert [int(one.counts) for _, one in attached.reductions] == [2 + 32, 2 + 16, 2 + 8]
    assert bool(attached.total().kept[:, :2].all())
    said = "AudioTopK looks at the class token, and WhisperEncoder has none"
    with pytest.raises(ValueError, match=said), attach(AudioTopK(), small_audio_models.whisper()):
        pass


# --------------------------------------------------------------------------------------- sound in a prompt


@pytest.mark.parametrize("method", [FastAdaSP(keep=1), FastV(keep=1)], ids=["fastadasp", "fastv"])
def test_keeping_everything_generates_the_untouched_models_tokens(method):
    model, inputs = small_audio_models.qwen2_audio(), _heard(32)
    expected = _generated(model, inputs)
    with attach(method, model):
        assert torch.equal(_generated(model, inputs), expected)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize(
    "method",
    [FastAdaSP(keep=0.5), FastAdaSP(keep=0.8, schedule="constant"), FastAdaSP(keep=0.7, schedule="decay")],
    ids=lambda method: method.schedule,
)
def test_a_batch_of_sounds_of_unlike_length_generates_what_its_prompts_generate_alone(method, attention):
    model, batch = small_audio_models.qwen2_audio(attention=attention), _heard(32, 18)
    with attach(method, model) as attached:
        together = _generated(model, batch)
        counts = attached.reductions[-1][1].counts.tolist()
        for row, length in enumerate((32, 18)):
            alone = {name: value[row : row + 1] for name, value in batch.items()}
            start = batch["input_ids"].shape[1] - length - 16
            alone |= {name: alone[name][:, start:] for name in ("input_ids", "attention_mask")}
            assert torch.equal(_generated(model, alone), together[row : row + 1])
            assert attached.reductions[-1][1].counts.tolist() == [counts[row]]


def test_only_the_sound_of_a_prompt_goes():
    model, inputs = small_audio_models.qwen2_audio(), _heard(32)
    for method in (FastAdaSP(keep=0.25), FastV(keep=0.25)):
        with attach(method, model) as attached, torch.no_grad():
            model(**inputs)
        gone = ~attached.total().kept[0]
        assert int(gone.sum()) == 24
        assert bool((inputs["input_ids"][0, gone] == AUDIO).all())


def test_a_schedule_removes_its_share_in_every_layer_and_a_decay_ever_less():
    model, inputs = small_audio_models.qwen2_audio(depth=6), _heard(32)
    left = {}
    for schedule in ("once", "constant", "decay"):
        with attach(FastAdaSP(keep=0.75, schedule=schedule), model) as attached, torch.no_grad():
            model(**inputs)
        left[schedule] = [(layer, int(one.counts) - 16) for layer, one in attached.reductions]
    assert left["once"] == [(2, 24)]
    assert left["constant"] == [(2, 24), (3, 18), (4, 14), (5, 11)]
    # 1/4, then 3/16, 1/8 and 1/16 of what is there
    assert left["decay"] == [(2, 24), (3, 20), (4, 18), (5, 17)]


def test_a_schedule_of_several_layers_is_given_a_fraction():
    with pytest.raises(ValueError, match="keep = 12 tokens cannot be left by every layer of a constant"):
        FastAdaSP(keep=12, schedule="constant")


def test_a_method_that_hears_takes_no_image():
    said = "LlavaForConditionalGeneration names no tokens of sound: say with candidates="
    with pytest.raises(ValueError, match=said), attach(FastAdaSP(), small_models.llava()):
        pass


def test_sound_stays_in_a_prompt_that_is_shortened():
    model, inputs = small_audio_models.qwen2_audio(), _heard(32)
    with attach(LLMLingua(keep=0.5), model) as attached:
        _generated(model, inputs)
    kept = attached.total().kept[0]
    assert bool(kept[3:37].all())  # and the marks beside it
    assert not bool(kept.all())


def test_a_model_that_lays_sound_into_a_prompt_is_not_shortened_in_its_encoder():
    model = small_audio_models.qwen2_audio()
    for part, said in (
        (model, "leaves fewer: attach one of stage decoder-prefill, which acts behind it"),
        (model.model.audio_tower, "a AvgPool1d behind its encoder, for tokens laid out as a sound"),
    ):
        with pytest.raises(ValueError, match=said), attach(ToMe(), part):
            pass
