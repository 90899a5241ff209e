"""OpenLineage: what jobs and servers read and write, told to whoever collects run events.

Off unless ``[tool.onedag] openlineage`` or ``ONEDAG_OPENLINEAGE`` names a file or an endpoint; the
client library isn't even imported then. `settings` reads the destination, `naming` names datasets,
`columns` walks the lineage from outputs back to columns, `facets`, `about` and `datasets` say it
with the client's classes, `runs` makes events and `sending` gives them away. `jobs` is what a batch
driver tells, `serving` what a server does.
"""

from drivers.openlineage.opening import job_events, serving_events, wanted_destination

__all__ = ["job_events", "serving_events", "wanted_destination"]
