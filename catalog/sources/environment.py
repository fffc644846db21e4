"""The client for one catalogue, with what the environment says about it.

``CATALOG_SOURCES`` names a server that stands in for all sources, each under a
path of its own: a mirror, or a recording to try things out with.  API keys are
read where they are used (:class:`catalog.sources.question.ApiKey`).
"""

from __future__ import annotations

import os
from importlib.metadata import version
from urllib.parse import urlsplit

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.root import own_place
from catalog.sources.addresses import DEFAULT_PORTS
from catalog.sources.cache import DiskCache
from catalog.sources.http import HttpClient
from catalog.values import check_link
from catalog.vocabulary import fold

MIRROR = "CATALOG_SOURCES"


def mirror_address() -> str | None:
    """The server that stands in for all sources, without a slash at its end.

    Raises
    ------
    CatalogError : the variable holds no address
    """
    address = os.environ.get(MIRROR, "").strip().rstrip("/")
    if not address:
        return None
    try:
        return check_link(address)
    except ValueError as error:
        raise CatalogError(f"{MIRROR} in the environment: {error}; correct or unset it") from None


def client_for(catalogue: Catalogue, purpose: str) -> HttpClient:
    """A client that says which catalogue asks and what for, with its cache in the catalogue's folder.

    Parameters
    ----------
    purpose : the command, e.g. ``catalog add``

    Raises
    ------
    CatalogError : the environment names no address, or a link leads away from the cache
    """
    own = frozenset[str]()
    if mirror := mirror_address():
        parts = urlsplit(mirror)
        own = frozenset({f"{parts.hostname}:{parts.port or DEFAULT_PORTS[parts.scheme]}"})
    home = catalogue.config.repository or catalogue.config.base_url
    about = f"+{home}; {purpose}" if home else purpose
    agent = f"{fold(catalogue.config.title) or 'catalogue'}/{version('fewer-tokens')} ({about})"
    cache = DiskCache(own_place(catalogue.root, ".cache/http"))
    return HttpClient(agent, cache=cache, own=own)
