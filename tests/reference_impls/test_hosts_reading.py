"""A language model that reads a text in pieces, and goes back in it."""

import pytest
import torch
import transformers

from reference_impls.criteria.information import self_information
from reference_impls.hosts import small_models
from reference_impls.hosts.reading import ReadingModel


def _ids(count, seed=0, rows=1):
    return torch.randint(3, 90, (rows, count), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("build", [small_models.llama, small_models.qwen2])
def test_a_text_read_in_pieces_is_as_surprising_as_read_at_once(build):
    model, ids = build(), _ids(40)
    with torch.no_grad():
        expected = self_information(model(ids).logits, ids)[0]
    reading = ReadingModel(model)
    found = torch.cat(
        [reading.read(piece) for piece in (ids[0, :13], ids[0, 13:13], ids[0, 13:14], ids[0, 14:])]
    )
    assert torch.allclose(found, expected, atol=1e-4, equal_nan=True)


def test_a_reading_that_went_back_has_forgotten_what_came_after():
    model, ids = small_models.llama(), _ids(40)[0]
    reading, other = ReadingModel(model), ReadingModel(model)
    start = reading.place()
    reading.read(ids[20:])
    reading.go_back(start)
    reading.read(ids[:10])
    place = reading.place()
    reading.read(ids[20:30])
    reading.go_back(place)
    other.read(ids[:10])
    assert torch.allclose(reading.read(ids[10:]), other.read(ids[10:]), atol=1e-4)
    with pytest.raises(ValueError, match="cannot go back"):
        ReadingModel(model).go_back(place)


def test_a_sliding_window_stays_one_after_going_back():
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = transformers.MistralConfig(vocab_size=128, num_key_value_heads=2, sliding_window=12, **sizes)
    model, ids = small_models.build(lambda: transformers.MistralForCausalLM(config)), _ids(50)
    with torch.no_grad():
        expected = self_information(model(ids).logits, ids)[0]
    reading = ReadingModel(model)
    first, place = reading.read(ids[0, :20]), reading.place()
    reading.read(_ids(9, seed=9)[0])
    reading.go_back(place)
    found = torch.cat([first, reading.read(ids[0, 20:])])
    assert torch.allclose(found, expected, atol=1e-4, equal_nan=True)
