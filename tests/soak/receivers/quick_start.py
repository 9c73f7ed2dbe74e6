"""The quick starts of python/README.md, and the Python that they run on."""

import hashlib
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from functools import cache

from consumer import Folder, Inbox
from faults import SlowInbox, SqliteLocked
from place import BUILT, LEASE_SECONDS, ROOT
from surroundings import SqliteLock, sqlite_count

README = ROOT / "python" / "README.md"
REQUIREMENTS = ROOT / "tests" / "soak" / "requirements.txt"
VENV = BUILT / "python"
STORES = {
    "memory": "from overten_webhook import MemoryStore\nstore = MemoryStore()",
    "SQLite": 'store = SqliteStore("deliveries.sqlite")',
    "Redis": "import os\nfrom overten_webhook.stores.redis import RedisStore\n"
    'store = RedisStore.from_url(os.environ["REDIS_URL"])',
}
TAUGHT = 'store, set_aside = SqliteStore("deliveries.sqlite"), SetAsideInFolder("set-aside")\n'


@cache  # two receivers stand on it
def build():
    """A virtual environment with the frameworks, the package built from this checkout, and a redis-server."""
    subprocess.run([ROOT / "tools/debian", "redis-server"], check=True)
    stamp, wanted = VENV / "ready", hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        subprocess.run([VENV / "bin/pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    wheels = BUILT / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    command = [
        VENV / "bin/maturin",
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--manifest-path",
        ROOT / "python/Cargo.toml",
    ]
    subprocess.run([*command, "--interpreter", VENV / "bin/python", "--out", wheels], check=True)
    (wheel,) = wheels.glob("*.whl")
    install = [VENV / "bin/pip", "install", "--quiet", "--force-reinstall", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True)


def lay_out(place):
    """The files of the README, but for the store, and for a lease that a soak can wait for."""
    snippets = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", README.read_text(), re.DOTALL))
    for name, text in snippets.items():
        if TAUGHT in text:
            store = f'{STORES[place.store.split(",")[0]]}\nset_aside = SetAsideInFolder("set-aside")\n'
            text = f"from datetime import timedelta\n{text.replace(TAUGHT, store)}"
            text, changed = re.subn("store=store\\)", f"store=store, lease=timedelta(seconds={LEASE_SECONDS}))", text)
            if changed != 1:
                raise ValueError(f"{name} of {README} is not as it was: see lay_out")
        (place.folder / name).write_text(text)


def environment(place):
    redis = {"REDIS_URL": place.redis.url} if place.redis else {}
    return place.environment(PYTHONDONTWRITEBYTECODE=1, **redis)


class Consumer:
    """The inbox and the folder behind a quick start, both worked through."""

    def __init__(self, place):
        self._inbox = Inbox(place.counts, place.folder / "inbox.sqlite")
        self._set_aside = Folder(place.counts, place.folder / "set-aside")
        ledger = SqliteLock(place.folder / "deliveries.sqlite")
        self.faults = [SlowInbox(self._inbox), *([SqliteLocked(ledger)] if place.store == "SQLite" else [])]
        self.is_idle = self._inbox.is_idle

    def __enter__(self):
        with ExitStack() as stack:
            stack.enter_context(self._inbox)
            stack.enter_context(self._set_aside)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *given):
        self._stack.__exit__(*given)


def claims_in_flight(place):
    if place.store == "SQLite":
        question = "SELECT count(*) FROM overten_webhook_ledger WHERE NOT committed"
        return sqlite_count(place.folder / "deliveries.sqlite", question)
    return place.redis.claims_in_flight() if place.redis else None
