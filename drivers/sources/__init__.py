"""Reading sources: any data that a `Source` names, as Arrow tables of canonical types.

`reader` is what the drivers call. `files` knows which files a source has and whether they changed;
`parquet`, `csv`, `queries` and `frames` read rows as they are; `canonical` gives them the types
and the times that every other part counts on.
"""

from drivers.sources.frames import table_of
from drivers.sources.reader import BATCH_ROWS, SourceReader

__all__ = ["BATCH_ROWS", "SourceReader", "table_of"]
