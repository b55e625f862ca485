# tests/e2e/harness.py — starts and stops a real gateway, speaks MLLP and HTTP to it, and waits with an end. Standard library only.
import contextlib
import datetime
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

SOURCE = pathlib.Path(os.environ.get("SLUSE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
SLUSE = os.environ.get("SLUSE", str(SOURCE / "build" / "release" / "sluse"))


def free_ports(count):
    """Loopback ports that were free a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


PATIENCE = 120.0  # seconds to wait for what must come; a busy machine takes its time, and a good run does not wait


def wait_until(what, condition, seconds=PATIENCE, every=0.05):
    """The condition's first true value; fails with `what` when the time is up."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(every)


def merged(base, over):
    """`base` with `over` laid on it, map by map."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


class Answer:
    """What an HTTP server said."""

    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, headers

    def json(self):
        return json.loads(self.body)


class Gateway:
    """One `sluse serve` on ports and a data directory of its own. Use it in `with`; leaving removes what it made."""

    def __init__(self, config=None, folder=None, env=None, wrapper=()):
        self.made = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="sluse-e2e-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mllp_port, self.http_port = free_ports(2)
        self.config = merged(
            {
                "data": str(self.folder / "data"),
                "schemas": str(SOURCE / "schemas"),
                "listen": {
                    "mllp": [{"address": "127.0.0.1", "port": self.mllp_port}],
                    "http": {"address": "127.0.0.1", "port": self.http_port},
                },
                "storage": {"partitions": 4, "workers": 2, "cache_bytes": "64MiB"},
                "track": {"persons_min": 1},
            },
            config or {},
        )
        self.config_file = self.folder / "sluse.yaml"
        self.config_file.write_text(json.dumps(self.config))  # every JSON document is a YAML document
        self.log_file = self.folder / "serve.log"
        self.env = {**os.environ, **(env or {})}
        self.wrapper = list(wrapper)
        self.process = None

    def start(self, ready=True, seconds=PATIENCE):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, SLUSE, "serve", "-c", str(self.config_file)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env, cwd=self.folder
            )
        if ready:
            self.wait_ready(seconds)
        return self

    def wait_ready(self, seconds=PATIENCE):
        def is_ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the gateway ended with {self.process.returncode}:\n{self.log_tail()}")
            with contextlib.suppress(OSError):
                return self.get("/readyz", seconds=2).status == 200
            return False

        try:
            wait_until("/readyz answers 200", is_ready, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_tail()}") from None

    def log_tail(self, lines=30):
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, seconds=PATIENCE):
        """SIGTERM, and the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end the gateway in {seconds:g} s:\n{self.log_tail()}") from None

    def kill(self):
        self.process.kill()
        self.process.wait(30)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        if kind is not None:
            print(f"--- {self.log_file}\n{self.log_tail()}", file=sys.stderr)
        if self.made:
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- HTTP

    @property
    def web(self):
        return f"http://127.0.0.1:{self.http_port}"

    def request(self, method, path, body=None, content_type=None, seconds=PATIENCE, headers=None):
        request = urllib.request.Request(self.web + path, data=body, method=method, headers=headers or {})
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return Answer(answer.status, answer.read(), answer.headers)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.read(), refusal.headers)

    def get(self, path, seconds=PATIENCE):
        return self.request("GET", path, seconds=seconds)

    def post(self, path, body, content_type, seconds=PATIENCE):
        return self.request("POST", path, body if isinstance(body, bytes) else body.encode(), content_type, seconds)

    def json(self, path):
        answer = self.get(path)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.body[:500]!r}")
        return answer.json()

    # --- what the gateway says of itself

    def balance(self):
        return self.json("/api/v1/balance")

    def wait_processed(self, seconds=PATIENCE):
        """Until every journalled message is in the numbers; the balance then."""

        def counted():
            balance = self.balance()
            return balance if balance["counted"] else None

        return wait_until("everything journalled is counted", counted, seconds)

    def rows(self, indicator, query="period=all"):
        return self.json(f"/api/v1/indicators/{indicator}?{query}")["rows"]

    def total(self, indicator):
        """(numerator, denominator) over everything; zeros when there is no cell yet."""
        rows = self.rows(indicator)
        return sum(r["numerator"] or 0 for r in rows), sum(r["denominator"] or 0 for r in rows)

    def memory_bytes(self, what="VmRSS"):
        """Resident memory now; with `VmHWM` the most there ever was."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {what}")

    def verify(self, seconds=120):
        """`sluse goals recompute --verify` against the running gateway: stream and batch agree."""
        return sluse("goals", "recompute", "--verify", "--api", self.web, seconds=seconds)


    def verify_stopped(self, seconds=200):
        """Stops the gateway and compares the cells with a batch run over the stored facts; how many cells were equal."""
        code = self.stop()
        if code != 0:
            raise AssertionError(f"the gateway ended with {code}:\n{self.log_tail()}")
        done = sluse("goals", "recompute", "--verify", "-c", self.config_file, seconds=seconds)
        said = done.stderr.decode()
        if done.returncode != 0 or "the stream equals the batch" not in said:
            raise AssertionError(f"recompute --verify: {done.returncode}\n{done.stdout.decode()[:4000]}\n{said}")
        return int(said.split(" cells ")[0].split()[-1])

    def journal(self, seconds=200):
        """Every record of the stopped gateway's journal, as `sluse journal export` shows it, without what the gateway wrote for itself."""
        done = sluse("journal", "export", "-c", self.config_file, seconds=seconds)
        if done.returncode != 0:
            raise AssertionError(f"journal export: {done.returncode}\n{done.stderr.decode()}")
        return [record for record in map(json.loads, done.stdout.splitlines()) if not record["format"].startswith("sluse")]


class Mllp:
    """One MLLP connection."""

    def __init__(self, port, seconds=PATIENCE):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, message):
        self.socket.sendall(frame(message))

    def send_bytes(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next acknowledgement; raises ConnectionError when the peer leaves."""
        while b"\x1c\r" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the gateway closed the connection")
            self.buffer += data
        answer, self.buffer = self.buffer.split(b"\x1c\r", 1)
        return Ack(answer.lstrip(b"\x0b"))

    def exchange(self, message):
        self.send(message)
        return self.receive()


class Ack:
    """An HL7 v2 acknowledgement."""

    def __init__(self, data):
        self.bytes = data
        self.segments = [line.split("|") for line in data.decode("utf-8", "replace").split("\r") if line]
        msa = next((s for s in self.segments if s[0] == "MSA"), ["MSA", "", ""])
        self.code, self.control_id = msa[1], msa[2]
        self.errors = [s for s in self.segments if s[0] == "ERR"]

    @property
    def accepted(self):
        return self.code in ("AA", "CA")


def frame(message):
    return b"\x0b" + (message if isinstance(message, bytes) else message.encode()) + b"\x1c\r"


def mllp_send(port, messages):
    """All messages over one connection, pipelined; their acknowledgements in order."""
    with Mllp(port) as connection:
        sender = threading.Thread(target=lambda: connection.send_bytes(b"".join(frame(m) for m in messages)), daemon=True)
        sender.start()
        answers = [connection.receive() for _ in messages]
        sender.join(30)
        return answers


def sluse(*arguments, seconds=120, stdin=None, **options):
    """Runs the binary to its end."""
    return subprocess.run([SLUSE, *map(str, arguments)], input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True, timeout=seconds, **options)


# --- messages

EPOCH = datetime.datetime(2026, 1, 1)


def cpr(number):
    """A different well-formed CPR for every number below 9 million: women and men born from 1940 on."""
    day = datetime.date(1940, 1, 2) + datetime.timedelta(days=number % 18000)
    return f"{day:%d%m%y}{number // 18000 % 1000:03d}{number % 10}"


def stamp(hours):
    """HL7 time, in hours after the first of January 2026."""
    return f"{EPOCH + datetime.timedelta(hours=hours):%Y%m%d%H%M%S}"


def adt(event, control, person, visit, start=None, end=None, at=None, sender="EPJ|RH1", unit="990101100001600", acute=True, klass="I",
        municipality="0101", diagnosis="DJ189^Pneumoni UNS^SKS", family="Sørensen", version="2.5.1", mrg=None, psychiatric=False):
    """An ADT message. `start`, `end` and `at` (when it was recorded) are hours after 2026-01-01."""
    at = at if at is not None else (end if end is not None else start if start is not None else 0)
    structure = {"A01": "A01", "A03": "A03", "A04": "A01", "A08": "A01", "A11": "A09", "A12": "A12", "A13": "A01", "A40": "A39", "A02": "A02"}[event]
    number = person if isinstance(person, str) else f"{cpr(person)}^^^CPR&1.2.208.176.1.2&ISO^NNDNK"
    segments = [
        f"MSH|^~\\&|{sender}|SLUSE|DK|{stamp(at)}||ADT^{event}^ADT_{structure}|{control}|P|{version}||||||UNICODE UTF-8",
        f"EVN|{event}|{stamp(at)}",
        f"PID|1||{number}||{family}^Åse^^^^^L||19500101|F|||Nørregade 1^^København S^^2300^DNK^H^^{municipality}^^^^20200101",
    ]
    if mrg is not None:
        segments.append(f"MRG|{mrg}")
    else:
        pv1 = [""] * 46
        pv1[0:5] = ["PV1", "1", klass, f"{unit}^^^RH1", "E" if acute else "R"]
        pv1[10] = "PSY" if psychiatric else "MED"
        pv1[19] = f"{visit}^^^RH1^VN"
        pv1[44] = stamp(start) if start is not None else ""
        pv1[45] = stamp(end) if end is not None else ""
        segments.append("|".join(pv1).rstrip("|"))
        segments.append("PV2|||" + "|" * 22 + ("A" if acute else "EL"))
        if diagnosis:
            segments.append(f"DG1|1||{diagnosis}||{stamp(start or 0)}|A|||||||||1")
    return ("\r".join(segments) + "\r").encode()


def admission(control, person, visit, start=0.0, hours=24.0, **options):
    """One whole admission in one A03: start, end, unit, diagnosis."""
    return adt("A03", control, person, visit, start=start, end=start + hours, **options)


def pcr(control, person, positive, hours=0.0, sender="MIBA|RH2", status="F"):
    """A SARS-CoV-2 test's answer."""
    code = "260373001^Påvist^SCT" if positive else "260415000^Ikke påvist^SCT"
    return (
        f"MSH|^~\\&|{sender}|SLUSE|DK|{stamp(hours + 8)}||ORU^R01^ORU_R01|{control}|P|2.5.1||||||UNICODE UTF-8\r"
        f"PID|1||{cpr(person)}^^^CPR&1.2.208.176.1.2&ISO^NNDNK||Sørensen^Åse^^^^^L||19500101|F|||Nørregade 1^^København S^^2300^DNK^H^^0101^^^^20200101\r"
        f"OBR|1|R{control}|L{control}|NPU59142^SARS-CoV-2(RNA);Sekret(Svælg)^NPU|||{stamp(hours)}|||||||||||||||{stamp(hours + 8)}||MB|{status}\r"
        f"OBX|1|CWE|NPU59142^SARS-CoV-2(RNA);Sekret(Svælg)^NPU||{code}||||||{status}|||{stamp(hours)}\r"
    ).encode()


class Broker:
    """A real Kafka broker of scripts/kafka. `with Broker() as broker: broker.address`."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="sluse-kafka-")
        self.address = None

    def run(self, verb, seconds=300):
        done = subprocess.run([str(SOURCE / "scripts" / "kafka"), verb, self.folder], capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(f"scripts/kafka {verb}: {done.returncode}\n{done.stderr}")
        return done.stdout.strip()

    def start(self):
        try:
            self.address = self.run("start")
        except (AssertionError, subprocess.TimeoutExpired):
            self.run("clean")  # the broker is a session of its own and would outlive the test
            raise
        return self

    def stop(self):
        self.run("stop")

    def kill(self):
        self.run("kill")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.run("clean")


class Case(unittest.TestCase):
    """With long differences shown, and a reproducible source of chance."""

    maxDiff = 4000

    def setUp(self):
        self.seed = int(os.environ.get("SLUSE_TEST_SEED", "1"))
        self.random = random.Random(self.seed)


def main():
    unittest.main(verbosity=2, failfast=False)
