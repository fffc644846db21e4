"""What `generate` gives back, and what it refuses, while something is attached."""

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from reference_impls import attach, load_methods
from reference_impls.hosts import small_models
from reference_impls.hosts.generation import with_whole_prompt
from reference_impls.methods.divprune import DivPrune
from reference_impls.methods.dycoke import DyCokeCache
from reference_impls.methods.fastv import FastV
from reference_impls.methods.llmlingua import LLMLingua
from reference_impls.methods.selective_context import SelectiveContext
from reference_impls.methods.snapkv import SnapKV
from reference_impls.supported import FAMILIES
from tests.reference_impls.situations import instance

NEW = 5
GREEDY = {"max_new_tokens": NEW, "min_new_tokens": NEW, "do_sample": False}
METHODS = [LLMLingua(keep=0.5, segment=13), SelectiveContext(keep=0.5)]


def _ids(count, seed=0, rows=1):
    return torch.randint(3, 90, (rows, count), generator=torch.Generator().manual_seed(seed))


def _sequences(output):
    return output if isinstance(output, torch.Tensor) else output.sequences


@pytest.fixture(scope="module")
def tokenizer():
    words = {"<pad>": 0, "<s>": 1, "</s>": 2, **{f"w{number}": number for number in range(3, 128)}}
    of_words = Tokenizer(models.WordLevel(words, unk_token="w3"))
    of_words.pre_tokenizer = pre_tokenizers.Whitespace()
    marks = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "padding_side": "left"}
    return transformers.PreTrainedTokenizerFast(tokenizer_object=of_words, **marks)


# ----------------------------------------------------------------------------- what it gives back


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"num_beams": 3},
        {"num_beams": 4, "num_return_sequences": 2},
        {"do_sample": True, "num_return_sequences": 3},
        {"return_dict_in_generate": True, "output_scores": True},
        {"return_dict_in_generate": True, "num_beams": 3, "output_scores": True},
        {"use_cache": False},
        {"prompt_lookup_num_tokens": 2},
        {"cache_implementation": "static"},
    ],
    ids=str,
)
def test_the_answer_stands_behind_the_callers_prompt(method, options):
    model, ids = small_models.llama(), _ids(40)
    options = {**GREEDY, **options}
    torch.manual_seed(0)
    with attach(method, model) as attached:
        found = model.generate(ids, **options)
    left = ids[:, attached.total().position[0]]
    torch.manual_seed(0)
    expected = model.generate(left, **options)
    rows = _sequences(expected).shape[0]
    assert torch.equal(_sequences(found)[:, :40], ids.expand(rows, -1))
    assert torch.equal(_sequences(found)[:, 40:], _sequences(expected)[:, left.shape[1] :])
    if isinstance(found, dict):
        assert found["sequences"] is found.sequences
        given = found.sequences, found.scores, getattr(found, "beam_indices", None)
        scored = model.compute_transition_scores(*given)
        wanted = expected.sequences, expected.scores, getattr(expected, "beam_indices", None)
        assert torch.allclose(scored, model.compute_transition_scores(*wanted))


def test_rows_of_different_lengths_keep_their_own_padding():
    model = small_models.llama()
    long, short = _ids(40, seed=1), _ids(25, seed=2)
    ids = torch.cat([long, torch.nn.functional.pad(short, (15, 0), value=7)])
    mask = (torch.arange(40) >= torch.tensor([[0], [15]])).long()
    with attach(METHODS[0], model):
        found = model.generate(ids, attention_mask=mask, num_beams=2, num_return_sequences=2, **GREEDY)
        alone = [model.generate(one, num_beams=2, num_return_sequences=2, **GREEDY) for one in (long, short)]
    assert torch.equal(found[:, :40], ids.repeat_interleave(2, dim=0))
    assert torch.equal(found[:, 40:], torch.cat([one[:, -NEW:] for one in alone]))


def test_an_output_that_does_not_begin_with_the_prompt_stays_as_it_is():
    read, prompt = torch.tensor([[5, 6]]), torch.tensor([[4, 5, 6]])
    answer = torch.tensor([[0, 9, 8, 7]])
    assert with_whole_prompt(answer, read, prompt) is answer
    assert with_whole_prompt(torch.tensor([[5, 6, 9]]), read, prompt).tolist() == [[4, 5, 6, 9]]
    assert with_whole_prompt("text", read, prompt) == "text"


def test_a_model_with_an_encoder_answers_as_ever():
    config = transformers.T5Config(
        d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, vocab_size=128, decoder_start_token_id=0
    )
    model = small_models.build(lambda: transformers.T5ForConditionalGeneration(config))
    ids = _ids(40)
    with attach(SelectiveContext(keep=0.5), model, scorer=small_models.llama()) as attached:
        found = model.generate(ids, **GREEDY)
    assert torch.equal(found, model.generate(ids[:, attached.total().position[0]], **GREEDY))


@pytest.mark.parametrize("whole", [True, False])
def test_a_pipeline_finds_the_answer(tokenizer, whole):
    model = small_models.llama()
    texts = [" ".join(f"w{number}" for number in _ids(count, seed=count)[0]) for count in (40, 15)]
    pipeline = transformers.pipeline("text-generation", model=model, tokenizer=tokenizer)
    with attach(METHODS[0], model):
        told = pipeline(texts, batch_size=2, return_full_text=whole, **GREEDY)
        for text, answer in zip(texts, told, strict=True):
            ids = tokenizer(text, return_tensors="pt").input_ids
            words = tokenizer.decode(model.generate(ids, **GREEDY)[0, ids.shape[1] :])
            found = answer[0]["generated_text"]
            assert len(words.split()) == NEW
            assert found.removeprefix(text) == words
            assert found.startswith(text) == whole


@pytest.mark.parametrize("skip", [True, False])
def test_a_streamer_is_shown_the_callers_prompt(tokenizer, skip):
    model, ids = small_models.llama(), _ids(40)
    streamer = transformers.TextIteratorStreamer(tokenizer, skip_prompt=skip)
    with attach(METHODS[0], model):
        found = model.generate(ids, streamer=streamer, **GREEDY)
    shown = tokenizer.decode(found[0, 40:] if skip else found[0])
    assert "".join(streamer).split() == shown.split()


def test_a_second_turn_is_the_whole_conversation():
    model, ids = small_models.llama(), _ids(40)
    with attach(METHODS[0], model):
        first = model.generate(ids, return_dict_in_generate=True, **GREEDY)
        asked = torch.cat([first.sequences, _ids(5, seed=9)], dim=1)
        with pytest.raises(ValueError, match="pass the whole prompt without them, or leave the block"):
            model.generate(asked, past_key_values=first.past_key_values, **GREEDY)
        assert torch.equal(model.generate(asked, **GREEDY)[:, :50], asked)


def test_after_the_block_the_cache_goes_on_from_the_shortened_prompt():
    model, ids = small_models.llama(), _ids(40)
    with attach(METHODS[0], model) as attached, torch.no_grad():
        out = model(ids, use_cache=True)
    left, word = ids[:, attached.total().position[0]], torch.tensor([[7]])
    with torch.no_grad():
        found = model(word, past_key_values=out.past_key_values).logits
        expected = model(torch.cat([left, word], dim=1)).logits[:, -1:]
    assert torch.allclose(found, expected, atol=1e-4)


# ----------------------------------------------------------------------------- what it refuses


FOLLOWED = {
    name: method
    for name, method in load_methods().items()
    if method.stage in ("decoder-prefill", "kv-cache", "vision-output")
    and not getattr(method.implementation, "hears", False)
}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"prompt_lookup_num_tokens": 2}, "with prompt_lookup_num_tokens drafts stand behind the prompt"),
        ({"assistant_model": "small"}, "with assistant_model drafts stand behind the prompt"),
        ({"use_cache": False}, "generate with use_cache=True"),
        ({"prefill_chunk_size": 16}, "without prefill_chunk_size"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
@pytest.mark.parametrize("name", FOLLOWED)
def test_what_a_shortened_sequence_cannot_be_followed_through_is_refused(name, options, says):
    method = FOLLOWED[name]
    families = {family.name: family for family in FAMILIES[method.stage]}
    needs = method.implementation.needs
    with_videos = {"frames", "places"} & needs
    kind = "LLaVA-OneVision with videos" if with_videos else "LLaVA-NeXT" if "crops" in needs else "LLaVA"
    model, inputs = families[kind].build(), families[kind].inputs()
    told = {"text": torch.ones(1, 2, 32)} if "text" in needs else {}
    if "assistant_model" in options:
        options = {"assistant_model": small_models.llama(depth=1)}
    with attach(instance(method, 32), model, **told) as attached:
        with pytest.raises(ValueError, match=says):
            model.generate(**inputs, **GREEDY, **options)
        assert not attached.reductions
        model.generate(**inputs, **GREEDY)
        assert attached.reductions
    assert "generate" not in vars(model)


def test_what_the_settings_say_counts_as_well():
    model, ids = small_models.llama(), _ids(40)
    told = transformers.GenerationConfig(use_cache=False, **GREEDY)
    with attach(SnapKV(), model), pytest.raises(ValueError, match="use_cache=True"):
        model.generate(ids, told)
    model.generation_config.prompt_lookup_num_tokens = 2
    with attach(SnapKV(), model), pytest.raises(ValueError, match="prompt_lookup_num_tokens"):
        model.generate(ids, **GREEDY)


def test_one_forward_pass_without_a_cache_is_shortened_as_ever():
    model, ids = small_models.llama(), _ids(40)
    with attach(FastV(keep=0.2), model, candidates=slice(4, 34)), torch.no_grad():
        assert model(ids, use_cache=False).logits.shape[1] == 10 + 6


@pytest.mark.parametrize(
    "options", [{"num_beams": 3}, {"do_sample": True, "num_return_sequences": 3}], ids=str
)
def test_candidates_are_those_of_every_beam(options):
    model, ids = small_models.llama(), _ids(40, rows=2)
    marks = torch.zeros(2, 40, dtype=torch.bool)
    marks[0, 5:30], marks[1, 8:33] = True, True
    told = {**GREEDY, **options}
    found = []
    for candidates in (marks, marks.repeat_interleave(3, dim=0)):
        torch.manual_seed(0)
        with attach(FastV(keep=0.3), model, candidates=candidates):
            found.append(model.generate(ids, **told))
    assert torch.equal(*found)


@pytest.mark.parametrize(
    ("candidates", "says"),
    [
        (torch.ones(1, 40), "torch.float32"),
        (slice(50, 60), "selects none"),
        (torch.ones(3, 40) > 0, "must be"),
    ],
)
@pytest.mark.parametrize(
    ("method", "stage"),
    [(FastV(), "decoder-prefill"), (DyCokeCache(layer=1), "kv-cache")],
    ids=["prefill", "reading"],
)
def test_candidates_in_a_decoder_are_checked_too(method, stage, candidates, says):
    model = small_models.llama()
    with pytest.raises(ValueError, match=says), attach(method, model, stage=stage, candidates=candidates):
        model.generate(_ids(40, rows=2), **GREEDY)


# ----------------------------------------------------------------------------- what it is attached to


def test_compiled_code_and_wrappers_are_refused():
    compiled = torch.compile(small_models.llama(), backend="eager")
    with pytest.raises(ValueError, match="its _orig_mod"), attach(SnapKV(), compiled):
        pass
    in_place = small_models.llama()
    in_place.compile(backend="eager")
    with pytest.raises(ValueError, match="was not compiled"), attach(SnapKV(), in_place):
        pass
    parallel = torch.nn.Module()
    parallel.module = small_models.llava()
    for method in (LLMLingua(), FastV(), DivPrune()):
        with (
            pytest.raises(ValueError, match=r"Module is a wrapper: .* wrapper\.module"),
            attach(method, parallel),
        ):
            pass


def test_options_that_a_place_does_not_take_are_named():
    with (
        pytest.raises(ValueError, match="a host for kv-cache takes no text; it takes candidates="),
        attach(SnapKV(), small_models.llama(), text=torch.ones(1, 2, 32)),
    ):
        pass
