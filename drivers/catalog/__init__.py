"""Gathering what is known of a project: its definitions, its store, its registry, its models.

`reader` puts it together; `definitions` is what the code says, `columns` what is known of the
sources, `snapshots` what the registry keeps, `stored` what the store holds, `models` what the model
files say; `asking` waits for a store as long as a page may wait.
"""

from drivers.catalog.reader import CatalogReader
from drivers.catalog.scores import scores_file, scores_to_bytes

__all__ = ["CatalogReader", "scores_file", "scores_to_bytes"]
