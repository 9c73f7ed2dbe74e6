"""The inputs of deliveries.json, one module for each part of the contract."""

from . import accept, body, fields, headers, keys, payload, secrets, signature, timestamp

CASES = [
    case
    for module in (accept, headers, signature, timestamp, body, secrets, payload, fields, keys)
    for case in module.CASES
]
