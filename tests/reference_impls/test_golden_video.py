"""VidCom2, DyCoke, FrameFusion, HoliTom, PACT, RLT: what the official code computes, computed here."""

import re

import pytest
import torch

from reference_impls import Context
from reference_impls.mechanisms.merge import merge
from reference_impls.mechanisms.prune import gather_tokens, top
from reference_impls.methods.dycoke import DyCoke, attended_entries
from reference_impls.methods.framefusion import (
    FrameFusion,
    merge_runs,
    predecessor_similarity,
    share_to_prune,
)
from reference_impls.methods.holitom import best_segments, density_merge
from reference_impls.methods.pact import cosine_distance, density_centres, nearest_centre
from reference_impls.methods.rlt import RLT, changed_patches
from reference_impls.methods.vidcom2 import VidCom2, frame_shares, likeness, steadiest_channels


def _cases(official, prefix):
    """What follows `prefix` in the file's names."""
    found = [name.removeprefix(prefix) for name in official.files if name.startswith(prefix)]
    assert found
    return found


def test_vidcom2_scores_and_keeps_what_the_official_code_does(golden, same):
    official = golden("vidcom2")
    params, tokens = official.params(), official["x"]
    frames, alphas = params["frames"], tuple(params["alphas"])
    video = steadiest_channels(tokens, params["low_var_ratio"]).view(frames, params["tokens_per_frame"], -1)
    to_video = likeness(video, video.mean(dim=(0, 1)), alphas)
    same(to_video, official["vid_score"])
    same(likeness(video, video.mean(dim=1, keepdim=True), alphas), official["frame_score"])
    for case in _cases(official, "kept_global_"):
        keep = float(case)
        same(frame_shares(to_video, keep, params["temp"]), official[f"scales_{case}"])
        method = VidCom2(keep, params["low_var_ratio"], params["temp"], alphas, official=True)
        reduction = method.reduce(tokens.unsqueeze(0), Context(frames=frames))
        same(reduction.position[0], official[f"kept_global_{case}"])


def test_vidcom2_spends_the_whole_budget_where_the_official_code_rounds_down(golden):
    official = golden("vidcom2")
    params, tokens = official.params(), official["x"].unsqueeze(0)
    for case in _cases(official, "kept_global_"):
        wanted = int(float(case) * tokens.shape[1])
        method = VidCom2(float(case), params["low_var_ratio"], params["temp"], tuple(params["alphas"]))
        reduction = method.reduce(tokens, Context(frames=params["frames"]))
        assert reduction.tokens.shape[1] == wanted
        assert set(official[f"kept_global_{case}"].tolist()) <= set(reduction.position[0].tolist())


def test_dycoke_keeps_the_official_tokens_in_the_official_order(golden, same):
    official = golden("dycoke")
    params = official.params()
    for case in official.cases("(.+)_x"):
        tokens = official[f"{case}_x"].unsqueeze(0)
        frames = official.number(f"{case}_frames")
        assert tokens.shape[1] == frames * params["tokens_per_frame"]
        context = Context(frames=frames)
        reduction = DyCoke(ratio=params["merging_ratio"], official=True).reduce(tokens, context)
        same(reduction.position[0], official[f"{case}_kept_order"])
        # By the paper every window is treated alike, so that frames that the code spares lose tokens.
        whole = DyCoke(ratio=params["merging_ratio"]).reduce(tokens, context)
        kept, theirs = set(whole.position[0].tolist()), set(official[f"{case}_kept_order"].tolist())
        even = (frames - frames % 2) * params["tokens_per_frame"]
        assert {token for token in kept if token < even} <= theirs


def test_dycoke_reads_the_official_cache_entries_while_decoding(golden):
    official = golden("dycoke")
    params, attention = official.params("dp_params"), official["dp_attn"][:, :, -1]
    candidates = torch.zeros(1, params["L"], dtype=torch.bool)
    candidates[:, params["start"] : params["start"] + params["length"]] = True
    read = attended_entries(attention, candidates, 1 - params["dycoke_radio"])
    assert torch.equal(read[0].nonzero().squeeze(1), official["dp_keep_sorted"])


def test_framefusion_merges_the_official_runs(golden, same):
    official = golden("framefusion")
    params, hidden = official.params(), official["hidden"]
    places = official["patch_type"][0]
    similarity, order = predecessor_similarity(hidden[0], places)
    same(similarity, official["sim_by_patch"][0])
    same(order, official["index_by_patch"][0])
    similar = similarity >= params["threshold"]
    same(similar.nonzero().squeeze(1), official["merge_idx"])
    merged = merge_runs(hidden, similar, order, torch.ones_like(places, dtype=torch.bool))
    same(merged.kept[0].to(torch.uint8), official["keep"][0])
    same(merged.tokens, official["hidden_merged"])


def test_framefusion_prunes_the_official_share(golden):
    official = golden("framefusion")
    params = official.params()
    # The file names its two cases and not their shares: nothing removed yet (l0), and some in two calls (s).
    removed = {"l0": [], "s": params.get("sparsity_list", [0.2, 0.3])}
    for case in _cases(official, "ratio_c"):
        cost, name = case.split("_")
        found = share_to_prune(removed[name], float(cost), params["num_layers"])
        assert found == pytest.approx(official.number(f"ratio_c{case}"))


def test_framefusion_costs_what_it_says_on_average_over_the_layers():
    layers, cost, tokens = 28, 0.3, 1.0
    removed, held = [], []
    for share in (0.4, 0.2, 0.05):
        removed.append(share)
        tokens *= 1 - share
        held.append(tokens)
    tokens *= 1 - share_to_prune(removed, cost, layers)
    held += [tokens] * (layers - len(held))
    assert sum(held) / layers == pytest.approx(cost)


def test_framefusion_says_what_its_first_layers_took_where_that_is_more_than_it_may_keep():
    said = r"cannot keep 0\.1 of the video on average over 4 layers: what the first 1 hold is 0\.15 of it"
    with pytest.raises(ValueError, match=said):
        share_to_prune([0.4], 0.1, 4)


@pytest.mark.parametrize("attention_from", ["last", "all"])
def test_framefusion_prunes_to_the_nearest_count_by_the_attention_received(attention_from):
    generator = torch.Generator().manual_seed(0)
    tokens, queries, keys = (torch.randn(2, 30, 8, generator=generator) for _ in range(3))
    candidates = torch.zeros(2, 30, dtype=torch.bool)
    candidates[:, 3:27] = True
    context = Context(queries=queries[:, None], keys=keys[:, None], candidates=candidates, layers=4)
    method = FrameFusion(keep=0.32, merge=False, attention_from=attention_from)
    reduction = method.reduce(tokens, context)
    causal = torch.ones(30, 30, dtype=torch.bool).tril()
    maps = (queries @ keys.transpose(1, 2) / 8**0.5).masked_fill(~causal, -torch.inf).softmax(dim=-1)
    scores = maps[:, -1] if attention_from == "last" else maps.sum(dim=1)
    best = scores[:, 3:27].topk(8).indices.sort(dim=1).values + 3  # 0.32 * 24 = 7.68
    assert torch.equal(reduction.position[:, 3:-3], best)


def test_pact_forms_the_official_clusters(golden, same):
    official = golden("pact_dbdpc", "pact")
    keys, hidden = official["keys"], official["hidden"]
    cutoff = float(re.search(r"cutoff=([0-9.]+)", official.text()).group(1))
    centres = density_centres(keys, cutoff)
    same(centres, official["out1"].squeeze(1).nonzero().squeeze(1))
    everything = torch.ones(keys.shape[0], dtype=torch.bool)
    merged = merge(hidden.unsqueeze(0), nearest_centre(keys, centres, everything).unsqueeze(0), centres[None])
    # The official function leaves the tokens in place and empties those that are no centres.
    in_place = torch.zeros_like(hidden).index_copy(0, centres, merged.tokens[0])
    same(in_place, official["out0"])
    same(torch.zeros(hidden.shape[0]).index_copy(0, centres, merged.size[0]), official["out2"])
    assert float(cosine_distance(keys[centres], keys[centres]).fill_diagonal_(1).min()) > cutoff


def test_holitom_cuts_the_video_where_the_official_code_does(golden):
    official = golden("holitom")
    params = official.params()
    segments, saved = best_segments(official["feature_sim"] > params["tau"], params["max_window"])
    assert [list(segment) for segment in segments] == official["windows"].tolist()
    assert saved == official.number("total_reduced")


def test_holitom_keeps_and_merges_the_official_tokens_in_space(golden, same):
    official = golden("holitom")
    params, tokens, numbers = official.params(), official["feat"], official["pos"]
    count = official["attn_pos"].shape[1]
    assert abs(count - params["retain"] * tokens.shape[1]) < 1
    kept = top(official["attn"], count).sort(dim=1).values
    same(numbers.gather(1, kept), official["attn_pos"])
    same(gather_tokens(tokens, kept), official["attn_out"])
    # The official noise is drawn for the whole batch at once.
    noise = torch.rand(tokens.shape[:2], generator=torch.Generator().manual_seed(official.seed())) * 1e-6
    for row in range(tokens.shape[0]):
        merged, centres, _ = density_merge(tokens[row], count, params["K"], params["Beta"], noise[row])
        same(numbers[row, centres], official["density_pos"][row])
        same(merged, official["density_out"][row])


def test_rlt_keeps_the_official_patches_and_counts_the_official_runs(golden, same):
    official = golden("rlt")
    found = re.findall(r"(\w+)=(\d+(?:\.\d+)?)", official.text())
    settings = {name: float(value) if "." in value else int(value) for name, value in found}
    pixels, keep = official["video_u8"].float(), official["keep"]
    batch, _, length, height, width = pixels.shape
    frames, patch = length // settings["tubelet"], settings["patch"]
    grid = (height // patch, width // patch)
    changed = changed_patches(pixels, frames, (patch, patch), settings["threshold"])
    same(changed.flatten(1).to(torch.uint8), keep)
    tokens = torch.arange(keep.numel()).float().view(batch, -1, 1)
    context = Context(pixels=pixels, frames=frames, grid=grid)
    reduction = RLT(threshold=settings["threshold"]).reduce(tokens, context)
    same(reduction.kept.to(torch.uint8), keep)
    # The official lengths run through each place's frames first, ours frame by frame.
    lengths = torch.zeros(batch, keep.shape[1], dtype=torch.long)
    for row in range(batch):
        count = int(reduction.counts[row])
        lengths[row, reduction.position[row, :count]] = reduction.size[row, :count].long()
    by_place = lengths.view(batch, frames, -1).transpose(1, 2).flatten()
    same(by_place[by_place > 0], official["lengths"])


def test_rlt_compares_the_end_of_a_tubelet_with_the_begin_of_the_one_before():
    frames = torch.zeros(1, 2, 6, 2, 4)  # three tubelets of two frames, each of two patches side by side
    frames[:, :, 1, :, :2] = 9.0  # within the first tubelet: not looked at
    frames[:, :, 2, :, 2:] = 9.0  # the second one's first frame: only the third one is compared with it
    frames[:, 0, 3:, :, :2], frames[:, 1, 3:, :, :2] = 0.3, -0.1  # apart by 0.2 on average
    changed = changed_patches(frames, 3, (2, 2), threshold=0.15)
    assert changed[0, :, 0].tolist() == [[True, True], [True, False], [True, True]]
    assert changed_patches(frames, 3, (2, 2), threshold=0.25)[0, 1, 0].tolist() == [False, False]
    still = torch.zeros(1, 1, 2, 2, 2)
    assert changed_patches(still, 2, (2, 2), threshold=0.0)[0, 1, 0].tolist() == [False]


def test_rlt_adds_an_embedding_of_the_length_of_each_run():
    pixels = torch.zeros(1, 1, 4, 1, 2)
    pixels[:, :, 3:, :, 1] = 1.0
    context = Context(pixels=pixels, frames=4, grid=(1, 2), protected=1)
    encoding = torch.tensor([[10.0], [20.0], [30.0]])
    reduction = RLT(length_encoding=encoding).reduce(torch.zeros(1, 9, 1), context)
    # The class token, a run of 4, which takes the encoding of 3, and runs of 3 and 1.
    assert reduction.position.tolist() == [[0, 1, 2, 8]]
    assert reduction.size.tolist() == [[1.0, 4.0, 3.0, 1.0]]
    assert reduction.tokens.flatten().tolist() == [0.0, 30.0, 30.0, 10.0]
