"""Rows of the past, in chunks: computed, split by key, and looked up as of a time.

`chunks` keeps rows in memory up to a bound; `partitions` splits them by key; `computed` calls row
functions; `view` holds one view's history and joins; `rows` puts these together.
"""
