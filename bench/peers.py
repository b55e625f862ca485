# bench/peers.py — the rows of scripts/bench against others' programs, which the script in $SLUSE_PEERS starts. Standard library only.
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from measure import kafka_settings, SOURCE, Watch  # first: it says where the harness is
from harness import SLUSE, Broker, Gateway, merged, wait_until


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
