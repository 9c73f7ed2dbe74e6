"""The suite for stores catches the ones that are wrong (issue 11, 34)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from overten_webhook.stores import MemoryStore, Store, judge
from overten_webhook.testing import check_store


class PlainStore:
    """A store without locks, right in all else, whose steps the wrong ones below change."""

    durable = False

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, bool, int]] = {}

    def claim(self, key: str, *, token: str, now: int, **kept: int) -> Any:
        holder, committed, at = self.rows.get(key, (token, False, None))
        state = "new" if holder == token else self.judged(at, committed=committed, now=now, **kept)
        if state == "new":
            self.rows[key] = (token, False, now)
        return state

    def judged(self, at: int | None, **times: Any) -> str:
        return judge(at, **times)

    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        holder, committed, _ = self.rows.get(key, (None, False, 0))
        if not committed:
            self.rows[key] = (token, True, now)
        return holder == token

    def release(self, key: str, *, token: str) -> None:
        if self.rows.get(key, ("", False))[:2] == (token, False):
            del self.rows[key]


class WithoutAtomicity(PlainStore):
    """Looks first and writes afterwards."""


class Atomic(PlainStore):
    """Does each of its steps alone, as the rest of the wrong ones must, to be wrong in one thing only."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()

    def claim(self, key: str, **rest: Any) -> Any:
        with self.lock:
            return super().claim(key, **rest)

    def release(self, key: str, *, token: str) -> None:
        with self.lock:
            super().release(key, token=token)


class ReleasesAfterALook(Atomic):
    def release(self, key: str, *, token: str) -> None:
        if self.rows.get(key, ("", False))[:2] == (token, False):
            self.rows.pop(key, None)


class CutsKeys(PlainStore):
    """A column of 255 characters, and a database that cuts what is longer."""

    def claim(self, key: str, **rest: Any) -> Any:
        return super().claim(key[:255], **rest)

    def commit(self, key: str, **rest: Any) -> bool:
        return super().commit(key[:255], **rest)


class ReleasesWithoutToken(PlainStore):
    def release(self, key: str, *, token: str) -> None:
        self.rows.pop(key, None)


class RenewsACommit(PlainStore):
    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        held = self.rows.get(key, ("", False, 0))[0] == token
        self.rows[key] = (token, True, now)
        return held


class DropsALateCommit(PlainStore):
    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        if self.rows.get(key, ("",))[0] != token:
            return False
        return super().commit(key, token=token, now=now, retention_seconds=retention_seconds)


class BlocksTheFuture(PlainStore):
    def judged(self, at: int | None, **times: Any) -> str:
        if at is not None and at > times["now"] and not times["committed"]:
            return "in_flight"
        return super().judged(at, **times)


class ForgetsItsOwnClaim(PlainStore):
    def claim(self, key: str, *, token: str, now: int, **kept: int) -> Any:
        return (
            "in_flight" if self.rows.get(key, ("",))[0] == token else super().claim(key, token=token, now=now, **kept)
        )


class FoldsCase(PlainStore):
    def claim(self, key: str, **rest: Any) -> Any:
        return super().claim(key.lower(), **rest)

    def commit(self, key: str, **rest: Any) -> bool:
        return super().commit(key.lower(), **rest)


WRONG = [
    (WithoutAtomicity, "so many were given it"),
    (ReleasesWithoutToken, "another token"),
    (RenewsACommit, "counted from the first commit"),
    (DropsALateCommit, "duplicate"),
    (BlocksTheFuture, "-3600 s"),
    (ForgetsItsOwnClaim, "no answer"),
    (FoldsCase, "run_a"),
    (CutsKeys, "386 characters"),
    (ReleasesAfterALook, "beside a release"),
]


@pytest.mark.parametrize(("store", "text"), WRONG)
def test_a_store_that_is_wrong_is_caught(store: type[Store], text: str) -> None:
    with pytest.raises(AssertionError, match=text):
        check_store(store)


def test_a_store_that_is_right_passes() -> None:
    check_store(MemoryStore)
