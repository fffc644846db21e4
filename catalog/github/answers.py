"""What the author of a form is told, in Markdown for a browser: no answer speaks of a command line.

What somebody wrote, or a source said, is shown and never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urljoin

from catalog.catalogue import Catalogue
from catalog.forge import forge_of
from catalog.record import Paper
from catalog.refusals import Refusal
from catalog.site.addresses import paper_page
from catalog.templating import markdown_link, markdown_text


class DeclinedError(Exception):
    """Nothing in the form is wrong, and yet no record is made or changed; the message is the whole answer."""


def refused(problems: Iterable[str]) -> str:
    """The answer to a form in which something has to be changed."""
    return (
        "Thank you. Something in the form is not right yet:\n\n"
        f"{_bullets(problems)}\n\n"
        "Edit this issue's text (**…** at its top right, then **Edit**), and it is looked at again.\n"
    )


def known(paper: Paper, reason: str, catalogue: Catalogue) -> str:
    """The answer where a paper is to be added that has a record."""
    forge = forge_of(catalogue)
    return (
        f"Thank you. This paper is in the catalogue already: {_record(paper, catalogue)}. We say so because "
        f"{markdown_text(reason)}. If it is another paper, please say so in a comment.\n\n"
        "Is something in the record wrong or missing? Then fill in the form "
        f"{_linked('Correct a record', forge.correction(paper.id) if forge else None)}. "
        "This issue can be closed.\n"
    )


def unchanged(paper: Paper, catalogue: Catalogue) -> str:
    """The answer to a correction that says what the record says."""
    return (
        f"Thank you. {_record(paper, catalogue)}, says so already; there is nothing to change.\n\n"
        "If it should say something else, edit this issue's text, and it is looked at again.\n"
    )


def kept_out(refusal: Refusal) -> str:
    """The answer where a paper is to be added that was looked at before."""
    return (
        f"Thank you. This paper, “{markdown_text(refusal.title)}”, was looked at before and left out: "
        f"{markdown_text(refusal.reason)}.\n\n"
        "If you think that this was wrong, please say why in a comment, and a maintainer looks again.\n"
    )


def unreachable(what: str, problems: Mapping[str, str]) -> str:
    """The answer where no source could be asked: it is not the fault of who filled in the form."""
    reasons = _bullets(f"{source}: {problem}" for source, problem in problems.items())
    return (
        "Thank you. Nothing is wrong with your form, but just now no source could be asked about "
        f"{markdown_text(what)}:\n\n{reasons}\n\n"
        "Please close this issue after a while and reopen it, and it is tried again. Or edit its text and "
        "paste the paper's BibTeX entry into the form: the record can be made from that alone.\n"
    )


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {markdown_text(line)}" for line in lines if line.strip())


def _record(paper: Paper, catalogue: Catalogue) -> str:
    """A record by name and id, with a link to its page, or to its file where no site is published."""
    forge = forge_of(catalogue)
    page = forge.file("tree", catalogue.files[paper.id]) if forge else None
    if catalogue.config.base_url:
        page = urljoin(catalogue.config.base_url, paper_page(paper.id))
    return f"{_linked(paper.name or paper.title, page)}, record `{paper.id}`"


def _linked(text: str, address: str | None) -> str:
    return f"[{markdown_text(text)}]({markdown_link(address)})" if address else f"**{markdown_text(text)}**"
