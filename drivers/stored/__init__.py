"""What is kept for serving and of the past: in the store, and as Parquet.

`records` and `packing` say what the bytes mean; `materialize` writes values, with `digests` and
`meaning` to tell what needn't be written; `backfill` writes those of many moments, `backfilled`
reads them; `publishing` pins a run.
"""
