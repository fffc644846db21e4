"""Methods that read only part of the KV cache, chosen anew for every decoded token."""

import pytest
import torch

from reference_impls import attach
from reference_impls.hosts import small_models
from reference_impls.methods.dycoke import DyCokeCache

GREEDY = {"max_new_tokens": 6, "do_sample": False}
LAYER = 2


def _prompts(lengths):
    """Left-padded prompts of different lengths, and which tokens are the video's."""
    generator = torch.Generator().manual_seed(3)
    longest = max(lengths)
    ids = torch.zeros(len(lengths), longest, dtype=torch.long)
    mask, video = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    for row, length in enumerate(lengths):
        ids[row, longest - length :] = torch.randint(3, 90, (length,), generator=generator)
        mask[row, longest - length :] = 1
        video[row, longest - length + 4 : longest - 8] = True
    return {"input_ids": ids, "attention_mask": mask}, video


def _generate(model, inputs):
    return model.generate(**inputs, **GREEDY)[:, inputs["input_ids"].shape[1] :]


class Watched(DyCokeCache):
    """Remembers what each decoded token left out."""

    seen: list

    def reduce(self, tokens, context):
        reduction = super().reduce(tokens, context)
        self.seen.append(reduction.dropped[0].nonzero().squeeze(1))
        return reduction


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_reading_everything_generates_the_untouched_models_tokens(attention):
    model = small_models.llama(attention=attention)
    inputs, video = _prompts([40, 33])
    untouched = _generate(model, inputs)
    with attach(DyCokeCache(keep=1, layer=LAYER), model, stage="kv-cache", candidates=video):
        assert torch.equal(_generate(model, inputs), untouched)


@pytest.mark.parametrize("keep", [0.2, 0.5])
def test_reading_a_part_equals_masking_the_rest_at_every_token(keep):
    model = small_models.llama()
    inputs, video = _prompts([40])
    method = Watched(keep=keep, layer=LAYER)
    object.__setattr__(method, "seen", [])
    with attach(method, model, stage="kv-cache", candidates=video), torch.no_grad():
        out = model(**inputs, use_cache=True)
        found, token = [], out.logits[:, -1:].argmax(dim=-1)
        tokens = []
        for _ in range(5):
            tokens.append(token)
            out = model(token, past_key_values=out.past_key_values, use_cache=True)
            found.append(out.logits[:, -1])
            token = out.logits[:, -1:].argmax(dim=-1)
    assert [layer.keys.shape[2] for layer in out.past_key_values.layers] == [45] * 4
    assert all(gone.numel() == 28 - int(28 * keep) for gone in method.seen)
    assert len({tuple(gone.tolist()) for gone in method.seen}) > 1  # what is left out changes and comes back
    with torch.no_grad():
        out = model(**inputs, use_cache=True)
        for step, token in enumerate(tokens):
            visible = torch.ones(1, 1, 1, 41 + step, dtype=torch.bool)
            visible[..., method.seen[step]] = False
            handles = [
                block.register_forward_pre_hook(
                    lambda _, args, kwargs, visible=visible: (args, {**kwargs, "attention_mask": visible}),
                    with_kwargs=True,
                )
                for block in model.model.layers[LAYER:]
            ]
            out = model(token, past_key_values=out.past_key_values, use_cache=True)
            for handle in handles:
                handle.remove()
            assert torch.allclose(out.logits[:, -1], found[step], atol=1e-4)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_prompts_of_different_lengths_generate_what_they_generate_alone(attention):
    model = small_models.llama(attention=attention)
    inputs, video = _prompts([40, 31])
    method = DyCokeCache(keep=0.3, layer=LAYER)
    with attach(method, model, stage="kv-cache", candidates=video):
        together = _generate(model, inputs)
    for row, start in enumerate((0, 9)):
        alone = {name: value[row : row + 1, start:] for name, value in inputs.items()}
        with attach(method, model, stage="kv-cache", candidates=video[row : row + 1, start:]):
            generated = _generate(model, alone)
        assert torch.equal(generated[0], together[row, : generated.shape[1]])


def test_a_video_model_knows_its_visual_entries():
    model = small_models.llava_onevision()
    ids = torch.randint(3, 90, (1, 12), generator=torch.Generator().manual_seed(5))
    ids = torch.cat([ids[:, :4], torch.full((1, 33), small_models.VIDEO_TOKEN), ids[:, 4:]], dim=1)
    video = torch.randn(1, 2, 3, 32, 32, generator=torch.Generator().manual_seed(8))
    with attach(DyCokeCache(keep=10), model, stage="kv-cache") as attached:
        model.generate(input_ids=ids, pixel_values_videos=video, **GREEDY)
    ((_, reduction),) = attached.reductions
    assert int(reduction.dropped.sum()) == 33 - 10
    assert bool((ids[0, reduction.dropped[0].nonzero().squeeze(1)] == small_models.VIDEO_TOKEN).all())


def test_a_decoder_without_later_layers_or_visual_tokens_is_refused():
    model = small_models.llama()
    with (
        pytest.raises(ValueError, match="leaves none"),
        attach(DyCokeCache(layer=4), model, stage="kv-cache", candidates=slice(4, 20)),
    ):
        pass
    with (
        pytest.raises(ValueError, match="names no tokens of images"),
        attach(DyCokeCache(), model, stage="kv-cache"),
    ):
        pass
