"""Records and reference implementations name each other."""

from __future__ import annotations

from pathlib import Path

from tests.checks.checking import ELSEWHERE, findings, record
from tests.conftest import MakeCatalogue


def with_methods(root: Path, *names: str) -> Path:
    folder = root / "reference_impls" / "methods"
    folder.mkdir(parents=True)
    for name in names:
        (folder / f"{name}.py").write_text("")
    return root


def test_a_record_names_a_module_that_exists(make_catalogue: MakeCatalogue) -> None:
    files = {"2024/a-paper.yaml": record(reference_impl="fastv")}
    assert findings(with_methods(make_catalogue(files), "fastv", "__init__")) == []


def test_a_module_that_is_not_there_is_refused_with_the_nearest(make_catalogue: MakeCatalogue) -> None:
    files = {"2024/a-paper.yaml": record(reference_impl="fast_v")}
    (finding, orphan) = findings(with_methods(make_catalogue(files), "fastv"))
    assert "there is no reference_impls/methods/fast_v.py; did you mean 'fastv'?" in finding.message
    assert orphan.file == "reference_impls/methods/fastv.py"
    assert "add 'reference_impl: fastv' to its paper's record" in orphan.message


def test_a_catalogue_without_implementations_cannot_name_one(make_catalogue: MakeCatalogue) -> None:
    (finding,) = findings(make_catalogue({"2024/a-paper.yaml": record(reference_impl="fastv")}))
    assert "delete the line, or add that file" in finding.message


def test_an_implementation_is_of_one_paper(make_catalogue: MakeCatalogue) -> None:
    files = {
        "2024/a.yaml": record("a", reference_impl="fastv"),
        "2024/b.yaml": record("b", reference_impl="fastv", title="Other", identifiers=ELSEWHERE),
    }
    (finding,) = findings(with_methods(make_catalogue(files), "fastv"))
    assert "also named by 'a' (papers/2024/a.yaml)" in finding.message


def test_nobody_is_blamed_for_an_implementation_while_a_record_cannot_be_read(
    make_catalogue: MakeCatalogue,
) -> None:
    root = with_methods(make_catalogue({"2024/a-paper.yaml": "titel: FastV\n"}), "fastv")
    assert {one.rule for one in findings(root)} == {"schema"}


def test_an_implementation_of_two_papers_is_told_in_both_files(make_catalogue: MakeCatalogue) -> None:
    files = {
        "2024/a.yaml": record("a", reference_impl="fastv"),
        "2024/b.yaml": record("b", reference_impl="fastv", title="Other", identifiers=ELSEWHERE),
    }
    (finding,) = findings(with_methods(make_catalogue(files), "fastv"))
    (end,) = finding.related
    assert end.file == "papers/2024/a.yaml"
    assert "also named by 'b' (papers/2024/b.yaml)" in end.message
