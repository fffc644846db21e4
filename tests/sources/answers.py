"""Answers about one made-up paper, written by hand in the shapes that the sources' documentation gives.

The paper was a preprint in May 2024 and appeared at ECCV 2024 under a longer title.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.sources.replay import Answering, ReplayServer, Reply, as_json, as_text

ARXIV = "2405.12345"
DOI = "10.1007/978-3-031-99999-1_7"
FORUM = "Abc1dE2fGh"
ANTHOLOGY = "2024.findings-acl.77"
PREPRINT_TITLE = "Thrifty Patches: Token Pruning without Training"
TITLE = "Thrifty Patches: Training-Free Token Pruning for Vision-Language Models"
CVF_TITLE = "Sparse Gazes: Learned Token Merging for Video"
AUTHORS = ("Ada Byron", "Émile du Châtelet", "Kurt Gödel")
CODE = "https://github.com/example/thrifty-patches"
ABSTRACT = (
    "Vision-language models spend most of their compute on image tokens. Existing methods rely on "
    "token merging and retrain the model. We propose Thrifty Patches, a training-free token pruning method "
    "that reduces the KV cache, unlike token merging. Code: https://github.com/example/thrifty-patches."
)
CVF_PAGE = "/content/CVPR2024/html/Curie_Sparse_Gazes_CVPR_2024_paper.html"


def atom(
    title: str = PREPRINT_TITLE, comment: str = "Accepted to ECCV 2024; 18 pages", doi: str = DOI
) -> str:
    """arXiv: https://info.arxiv.org/help/api/user-manual.html, section 5."""
    people = "".join(f"<author><name>{name}</name></author>" for name in AUTHORS)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?id_list={ARXIV}" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=&amp;id_list={ARXIV}</title>
  <id>http://arxiv.org/api/abcdef</id>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">1</opensearch:totalResults>
  <entry>
    <id>http://arxiv.org/abs/{ARXIV}v3</id>
    <updated>2024-09-30T10:00:00Z</updated>
    <published>2024-05-20T17:59:59Z</published>
    <title>{title}</title>
    <summary>  {ABSTRACT}
</summary>
    {people}
    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">{comment}</arxiv:comment>
    <arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">{doi}</arxiv:doi>
    <link href="http://arxiv.org/abs/{ARXIV}v3" rel="alternate" type="text/html"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CV"/>
  </entry>
</feed>"""


def newer_atom() -> str:
    """What arXiv's API answers since November 2025: namespaces at the root, its own addresses by https."""
    people = "".join(f"<author><name>{name}</name></author>" for name in AUTHORS)
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
      xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/abcdef</id>
  <title>arXiv Query: search_query=&amp;id_list={ARXIV}&amp;start=0&amp;max_results=10</title>
  <updated>2025-11-11T18:34:08Z</updated>
  <link href="https://arxiv.org/api/query?id_list={ARXIV}" type="application/atom+xml"/>
  <opensearch:totalResults>1</opensearch:totalResults>
  <entry>
    <id>http://arxiv.org/abs/{ARXIV}v3</id>
    <title>{PREPRINT_TITLE}</title>
    <updated>2024-09-30T10:00:00Z</updated>
    <link href="https://arxiv.org/abs/{ARXIV}v3" rel="alternate" type="text/html"/>
    <summary>{ABSTRACT}</summary>
    <category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
    <published>2024-05-20T17:59:59Z</published>
    <arxiv:comment>Accepted to ECCV 2024; 18 pages</arxiv:comment>
    <arxiv:primary_category term="cs.CV"/>
    {people}
    <arxiv:doi>{DOI}</arxiv:doi>
  </entry>
</feed>"""


EMPTY_ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>ArXiv Query</title></feed>'


def work() -> dict[str, Any]:
    """Crossref: https://github.com/CrossRef/rest-api-doc/blob/master/api_format.md."""
    head, tail = TITLE.split(": ")
    return {
        "status": "ok",
        "message-type": "work",
        "message-version": "1.0.0",
        "message": {
            "DOI": DOI,
            "type": "book-chapter",
            "title": [head],
            "subtitle": [tail],
            "author": [
                {"given": name.split(" ", 1)[0], "family": name.split(" ", 1)[1], "sequence": "additional"}
                for name in AUTHORS
            ],
            "container-title": ["Lecture Notes in Computer Science", "Computer Vision – ECCV 2024"],
            "publisher": "Springer Nature Switzerland",
            "page": "101-118",
            "published-print": {"date-parts": [[2025]]},
            "published-online": {"date-parts": [[2024, 10, 31]]},
            "relation": {},
        },
    }


def note(**content: Any) -> dict[str, Any]:
    """OpenReview, API 2: https://docs.openreview.net/reference/api-v2/entities/note/fields."""
    values = {
        "title": TITLE,
        "authors": list(AUTHORS),
        "abstract": ABSTRACT,
        "venue": "ICLR 2025 Poster",
        "venueid": "ICLR.cc/2025/Conference",
        **content,
    }
    return {
        "id": FORUM,
        "forum": FORUM,
        "odate": 1728000000000,
        "content": {k: {"value": v} for k, v in values.items()},
    }


def former_note(**content: Any) -> dict[str, Any]:
    """The same in API 1, where values are bare."""
    new = note(**content)
    return {**new, "content": {name: value["value"] for name, value in new["content"].items()}}


def bib() -> str:
    """The ACL Anthology's .bib of a paper, e.g. https://aclanthology.org/2020.acl-main.1.bib."""
    return f"""@inproceedings{{byron-etal-2024-thrifty,
    title = "Thrifty Patches: Training-Free Token Pruning for Vision-Language Models",
    author = "Byron, Ada  and
      du Ch{{\\^a}}telet, {{\\'E}}mile  and
      G{{\\"o}}del, Kurt",
    editor = "Ku, Lun-Wei",
    booktitle = "Findings of the Association for Computational Linguistics: ACL 2024",
    month = aug,
    year = "2024",
    address = "Bangkok, Thailand",
    publisher = "Association for Computational Linguistics",
    url = "https://aclanthology.org/{ANTHOLOGY}/",
    doi = "10.18653/v1/{ANTHOLOGY}",
    pages = "1001--1015",
    abstract = "We propose a training-free method."
}}
"""


def hits(*infos: dict[str, Any]) -> dict[str, Any]:
    """DBLP: https://dblp.org/faq/How+to+use+the+dblp+search+API.html."""
    found = [{"@score": "5", "@id": str(n), "info": info, "url": f"URL#{n}"} for n, info in enumerate(infos)]
    return {
        "result": {
            "query": "thrifty patches",
            "status": {"@code": "200", "text": "OK"},
            "hits": {
                "@total": str(len(found)),
                "@sent": str(len(found)),
                "@first": "0",
                **({"hit": found} if found else {}),
            },
        }
    }


def eccv_hit() -> dict[str, Any]:
    people = [
        {"@pid": "1/1", "text": f"{AUTHORS[0]} 0002"},
        *({"@pid": "2", "text": name} for name in AUTHORS[1:]),
    ]
    return {
        "authors": {"author": people},
        "title": f"{TITLE}.",
        "venue": "ECCV (81)",
        "pages": "101-118",
        "year": "2024",
        "type": "Conference and Workshop Papers",
        "doi": DOI,
        "ee": f"https://doi.org/{DOI}",
    }


def corr_hit() -> dict[str, Any]:
    return {
        "authors": {"author": [{"@pid": "2", "text": name} for name in AUTHORS]},
        "title": f"{PREPRINT_TITLE}.",
        "venue": "CoRR",
        "year": "2024",
        "type": "Informal and Other Publications",
        "ee": f"https://arxiv.org/abs/{ARXIV}",
        "doi": f"10.48550/ARXIV.{ARXIV}",
    }


def scholar() -> dict[str, Any]:
    """Semantic Scholar: https://api.semanticscholar.org/api-docs/graph."""
    return {
        "paperId": "0123456789abcdef",
        "externalIds": {"ArXiv": ARXIV, "DOI": DOI, "CorpusId": 42},
        "title": TITLE,
        "abstract": ABSTRACT,
        "venue": "European Conference on Computer Vision",
        "publicationVenue": {
            "id": "x",
            "name": "European Conference on Computer Vision",
            "type": "conference",
        },
        "year": 2024,
        "publicationDate": "2024-05-20",
        "authors": [{"authorId": str(n), "name": name} for n, name in enumerate(AUTHORS)],
    }


def repository(full_name: str = "example/thrifty-patches") -> dict[str, Any]:
    """GitHub: https://docs.github.com/en/rest/repos/repos#get-a-repository."""
    return {
        "id": 1,
        "full_name": full_name,
        "html_url": f"https://github.com/{full_name}",
        "description": "Official code",
        "archived": False,
        "default_branch": "main",
    }


def cvf_page() -> str:
    """A paper's page of https://openaccess.thecvf.com, as far as it speaks to machines."""
    conference = "Proceedings of the IEEE/CVF Conference on Computer Vision and Pattern Recognition"
    return f"""<!DOCTYPE html><html><head>
<meta name="citation_title" content="{CVF_TITLE}">
<meta name="citation_author" content="Curie, Marie">
<meta name="citation_author" content="Noether, Emmy">
<meta name="citation_publication_date" content="2024">
<meta name="citation_conference_title" content="{conference}">
<meta name="citation_firstpage" content="1">
</head><body>…</body></html>"""


ATOM_TYPE = "application/atom+xml; charset=UTF-8"
README = f"# Thrifty Patches\n\nCode of *{TITLE}* ([arXiv](https://arxiv.org/abs/{ARXIV}))."


def all_answers() -> dict[str, Answering]:
    """The whole web as far as this paper is concerned, by path of a mirror."""
    return {
        "/arxiv/query": as_text(atom(), ATOM_TYPE),
        f"/crossref/works/{DOI}": as_json(work()),
        "/openreview/notes": as_json({"notes": [note()], "count": 1}),
        f"/aclanthology/{ANTHOLOGY}.bib": as_text(bib(), "application/x-bibtex"),
        f"/cvf{CVF_PAGE}": as_text(cvf_page(), "text/html; charset=utf-8"),
        "/dblp/search/publ/api": as_json(hits(corr_hit(), eccv_hit())),
        f"/semanticscholar/paper/ARXIV:{ARXIV}": as_json(scholar()),
        "/github/repos/example/thrifty-patches": as_json(repository()),
        "/github/repos/example/thrifty-patches/readme": Reply(
            README.encode(), headers={"Content-Type": "application/vnd.github.raw+json; charset=utf-8"}
        ),
    }


@contextmanager
def server_for_all_sources() -> Iterator[ReplayServer]:
    """A server that stands in for every source, and answers all about this paper."""
    with closing(ReplayServer()) as server:
        server.answers |= all_answers()
        yield server
