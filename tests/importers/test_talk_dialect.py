"""Papers cited in the running text of a talk."""

from __future__ import annotations

from catalog.importers import talk

TALK = """\
Token Compression in DiTs: ToCa.

Chang Zou^{*}, Xuyang Liu^{*}, Ting Liu, "Accelerating Diffusion Transformers with Token-wise Feature Caching". In *International Conference on Learning Representations (ICLR)*, 2025.

Method	Latency
FORA (Selvaraju et al., 2024)	0.416
Q1: "What football league is the jacket from on the man pointing?"

Zichen Wen, Yifeng Gao, Linfeng Zhang, et al. "Stop looking for important tokens in multimodal language models: Duplication matters more." arXiv preprint arXiv:2502.11494 (2025). Zichen Wen, Yifeng Gao, "Token Pruning in Multimodal Large Language Models: Are We Solving

the Right Problem?". In Findings of the Association for Computational Linguistics (ACL), 2025. 22
"""  # noqa: E501


def test_each_citation_is_an_entry_and_neither_tables_nor_quotations_are() -> None:
    assert [(entry.title, entry.line) for entry in talk.read(TALK, "talk.txt")] == [
        ("Accelerating Diffusion Transformers with Token-wise Feature Caching", 3),
        ("Stop looking for important tokens in multimodal language models: Duplication matters more", 9),
        ("Token Pruning in Multimodal Large Language Models: Are We Solving the Right Problem?", 9),
    ]


def test_authors_lose_their_marks_and_arxiv_numbers_become_links() -> None:
    first, second, _ = talk.read(TALK, "talk.txt")
    assert first.authors == "Chang Zou, Xuyang Liu, Ting Liu"
    assert second.authors is not None
    assert second.authors.endswith("et al.")
    assert [link.url for link in second.links] == ["https://arxiv.org/abs/2502.11494"]


def test_a_text_of_nothing_but_names_is_read_and_holds_no_citation() -> None:
    assert talk.read("Ada Lovelace " * 5_000 + "A" * 50_000, "talk.txt") == []
