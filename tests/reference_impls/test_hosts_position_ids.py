"""Position ids in time, height and width, kept or renumbered, in Qwen2-VL, Qwen2.5-VL and Qwen3-VL: what
stays is computed as if the rest were hidden.
"""

import pytest
import torch

from reference_impls import attach, load_method
from reference_impls.baselines.random_pruning import RandomPruning
from reference_impls.hosts.position_ids import close_gaps
from reference_impls.methods.dycoke import DyCoke
from reference_impls.methods.vidcom2 import VidCom2
from tests.reference_impls.merged_patches import (
    IMAGE,
    NEW,
    QWENS,
    VIDEO,
    prompt_tokens,
    video_prompt,
    visual_prompt,
)
from tests.reference_impls.situations import instance, with_keep

DROPPING = ["fastv", "pyramiddrop", "dart", "sparsevlm"]


@pytest.fixture(params=QWENS, ids=lambda build: build.__name__)
def qwen(request):
    """Makes a small model of one of the families."""
    return request.param


def _logits(model, inputs):
    """Of every generated token, (steps, vocabulary), for one prompt."""
    options = {"max_new_tokens": NEW, "do_sample": False, "output_logits": True}
    return torch.cat(model.generate(**inputs, **options, return_dict_in_generate=True).logits)


def _renumbered(positions, kept):
    """(3, N) positions of the prompt, gaps closed by counting, and the number that the next token gets."""
    values = sorted(set(positions.flatten().tolist()))
    still = set(positions[:, kept].flatten().tolist())
    gone = [value for value in values if value not in still]
    new = positions.clone()
    for token in kept:
        for axis in range(3):
            new[axis, token] -= sum(value < int(positions[axis, token]) for value in gone)
    return new, values[-1] + 1 - len(gone)


def _masked_logits(model, inputs, kept_from, renumber):
    """Slow and obvious: run everything anew for each token, hiding what a layer no longer has.

    `kept_from` maps a layer to the prompt's tokens that remain from it on.
    """
    ids, types, decoder = inputs["input_ids"], inputs["mm_token_type_ids"], model.model.language_model
    prompt = ids.shape[1]
    grids = {name: value for name, value in inputs.items() if name.endswith("thw")}
    positions = model.model.get_rope_index(ids, types, **grids)[0][:, 0]
    following = int(positions.max()) + 1
    steps = []
    for _ in range(NEW):
        count = ids.shape[1]
        later = torch.arange(count - prompt)

        def full(base, following, later=later):
            return torch.cat([base, (following + later).expand(3, -1)], dim=1)[:, None]

        visible = torch.ones(count, count, dtype=torch.bool).tril()
        given = []
        for layer in range(len(decoder.layers)):
            starts = [start for start in kept_from if start <= layer]
            mask, places = visible, full(positions, following)
            if starts:
                kept = kept_from[max(starts)]
                gone = torch.ones(count, dtype=torch.bool)
                gone[kept + list(range(prompt, count))] = False
                mask = visible & ~gone | torch.eye(count, dtype=torch.bool)
                if renumber:
                    places = full(*_renumbered(positions, kept))
            given.append((mask[None, None], decoder.rotary_emb(torch.zeros(1), places)))
        handles = [
            block.register_forward_pre_hook(
                lambda _, args, kwargs, mask=mask, tables=tables: (
                    args,
                    {**kwargs, "attention_mask": mask, "position_embeddings": tables},
                ),
                with_kwargs=True,
            )
            for block, (mask, tables) in zip(decoder.layers, given, strict=True)
        ]
        rest = {name: value for name, value in inputs.items() if "pixel" in name or name.endswith("thw")}
        with torch.no_grad():
            logits = model(ids, mm_token_type_ids=types, use_cache=False, **rest).logits
        for handle in handles:
            handle.remove()
        steps.append(logits[:, -1])
        ids = torch.cat([ids, logits[:, -1:].argmax(dim=-1)], dim=1)
        types = torch.cat([types, torch.zeros(1, 1, dtype=types.dtype)], dim=1)
        if int(ids[0, -1]) == model.config.text_config.eos_token_id:
            break
    return torch.cat(steps)


def _agree(found, slow):
    return torch.allclose(found, slow, atol=1e-4)


@pytest.mark.parametrize("positions", ["keep", "renumber"])
@pytest.mark.parametrize("keep", [0.2, 0.5])
@pytest.mark.parametrize("name", DROPPING)
def test_dropping_in_the_decoder_equals_masking(qwen, name, keep, positions):
    model = qwen(depth=5)
    inputs = visual_prompt([(1, 8, 12)])
    method = _positioned(with_keep(instance(load_method(name)), keep), positions)
    with attach(method, model) as attached:
        found = _logits(model, inputs)
    kept_from, kept = {}, torch.arange(inputs["input_ids"].shape[1])
    for layer, reduction in attached.reductions:
        kept = kept[reduction.position[0]]
        kept_from[layer] = kept.tolist()
    assert kept.numel() < inputs["input_ids"].shape[1]
    assert _agree(found, _masked_logits(model, inputs, kept_from, positions == "renumber"))


def _positioned(method, positions):
    return type(method)(**{**vars(method), "positions": positions})


@pytest.mark.parametrize("positions", ["keep", "renumber"])
def test_a_shorter_image_equals_a_masked_one(qwen, positions):
    model = qwen()
    inputs = visual_prompt([(1, 8, 12)])
    method = RandomPruning(keep=2, positions=positions)  # so few that rows and columns are left empty
    with attach(method, model, stage="vision-output") as attached:
        found = _logits(model, inputs)
    kept = prompt_tokens(inputs, attached.total().position[0], IMAGE)
    assert _agree(found, _masked_logits(model, inputs, {0: kept}, positions == "renumber"))


@pytest.mark.parametrize("method", [VidCom2(keep=0.3), DyCoke()], ids=["vidcom2", "dycoke"])
def test_a_shorter_video_equals_a_masked_one(qwen, method):
    model = qwen()
    inputs = video_prompt(qwen, [(5, 8, 4)])
    with attach(method, model) as attached:
        found = _logits(model, inputs)
    reduction = attached.total()
    assert reduction.source.shape[1] == 5 * 4 * 2
    kept = prompt_tokens(inputs, reduction.position[0], VIDEO)
    assert len(kept) < inputs["input_ids"].shape[1]
    assert _agree(found, _masked_logits(model, inputs, {0: kept}, renumber=True))


def test_positions_close_the_gaps_that_removal_leaves_and_no_others():
    text, image = torch.arange(2), torch.tensor([[2, 2, 2, 2], [2, 2, 3, 3], [2, 3, 2, 3]])
    positions = torch.cat([text.expand(3, -1), image, torch.tensor([[9, 10]]).expand(3, -1)], dim=1)[:, None]
    everything = torch.arange(8)[None]
    closed, following = close_gaps(positions, None, everything, None)
    assert torch.equal(closed, positions)
    assert following.tolist() == [11]
    closed, following = close_gaps(positions, None, torch.tensor([[0, 3, 7]]), None)
    # 1, 9 are gone; the image's token keeps time 2 and column 3 apart, the last token follows the old gap.
    assert closed[:, 0].tolist() == [[0, 1, 8], [0, 1, 8], [0, 2, 8]]
    assert following.tolist() == [9]
