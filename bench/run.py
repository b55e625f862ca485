# bench/run.py — the rows of scripts/bench: starts gateways and references, measures both, prints the table, writes the JSON. Standard library only.
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SOURCE / "tests" / "e2e"))
from harness import SLUSE, Broker, Gateway, admission, merged, wait_until  # noqa: E402  the end-to-end tests start gateways and brokers the same way

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


# --- the rows

# What is converted, its sample, and what of the sample is a number that differs from message to message.
FORMATS = [
    ("EDIFACT DIS20", "edifact", "tests/edifact/letters/DIS20.edi", ["2001", "489996"], "a split into components"),
    ("EDIFACT RPT01", "edifact", "tests/maps/cases/letter_rpt01_laboratory.xml", ["0008", "489996"], "a split into components"),
    ("OIOXML RPT01", "oioxml", "tests/maps/cases/letter_rpt01_laboratory.xml", ["0008", "489996"], "pugixml alone"),
    ("MedCom FHIR HospitalNotification, JSON", "fhir", "tests/fhir/cases/notification_leave.json", ["000000000002", "489996"], "RapidJSON alone"),
    ("MedCom FHIR HospitalNotification, XML", "fhir", "tests/fuzz/corpus/fhir/notification_leave.xml", ["000000000002", "489996"], "pugixml alone"),
]


def format_rows(table, size):
    for name, adapter, sample, tokens, reference in FORMATS:
        r = bench("format", adapter, SOURCE / sample, size, *tokens)
        rate, alone = r["per_second"], r["parse_only_per_second"]
        table.add(f"{name}, 1 core", rate, "messages/s", alone, reference, (">= 30,000, and a third of the reference", rate >= 30_000 and rate * 3 >= alone),
                  f"{r['bytes_in']} B in, {r['bytes_out']} B out, {r['cpu_us']:.1f} µs CPU, {r['allocations']:.0f} allocations a message")


def convert_rows(table, size):
    for threads in (1, 2):
        r = bench("convert", size, threads)
        target = (">= 100,000 on two quiet cores", r["per_second"] >= 100_000) if threads == 2 else None
        table.add(f"decode + map + serialise, {threads} thread{'s' * (threads - 1)}", r["per_second"], "messages/s", r["decode_only_per_second"], "decode only", target,
                  f"{r['bytes_in']} B in, {r['bytes_out']} B out, {r['cpu_us']:.1f} µs CPU, {r['allocations']:.0f} allocations a message")
    with tempfile.TemporaryDirectory(prefix="sluse-bench-", dir=os.environ.get("SLUSE_BENCH_DIR")) as folder:
        feed = pathlib.Path(folder) / "feed.hl7"
        with open(feed, "wb") as out:
            subprocess.run([SLUSE, "simulate", "--messages", str(size), "--format", "hl7v2"], stdout=out, check=True, stderr=subprocess.DEVNULL)
        for threads in (1, 2):
            begin = time.monotonic()
            subprocess.run([SLUSE, "convert", "--threads", str(threads), "--schemas", str(SOURCE / "schemas"), str(feed)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            table.add(f"`sluse convert`, the whole process, --threads {threads}", size / (time.monotonic() - begin), "messages/s", detail="start, maps, reading and writing included")


def journal_rows(table, size, slow):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluse-bench-", dir=os.environ.get("SLUSE_BENCH_DIR")))
    try:
        gateway = Gateway(SERVE, folder=folder)
        with gateway_run(gateway):
            empty = timed_start(gateway)
            time.sleep(1)
            rest = gateway.memory_bytes()
            load(gateway, 2_000, seed=2)  # warm: connections, allocator, first families
            wait_quiet(gateway)
            before = [metric(gateway, f"sluse_journal_{n}_total") for n in ("commits", "records")]
            full = load(gateway, size)
            after = [metric(gateway, f"sluse_journal_{n}_total") for n in ("commits", "records")]
            group = max(1, round((after[1] - before[1]) / max(1, after[0] - before[0])))
            # Killed at once: what the workers had not come to is the next start's backlog.
            gateway.kill()
            stats = subprocess.run([SLUSE, "journal", "stats", "-c", str(gateway.config_file)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            backlog = sum(int(line.split()[4]) for line in stats.stdout.splitlines() if re.fullmatch(r"\s*(\d+\s+){4}\d+\s*", line))
            behind = timed_start(gateway)
            wait_quiet(gateway)
            steady = load(gateway, slow, window=16, rate=1000, seed=3)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    reference = bench(size, group, program=BENCH.with_name("rocksdb_alone"))
    table.add("MLLP in -> durable -> ACK, 16 connections x 64", full["messages_per_second"], "messages/s", reference["per_second"], f"RocksDB alone, {group} a sync",
              at_least(0.5, full["messages_per_second"], reference["per_second"], "RocksDB alone"),
              f"processing beside it; p99 {full['latency_ms']['p99']:.1f} ms; {full['gateway_cpu_us']:.0f} µs CPU a message, the sender's {full['sender_cpu_us']:.1f}")
    append = bench("append", size, 1024)
    table.add("the embedded log alone, 1,024 under way", append["per_second"], "messages/s", reference["per_second"], f"RocksDB alone, {group} a sync",
              detail=f"{append['cpu_us']:.1f} µs CPU, {append['allocations']:.1f} allocations a message")
    table.add("  latency at 1,000 messages/s, p50", steady["latency_ms"]["p50"], "ms", detail=f"{steady['messages_per_second']:.0f} messages/s were answered, gateway's CPU {steady['gateway_cpu_us']:.0f} µs a message")
    table.add("  latency at 1,000 messages/s, p99", steady["latency_ms"]["p99"], "ms")
    table.add("resident memory at rest", rest / 2**20, "MiB")
    table.add("resident memory under load, most", full["most_bytes"] / 2**20, "MiB", rest / 2**20, "at rest", detail="256 MiB of it may be the configured cache")
    table.add("start to /readyz, empty", empty, "s")
    table.add("start to /readyz, with a backlog, after kill -9", behind, "s", empty, "empty", detail=f"{backlog} messages not yet processed")


@contextlib.contextmanager
def gateway_run(gateway):
    """The harness's own start waits coarsely; here the caller starts, and leaving stops."""
    try:
        yield gateway
    finally:
        if gateway.process is not None and gateway.process.poll() is None:
            gateway.process.send_signal(signal.SIGTERM)
            try:
                gateway.process.wait(15)
            except subprocess.TimeoutExpired:
                gateway.kill()


def wait_quiet(gateway, seconds=90):
    """Until the workers have caught up, so that the next load starts from rest."""

    def caught_up():
        parts = gateway.json("/api/v1/journal")["partitions"]
        return all(p["end"] == p["committed"] and p["factsEnd"] == p["factsCommitted"] for p in parts)

    wait_until("everything journalled is processed", caught_up, seconds, every=0.1)


def pipeline_rows(table, size):
    r = bench("pipeline", size)
    table.add("the whole pipeline to cells, in one process", r["per_second"], "messages/s", detail=f"two workers; raw, facts, FHIR, events, timelines, cells; {size} messages")
    table.add("  CPU a message", r["cpu_us"], "µs", detail="append, map, fold, indicators, tracker")
    table.add("  allocations a message", r["allocations"], "")
    t = bench("timelines", size)
    table.add("timelines and indicators alone, one core", t["per_second"], "messages/s", target=(">= 50,000", t["per_second"] >= 50_000),
              detail=f"{t['packs']} packs, {t['persons']} persons, {t['state_bytes_per_person']:.0f} B of state each; {t['cpu_us']:.1f} µs CPU, {t['allocations']:.0f} allocations a message")
    for contacts in (10, 100, 1000):
        few, many = (bench("corrections", others, contacts) for others in (100, 20_000))
        table.add(f"correcting a contact of a person with {contacts}", many["cpu_us"], "µs", few["cpu_us"], "beside 100 others",
                  detail=f"beside 20,000 others; {many['cpu_us_per_contact']:.1f} µs a contact")
    f = bench("backfill", size)
    table.add("back-fill of one new indicator, two workers", f["facts_per_second"], "facts/s", target=("< 60 s for 5.5 million messages", f["seconds_for_5_5_million"] < 60),
              detail=f"{f['facts']} facts of {f['persons']} persons from the store; by its CPU {f['seconds_for_5_5_million']:.0f} s on two cores for 5.5 million messages like these")


def patient_rows(table, patients):
    for mib, where in ((256, "of storage.persons_bytes' 256 MiB"), (4096, "with room for all")):
        p = bench("patients", patients, min(patients, 200_000), mib)
        table.add(f"timelines and indicators over {p['patients']} patients, one core, {where}", p["per_second"], "messages/s", target=(">= 50,000", p["per_second"] >= 50_000),
                  detail=f"{p['packs']} packs, {p['state_bytes_per_person']:.0f} B of state each; {p['cpu_us']:.1f} µs CPU a message")


def answer_ms(gateway, path):
    """Until the last byte is here, not read as JSON."""
    begin = time.perf_counter()
    if gateway.get(path).status != 200:
        raise RuntimeError(path)
    return (time.perf_counter() - begin) * 1000


def asked_after_changes(gateway, path, times=15):
    """The same right after a message changed numbers: the median and the slowest."""
    taken = []
    for i in range(times):
        gateway.post("/api/v1/messages", admission(f"Q{i}", i, f"Q{i}", start=i, hours=20), "application/octet-stream")
        gateway.wait_processed()
        taken.append(answer_ms(gateway, path))
    return sorted(taken)[times // 2], max(taken)


def asked(gateway, path, times=30):
    """Milliseconds of a question over HTTP: the first time, and the median and the slowest of the others."""
    taken = []
    for _ in range(times + 1):
        taken.append(answer_ms(gateway, path))
    others = sorted(taken[1:])
    return taken[0], others[len(others) // 2], others[-1]


def query_rows(table, cells):
    with tempfile.TemporaryDirectory(prefix="sluse-bench-") as data:
        made = bench("cells", f"{data}/track", cells, seconds=1800)
        with Gateway(merged(SERVE, {"data": data})) as gateway:
            size = f"{made['cells']} cells, {made['rows']} published rows, {made['indicators']} indicators"
            for path, what in (("/api/v1/goals", "all goals"), ("/api/v1/goals/1", "one goal"), ("/api/v1/indicators/G1.1", "an indicator by month"), ("/api/v1/indicators/G1.1?by=region", "by month and region"),
                               ("/api/v1/indicators/G1.1?by=municipality&from=2026-01&to=2026-12", "a year by month and municipality"), ("/api/v1/indicators/G1.1?period=day&from=2026-01-01&to=2026-12-31", "a year by day"),
                               ("/api/v1/indicators/G1.1?by=unit", "by month and unit")):
                first, median, worst = asked(gateway, path)
                table.add(f"over HTTP: {what}, median", median, "ms", target=("< 5 ms", median < 5), detail=f"first {first:.1f}, slowest {worst:.1f} ms; {size}")
                size = ""
            median, worst = asked_after_changes(gateway, "/api/v1/goals")
            table.add("over HTTP: all goals right after a change, median", median, "ms", target=("< 5 ms", median < 5), detail=f"slowest {worst:.1f} ms")
            table.add("resident memory with these rows", gateway.memory_bytes() / 2**20, "MiB")


def kafka_settings(broker, workers=0):
    """Without workers a process takes messages and leaves them to others of its group: what the acknowledgement costs by itself."""
    return {**SERVE, "storage": {**SERVE["storage"], "workers": workers}, "kafka": {"brokers": broker.address, "group": "bench", "instance": "one", "partitions": 8, "replication": 1}}


def kafka_rows(table, size):
    with Broker() as broker:
        with Gateway(kafka_settings(broker)) as gateway:
            load(gateway, size, seed=2)  # a whole pass before the clock, as the reference has: the broker compiles what it runs often
            full = load(gateway, size)
        windowed = bench("produce", broker.address, size, 1024)
        produced = bench("produce", broker.address, size, 0)
        with Gateway(kafka_settings(broker, workers=1)) as gateway:
            working = load(gateway, size, seed=3)
    table.add("MLLP in -> Kafka acks=all -> ACK, 16 x 64", full["messages_per_second"], "messages/s", windowed["per_second"], "librdkafka alone, 1,024 under way",
              at_least(0.5, full["messages_per_second"], windowed["per_second"], "librdkafka with as many under way"),
              f"p99 {full['latency_ms']['p99']:.1f} ms; {full['gateway_cpu_us']:.0f} µs CPU a message against {windowed['cpu_us']:.1f}, the sender's {full['sender_cpu_us']:.1f}")
    table.add("  the same, processing in the same process", working["messages_per_second"], "messages/s",
              detail=f"p99 {working['latency_ms']['p99']:.1f} ms; {working['gateway_cpu_us']:.0f} µs CPU a message, what was processed meanwhile included")
    table.add("  the same, reference without a bound", full["messages_per_second"], "messages/s", produced["per_second"], "librdkafka alone")


# --- against LinuxForHealth's converter, on the peer's own messages; and memory over many

def peer_script():
    folder = os.environ.get("SLUSE_PEERS")
    peer = pathlib.Path(folder) / "peer" if folder else None
    return peer if peer and peer.exists() else None


def same_messages(peer, copies, to):
    """The peer's messages as a file without frames, so many times over; how many there are."""
    frames = (peer.parent / "bench" / "mix.mllp").read_bytes().split(b"\x0b")[1:]
    messages = [frame.partition(b"\x1c")[0].rstrip(b"\r\n") + b"\r" for frame in frames]
    with open(to, "wb") as out:
        for _ in range(copies):
            out.writelines(messages)
    return len(messages) * copies


def converting(file):
    """Wall seconds of one `sluse convert` with one thread."""
    begin = time.monotonic()
    done = subprocess.run([SLUSE, "convert", "--threads", "1", "--schemas", str(SOURCE / "schemas"), str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode not in (0, 1):  # 1: some message of the peer's is refused
        raise RuntimeError(f"sluse convert: exit {done.returncode}")
    return time.monotonic() - begin


def converter_rows(table, seconds):
    """Messages/s per core: one thread there and one here, on the same messages, in this run."""
    name = "HL7 v2 -> FHIR, a core, against LinuxForHealth"
    peer = peer_script()
    if not peer:
        return table.not_run(name, "SLUSE_PEERS names no folder with a peer script")
    done = subprocess.run([str(peer), "lfh", str(seconds), "1", str(seconds)], capture_output=True, text=True, timeout=seconds * 2 + 300, stdin=subprocess.DEVNULL)
    found = re.search(r"rate=([\d.]+)/s", done.stdout)
    if not found or float(found[1]) == 0:
        raise RuntimeError(f"peer lfh said: {(done.stdout + done.stderr).strip()[-300:]}")
    theirs = float(found[1])
    with tempfile.TemporaryDirectory(prefix="sluse-bench-", dir=os.environ.get("SLUSE_BENCH_DIR")) as folder:
        once, many = pathlib.Path(folder) / "once.hl7", pathlib.Path(folder) / "many.hl7"
        few, total = same_messages(peer, 1, once), same_messages(peer, 60, many)
        ours = (total - few) / (converting(many) - converting(once))  # start and loading the maps left out, as the peer's warm-up is
    table.add(name, ours, "messages/s", theirs, "LinuxForHealth 1.0.19", (">= 1,000 times", ours >= 1000 * theirs), f"{ours / theirs:,.0f} times; one thread each; {few} different messages")


def memory_rows(table, millions):
    """Resident memory of one `sluse convert` that is fed through a pipe."""
    feed = subprocess.run([SLUSE, "simulate", "--messages", "20000", "--format", "hl7v2"], capture_output=True, check=True).stdout
    total, step = int(millions * 1_000_000), max(20_000, int(millions * 100_000))
    process = subprocess.Popen([SLUSE, "convert", "--schemas", str(SOURCE / "schemas"), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    marks = []
    try:
        for sent in range(20_000, total + 1, 20_000):
            process.stdin.write(feed)
            if sent % step == 0:
                rss = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())
                marks.append((sent, int(rss[1]) / 1024))
                note(f"memory: {sent:,} messages, {marks[-1][1]:.1f} MiB")
        process.stdin.close()
        process.wait(120)
    finally:
        if process.poll() is None:
            process.kill()
    settled = [mib for sent, mib in marks if sent * 5 >= total]
    table.add(f"memory of `sluse convert`, {total:,} messages", max(settled), "MiB most", min(settled), "least, after a fifth", ("<= 1.1 times", max(settled) <= 1.1 * min(settled)),
              ", ".join(f"{sent / 1e6:g}M {mib:.0f}" for sent, mib in marks))


def incremental_rows(table, messages, days):
    """Three indicators after each day's messages: Sluse's CPU for the days, with all it does, and DuckDB's over everything so far."""
    done = subprocess.run([str(SOURCE / "scripts" / "side-by-side"), "--messages", str(messages), "--days", str(days), "--sluse", SLUSE, "--json"],
                          capture_output=True, text=True, timeout=400, stdin=subprocess.DEVNULL)
    if not done.stdout.startswith("{"):
        raise RuntimeError(f"side-by-side: {done.stderr.strip()[-300:]}")
    r = json.loads(done.stdout)
    table.add("three indicators after each day's messages", r["sluse_cpu_s"], "CPU s", r["sql_cpu_s"], "DuckDB, all again", ("the same numbers", r["equal"]),
              f"{days} days, {r['messages']} messages after {r['days'][0]['so_far'] - r['days'][0]['messages']:,}; {r['times']:.1f} times; Sluse counts every indicator")


# --- against Apache Camel, on the peer's own load client and messages

def peer_result(text):
    found = re.search(r"acks=(\d+).*?other=(\d+).*?rate=([\d.]+)/s.*?p99=([\d.]+)ms", text)
    if not found:
        raise RuntimeError(f"the peer said: {text.strip()[-300:]}")
    return {"acks": int(found[1]), "other": int(found[2]), "per_second": float(found[3]), "p99_ms": float(found[4])}


def descendant(root, word):
    """The process below `root` with an argument, or a program, that ends in `word`."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    for pid in parents:
        above = pid
        while above and above != root:
            above = parents.get(above, 0)
        with contextlib.suppress(OSError):
            if above == root and any(part.endswith(word) for part in pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")):
                return pid
    return None


def watched(process, seconds, gateway=None):
    """Rate and p99 as the peer's client says; the CPU of the gateway (by default the peer's own) and of the client over the measured seconds."""
    def running(what):
        found = wait_until(f"{what} runs", lambda: process.poll() is not None or descendant(process.pid, what), 240, every=0.5)
        if found is True:
            raise RuntimeError(f"the peer ended: {process.stderr.read().strip()[-300:]}")
        return found
    try:
        with Watch(gateway or running("CamelPeer")) as watch, Watch(running("/mllpload")) as sender:
            output, _ = process.communicate(timeout=seconds + 120)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
    result = peer_result(output)
    for name, of in (("cpu_us", watch), ("sender_cpu_us", sender)):
        cpu, wall = of.cpu(seconds)
        result[name] = cpu / (result["per_second"] * wall) * 1e6
    return result


def camel(peer, seconds):
    return watched(subprocess.Popen([peer, "camel", str(seconds), "16"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL), seconds)


PEER_WARM_SECONDS = 40  # as the peer's script


@contextlib.contextmanager
def answered_peer(peer):
    """The peer's folder with those of its messages alone that ask for an answer: its client waits for one."""
    with tempfile.TemporaryDirectory(prefix="sluse-bench-", dir=os.environ.get("SLUSE_BENCH_DIR")) as folder:
        copy = pathlib.Path(folder) / "peers"
        shutil.copytree(peer.parent, copy)
        mix = copy / "bench" / "mix.mllp"
        frames = [b"\x0b" + frame for frame in mix.read_bytes().split(b"\x0b")[1:]]
        mix.write_bytes(b"".join(frame for frame in frames if not b"".join(frame.split(b"\r", 1)[0].split(b"|")[14:16])))  # MSH-15, MSH-16
        yield str(copy / "peer")


def sluse_as_camel(peer, seconds):
    """The same client with the same messages, and a broker with the peer's JVM options, partitions and warm-up."""
    os.environ["SLUSE_KAFKA_JVM"] = "-Xmx512m"
    with Broker() as broker, Gateway(merged(kafka_settings(broker), {"kafka": {"partitions": 4}})) as gateway:
        def under_load(last):
            return subprocess.Popen([peer, "load", f"127.0.0.1:{gateway.mllp_port}", str(last), "16"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        under_load(PEER_WARM_SECONDS).communicate(timeout=PEER_WARM_SECONDS + 60)
        return watched(under_load(seconds), seconds, gateway.process.pid)


def peer_rows(table, seconds):
    names = ("MLLP in -> Kafka -> ACK, 16 x 1, against Camel", "  CPU a message", "  p99")
    peer = peer_script()
    if not peer:
        for name in names:
            table.not_run(name, "SLUSE_PEERS names no folder with a peer script")
        return
    with answered_peer(peer) as same:
        theirs, ours = camel(same, seconds), sluse_as_camel(same, seconds)
    table.add(names[0], ours["per_second"], "messages/s", theirs["per_second"], "Apache Camel", (">= 2 times Camel", ours["per_second"] >= 2 * theirs["per_second"]),
              f"both only take and forward; Sluse also decodes and checks each message; the senders' own CPU {ours['sender_cpu_us']:.1f} µs and {theirs['sender_cpu_us']:.1f}")
    table.add(names[1], ours["cpu_us"], "µs", theirs["cpu_us"], "Apache Camel", ("<= a third of Camel's", ours["cpu_us"] * 3 <= theirs["cpu_us"]))
    table.add(names[2], ours["p99_ms"], "ms", theirs["p99_ms"], "Apache Camel", ("below Camel's", ours["p99_ms"] < theirs["p99_ms"]))


def machine():
    model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"cores": os.cpu_count(), "model": model[1] if model else "", "load_average": os.getloadavg(), "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer messages, no peer")
    parser.add_argument("--out", default=str(SOURCE / "bench" / "results.json"))
    parser.add_argument("--only", default="", help="of convert, formats, journal, kafka, converter, memory, incremental, patients, peer, pipeline, query; separated by commas")
    parser.add_argument("--patients", type=int, default=0, help="patients for the row on a whole population; 1000000 takes some minutes and 8 GB")
    parser.add_argument("--millions", type=float, default=0, help="millions of messages for the row on memory; 10 takes some minutes")
    parser.add_argument("--cells", type=int, default=0, help="cells for the rows on queries; 10000000 takes some minutes")
    options = parser.parse_args()
    quick = options.quick
    groups = {
        "convert": lambda t: convert_rows(t, 10_000 if quick else 60_000),
        "formats": lambda t: format_rows(t, 2_000 if quick else 10_000),
        "journal": lambda t: journal_rows(t, 5_000 if quick else 100_000, 3_000 if quick else 10_000),
        "pipeline": lambda t: pipeline_rows(t, 5_000 if quick else 30_000),
        **({"patients": lambda t: patient_rows(t, options.patients)} if options.patients else {}),
        **({"query": lambda t: query_rows(t, options.cells)} if options.cells else {}),
        "kafka": lambda t: kafka_rows(t, 5_000 if quick else 100_000),
        "converter": lambda t: t.not_run("HL7 v2 -> FHIR, a core, against LinuxForHealth", "--quick") if quick else converter_rows(t, 15),
        "memory": lambda t: memory_rows(t, options.millions or (0.2 if quick else 1)),
        "incremental": lambda t: t.not_run("three indicators after each day's messages", "--quick") if quick else incremental_rows(t, 20_000, 5),
        "peer": lambda t: [t.not_run("MLLP in -> Kafka -> ACK, 16 x 1, against Camel", "--quick")] if quick else peer_rows(t, 10),
    }
    wanted = options.only.split(",") if options.only else list(groups)
    table, before, failed = Table(), machine(), False
    begin = time.monotonic()
    for name in wanted:
        note(f"{name} …")
        try:
            groups[name](table)
        except (RuntimeError, AssertionError, ArithmeticError, OSError, subprocess.SubprocessError) as error:
            failed = True
            table.not_run(name, f"failed: {error}")
            note(f"{name}: {error}")
    seconds = time.monotonic() - begin
    pathlib.Path(options.out).write_text(json.dumps({"machine": before, "load_average_after": os.getloadavg(), "seconds": round(seconds, 1), "quick": quick, "rows": table.rows}, indent=1) + "\n")
    print(table.text())
    print(f"\n{before['cores']} cores ({before['model']}), load average {before['load_average'][0]:.1f} before and {os.getloadavg()[0]:.1f} after; {seconds:.0f} s; {options.out}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
