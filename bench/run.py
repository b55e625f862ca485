# bench/run.py — the rows of scripts/bench: starts gateways and references, measures both, prints the table, writes the JSON. Standard library only.
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from measure import at_least, BENCH, bench, kafka_settings, load, metric, note, SERVE, slow_syncs, SOURCE, Table, timed_start  # first: it says where the harness is
from harness import SLUSE, Broker, Gateway, admission, merged, wait_until
from peers import converter_rows, peer_rows

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
            disk = slow_syncs(gateway)
            steady = load(gateway, slow, window=16, rate=1000, seed=3)
            disk = tuple(now - before for now, before in zip(slow_syncs(gateway), disk))
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
    table.add("  latency at 1,000 messages/s, p99", steady["latency_ms"]["p99"], "ms", detail=f"{disk[1]:.0f} of {disk[0]:.0f} syncs took the disk more than 25 ms")
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
    for mib, where in (((), "with the memory for persons that is the default here"), ((256,), "with 256 MiB for persons"), ((4096,), "with room for all")):
        p = bench("patients", patients, min(patients, 200_000), *mib)
        table.add(f"timelines and indicators over {p['patients']} patients, one core, {where}", p["per_second"], "messages/s", target=(">= 50,000", p["per_second"] >= 50_000),
                  detail=f"{p['packs']} packs, {p['state_bytes_per_person']:.0f} B of state each, {p['mib']} MiB; {p['cpu_us']:.1f} µs CPU a message")


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


def kafka_rows(table, size):
    with Broker() as broker:
        with Gateway(kafka_settings(broker)) as gateway:
            load(gateway, size, seed=2)  # a whole pass before the clock, as the reference has: the broker compiles what it runs often
            # In turns, since the machine's speed and the broker's change by the minute; the middle one counts.
            turns = [(load(gateway, size, seed=seed), bench("produce", broker.address, size, 1024)) for seed in (1, 4, 5)]
        produced = bench("produce", broker.address, size, 0)
        with Gateway(kafka_settings(broker, workers=1)) as gateway:
            working = load(gateway, size, seed=3)
    shares = [full["messages_per_second"] / alone["per_second"] for full, alone in turns]
    full, windowed = turns[shares.index(statistics.median(shares))]
    table.add("MLLP in -> Kafka acks=all -> ACK, 16 x 64", full["messages_per_second"], "messages/s", windowed["per_second"], "librdkafka alone, 1,024 under way",
              at_least(0.5, full["messages_per_second"], windowed["per_second"], "librdkafka with as many under way"),
              f"p99 {full['latency_ms']['p99']:.1f} ms; {full['gateway_cpu_us']:.0f} µs CPU a message against {windowed['cpu_us']:.1f}, the sender's {full['sender_cpu_us']:.1f}; "
              f"the middle of {', '.join(f'{share:.2f}' for share in shares)}")
    table.add("  the same, processing in the same process", working["messages_per_second"], "messages/s",
              detail=f"p99 {working['latency_ms']['p99']:.1f} ms; {working['gateway_cpu_us']:.0f} µs CPU a message, what was processed meanwhile included")
    table.add("  the same, reference without a bound", full["messages_per_second"], "messages/s", produced["per_second"], "librdkafka alone")


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
