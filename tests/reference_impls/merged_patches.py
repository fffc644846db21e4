"""Prompts with images and videos for models whose encoder merges patches: Qwen's and InternVL."""

import torch

from reference_impls.hosts import small_models

NEW = 6
IMAGE, VIDEO = small_models.IMAGE_TOKEN, small_models.VIDEO_TOKEN
QWENS = (small_models.qwen2_vl, small_models.qwen2_5_vl, small_models.qwen3_vl)


def visual_prompt(sizes, token=IMAGE, words=(4, 8), seed=5, apart=False):
    """One prompt per (frames, height, width) in patches, left-padded to one length.

    Two words stand before every frame but the first where these are `apart`.
    """
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for frames, height, width in sizes:
        text = torch.randint(3, 90, (sum(words),), generator=generator)
        visual = torch.full((frames * height * width // 4,), token)
        if apart:
            seen = visual.view(frames, -1)
            between = torch.randint(3, 90, (frames, 2), generator=generator)
            visual = torch.cat([between, seen], dim=1).flatten()[2:]
        rows.append(torch.cat([text[: words[0]], visual, text[words[0] :]]))
    longest = max(row.numel() for row in rows)
    ids = torch.stack([torch.nn.functional.pad(row, (longest - row.numel(), 0)) for row in rows])
    pixels = torch.randn(sum(t * h * w for t, h, w in sizes), 3 * 2 * 16, generator=generator)
    names = (
        ("pixel_values", "image_grid_thw") if token == IMAGE else ("pixel_values_videos", "video_grid_thw")
    )
    return {
        "input_ids": ids,
        "attention_mask": (ids != 0).long(),
        "mm_token_type_ids": (ids == IMAGE).int() + 2 * (ids == VIDEO).int(),
        names[0]: pixels,
        names[1]: torch.tensor(sizes),
    }


def video_prompt(qwen, sizes, seed=5):
    """The same of videos; Qwen3-VL expects a time before every frame."""
    return visual_prompt(sizes, VIDEO, seed=seed, apart=qwen is small_models.qwen3_vl)


def tiles(count, words=(4, 8), seed=5):
    """A prompt with as many tiles of one image, for InternVL."""
    generator = torch.Generator().manual_seed(seed)
    text = torch.randint(3, 90, (1, sum(words)), generator=generator)
    visual = torch.full((1, count * 16), IMAGE)
    ids = torch.cat([text[:, : words[0]], visual, text[:, words[0] :]], dim=1)
    pixels = torch.randn(count, 3, 32, 32, generator=generator)
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "pixel_values": pixels}


def generate(model, inputs):
    out = model.generate(**inputs, max_new_tokens=NEW, do_sample=False)
    return out[:, inputs["input_ids"].shape[1] :]


def prompt_tokens(inputs, position, token):
    """The prompt's text, and those of its visual tokens that `position` numbers."""
    visual = (inputs["input_ids"][0] == token).nonzero().squeeze(1)
    text = (inputs["input_ids"][0] != token).nonzero().squeeze(1)
    return sorted(torch.cat([text, visual[position]]).tolist())
