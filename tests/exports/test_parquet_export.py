"""The Parquet export, read by two programs that are not ours."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pyarrow.parquet

from catalog import exports
from catalog.catalogue import Catalogue
from catalog.exports.jsonl import KEYS, as_dicts


def test_pyarrow_reads_the_objects_of_the_json_lines(rich_catalogue: Catalogue) -> None:
    data = exports.get("parquet").bytes(rich_catalogue, rich_catalogue)
    table = pyarrow.parquet.read_table(io.BytesIO(data))
    assert table.column_names == KEYS
    for row, expected in zip(table.to_pylist(), as_dicts(rich_catalogue, rich_catalogue), strict=True):
        if isinstance(expected["parametric"], bool):
            expected["parametric"] = str(expected["parametric"]).lower()
        row["provenance"] = {said["field"]: said["source"] for said in row["provenance"]}
        assert row == expected


def test_duckdb_counts_by_what_the_lists_hold(rich_catalogue: Catalogue, tmp_path: Path) -> None:
    path = tmp_path / "papers.parquet"
    path.write_bytes(exports.get("parquet").bytes(rich_catalogue, rich_catalogue))
    terms = f"select unnest(mechanism) as term from '{path}'"
    query = f"select term, count(*) from ({terms}) group by term order by term"
    assert duckdb.sql(query).fetchall() == [("caching", 1), ("merging", 1), ("pruning", 2)]
    years = f"select id from '{path}' where year >= 2024 and training = 'free' order by id"
    assert duckdb.sql(years).fetchall() == [("fastv",), ("toca",)]


def test_the_columns_have_the_same_types_without_any_paper(mini_catalogue: Catalogue) -> None:
    export = exports.get("parquet")
    empty = pyarrow.parquet.read_schema(io.BytesIO(export.bytes([], mini_catalogue)))
    full = pyarrow.parquet.read_schema(io.BytesIO(export.bytes(mini_catalogue, mini_catalogue)))
    assert empty == full
