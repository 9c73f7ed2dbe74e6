"""The Flask quick start of python/README.md, on gunicorn with several workers; with one where the store is that of one process."""

from receivers import quick_start
from receivers.quick_start import Consumer, build, claims_in_flight

NAME = "Flask on gunicorn"
STORES = ("Redis, fsync always", "Redis, fsync everysec", "SQLite", "memory")

__all__ = ["NAME", "STORES", "Consumer", "build", "claims_in_flight", "start"]


def start(place):
    """What is run, and its environment."""
    quick_start.lay_out(place)
    workers = "1" if place.store == "memory" else "3"
    command = [quick_start.VENV / "bin/gunicorn", "flask_app:app", "--bind", f"127.0.0.1:{place.port}", "--workers", workers, "--threads", "8"]
    return command, quick_start.environment(place)
