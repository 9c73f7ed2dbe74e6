"""Deliveries as Overten makes them: `overten-webhook send`, and what came of each attempt."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from statistics import quantiles

from place import ROOT

# Of a hundred deliveries; the others are authentic and sent once.
MIX = {
    "concurrent-duplicate": 10, "duplicate": 8, "forged": 5, "changed-body": 2, "wrong-secret": 2, "malformed": 2, "cut-body": 4,
    "slow-body": 1, "stale": 1, "too-large": 1, "missing-signature": 1, "malformed-timestamp": 1,
}
# Authentic, and yet not to be handed on.
REFUSED = {"stale", "too-large"}
WAITS = {"in_flight", "unavailable", "timestamp_too_old", "timestamp_in_future"}
MISMATCHES = {"signature_mismatch", "unavailable"}
# What section 6 has each be answered, whatever happens.
WORDS = {
    "forged": MISMATCHES, "changed-body": MISMATCHES, "wrong-secret": MISMATCHES,
    "missing-signature": {"missing_signature"}, "malformed-timestamp": {"malformed_timestamp"},
    "malformed": {"quarantined", "duplicate", *WAITS}, "stale": {"timestamp_too_old", "unavailable"},
    "too-large": {"body_too_large", "unavailable"},
}
AUTHENTIC_WORDS = {"accepted", "duplicate", *WAITS}
STATUSES = {code["code"]: code["status"] for code in json.loads((ROOT / "tests/vectors/codes.json").read_text())["codes"]}


def attempts(program, place, deliveries, concurrency):
    """Yields each attempt as `send` says it, until every delivery has settled."""
    mix = ",".join(f"{preset}={share}" for preset, share in MIX.items())
    command = [
        program, "send", place.url, "--json", "--count", str(deliveries), "--concurrency", str(concurrency), "--mix", mix,
        "--retries", "100000", "--retry-delay", "100ms", "--retry-delay-cap", "2s", "--slow-body-time", "1s",
    ]
    environment = os.environ | {"OVERTEN_WEBHOOK_SECRETS": place.secret}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as sending:
        try:
            for line in sending.stdout:
                attempt = json.loads(line)
                if "summary" not in attempt:
                    yield attempt
        except BaseException:
            sending.kill()
            raise
    if sending.returncode not in (0, 10):  # 10: answers that a fault has brought about
        raise RuntimeError(f"send ended with {sending.returncode}")


class Answers:
    """What has been sent and answered so far."""

    def __init__(self):
        self.attempts = self.settled = self.retries = 0
        self.authentic, self.acknowledged, self.not_to_be_handed_on = set(), set(), set()
        self.outside = Counter()
        self.forgotten = self.cut = 0
        self.unanswered = 0
        self.milliseconds, self.calm_milliseconds = [], []

    def count(self, attempt, *, is_calm, is_near_a_kill):
        preset, code, status, key = (attempt[name] for name in ("preset", "code", "status", "key"))
        self.attempts += 1
        self.retries += attempt["attempt"] > 1
        self.settled += "settled" in attempt
        wanted = attempt["authentic"] and preset not in REFUSED
        (self.authentic if wanted else self.not_to_be_handed_on).add(key)
        if status is None:
            self.unanswered += 1
            return
        if code is None and is_near_a_kill and status in STATUSES.values():
            self.cut += 1  # killed between the head of its answer and the body
        elif STATUSES.get(code) != status or code not in WORDS.get(preset, AUTHENTIC_WORDS):
            self.outside[f"{preset}: {attempt['answer']}"] += 1
        if 200 <= status < 300:
            self.acknowledged.add(key)
        self.forgotten += preset == "duplicate" and attempt.get("copy") == 2 and code == "accepted"
        if preset not in ("slow-body", "cut-body"):
            self.milliseconds.append(attempt["milliseconds"])
            if is_calm:
                self.calm_milliseconds.append(attempt["milliseconds"])


def percentile(milliseconds, percent):
    """NaN where there are too few."""
    return quantiles(milliseconds, n=100)[percent - 1] if len(milliseconds) > 1 else float("nan")
