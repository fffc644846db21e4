"""Writing records back: one canonical form, repairs that touch nothing else, files replaced in one step."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog import bibtex, checks, formatting, yaml_files
from catalog.catalogue import Catalogue
from catalog.findings import CatalogError, Finding, Fix
from catalog.formatting import apply_fixes, format_all, format_record, write_own
from catalog.record import SCHEMA_LINE
from catalog.record_files import is_record, record_files
from catalog.vocabulary import Vocabulary
from catalog.yaml_files import MAX_BYTES
from tests.conftest import MakeCatalogue

MESSY = """\
# kept: who wrote this
year: 2024   # kept: of the conference
title: Pruning Tokens Early
authors: ["Ada Bo",
   Chen Da]
venue:   ECCV
published: '2024-03'
# kept: checked by hand
domain: [ vision ]
aliases: []
"""

CANONICAL = f"""\
{SCHEMA_LINE}
title: "Pruning Tokens Early"
authors: [Ada Bo, Chen Da]
venue: ECCV
# kept: who wrote this
year: 2024  # kept: of the conference
published: 2024-03
kind: method
# kept: checked by hand
domain: [vision]
setting: null
task: null
criterion: null
mechanism: null
training: null
parametric: null
summary: null
bibtex: |
  @inproceedings{{bo2024pruning,
    title = {{Pruning Tokens Early}},
    author = {{Bo, Ada and Da, Chen}},
    booktitle = {{European Conference on Computer Vision}},
    year = {{2024}},
  }}
"""


def test_a_record_is_written_in_canonical_form_with_its_comments_and_an_entry(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    assert format_all(Catalogue.load(root)) == ["papers/2024/a-paper.yaml"]
    assert (root / "papers/2024/a-paper.yaml").read_text() == CANONICAL


def test_formatting_twice_changes_nothing_more(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": CANONICAL})
    path = root / "papers/2024/a-paper.yaml"
    before = path.stat().st_mtime_ns
    assert format_all(Catalogue.load(root)) == []
    assert path.stat().st_mtime_ns == before


def test_the_small_catalogue_only_lacks_facts_after_formatting(mini: Path) -> None:
    assert len(format_all(Catalogue.load(mini))) == 6
    assert format_all(Catalogue.load(mini)) == []
    assert {one.rule for one in checks.run(Catalogue.load(mini))} == {"no-paper-link", "provenance-missing"}


def test_asking_what_would_change_writes_nothing(mini: Path) -> None:
    before = {path: path.read_bytes() for path in mini.rglob("*.yaml")}
    assert len(format_all(Catalogue.load(mini), write=False)) == 6
    assert {path: path.read_bytes() for path in mini.rglob("*.yaml")} == before


def test_entries_made_together_get_different_keys(make_catalogue: MakeCatalogue) -> None:
    files = {f"2024/{name}.yaml": MESSY.replace("Early", name) for name in ("one", "two")}
    root = make_catalogue(files)
    format_all(Catalogue.load(root))
    keys = [line for line in (root / "papers/2024/two.yaml").read_text().splitlines() if "@" in line]
    assert keys == ["  @inproceedings{bo2024pruninga,"]


def test_a_record_that_cannot_be_read_is_left_alone(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/bad.yaml": "title: [\n", "2024/worse.yaml": "titel: x\n"})
    assert format_all(Catalogue.load(root)) == []
    vocabulary = Vocabulary.load(root / "papers/vocabulary")
    assert format_record("title: [\n", "papers/2024/bad.yaml", vocabulary) is None
    assert format_record("titel: x\n", "papers/2024/bad.yaml", vocabulary) is None


def test_a_record_that_could_not_be_read_again_is_refused_in_words_and_the_others_are_written(
    make_catalogue: MakeCatalogue,
) -> None:
    authors = "".join(f"  - Firstname{number} Lastname\n" for number in range(1_300))
    many = f"{SCHEMA_LINE}\ntitle: Many Authors\nauthors:\n{authors}year: 2024\nvenue: ICLR\n"
    root = make_catalogue({"2024/many.yaml": many, "2024/z-paper.yaml": MESSY})
    for write in (False, True):
        with pytest.raises(
            CatalogError, match=r"^papers/2024/many\.yaml: not written, because .* 65,536 are"
        ):
            format_all(Catalogue.load(root), write=write)
        written = (root / "papers/2024/z-paper.yaml").read_text()
        assert (written == MESSY) != write
    assert (root / "papers/2024/many.yaml").read_text() == many
    assert len(Catalogue.load(root)) == 2


def test_no_entry_is_made_while_the_venue_is_unknown_to_the_vocabulary(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY.replace("ECCV", "ECCV 2024")})
    format_all(Catalogue.load(root))
    path = root / "papers/2024/a-paper.yaml"
    assert "bibtex:" not in path.read_text()
    path.write_text(
        path.read_text().replace('venue: "ECCV 2024"', "venue: ECCV").replace("ECCV 2024", "ECCV")
    )
    format_all(Catalogue.load(root))
    assert path.read_text() == CANONICAL


COMMENTS = st.lists(st.integers(0, MESSY.count("\n") - 1), max_size=4, unique=True)


@given(COMMENTS)
def test_no_comment_is_lost_wherever_it_stands(rows: list[int]) -> None:
    lines = MESSY.splitlines()
    for row in sorted(rows, reverse=True):
        indent = " " * (len(lines[row]) - len(lines[row].lstrip()))
        lines.insert(row, f"{indent}# extra {row}")
    written = format_record("\n".join(lines) + "\n", "papers/2024/a-paper.yaml", VOCABULARY)
    assert written is not None
    assert [written.count(f"# extra {row}\n") for row in rows] == [1] * len(rows)
    assert format_record(written, "papers/2024/a-paper.yaml", VOCABULARY) == written


VOCABULARY = Vocabulary.load(Path(__file__).parent / "mini" / "papers" / "vocabulary")


# --------------------------------------------------------------------------------------------- repairs


def fix(file: str, **changes: object) -> Finding:
    return Finding(file, 1, 1, "some-rule", "error", "", Fix(changes))


FILE = "papers/2024/a-paper.yaml"


def test_a_repair_changes_its_own_lines_only(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": CANONICAL.replace("[vision]", "[ 'vision' ]  # odd")})
    assert apply_fixes(Catalogue.load(root), [fix(FILE, venue="ICLR")]) == [FILE]
    expected = CANONICAL.replace("[vision]", "[ 'vision' ]  # odd").replace("venue: ECCV", "venue: ICLR")
    assert (root / FILE).read_text() == expected


@pytest.mark.parametrize("field", ["former_titles", "keywords", "listed_in", "aliases"])
def test_a_repair_that_leaves_nothing_in_a_field_takes_its_line_away(
    make_catalogue: MakeCatalogue, field: str
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": CANONICAL.replace("bibtex:", f"{field}: [x]\nbibtex:")})
    assert apply_fixes(Catalogue.load(root), [fix(FILE, **{field: []})]) == [FILE]
    assert (root / FILE).read_text() == CANONICAL


def test_a_repair_that_says_that_there_is_none_writes_it(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": CANONICAL})
    assert apply_fixes(Catalogue.load(root), [fix(FILE, setting=[])]) == [FILE]
    assert (root / FILE).read_text() == CANONICAL.replace("setting: null", "setting: []")


def test_several_repairs_of_one_record_are_made_together_and_the_entry_knows_of_them(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    entry = "@misc{mine, title = {Pruning Tokens Early}, pages = {1--9}}"
    found = [fix(FILE, title="Other Title"), fix(FILE, venue="TPAMI"), fix(FILE, bibtex=entry), fix(FILE)]
    assert apply_fixes(Catalogue.load(root), found) == [FILE]
    text = (root / FILE).read_text()
    assert text.startswith(SCHEMA_LINE + "\n# kept: who wrote this\n")
    assert "  @article{mine,\n    title = {Other Title},\n" in text
    assert "    pages = {1--9},\n" in text
    assert Catalogue.load(root)["a-paper"].venue == "TPAMI"


def test_no_entry_is_put_into_a_record_whose_venue_is_unknown(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY.replace("ECCV", "ECCV 2024")})
    found = fix(FILE, bibtex="@misc{mine, title = {Pruning Tokens Early}}")
    apply_fixes(Catalogue.load(root), [found])
    assert "bibtex:" not in (root / FILE).read_text()
    apply_fixes(Catalogue.load(root), [found, fix(FILE, venue="ECCV")])
    assert "@inproceedings{mine," in (root / FILE).read_text()


WITHOUT_AUTHORS = CANONICAL.replace("bo2024pruning", "2024pruning").replace(
    "author = {Bo, Ada and Da, Chen}", "key = {Pruning Tokens Early}"
)


def test_a_key_from_before_the_authors_were_known_is_made_anew_with_them(
    make_catalogue: MakeCatalogue,
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": WITHOUT_AUTHORS, "2024/other.yaml": CANONICAL})
    catalogue = Catalogue.load(root)
    assert apply_fixes(catalogue, checks.run(catalogue, rules=["bibtex-disagrees"])) == [FILE]
    text = (root / FILE).read_text()
    assert "@inproceedings{bo2024pruninga,\n" in text, "the key without a letter is the other record's"
    assert "author = {Bo, Ada and Da, Chen}" in text


def test_keys_that_are_made_anew_together_are_different(make_catalogue: MakeCatalogue) -> None:
    second = WITHOUT_AUTHORS.replace("2024pruning", "2024pruninga")
    root = make_catalogue({"2024/a-paper.yaml": WITHOUT_AUTHORS, "2024/b-paper.yaml": second})
    catalogue = Catalogue.load(root)
    apply_fixes(catalogue, checks.run(catalogue, rules=["bibtex-disagrees"]))
    keys = [bibtex.key_in(paper.bibtex or "") for paper in Catalogue.load(root)]
    assert keys == ["bo2024pruning", "bo2024pruninga"]


def test_a_key_that_was_released_without_authors_stays(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": WITHOUT_AUTHORS})
    (root / "papers" / "released_keys.json").write_text('{"a-paper": "2024pruning"}')
    catalogue = Catalogue.load(root)
    apply_fixes(catalogue, checks.run(catalogue, rules=["bibtex-disagrees"]))
    assert "@inproceedings{2024pruning,\n" in (root / FILE).read_text()


def test_a_key_of_somebody_s_own_stays_when_authors_are_added(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": WITHOUT_AUTHORS.replace("2024pruning", "early-tokens")})
    catalogue = Catalogue.load(root)
    apply_fixes(catalogue, checks.run(catalogue, rules=["bibtex-disagrees"]))
    assert "@inproceedings{early-tokens,\n" in (root / FILE).read_text()


def test_findings_without_repair_change_nothing(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    assert apply_fixes(Catalogue.load(root), [Finding(FILE, 1, 1, "r", "error", "m")]) == []
    assert (root / FILE).read_text() == MESSY


def test_a_repair_that_would_make_the_record_unreadable_is_not_written(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    assert apply_fixes(Catalogue.load(root), [fix(FILE, authors=[])]) == []
    assert (root / FILE).read_text() == MESSY


def test_a_record_that_somebody_changed_meanwhile_is_not_mended(make_catalogue: MakeCatalogue) -> None:
    other = "papers/2024/other.yaml"
    root = make_catalogue({"2024/a-paper.yaml": MESSY, "2024/other.yaml": MESSY})
    catalogue = Catalogue.load(root)
    theirs = MESSY.replace("venue:   ECCV", "venue:   ICML")
    (root / FILE).write_text(theirs)
    with pytest.raises(CatalogError, match=f"^{FILE}: somebody has changed it meanwhile"):
        apply_fixes(catalogue, [fix(FILE, venue="ICLR"), fix(other, venue="ICLR")])
    assert (root / FILE).read_text() == theirs
    assert "venue: ICLR\n" in (root / other).read_text()


def test_a_repair_that_makes_the_file_too_large_is_refused_and_the_others_are_made(
    make_catalogue: MakeCatalogue,
) -> None:
    other = "papers/2024/other.yaml"
    root = make_catalogue({"2024/a-paper.yaml": MESSY, "2024/other.yaml": MESSY})
    many = [f"{'x' * 40} {number}" for number in range(1_900)]
    with pytest.raises(CatalogError, match=r"^papers/2024/a-paper\.yaml: not written, because it would have"):
        apply_fixes(Catalogue.load(root), [fix(FILE, authors=many), fix(other, venue="ICLR")])
    assert (root / FILE).read_text() == MESSY
    assert "venue: ICLR\n" in (root / other).read_text()


@pytest.mark.parametrize(
    "text",
    [
        '{title: "Pruning Tokens Early", venue: eccv, year: 2024, kind: method}\n',
        f'{SCHEMA_LINE}\n{{title: "Pruning Tokens Early", venue: eccv, year: 2024, kind: method}}\n',
        '  title: "Pruning Tokens Early"\n  venue: eccv\n  year: 2024\n  kind: method\n',
        'title: "Pruning Tokens Early"\nvenue: eccv\nyear: 2024\nkind: method\n...\n',
    ],
    ids=["in braces", "in braces below the schema", "indented", "with an end"],
)
def test_a_record_whose_fields_have_no_lines_of_their_own_gets_them_by_a_repair(
    make_catalogue: MakeCatalogue, text: str
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": text})
    assert apply_fixes(Catalogue.load(root), [fix(FILE, venue="ECCV")]) == [FILE]
    rows = [SCHEMA_LINE, 'title: "Pruning Tokens Early"', "venue: ECCV", "year: 2024", "kind: method"]
    assert (root / FILE).read_text().splitlines() == rows


# --------------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title: "A"\nauthors: ["Ada\ufeff Bo"]\n', "byte-order mark"),
        ('title: "A"\nname: "a\\u202eb"\n', "direction mark"),
        ('title: "A"\nauthors: []\n', "line 2"),
        ("[]\n", "expected 'title: …'"),
    ],
)
def test_a_record_is_written_only_as_the_reader_of_records_takes_it(
    make_catalogue: MakeCatalogue, text: str, said: str
) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    with pytest.raises(CatalogError, match=f"^{FILE}: not written, .*{said}"):
        write_own(root, FILE, text)
    assert (root / FILE).read_text() == MESSY
    write_own(root, "README.md", "any text")
    write_own(root, "papers/vocabulary/tasks.yaml", "a: {}\n")


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("papers/2024/a.yaml", True),
        ("papers/a.yml", True),
        ("papers/refused.yaml", False),
        ("papers/lists/a.yaml", False),
        ("papers/vocabulary/tasks.yaml", False),
        ("papers/2024/a.txt", False),
        ("a.yaml", False),
    ],
)
def test_a_path_tells_whether_a_record_belongs_there(
    make_catalogue: MakeCatalogue, path: str, is_one: bool
) -> None:
    assert is_record(path) is is_one
    root = make_catalogue({})
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("title: A\n", encoding="utf-8")
    assert (path in record_files(root)) is is_one


def test_a_link_that_ends_in_a_colon_can_be_read_again(make_catalogue: MakeCatalogue) -> None:
    links = 'links:\n  paper: "https://example.org/a:"\n  code: ["https://example.org/b:"]\n'
    root = make_catalogue({"2024/a-paper.yaml": MESSY + links})
    format_all(Catalogue.load(root))
    assert links in (root / FILE).read_text()
    assert Catalogue.load(root)["a-paper"].links.paper == "https://example.org/a:"


def test_what_could_not_be_read_again_does_not_replace_a_file(make_catalogue: MakeCatalogue) -> None:
    root = make_catalogue({"2024/a-paper.yaml": MESSY})
    with pytest.raises(
        CatalogError, match=r"a-paper\.yaml: not written, because its line 2 could not be read"
    ):
        formatting.write_own(root, FILE, "year: 2024\ntitle: A: B\n")
    assert (root / FILE).read_text() == MESSY


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")
    path.chmod(0o640)
    write_own(tmp_path, "a.yaml", "new é\n")
    assert path.read_bytes() == "new é\n".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]


def test_a_yaml_file_is_at_most_as_large_as_one_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    write_own(tmp_path, "a.yaml", "é" * (MAX_BYTES // 2))
    with pytest.raises(CatalogError, match=r"65,538 bytes, and no more than 65,536 are read; shorten"):
        write_own(tmp_path, "a.yaml", "é" * (MAX_BYTES // 2 + 1))
    assert path.read_text(encoding="utf-8") == yaml_files.read_text(path) == "é" * (MAX_BYTES // 2)
    write_own(tmp_path, "a.jsonl", "é" * MAX_BYTES)


def test_an_interruption_before_the_replacement_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("old")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(formatting.Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_own(tmp_path, "a.yaml", "new")
    assert [one.name for one in tmp_path.iterdir()] == ["a.yaml"]
    assert path.read_text() == "old"
