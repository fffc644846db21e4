"""Parquet: a table with the columns of the JSON Lines export, for pandas, polars, duckdb and datasets.

Lists stay lists.  ``parametric`` is text (``true``, ``false`` or ``both``), because a column has one type.
Rows are written in groups while papers arrive.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any, BinaryIO

from catalog.catalogue import Catalogue
from catalog.exports.jsonl import KEYS, as_dict
from catalog.optional import needed
from catalog.record import Paper

NAME = "parquet"
SUFFIX = ".parquet"
MEDIA_TYPE = "application/vnd.apache.parquet"
BINARY = True

LISTS = frozenset(
    "former_titles authors code domain setting task criterion mechanism keywords listed_in".split()
)
ROWS_OF_A_GROUP = 4_096
_LARGEST_BLOCK = 1 << 30


def write(papers: Iterable[Paper], catalogue: Catalogue, stream: BinaryIO) -> None:
    """Write the table.

    Raises
    ------
    CatalogError : pyarrow is not installed
    """
    arrow = needed("pyarrow", "the export 'parquet'", "parquet")
    reader = needed("pyarrow.json", "the export 'parquet'", "parquet")
    parquet = needed("pyarrow.parquet", "the export 'parquet'", "parquet")
    schema = _schema(arrow)
    options = reader.ParseOptions(explicit_schema=schema)
    whole = reader.ReadOptions(use_threads=False, block_size=_LARGEST_BLOCK)
    rest = iter(papers)
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        # Through JSON, because pyarrow imports pandas, a second's wait, to look at Python lists.
        while rows := [_row(paper, catalogue) for paper in islice(rest, ROWS_OF_A_GROUP)]:
            lines = io.BytesIO("\n".join(map(json.dumps, rows)).encode())
            writer.write_table(reader.read_json(lines, whole, options))


def _schema(arrow: Any) -> Any:
    types = {"year": arrow.int32(), **{name: arrow.list_(arrow.string()) for name in LISTS}}
    return arrow.schema([(key, types.get(key, arrow.string())) for key in KEYS])


def _row(paper: Paper, catalogue: Catalogue) -> dict[str, Any]:
    row = as_dict(paper, catalogue)
    if isinstance(row["parametric"], bool):
        row["parametric"] = str(row["parametric"]).lower()
    return row
