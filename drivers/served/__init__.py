"""The served log: a sample of what was served, as Parquet, and what is made of it afterwards.

`ServedLog` writes it beside a server; `read_served` and `served_features` read it; `replay`
recomputes it from history and says why cells differ; `served_request` shows one request.
"""
