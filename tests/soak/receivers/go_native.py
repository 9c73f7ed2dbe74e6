"""The quick start of ffi/go/README.md, with a service behind it; its core linked through cgo."""

import os

from receivers import c, go
from receivers.go import STORES, Consumer, claims_in_flight

NAME = "Go, native"

__all__ = ["NAME", "STORES", "Consumer", "build", "claims_in_flight", "start"]


def build():
    """With the tag, against the library that the C receiver is built with."""
    c.build()
    header = c.PREFIX / "include/overten_webhook.h"
    # go does not notice another library: see ffi/go/native-env.
    environment = os.environ | {"PKG_CONFIG_PATH": str(c.PREFIX / "lib/pkgconfig"), "CGO_CFLAGS": f"-O2 -g -DOVERTEN_HEADER_SUM={hash_of(header)}"}
    go.build_with(("-tags", "overten_native"), environment, "go-native")


def hash_of(file):
    import zlib

    return zlib.crc32(file.read_bytes())


def start(place):
    """What is run, and its environment."""
    return go.start(place, "go-native")
