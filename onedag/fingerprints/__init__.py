"""Fingerprints of what functions are in memory: texts that differ where values might."""

from onedag.fingerprints.installed import SCHEME
from onedag.fingerprints.walk import Fingerprint, Fingerprints, fingerprint

__all__ = ["SCHEME", "Fingerprint", "Fingerprints", "fingerprint"]
