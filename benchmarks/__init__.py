"""Benchmarks against peers, in one run on one machine: ``make bench``, or ``python -m benchmarks``.

See ``docs/benchmarks.md`` for what is measured, and how.
"""
