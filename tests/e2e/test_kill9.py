# tests/e2e/test_kill9.py — kill -9 at fifty random moments under load: what was acknowledged is there, once in effect, and nothing differs.
import json
import os
import pathlib
import queue
import tempfile
import threading
import time

from harness import Case, Gateway, Mllp, admission, adt, cpr, main, wait_until

ROUNDS = int(os.environ.get("SLUSE_KILLS", "50"))
CONNECTIONS = 8
WINDOW = 32  # messages in flight on one connection
FILE = 20    # messages that each round drops as a file
ANSWERS = 600  # at most so many come before a kill: on a fast machine more would only be more to process and to compare
TEN = 10     # of ten messages seven are admissions, and three make one person of two identifiers


def ecpr(number):
    """A replacement number of its own for every ten messages."""
    return f"{cpr(number)[:6]}1{chr(65 + number // 26 % 26)}{chr(65 + number % 26)}{number // 676 % 10}^^^&1.2.208.176.1.6.1.1&ISO^NI"


def message(number):
    """Admissions of different people; the last three of ten: a stay under a CPR number, one under an eCPR number, and the A40 that joins them."""
    group, place = divmod(number, TEN)
    control = f"K{number}"
    if place < 7:
        return admission(control, number, f"V{number}", start=number % 2000, hours=13 + number % 50)
    if place == 7:
        return admission(control, group * TEN, f"V{number}", start=3000, hours=48)
    if place == 8:
        return admission(control, ecpr(group), f"V{number}", start=3240, hours=48)
    return adt("A40", control, group * TEN, "", at=3300, mrg=ecpr(group))


class Senders:
    """Connections that send numbered messages without a pause, and send again what was not acknowledged, as real senders do."""

    def __init__(self, port):
        self.port = port
        self.todo = queue.SimpleQueue()  # to be sent again
        self.made = 0
        self.acknowledged = set()
        self.trouble = []
        self.lock = threading.Lock()

    def take(self, count=1):
        """Numbers that no message had yet."""
        with self.lock:
            numbers = range(self.made, self.made + count)
            self.made += count
        return numbers

    def next(self, until):
        """What is to be sent again, else something new for as long as the load lasts; None at the end."""
        try:
            return self.todo.get_nowait()
        except queue.Empty:
            return None if until.is_set() else self.take()[0]

    def file(self, folder):
        """The next messages as one file of the watched folder."""
        numbers = self.take(FILE)
        part = folder / f".{numbers[0]}"
        part.write_bytes(b"".join(message(n) for n in numbers))
        part.rename(folder / f"{numbers[0]}.hl7")

    def run(self, until):
        threads = [threading.Thread(target=self.one, args=(until,), daemon=True) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        return threads

    def one(self, until):
        flying = []
        try:
            with Mllp(self.port, seconds=10) as link:
                while True:
                    while len(flying) < WINDOW and (number := self.next(until)) is not None:
                        flying.append(number)
                        link.send(message(number))
                    if not flying:
                        return
                    self.settle(flying, link.receive())
        except OSError:
            pass
        finally:
            for number in flying:
                self.todo.put(number)

    def settle(self, flying, ack):
        number = flying.pop(0)
        with self.lock:
            if ack.control_id == f"K{number}" and ack.accepted:
                self.acknowledged.add(number)
            else:  # no disk is full here: nothing may be refused, and answers keep the order of the messages
                self.trouble.append((number, ack.bytes))


PARTS = [  # one result that its sender cuts in three (DSC, MSH-14); the second begins within an OBX (ADD)
    "PID|1||{cpr}^^^CPR&1.2.208.176.1.2&ISO^NNDNK||Eksempel^Bo\rOBR|1|R{n}|L{n}|NPU01807^Kreatininium;P^NPU|||20260301070000|||||||||||||||||||F\r"
    "OBX|1|FT|NPU01807^Kreatininium;P^NPU||the first half of {n} \rDSC|{n}-1|F\r",
    "ADD|and the second||||||F\rOBX|2|NM|NPU03429^Natrium;P^NPU||140|mmol/L|||||F\rDSC|{n}-2|F\r",
    "OBX|3|NM|NPU03230^Kalium;P^NPU||4.1|mmol/L|||||F\r",
]


def result_part(number, place):
    """Part `place` of continued result `number`."""
    pointer = f"||{number}-{place}" if place else ""
    header = f"MSH|^~\\&|LAB|RH2|SLUSE|DK|2026030108000{place}||ORU^R01^ORU_R01|C{number}.{place}|P|2.5.1{pointer}\r"
    return (header + PARTS[place].format(n=number, cpr=cpr(number))).encode()


class Kill9Test(Case):
    def test_acknowledged_parts_of_a_message_wait_through_kills(self):
        with Gateway({"storage": {"partitions": 4}}) as gateway:
            # Results 0 to 5: each has its parts acknowledged in an order of its own, with a kill after every step.
            orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
            for step in range(3):
                with Mllp(gateway.mllp_port) as link:
                    for number, order in enumerate(orders):
                        self.assertTrue(link.exchange(result_part(number, order[step])).accepted)
                gateway.kill()
                gateway.start()
            balance = gateway.wait_processed()
            self.assertEqual((balance["normalised"], balance["pending"], balance["difference"], balance["quarantined"]), (18, 0, 0, 0), balance)
            fates = {line["controlId"]: line["status"] for line in gateway.json("/api/v1/messages?limit=100")["messages"]}
            self.assertEqual(fates, {f"C{n}.{p}": "processed" for n in range(len(orders)) for p in range(3)})
            self.assertEqual(gateway.stop(), 0)
            self.assertEqual({r["controlId"] for r in gateway.journal()}, set(fates))

    def test_nothing_acknowledged_is_lost_or_counted_twice(self):
        with tempfile.TemporaryDirectory(prefix="sluse-drop-") as name:
            drop = pathlib.Path(name)
            with Gateway({"files": [{"folder": name, "settle": "50ms"}], "storage": {"partitions": 4}}) as gateway:
                senders = Senders(gateway.mllp_port)
                for number in range(ROUNDS):
                    self.round(gateway, senders, drop, number)
                self.drain(gateway, senders, drop)
                self.check(gateway, senders)

    def round(self, gateway, senders, drop, number):
        senders.file(drop)
        until = threading.Event()
        threads = senders.run(until)
        self.let_run(senders)
        gateway.kill()
        until.set()
        for thread in threads:
            thread.join(15)
            self.assertFalse(thread.is_alive(), "every wait ends")
        if number % 5 == 4:  # and some while it starts again
            gateway.start(ready=False)
            time.sleep(self.random.uniform(0.0, 0.3))
            gateway.kill()
        gateway.start()

    def let_run(self, senders):
        """Until some moment under load: by the clock, or by answers where they come fast."""
        end = time.monotonic() + self.random.uniform(0.02, 0.25)
        answers = len(senders.acknowledged) + self.random.randrange(1, ANSWERS)
        while time.monotonic() < end and len(senders.acknowledged) < answers:
            time.sleep(0.001)

    def drain(self, gateway, senders, drop):
        for number in senders.take(-senders.made % TEN):
            senders.todo.put(number)
        over = threading.Event()
        over.set()
        end = time.monotonic() + 120
        while not senders.todo.empty():
            self.assertLess(time.monotonic(), end, "the rest is acknowledged in the end")
            for thread in senders.run(over):
                thread.join(60)
        wait_until("every file is read", lambda: not list(drop.glob("*.hl7")))
        self.assertEqual(list((drop / "failed").iterdir()), [])
        self.assertEqual(len(list((drop / "done").glob("*.hl7"))), ROUNDS)
        for report in (drop / "done").glob("*.report.json"):
            self.assertEqual(json.loads(report.read_text())["accepted"], FILE)

    def check(self, gateway, senders):
        made = senders.made
        self.assertEqual(senders.trouble, [])
        self.assertEqual(len(senders.acknowledged), made - ROUNDS * FILE)
        balance = gateway.wait_processed(600)
        self.assertEqual((balance["difference"], balance["quarantined"], balance["pending"]), (0, 0, 0), balance)
        self.assertEqual(balance["normalised"], made, "each message once in effect, however often it was sent")
        self.assertGreater(balance["duplicates"], 0, "some were journalled and killed before their answer left")
        self.assertEqual(gateway.total("G8.1")[1], made * 9 // TEN, "each acknowledged admission once")
        self.assertEqual(gateway.total("G1.1")[0], made // TEN, "each merge makes one readmission, of two partitions or one")
        cells = gateway.verify_stopped()
        self.assertGreater(cells, 100)
        records = gateway.journal()
        self.assertEqual({r["controlId"] for r in records}, {f"K{n}" for n in range(made)})
        self.assertEqual(len(records), made + balance["duplicates"])
        across = self.merges_across_partitions(records)
        self.assertGreater(across, made // TEN // 2, "three merges of four join people of two of the four partitions")
        print(f"{ROUNDS} kills and {ROUNDS // 5} at start: {made} messages, {balance['duplicates']} journalled twice, {across} merges across partitions, {cells} cells equal")

    def merges_across_partitions(self, records):
        at = {int(r["controlId"][1:]): r["partition"] for r in records}
        return sum(at[n] != at[n + 1] for n in at if n % TEN == 7)


if __name__ == "__main__":
    main()
