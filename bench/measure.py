# bench/measure.py — what the rows of scripts/bench are measured with: the bench's program, a watched gateway under load, the table. Standard library only.
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests" / "e2e"))
from harness import wait_until  # noqa: E402  the end-to-end tests start gateways and brokers the same way

BENCH = SOURCE / "build" / "release" / "bench" / "bench"
TICKS = os.sysconf("SC_CLK_TCK")
SERVE = {"storage": {"partitions": 8, "workers": 2, "cache_bytes": "256MiB"}, "track": {"persons_min": 5}}


def note(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def bench(*arguments, seconds=150, program=BENCH):
    """One figure of the bench program, or of another beside it."""
    env = {**os.environ, "SLUSE_SCHEMAS": str(SOURCE / "schemas")}
    done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True, timeout=seconds, env=env, stdin=subprocess.DEVNULL)
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise RuntimeError(f"{program.name} {' '.join(map(str, arguments))}: exit {done.returncode} {done.stderr.strip()}")
    return json.loads(done.stdout)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Watch:
    """CPU and resident memory of a process while it is watched: (moment, CPU seconds) and the most bytes."""

    def __init__(self, pid, every=0.1):
        self.pid, self.every, self.samples, self.most_bytes = pid, every, [], 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def look(self):
        self.samples.append((time.monotonic(), cpu_seconds(self.pid)))
        rss = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())
        if rss:
            self.most_bytes = max(self.most_bytes, int(rss[1]) * 1024)

    def run(self):
        with contextlib.suppress(OSError):
            while not self.ended.wait(self.every):
                self.look()

    def __enter__(self):
        self.look()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        with contextlib.suppress(OSError):
            self.look()

    def cpu(self, last_seconds=None):
        """CPU seconds used between first and last sample, or in the last so many seconds: (CPU, wall)."""
        end = self.samples[-1]
        begin = self.samples[0] if last_seconds is None else min(self.samples, key=lambda s: abs(s[0] - (end[0] - last_seconds)))
        return end[1] - begin[1], end[0] - begin[0]


def load(gateway, messages, connections=16, window=64, rate=0, seed=1):
    """One load over MLLP: `sluse send`'s sender where one message waits or a rate is kept, a cheaper one where the window is wide, since it shares
    the cores with what is measured. The gateway's CPU and memory are of the same span, the sender's own making of messages left out."""
    url = f"mllp://127.0.0.1:{gateway.mllp_port}"
    with Watch(gateway.process.pid) as watch:
        if rate or window == 1:
            result = bench("load", url, messages, connections, window, rate, seed)
        else:
            result = bench("flood", url, messages, connections, window, seed)
    result["gateway_cpu_us"] = watch.cpu()[0] / messages * 1e6
    result["most_bytes"] = watch.most_bytes
    if result["accepted"] != messages:
        note(f"only {result['accepted']} of {messages} messages were accepted")
    return result


def metric(gateway, name):
    found = re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", gateway.get("/metrics").body.decode(), re.M)
    return sum(map(float, found))


def slow_syncs(gateway):
    """The journal's syncs, and how many of them took the disk more than 25 ms: where it stalls, its latency is what is measured."""
    syncs = metric(gateway, "sluse_journal_sync_seconds_count")
    return syncs, syncs - metric(gateway, r'sluse_journal_sync_seconds_bucket\{le="0.025"\}')


def timed_start(gateway):
    """Seconds from the process's start until /readyz answers 200."""
    begin = time.monotonic()
    gateway.start(ready=False)
    wait_until("/readyz answers 200", lambda: ready(gateway), 60, every=0.005)
    return time.monotonic() - begin


def ready(gateway):
    with contextlib.suppress(OSError):
        return gateway.get("/readyz", seconds=2).status == 200
    return False


class Table:
    """The rows, in the order in which they were measured."""

    def __init__(self):
        self.rows = []

    def add(self, name, value, unit, reference=None, reference_name="", target=None, detail=""):
        """`target` is (text, reached)."""
        row = {"row": name, "value": value, "unit": unit, "reference": reference, "reference_name": reference_name,
               "target": target[0] if target else None, "reached": target[1] if target else None, "detail": detail}
        self.rows.append(row)
        note(self.line(row))

    def not_run(self, name, why):
        self.rows.append({"row": name, "value": None, "unit": "", "reference": None, "reference_name": "", "target": None, "reached": None, "detail": f"not run: {why}"})

    @staticmethod
    def line(row):
        if row["value"] is None:
            return f"{row['row']:<46} {row['detail']}"
        reference = f"{number(row['reference'])} {row['reference_name']}" if row["reference"] is not None else ""
        target = f"{row['target']}: {'reached' if row['reached'] else 'not reached'}" if row["target"] else ""
        return f"{row['row']:<46} {number(row['value']):>9} {row['unit']:<11} {reference:<38} {target:<36} {row['detail']}".rstrip()

    def text(self):
        head = f"{'FIGURE':<46} {'MEASURED':>9} {'':<11} {'REFERENCE, SAME RUN':<38} {'TARGET':<36} NOTE"
        return "\n".join([head, *map(self.line, self.rows)])


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def at_least(share, value, reference, what):
    return (f">= {share:g} of {what}", value >= share * reference)


def kafka_settings(broker, workers=0):
    """Without workers a process takes messages and leaves them to others of its group: what the acknowledgement costs by itself."""
    return {**SERVE, "storage": {**SERVE["storage"], "workers": workers}, "kafka": {"brokers": broker.address, "group": "bench", "instance": "one", "partitions": 8, "replication": 1}}
