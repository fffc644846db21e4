"""LLMLingua and Selective Context: what the official code leaves of a prompt is what is left here."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from reference_impls import Context
from reference_impls.hosts.reading import ReadingModel
from reference_impls.methods.llmlingua import LLMLingua, chosen_units, official_tokens
from reference_impls.methods.selective_context import SelectiveContext


def _judge(official):
    """The language model that judged."""
    model = LlamaForCausalLM(LlamaConfig(**official.params()["model"])).eval()
    model.load_state_dict({name.removeprefix("w."): official[name] for name in official.cases(r"(w\..+)")})
    return model


def test_llmlingua_leaves_the_official_tokens(golden):
    official = golden("llmlingua")
    judge = _judge(official)
    for case in official.cases("(tokens.+)_params"):
        ids, asked = official[f"{case}_ids"], official.params(f"{case}_params")
        everywhere = torch.ones_like(ids, dtype=torch.bool)
        target, segment = asked["target_token"], asked["iterative_size"]
        stays = official_tokens(ids, everywhere, target, segment, lambda: ReadingModel(judge))
        assert ids[stays].tolist() == official[f"{case}_left"].tolist()


def test_llmlingua_shows_the_official_demonstrations(golden):
    official = golden("llmlingua")
    judge = _judge(official)
    for case in official.cases("(demos.+)_params"):
        ids, units = official[f"{case}_ids"], official[f"{case}_units"]
        most = official.params(f"{case}_params")["target_token"] * 2
        shown = chosen_units(ids, units, most, lambda: ReadingModel(judge))
        assert shown.sort().values.tolist() == official[f"{case}_used"].tolist()


def test_llmlingua_as_a_whole_leaves_the_official_tokens(golden):
    official = golden("llmlingua")
    judge = _judge(official)
    for case in official.cases("(tokens.+)_params"):
        ids, asked = official[f"{case}_ids"], official.params(f"{case}_params")
        if asked["target_token"] == ids.numel():
            continue  # everything is asked for: the official code leaves less, a budget here does not
        method = LLMLingua(keep=asked["target_token"], segment=asked["iterative_size"], official=True)
        context = Context(ids=ids[None], reader=lambda: ReadingModel(judge))
        kept = method.reduce(torch.zeros(1, ids.numel(), 1), context).kept[0]
        assert ids[kept].tolist() == official[f"{case}_left"].tolist()


@pytest.mark.parametrize("level", ["phrase", "token"])
def test_selective_context_deletes_the_official_units(golden, level):
    official = golden("selective_context")
    judge = _judge(official)
    for case in official.cases("(case.+)_params"):
        ids = official[f"{case}_ids"][None]
        begins = torch.tensor([-1])
        units = torch.cat([begins, official[f"{case}_units"]])
        if level == "token":
            units = torch.arange(-1, ids.shape[1] - 1)
        with torch.no_grad():
            logits = judge(ids).logits
        context = Context(ids=ids, logits=logits, units=units[None])
        method = SelectiveContext(keep=1 - official.params(f"{case}_params")["reduce_ratio"], official=True)
        kept = method.reduce(torch.zeros(1, ids.shape[1], 1), context).kept[0]
        gone = official[f"{case.replace('case', level)}_gone"]
        assert torch.equal(units[~kept].unique(), gone)


def test_selective_context_is_told_the_official_self_information(golden, same):
    official = golden("selective_context")
    judge = _judge(official)
    for case in official.cases("(case.+)_params"):
        same(ReadingModel(judge).read(official[f"{case}_ids"])[1:], official[f"{case}_informs"])
