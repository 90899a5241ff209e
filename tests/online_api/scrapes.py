"""What a scrape of ``/metrics`` shows, parsed by prometheus-client's own parser."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """The samples of one scrape."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self.samples = [sample for family in families for sample in family.samples]

    @classmethod
    def of_text(cls, text: str) -> Scrape:
        return cls(text_string_to_metric_families(text))

    def all(self, name: str, **labels: str) -> dict[frozenset[tuple[str, str]], float]:
        """The values of all samples of that name that have these labels, among others."""
        wanted = labels.items()
        return {
            frozenset(sample.labels.items()): sample.value
            for sample in self.samples
            if sample.name == name and wanted <= sample.labels.items()
        }

    def sum(self, name: str, **labels: str) -> float:
        """The sum of them; 0 of none."""
        return sum(self.all(name, **labels).values())

    def one(self, name: str, **labels: str) -> float:
        """The value of the only one."""
        (value,) = self.all(name, **labels).values()
        return value
