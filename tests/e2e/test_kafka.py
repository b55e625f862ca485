# tests/e2e/test_kafka.py — on a real broker: others read the streams, an outage loses nothing, two processes share the work through stops and kills.
import collections
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time

import jsonschema

from harness import SOURCE, Broker, Case, Gateway, Mllp, adt, admission, cpr, main, mllp_send, pcr, wait_until

TOPICS = ("sluse.raw", "sluse.facts", "sluse.fhir", "sluse.indicator-events", "sluse.quarantine", "sluse.signals", "sluse.goals")


def kafka(broker, instance, **over):
    """One process of the group. All of them share one secret: lanes and pseudonyms come from it."""
    secret = pathlib.Path(broker.folder) / "secret"
    if not secret.exists():
        secret.write_bytes(os.urandom(48))
    settings = {"brokers": broker.address, "group": "e2e", "instance": instance, "partitions": 4, "replication": 1, "session_timeout": "6s", **over}
    return {"kafka": settings, "keys": {"secret_file": str(secret)}}


def read_topic(broker, topic):
    """Every committed record of a topic as (partition, key, value), read by kcat; of a key that is no more the value is empty."""
    done = subprocess.run(
        ["kcat", "-b", broker.address, "-t", topic, "-C", "-e", "-q", "-X", "isolation.level=read_committed", "-f", "%p\\t%K\\t%k\\t%S\\n%s\\n"],
        capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    records, out, at = [], done.stdout, 0
    while at < len(out):  # by position: cutting the rest off copies megabytes for each of thousands of records
        end = out.index(b"\n", at)
        partition, _, key, size = out[at:end].split(b"\t")
        at = end + 2 + max(0, int(size))  # -1: no value
        records.append((int(partition), key, out[end + 1:at - 1]))
    return records


def events(broker):
    """Indicator events as any consumer should take them: per person in order of their sequence, each once."""
    seen = {}
    for _, key, value in read_topic(broker, "sluse.indicator-events"):
        event = json.loads(value)
        data = event["data"]
        assert key.decode() == data["person"]
        seen[(data["keyId"], data["person"], data["sequence"])] = event
    return list(seen.values())


def sums(found):
    """Numerator and denominator per indicator: the cells, made by someone else."""
    cells = collections.defaultdict(lambda: [0, 0])
    for event in found:
        data = event["data"]
        cells[data["indicator"]][0] += data["sign"] * data["numerator"]
        cells[data["indicator"]][1] += data["sign"] * data["denominator"]
    return {indicator: tuple(pair) for indicator, pair in cells.items()}


class KafkaTest(Case):
    def test_others_read_the_streams(self):
        with Broker() as broker, Gateway(kafka(broker, "one")) as gateway:
            messages = [admission(f"A{i}", i, f"V{i}", start=i, hours=13 + i) for i in range(40)]
            messages += [pcr(f"P{i}", i, i % 5 == 0, hours=i) for i in range(40)]
            messages += [adt("A11", f"C{i}", i, f"V{i}", start=i, at=900) for i in range(10)]
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, messages)}, {"AA"})
            balance = gateway.wait_processed()
            self.assertEqual(balance["difference"], 0)
            raw = [record for record in read_topic(broker, "sluse.raw") if not record[1].startswith(b"sluse.")]
            self.assertEqual(len(raw), len(messages))
            schema = json.loads((SOURCE / "schemas/events/indicator-event.schema.json").read_text())
            validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
            found = events(broker)
            for event in found:
                validator.validate(event)
                self.assertNotIn(cpr(1), json.dumps(event))
            self.assertEqual(sums(found)["G8.1"][1], 30)
            self.assertEqual(sums(found)["PAN"], (8, 40))
            self.assertEqual(sums(found)["PAN"], gateway.total("PAN"), "the consumer's sums are the page's numbers")
            self.assertIn("Encounter", self.resource_types(broker))
            for topic in TOPICS:
                for _, key, _ in read_topic(broker, topic):
                    self.assertNotIn(cpr(1).encode(), key, "keys hold no identity")

    def resource_types(self, broker):
        """The types on sluse.fhir, where every body is a transaction of whole resources, each put under its own type and id."""
        types = set()
        for _, _, value in read_topic(broker, "sluse.fhir"):
            bundle = json.loads(value)
            self.assertEqual((bundle["resourceType"], bundle["type"]), ("Bundle", "transaction"))
            self.assertTrue(bundle["entry"])
            for entry in bundle["entry"]:
                resource = entry["resource"]
                self.assertRegex(resource["resourceType"], "^[A-Z][A-Za-z]+$")
                self.assertRegex(resource["id"], r"^[A-Za-z0-9.\-]{1,64}$")
                self.assertEqual(entry["request"], {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"})
                types.add(resource["resourceType"])
        return types

    def test_another_secret_is_refused(self):
        with Broker() as broker, Gateway(kafka(broker, "one")) as gateway:
            self.assertTrue(all(a.accepted for a in mllp_send(gateway.mllp_port, [admission("S1", 1, "V1", hours=20)])))
            gateway.wait_processed()
            other = Gateway({**kafka(broker, "two"), "keys": {}})  # makes a secret of its own
            with self.assertRaisesRegex(AssertionError, "ended with 78"):
                other.start()
            self.assertIn("secret", other.log_tail())
            shutil.rmtree(other.folder, ignore_errors=True)

    def test_broker_stopped_and_started(self):
        with Broker() as broker, Gateway(kafka(broker, "one")) as gateway:
            first = [admission(f"B{i}", i, f"V{i}", start=i, hours=20) for i in range(30)]
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, first)}, {"AA"})
            broker.stop()
            second = [admission(f"B{i}", i, f"V{i}", start=i, hours=20) for i in range(30, 50)]
            answers = []

            def send():
                with contextlib.suppress(OSError), Mllp(gateway.mllp_port, seconds=120) as link:
                    for message in second:
                        answers.append(link.exchange(message))

            sender = threading.Thread(target=send, daemon=True)
            sender.start()
            time.sleep(8)
            self.assertFalse([a for a in answers if a.accepted], "no acknowledgement without a broker")
            self.assertEqual(gateway.get("/readyz").status, 503, "without a broker nothing can be taken in")
            self.assertEqual(gateway.post("/api/v1/messages", second[0], "application/octet-stream").status, 503)
            began = time.monotonic()
            for path in ("/api/v1/journal", "/api/v1/balance", "/api/v1/systems", "/api/v1/goals"):
                self.assertEqual(gateway.get(path).status, 200, path)
            self.assertLess(time.monotonic() - began, 10, "numbers are shown while the broker is away")
            broker.start()
            sender.join(150)
            self.assertFalse(sender.is_alive(), "every wait ends")
            for message in second:
                wait_until("accepted after the outage", lambda m=message: self.accepted(gateway, m), 90, every=0.5)
            balance = gateway.wait_processed(120)
            self.assertEqual((balance["difference"], balance["quarantined"]), (0, 0), balance)
            self.assertEqual(sums(events(broker))["G8.1"][1], 50)
            self.assertEqual(gateway.get("/readyz").status, 200)
            done = gateway.verify()
            self.assertEqual(done.returncode, 0, done.stderr.decode())

    @staticmethod
    def accepted(gateway, message):
        try:
            with Mllp(gateway.mllp_port, seconds=60) as link:
                return link.exchange(message).accepted
        except OSError:
            return False

    def test_two_processes_share_the_work_through_stops_kills_and_merges(self):
        with Broker() as broker, Gateway(kafka(broker, "one")) as one, Gateway(kafka(broker, "two")) as two:
            sent = 0

            def feed(gateway, count):
                nonlocal sent
                messages = [admission(f"T{i}", i, f"V{i}", start=i % 100, hours=20) for i in range(sent, sent + count)]
                messages += [admission(f"U{i}", self.foreign(i), f"W{i}", start=i % 100 + 240, hours=20) for i in range(sent, sent + count)]
                sent += count
                for message in messages:
                    wait_until("accepted", lambda m=message: self.accepted(gateway, m), 90, every=0.5)

            def merge(gateway, numbers):
                for i in numbers:
                    wait_until("accepted", lambda i=i: self.accepted(gateway, adt("A40", f"M{i}", i, "", at=500 + i, mrg=self.foreign(i))), 90, every=0.5)

            feed(one, 30)
            feed(two, 30)
            one.process.send_signal(signal.SIGSTOP)  # past the session's time-out: its partitions go to two
            feed(two, 20)
            merge(two, range(0, 20))
            time.sleep(9)
            merge(two, range(20, 40))
            one.process.send_signal(signal.SIGCONT)  # it must not write over its successor
            merge(two, range(40, 50))
            feed(one, 10)
            two.kill()
            merge(one, range(50, 60))
            two.start()
            merge(two, range(60, 80))
            merge(one, range(80, 90))
            expected = {"G8.1": 2 * sent, "G1.1": (sent, 2 * sent)}

            def settled():
                found = sums(events(broker))
                return found if found.get("G8.1", (0, 0))[1] == expected["G8.1"] and found.get("G1.1") == expected["G1.1"] else None

            try:
                wait_until("the events add up to the truth", settled, 120, every=2)
            except AssertionError:
                self.assertEqual({k: sums(events(broker)).get(k) for k in expected}, {"G8.1": (0, expected["G8.1"]), "G1.1": expected["G1.1"]})
                raise
            self.check_sequences(broker)
            self.assertEqual(one.total("G1.1"), two.total("G1.1"), "both follow all events")
            done = one.verify()
            self.assertEqual(done.returncode, 1, "one process sees the facts of its own partitions only")
            self.assertIn("another process", done.stderr.decode())
            two.stop()
            done = wait_until("the batch over all facts", lambda: self.compared(one), 60, every=1)
            self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
            accepted = sum(not record[1].startswith(b"sluse.") for record in read_topic(broker, "sluse.raw"))
            balance = one.balance()
            self.assertEqual((balance["difference"], balance["journalled"]), (0, accepted), balance)
            self.assertEqual(balance["normalised"] + balance["duplicates"], accepted, "each accepted message was counted once")
            self.assertEqual(balance["normalised"], 2 * sent + 90, "and had its effect once")
            self.resource_types(broker)

    @staticmethod
    def compared(gateway):
        """The comparison's outcome, once there is one."""
        done = gateway.verify()
        return done if done.returncode in (0, 2) else None

    @staticmethod
    def foreign(number):
        """The eCPR under which person `number` came the second time."""
        return f"010180{'17'[number % 2]}{chr(65 + number % 26)}{chr(65 + number // 26 % 26)}{number % 10}^^^&1.2.208.176.1.6.1.1&ISO^NI"

    def check_sequences(self, broker):
        """A person's events are numbered without a hole, so that a consumer knows when it has missed one."""
        by_person = collections.defaultdict(set)
        for event in events(broker):
            by_person[event["data"]["person"]].add(event["data"]["sequence"])
        for sequences in by_person.values():
            self.assertEqual(sequences, set(range(1, len(sequences) + 1)))


if __name__ == "__main__":
    main()
