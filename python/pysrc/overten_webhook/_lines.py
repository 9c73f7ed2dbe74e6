"""Writing a line to a log: no answer depends on whether that can be done."""

import logging
import sys
import traceback
from typing import Any


def write(logger: logging.Logger, level: int, line: str, *arguments: object, **fields: Any) -> None:
    """Write the line. What a filter or a handler raises is shown as `logging` shows a handler's own faults."""
    try:
        logger.log(level, line, *arguments, extra=fields)
    except Exception:
        if logging.raiseExceptions and sys.stderr is not None:
            traceback.print_exc()
