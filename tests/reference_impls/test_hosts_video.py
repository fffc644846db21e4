"""Video methods in models that take videos, and merged tokens that attention counts as many."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from reference_impls import attach, load_method, load_methods
from reference_impls.hosts import small_models
from reference_impls.hosts.attachment import Attachment
from reference_impls.hosts.video_places import VideoPlaces
from reference_impls.mechanisms.prune import keep_mask
from reference_impls.methods.framefusion import FrameFusion
from reference_impls.methods.holitom import HoliTom, HoliTomInner
from reference_impls.methods.pact import PACT
from reference_impls.methods.rlt import RLT
from reference_impls.reduction import Reduction
from reference_impls.supported import FAMILIES
from tests.reference_impls.situations import instance, situation, with_keep

WHOLE_VIDEO = [
    name
    for name, method in load_methods().items()
    if method.stage == "vision-output" and "frames" in method.implementation.needs
]
GREEDY = {"max_new_tokens": 5, "do_sample": False}
FRAMES, PER_FRAME = 6, 16


def _inputs(batch=2, repeat=True):
    """Videos of six frames, some of which repeat the one before, and a question behind them."""
    generator = torch.Generator().manual_seed(8)
    video = torch.randn(batch, FRAMES, 3, 32, 32, generator=generator)
    if repeat:
        video[:, 1], video[:, 3, :, :16] = video[:, 0], video[:, 2, :, :16]
    text = torch.randint(3, 90, (batch, 12), generator=generator)
    places = torch.full((batch, FRAMES * PER_FRAME + 1), small_models.VIDEO_TOKEN)
    return {
        "input_ids": torch.cat([text[:, :4], places, text[:, 4:]], dim=1),
        "pixel_values_videos": video,
    }


def _generate(model, inputs):
    return model.generate(**inputs, **GREEDY)[:, inputs["input_ids"].shape[1] :]


@pytest.mark.parametrize("name", WHOLE_VIDEO)
def test_a_shorter_video_generates_what_a_prompt_built_by_hand_generates(name):
    model, inputs = small_models.llava_onevision(), _inputs()
    with attach(instance(load_method(name)), model, report_tokens=True) as attached:
        generated = _generate(model, inputs)
    reduction = attached.total()
    assert reduction.source.shape[1] == FRAMES * PER_FRAME
    assert int(reduction.counts.max()) < FRAMES * PER_FRAME
    with torch.no_grad():
        newline = model.model.get_video_features(inputs["pixel_values_videos"]).pooler_output[:, -1:]
        words = model.get_input_embeddings()(inputs["input_ids"])
    for row in range(2):
        count = int(reduction.counts[row])
        visual = torch.cat([reduction.tokens[row, :count], newline[row]])
        embedded = torch.cat([words[row, :4], visual, words[row, -8:]])[None]
        with torch.no_grad():
            expected = _greedy(model, embedded)
        assert generated[row, : len(expected)].tolist() == expected


def _greedy(model, embedded):
    tokens = []
    for _ in range(GREEDY["max_new_tokens"]):
        hidden = model.model.language_model(inputs_embeds=embedded, use_cache=False).last_hidden_state
        tokens.append(int(model.lm_head(hidden[:, -1]).argmax()))
        if tokens[-1] == model.config.text_config.eos_token_id:
            break
        embedded = torch.cat([embedded, model.get_input_embeddings()(torch.tensor([[tokens[-1]]]))], dim=1)
    return tokens


@pytest.mark.parametrize("name", WHOLE_VIDEO)
def test_keeping_the_whole_video_generates_the_untouched_models_tokens(name):
    model, inputs = small_models.llava_onevision(), _inputs()
    untouched = _generate(model, inputs)
    with attach(with_keep(instance(load_method(name)), 1.0), model):
        assert torch.equal(_generate(model, inputs), untouched)


def test_holitom_merges_what_stands_still_and_spends_its_budget_on_the_rest():
    tokens, context = situation("vision-output", batch=1, seed=1)
    video = tokens.view(1, 6, 6, -1).clone()
    video[:, 1:4, :3] = video[:, :1, :3]  # three places stand still for four frames
    reduction = HoliTom(keep=27).reduce(video.flatten(1, 2), context)
    assert reduction.tokens.shape[1] == 27  # all that is left without the nine repeated tokens
    places = torch.arange(36).view(6, 6)
    for frame in range(1, 4):
        assert torch.equal(reduction.source[0, places[frame, :3]], reduction.source[0, places[0, :3]])
    assert reduction.size.max() == 4
    assert HoliTom(keep=10).reduce(video.flatten(1, 2), context).tokens.shape[1] == 10


def test_holitom_merges_inside_the_decoder_instead_of_dropping():
    model = small_models.llama()
    ids = torch.randint(3, 90, (1, 40), generator=torch.Generator().manual_seed(3))
    untouched = model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY)
    where = {"stage": "decoder-prefill", "candidates": slice(4, 28)}
    with attach(HoliTomInner(keep=1, layer=2), model, **where):
        assert torch.equal(model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY), untouched)
    with attach(HoliTomInner(keep=0.25), model, **where) as attached:
        model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY)
    ((layer, reduction),) = attached.reductions
    assert (layer, reduction.tokens.shape[1]) == (3, 40 - 24 + 6)
    assert not bool(reduction.dropped.any())
    assert float(reduction.size.sum()) == 40


def test_framefusion_knows_the_places_of_a_video_in_its_prompt():
    model, inputs = small_models.llava_onevision(depth=6), _inputs()
    with attach(FrameFusion(keep=0.7), model) as attached:
        _generate(model, inputs)
    first = attached.reductions[0][1]
    video = torch.arange(4, 4 + FRAMES * PER_FRAME).view(FRAMES, PER_FRAME)
    # The second frame is the first once more, so all of it merges, place by place.
    assert torch.equal(first.source[:, video[1]], first.source[:, video[0]])
    newline = 4 + FRAMES * PER_FRAME
    assert bool(first.kept[:, newline].all())
    # `keep` is the mean over the layers of what is left, the newline counted with the video.
    held = torch.stack([reduction.counts - 12 for _, reduction in attached.reductions]).float()
    assert len(held) == 6
    assert torch.allclose(held.mean(dim=0) / (FRAMES * PER_FRAME + 1), torch.tensor(0.7), atol=0.02)


@pytest.mark.parametrize(
    "options", [{"num_beams": 2}, {"do_sample": True, "top_k": 1, "num_return_sequences": 3}], ids=str
)
def test_framefusion_knows_the_places_in_every_copy_of_a_prompt(options):
    model, inputs = small_models.llava_onevision(depth=6), _inputs()
    times = next(value for name, value in options.items() if name.startswith("num"))
    with attach(FrameFusion(keep=0.7), model) as attached:
        _generate(model, inputs)
        once = attached.total()
        model.generate(**inputs, **{**GREEDY, **options})
        total = attached.total()
    assert torch.equal(total.counts, once.counts.repeat_interleave(times))
    assert torch.equal(total.kept, once.kept.repeat_interleave(times, dim=0))


VIDEOS = {family.name: family for family in FAMILIES["decoder-prefill"] if "videos" in family.name}


@pytest.mark.parametrize("name", VIDEOS)
def test_copies_of_one_prompt_answer_alike(name):
    model, inputs = VIDEOS[name].build(), VIDEOS[name].inputs()
    copies = {"do_sample": True, "top_k": 1, "num_return_sequences": 2, "max_new_tokens": 5}
    with attach(FrameFusion(keep=0.6), model):
        answer = model.generate(**inputs, **GREEDY)
        assert torch.equal(model.generate(**inputs, **copies), answer.repeat(2, 1))
        model.generate(**inputs, num_beams=2, **GREEDY)
        # A prompt of words has none of them.
        model.generate(torch.full((1, 9), 5), **GREEDY)


def test_videos_that_do_not_fit_the_prompt_are_refused():
    model, inputs = small_models.llava_onevision(), _inputs(batch=1)
    places = VideoPlaces(Attachment("Own", "decoder-prefill"), model)
    with torch.no_grad():
        model.model.get_video_features(inputs["pixel_values_videos"])
    ids = inputs["input_ids"][:, :-30]
    ids[:, -2:] = small_models.VIDEO_TOKEN
    assert int((ids == small_models.VIDEO_TOKEN).sum()) < FRAMES * PER_FRAME
    with pytest.raises(ValueError, match="the videos given make 97 tokens, the prompt has"):
        places.take(ids, ids > 0)


def test_pact_keeps_everything_where_nothing_is_near_and_nothing_unimportant():
    model = small_models.llama()
    ids = torch.randint(3, 90, (2, 40), generator=torch.Generator().manual_seed(3))
    untouched = model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY)
    with attach(PACT(important=1, cutoff=1e-6), model, candidates=slice(4, 28)) as attached:
        assert torch.equal(model.generate(ids, attention_mask=torch.ones_like(ids), **GREEDY), untouched)
    assert attached.total().tokens.shape[1] == 40


def test_pact_recovers_pruned_tokens_near_a_centre():
    tokens, context = situation("decoder-prefill", batch=1)
    dropped = [PACT(recover=alpha).reduce(tokens, context).dropped.sum() for alpha in (0, 1.5, 10)]
    assert dropped[0] > dropped[2] == 0
    assert dropped[0] >= dropped[1]


@dataclass(frozen=True)
class Counting:
    """A stand-in that drops every other candidate and counts the ones that stay as three."""

    proportional_attention: bool
    positions: ClassVar[str] = "keep"
    needs: ClassVar[frozenset[str]] = frozenset({"candidates"})

    def acts_on(self, layer, layers):
        return layer == 2

    def reduce(self, tokens, context):
        odd = torch.arange(tokens.shape[1]) % 2 == 1
        stays = ~(context.candidates & odd)
        kept = keep_mask(tokens, stays if context.valid is None else stays & context.valid)
        image = context.candidates.gather(1, kept.position.clamp(min=0)) & (kept.position >= 0)
        size = torch.where(image, 3.0, kept.size)
        return Reduction(kept.tokens, kept.source, size, kept.position, kept.valid)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("proportional", [True, False])
def test_attention_counts_a_merged_token_as_many_in_prefill_and_decoding(proportional, attention):
    model = small_models.llama(attention=attention)
    ids = torch.randint(3, 90, (2, 30), generator=torch.Generator().manual_seed(3))
    mask = torch.ones_like(ids)
    mask[1, :5] = 0
    with attach(Counting(proportional), model, stage="decoder-prefill", candidates=slice(8, 24)):
        found = model.generate(
            ids, attention_mask=mask, output_logits=True, return_dict_in_generate=True, **GREEDY
        )
    for row, start in enumerate((0, 5)):
        tokens = found.sequences[row : row + 1, start:]
        count = tokens.shape[1]
        index = torch.arange(count) + start
        image = (index >= 8) & (index < 24)
        bias = torch.zeros(count).masked_fill(image, torch.tensor(3.0).log() if proportional else 0.0)
        bias = bias.masked_fill(
            image & ((torch.arange(count) + start) % 2 == 1), torch.finfo(torch.float32).min
        )
        causal = torch.full((count, count), torch.finfo(torch.float32).min).triu(1)
        full, short = causal[None, None], (causal + bias).clamp(min=causal.min())
        short = torch.where(torch.eye(count, dtype=torch.bool), 0.0 * causal + bias.clamp(min=0), short)[
            None, None
        ]
        handles = [
            block.register_forward_pre_hook(
                lambda _, args, kwargs, mask=short if number >= 2 else full: (
                    args,
                    {**kwargs, "attention_mask": mask},
                ),
                with_kwargs=True,
            )
            for number, block in enumerate(model.model.layers)
        ]
        with torch.no_grad():
            slow = model(tokens, use_cache=False).logits[0, 29 - start : -1]
        for handle in handles:
            handle.remove()
        assert torch.allclose(torch.stack(found.logits)[:, row], slow, atol=1e-4)


def _moving_video(batch=2, frames=8, side=16):
    """A still video in which a square changes halfway; every element's square is elsewhere."""
    generator = torch.Generator().manual_seed(2)
    video = torch.randn(batch, 1, 3, side, side, generator=generator).repeat(1, frames, 1, 1, 1)
    for row in range(batch):
        video[row, frames // 2 :, :, : 4 * (row + 1), :4] += 1.0
    return video


def test_run_lengths_drop_what_stands_still_and_equal_masking():
    model, video = small_models.vivit(), _moving_video()
    with attach(RLT(), model) as attached, torch.no_grad():
        short = model(pixel_values=video).pooler_output
    reduction = attached.total()
    assert reduction.counts.tolist() == [1 + 16 + 1, 1 + 16 + 2]
    assert torch.allclose(reduction.size.sum(dim=1), torch.tensor(1.0 + 4 * 16))
    hidden = torch.where(reduction.dropped | reduction.merged, torch.finfo(torch.float32).min, 0.0)
    handles = [
        block.register_forward_pre_hook(
            lambda _, args, kwargs: ((args[0], hidden[:, None, None, :]), kwargs), with_kwargs=True
        )
        for block in model.layers
    ]
    with torch.no_grad():
        masked = model(pixel_values=video).pooler_output
    for handle in handles:
        handle.remove()
    assert torch.allclose(short, masked, atol=1e-5)


@pytest.mark.parametrize("make", [small_models.vivit, small_models.videomae], ids=["vivit", "videomae"])
def test_a_video_in_which_everything_changes_is_left_as_it_is(make):
    model = make()
    video = torch.randn(2, 8, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        untouched = model(pixel_values=video).last_hidden_state
        with attach(RLT(), model):
            assert torch.allclose(model(pixel_values=video).last_hidden_state, untouched, atol=1e-5)


def test_a_model_that_takes_no_mask_says_so_where_a_batch_needs_one():
    model = small_models.videomae()
    with attach(RLT(), model) as attached, torch.no_grad():
        assert model(pixel_values=_moving_video(batch=1)).last_hidden_state.shape[1] == 16 + 1
        assert attached.total().tokens.shape[1] == 17
        with pytest.raises(ValueError, match="takes no mask"):
            model(pixel_values=_moving_video())


def test_a_learned_table_tells_how_long_a_run_is():
    model, video = small_models.vivit(), _moving_video(batch=1)
    table = torch.randn(3, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        with attach(RLT(), model, report_tokens=True) as plain:
            model(pixel_values=video)
        with attach(RLT(length_encoding=table), model, report_tokens=True) as told:
            model(pixel_values=video)
    added = (told.total().tokens - plain.total().tokens)[0]
    lengths = plain.total().size[0].long()
    assert torch.allclose(added[0], torch.zeros(32))  # the class token is no run
    assert torch.allclose(added[1:], table[lengths[1:].clamp(max=3) - 1], atol=1e-6)
