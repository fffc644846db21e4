"""Write the snapshot of ids and BibTeX keys that a release promises to keep: papers/released_keys.json.

    tools/release_keys.py [--root .]

It is run once for each release and its result is committed with it.  Keys that were released before
stay in it for ever; where one has changed, nothing is written and the records to mend are named.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from catalog.catalogue import Catalogue
from catalog.findings import CatalogError
from catalog.formatting import write_own
from catalog.released import SNAPSHOT, released_keys, snapshot


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    root = parser.parse_args().root
    try:
        catalogue = Catalogue.load(root)
        if catalogue.unreadable:
            raise CatalogError("some records cannot be read; see: catalog check")
        before, now = released_keys(root), snapshot(catalogue)
        write_own(root, SNAPSHOT, json.dumps(now, indent=1, ensure_ascii=False) + "\n")
    except CatalogError as error:
        print(f"release_keys: {error}", file=sys.stderr)
        sys.exit(1)
    print(
        f"{len(now):,} ids and keys are promised, {len(now) - len(before):,} of them new: {root / SNAPSHOT}"
    )


if __name__ == "__main__":
    main()
