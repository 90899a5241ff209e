"""The jobs: build a training frame, train, materialize, verify; and their commands."""
