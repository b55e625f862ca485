# tests/e2e/test_kill9.py — kill -9 at fifty random moments under load: what was acknowledged is there, once in effect, and nothing differs.
import os
import queue
import threading
import time

from harness import Case, Gateway, Mllp, admission, main

ROUNDS = int(os.environ.get("SLUSE_KILLS", "50"))
CONNECTIONS = 8
WINDOW = 32  # messages in flight on one connection


class Senders:
    """Connections that send numbered admissions and send again what was not acknowledged, as real senders do."""

    def __init__(self, port):
        self.port = port
        self.todo = queue.SimpleQueue()
        self.made = 0
        self.acknowledged = set()
        self.refused = []
        self.lock = threading.Lock()

    def more(self, count):
        for _ in range(count):
            self.todo.put(self.made)
            self.made += 1

    @staticmethod
    def message(number):
        return admission(f"K{number}", number, f"V{number}", start=number % 2000, hours=13 + number % 50)

    def run(self, until):
        threads = [threading.Thread(target=self.one, args=(until,), daemon=True) for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        return threads

    def one(self, until):
        flying = []
        try:
            with Mllp(self.port, seconds=10) as link:
                while not until.is_set():
                    while len(flying) < WINDOW:
                        try:
                            number = self.todo.get_nowait()
                        except queue.Empty:
                            break
                        flying.append(number)
                        link.send(self.message(number))
                    if not flying:
                        return
                    ack = link.receive()
                    self.settle(flying, ack)
        except OSError:
            pass
        finally:
            for number in flying:
                self.todo.put(number)

    def settle(self, flying, ack):
        number = int(ack.control_id[1:])
        assert number == flying[0], "acknowledgements come in the order of the messages"
        flying.pop(0)
        with self.lock:
            if ack.accepted:
                self.acknowledged.add(number)
            else:
                self.refused.append(ack.code)
                self.todo.put(number)


class Kill9Test(Case):
    def test_nothing_acknowledged_is_lost_or_counted_twice(self):
        with Gateway() as gateway:
            senders = Senders(gateway.mllp_port)
            for _ in range(ROUNDS):
                senders.more(400)
                until = threading.Event()
                threads = senders.run(until)
                time.sleep(self.random.uniform(0.02, 0.6))
                gateway.kill()
                until.set()
                for thread in threads:
                    thread.join(15)
                    self.assertFalse(thread.is_alive(), "every wait ends")
                gateway.start()
            self.drain(senders)
            self.assertEqual(len(senders.acknowledged), senders.made)
            balance = gateway.wait_processed(180)
            self.assertEqual((balance["difference"], balance["quarantined"]), (0, 0), balance)
            self.assertEqual(gateway.total("G8.1")[1], senders.made, "each acknowledged admission once in effect")
            done = gateway.verify(300)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            print(f"{ROUNDS} kills, {senders.made} messages, {balance['duplicates']} sent again after the journal had them")

    def drain(self, senders):
        end = time.monotonic() + 180
        while len(senders.acknowledged) < senders.made:
            self.assertLess(time.monotonic(), end, "the rest is acknowledged in the end")
            for thread in senders.run(threading.Event()):
                thread.join(60)


if __name__ == "__main__":
    main()
