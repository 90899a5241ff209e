"""What a user's tests import: the reference of time, the contracts of stores and engines."""
