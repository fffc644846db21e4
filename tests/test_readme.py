"""The front page's words for people who come to use, add to, or take over the catalogue."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from catalog import lists
from catalog.catalogue import Catalogue
from catalog.engine import SOURCE
from catalog.forge import FORM
from tests.conftest import REPOSITORY


def front_page(catalogue: Catalogue, **config: object) -> str:
    config = catalogue.config.model_copy(update=config)
    return lists.render_all(replace(catalogue, config=config), REPOSITORY / "site_templates")["README.md"]


def test_the_way_that_takes_a_minute_comes_before_the_record_by_hand(mini_catalogue: Catalogue) -> None:
    page = front_page(mini_catalogue)
    assert 0 < page.index("`catalog add`") < page.index("`papers/<year>/<id>.yaml`")


def test_the_example_of_an_id_is_said_to_stand_for_the_reader_s_own(mini_catalogue: Catalogue) -> None:
    page = front_page(mini_catalogue)
    assert "catalog add 2403.06764 " in page
    assert re.search(r"`2403\.06764`[^.]*\byour paper's\b", page)


def test_the_web_form_is_named_where_there_is_a_forge(mini_catalogue: Catalogue) -> None:
    where = "(https://github.com/example/mini/issues/new/choose)"
    without = front_page(mini_catalogue)
    assert where in without
    assert "issues/new" not in front_page(mini_catalogue, repository=None)
    gitlab = front_page(mini_catalogue, repository="https://gitlab.com/example/mini")
    assert "(https://gitlab.com/example/mini/-/issues/new)" in gitlab
    form = mini_catalogue.root / FORM
    form.parent.mkdir(parents=True)
    form.write_text("name: Correct a record\n", encoding="utf-8")
    (said,) = [row for row in front_page(mini_catalogue).splitlines() if where in row]
    assert re.search(r"\bforms\b", said)
    assert said not in without


@pytest.mark.parametrize("name", ["CC0-1.0", "CC-BY-4.0"])
def test_the_records_licence_is_the_one_that_the_catalogue_names(
    mini_catalogue: Catalogue, name: str
) -> None:
    page = front_page(mini_catalogue, license=name)
    assert f"are under [{name}](https://spdx.org/licenses/{name}.html)." in page


def test_without_a_licence_nothing_is_said_of_one(mini_catalogue: Catalogue) -> None:
    page = front_page(mini_catalogue, license=None)
    assert "are under the [MIT licence](https://spdx.org/licenses/MIT.html). The records hold facts" in page


def test_the_code_s_licence_is_beside_it(mini_catalogue: Catalogue) -> None:
    source = mini_catalogue.root / SOURCE
    source.parent.mkdir()
    source.touch()
    assert "The code is under the [MIT licence](LICENSE)" in front_page(mini_catalogue)
