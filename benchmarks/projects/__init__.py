"""Feature modules of the benchmarks. Their sources are relative to a folder of generated data."""
