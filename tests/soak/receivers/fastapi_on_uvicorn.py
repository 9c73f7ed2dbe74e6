"""The FastAPI quick start of python/README.md, on uvicorn."""

from receivers import quick_start
from receivers.quick_start import Consumer, build, claims_in_flight

NAME = "FastAPI on uvicorn"
STORES = ("SQLite", "Redis, fsync always", "Redis, fsync everysec", "memory")

__all__ = ["NAME", "STORES", "Consumer", "build", "claims_in_flight", "start"]


def start(place):
    """What is run, and its environment."""
    quick_start.lay_out(place)
    server = quick_start.VENV / "bin/uvicorn"
    command = [server, "fastapi_app:app", "--host", "127.0.0.1", "--port", str(place.port), "--no-access-log", "--log-level", "warning"]
    return command, quick_start.environment(place)
