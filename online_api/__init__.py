"""The HTTP API: features and predictions of a project's services.

uvicorn --factory online_api:app_from_environment
"""

from online_api.app import app_from_environment, create_app

__all__ = ["app_from_environment", "create_app"]
