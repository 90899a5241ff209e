"""The two drivers: `BatchDriver` over history, `OnlineDriver` over a store."""

from drivers.batch import BatchDriver
from drivers.frames import TrainingFrame
from drivers.online import OnlineDriver
from drivers.vectors import FeatureVectors

__all__ = ["BatchDriver", "FeatureVectors", "OnlineDriver", "TrainingFrame"]
