"""Parquet: a table with the columns of the JSON Lines export, for pandas, polars, duckdb and datasets.

Lists stay lists.  A column has one type, so ``parametric`` is text (``true``, ``false`` or ``both``), and
``provenance`` a list of fields with their sources.  Rows are written in groups while papers arrive.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any, BinaryIO

from catalog.catalogue import Catalogue
from catalog.exports.jsonl import as_dicts, keys_of
from catalog.optional import needed
from catalog.record import Paper

NAME = "parquet"
SUFFIX = ".parquet"
MEDIA_TYPE = "application/vnd.apache.parquet"
BINARY = True

LISTS = frozenset(
    (
        "former_titles authors code domain setting task criterion mechanism keywords listed_in aliases "
        "unknown"
    ).split()
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
    schema = _schema(arrow, catalogue)
    options = reader.ParseOptions(explicit_schema=schema)
    whole = reader.ReadOptions(use_threads=False, block_size=_LARGEST_BLOCK)
    rest = map(_row, as_dicts(papers, catalogue))
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        # Through JSON, because pyarrow imports pandas, a second's wait, to look at Python lists.
        while lines := "\n".join(map(json.dumps, islice(rest, ROWS_OF_A_GROUP))):
            table = reader.read_json(io.BytesIO(lines.encode()), whole, options)
            writer.write_table(table)


def _schema(arrow: Any, catalogue: Catalogue) -> Any:
    text = arrow.string()
    source = arrow.struct([("field", text), ("source", text)])
    types = {
        "year": arrow.int32(),
        "provenance": arrow.list_(source),
        **{name: arrow.list_(text) for name in (*LISTS, *catalogue.vocabulary.own)},
    }
    return arrow.schema([(key, types.get(key, text)) for key in keys_of(catalogue)])


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """*row* of the JSON Lines export with one type in each column."""
    if isinstance(row["parametric"], bool):
        row["parametric"] = str(row["parametric"]).lower()
    row["provenance"] = [{"field": name, "source": source} for name, source in row["provenance"].items()]
    return row
