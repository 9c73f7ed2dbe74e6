"""The inputs of receiving.json, one module for each part of a receiver's work."""

from . import (
    accept,
    body,
    handler,
    headers,
    late,
    lengths,
    log,
    misconfigured,
    request_line,
    sequence,
    set_aside,
    store,
    verdict,
)

SCENARIOS = [
    scenario
    for module in (
        accept,
        request_line,
        misconfigured,
        headers,
        lengths,
        body,
        verdict,
        sequence,
        handler,
        set_aside,
        store,
        late,
        log,
    )
    for scenario in module.SCENARIOS
]
