"""Memory is flat, however many deliveries come, good or bad."""

import json
import subprocess
import sys
from pathlib import Path


def is_flat(_times: int, grown: int) -> bool:
    # Four pages: 16 bytes leaked by each call of any kind would be more.
    return grown <= 4 * 4096


def test_memory_is_flat_over_a_million_verifications() -> None:
    """In a fresh process: what an earlier test gave back to the heap would hide a leak."""
    command = [sys.executable, str(Path(__file__).with_name("memory_run.py"))]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    growth: dict[str, tuple[int, int]] = json.loads(run.stdout)
    leaked = growth.pop("leaking")
    assert not is_flat(*leaked), "the measure sees no leak"
    assert sum(times for times, _ in growth.values()) == 1_000_000
    assert all(is_flat(*measured) for measured in growth.values()), growth
