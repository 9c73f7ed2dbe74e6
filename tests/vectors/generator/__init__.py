"""The independent generator: the contract read once more, in Python's standard library alone.

`cases` are those of deliveries.json: each has its inputs (`secrets`, `received_headers`, `received_body`, `now`,
`settings`) and `expect`, the verdict that every stack must give.
"""

from .inputs import CASES as cases

__all__ = ["cases"]
