"""The registry: snapshots of a project that never change, and a pointer to the current one.

`taking` takes the snapshot of a project with the types of its sources and the commit of its code;
`registry` keeps snapshots and the history of the pointer; `applying` moves it; `files` writes what
is there whole or not at all.
"""

from drivers.registry.applying import Moved, apply, rollback
from drivers.registry.git import commit_of
from drivers.registry.registry import Move, Registry
from drivers.registry.taking import take_snapshot

__all__ = ["Move", "Moved", "Registry", "apply", "commit_of", "rollback", "take_snapshot"]
