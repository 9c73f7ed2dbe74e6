"""Where a receiver remembers which deliveries it has taken in.

A store answers one question, *is this key new?*, for every thread and process that shares it, and answers it once:
of fifty claims of one key at the same moment one is ``new``.

==================  =======================  ==================================  =========
store               shared by                needs                               `durable`
==================  =======================  ==================================  =========
`MemoryStore`       threads of one process   nothing                             no
`SqliteStore`       processes of one host    a file on a local disk              yes
`RedisStore`        hosts                    ``pip install overten-webhook[redis]``  yes
==================  =======================  ==================================  =========

`RedisStore` is in `overten_webhook.stores.redis`, because it needs the ``redis`` package.

Your own store (PostgreSQL, DynamoDB, …) is a class with the four members of `Store`. It needs one thing from its
database that a cache with eventual consistency does not have: an atomic *insert unless present*.
"""

from __future__ import annotations

from .memory import MemoryStore
from .protocol import Claim, Store
from .sqlite import SqliteStore

__all__ = ["Claim", "MemoryStore", "SqliteStore", "Store"]
