"""Pages of HTML, made by pure functions."""
