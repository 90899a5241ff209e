"""The same work, written for other tools. The ``feast_*`` scripts run where Feast is installed."""
