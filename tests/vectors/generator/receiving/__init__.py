"""receiving.json: what a receiver does, answers and logs, by an independent reading of the contract."""

from .inputs import SCENARIOS

__all__ = ["SCENARIOS", "document"]


def document():
    return {
        "format": "overten-webhook-receiving/1",
        "title": "requests, and what every receiver does, answers and logs",
        "count": len(SCENARIOS),
        "scenarios": [scenario.as_json() for scenario in SCENARIOS],
    }
