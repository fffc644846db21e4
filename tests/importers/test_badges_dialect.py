"""Lists of numbered bold titles with badges and BibTeX."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catalog.importers import badges

TOME = """\
### Image Recognition
### 2023

- **[5] Token Merging: Your ViT But Faster**, ICLR 2023.

  *Bolya, Daniel and Fu, Cheng-Yang and Hoffman, Judy.*

  [[Paper](https://arxiv.org/abs/2210.09461)] [[Code]([https://github.com/facebookresearch/ToMe](https://github.com/facebookresearch/ToMe))] ![](https://img.shields.io/badge/ToMe-blue) ![](https://img.shields.io/badge/Image_Recognition-green) ![](https://img.shields.io/badge/Non_parametric-brown) ![](https://img.shields.io/badgeVQA-green)

  <details> <summary>BibTex</summary>

  ```
  @inproceedings{Bolya2023:ToMe,
    title={Token Merging: Your {ViT} But Faster},
    booktitle=ICLR,
    year= {2023}
  }
  ```
  </details>

### 2024

- **[1] Agglomerative Token Clustering**, ECCV 2024.
  [[Paper](https://arxiv.org/abs/2409.11923)] [Code] ![Token_Merging](https://img.shields.io/badge/Token_Merging-orange)
"""  # noqa: E501  the lists' lines are long


def test_an_entry_is_read_with_title_venue_authors_links_and_badges() -> None:
    entry = badges.read(TOME, "Vision Domain/Understanding.md")[0]
    assert (entry.title, entry.line, entry.name) == ("Token Merging: Your ViT But Faster", 4, "ToMe")
    assert entry.venue == ", ICLR 2023."
    assert entry.authors == "Bolya, Daniel and Fu, Cheng-Yang and Hoffman, Judy."
    assert [(tag.text, tag.colour) for tag in entry.tags] == [
        ("Image_Recognition", "green"),
        ("Non_parametric", "brown"),
        ("VQA", "green"),
    ]


def test_a_link_inside_a_link_is_read_once() -> None:
    entry = badges.read(TOME, "a.md")[0]
    assert [(link.kind, link.url) for link in entry.links] == [
        ("paper", "https://arxiv.org/abs/2210.09461"),
        ("code", "https://github.com/facebookresearch/ToMe"),
    ]


def test_path_and_headings_stand_around_the_entry_and_a_year_ends_with_the_next() -> None:
    first, second = badges.read(TOME, "Vision Domain/Understanding.md")
    assert first.headings == ("Vision Domain", "Understanding", "Image Recognition", "2023")
    assert second.headings[-1] == "2024"
    assert "2023" not in second.headings


def test_bibtex_is_kept_although_its_fence_is_never_closed() -> None:
    text = "- **[1] LIP: Local Pooling**, ICCV 2019.\n  ```\n  @inproceedings{gao2019lip,\n  title={Lip}}"
    entry = badges.read(text + "\n  </details>\n- **[2] Another One**, ECCV 2022.", "a.md")[0]
    assert entry.bibtex == "@inproceedings{gao2019lip,\n  title={Lip}}"


def test_of_two_bibtex_entries_under_one_title_the_first_is_kept() -> None:
    text = "- **[1] Two Entries**, ECCV 2022.\n```\n@misc{a,\ntitle={A}}\n```\n```\n@misc{b,\ntitle={B}}\n```"
    assert badges.read(text, "a.md")[0].bibtex == "@misc{a,\ntitle={A}}"


@given(st.text(alphabet="-*[]()# \nabA1@{}`!<>https:/img.shields.io/badge", max_size=300))
def test_garbage_never_fails_and_every_numbered_title_is_one_entry(garbage: str) -> None:
    entries = badges.read(f"{garbage}\n- **[1] Last**, ECCV 2022.", "a.md")
    assert entries[-1].title == "Last"
    lines = garbage.split("\n")
    assert all(lines[entry.line - 1].lstrip().startswith(("-", "*")) for entry in entries[:-1])
