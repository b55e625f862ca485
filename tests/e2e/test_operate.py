# tests/e2e/test_operate.py — stopping under load and reloading: nothing is lost, nothing journalled stays unanswered, broken rules change nothing.
import json
import pathlib
import shutil
import signal
import tempfile
import threading
import time

from harness import Case, Gateway, Mllp, SOURCE, admission, main, mllp_send, wait_until

CONNECTIONS = 8


class Feed:
    """Connections that send without waiting for answers, until the gateway closes them; what was answered, in order."""

    def __init__(self, port, prefix, reads=True, count=100000):
        self.port, self.prefix, self.reads, self.count = port, prefix, reads, count
        self.answered, self.trouble = [], []
        self.lock = threading.Lock()
        self.over = threading.Event()  # until then who does not read stays connected
        self.threads = [threading.Thread(target=self.one, args=(c,), daemon=True) for c in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def one(self, connection):
        with Mllp(self.port, seconds=30) as link:
            sender = threading.Thread(target=self.send, args=(link, connection), daemon=True)
            sender.start()
            try:
                while self.reads:
                    ack = link.receive()
                    with self.lock:
                        (self.answered if ack.accepted else self.trouble).append(ack.control_id)
            except OSError:
                pass
            sender.join(30)
            if not self.reads:
                self.over.wait(60)

    def send(self, link, connection):
        try:
            for n in range(self.count):
                number = connection * 100000 + n
                link.send(admission(f"{self.prefix}{number}", number, f"V{self.prefix}{number}", start=number % 500, hours=20))
        except OSError:
            pass

    def join(self):
        self.over.set()
        for thread in self.threads:
            thread.join(40)
            assert not thread.is_alive(), "the gateway closes every connection"


def changed(path, before, after):
    text = path.read_text()
    assert before in text, f"{path.name} does not say {before!r}"
    path.write_text(text.replace(before, after))


class StopTest(Case):
    def test_a_stop_under_load_answers_all_that_it_took(self):
        with Gateway() as gateway:
            taken, answered = set(), set()
            for turn in range(2):
                feed = Feed(gateway.mllp_port, f"S{turn}-", count=3000)
                time.sleep(self.random.uniform(0.1, 0.4))
                begin = time.monotonic()
                self.assertEqual(gateway.stop(), 0)
                self.assertLess(time.monotonic() - begin, 12, "drain is ten seconds")
                feed.join()
                self.assertEqual(feed.trouble, [])
                self.assertGreater(len(feed.answered), 100, "it was under load")
                answered |= set(feed.answered)
                taken = {r["controlId"] for r in gateway.journal()}
                self.assertEqual(answered - taken, set(), "nothing acknowledged is lost")
                self.assertEqual(len(taken - answered), 0, "what is in the journal was answered before the connection closed")
                gateway.start()
            balance = gateway.wait_processed(120)
            self.assertEqual((balance["difference"], balance["quarantined"], balance["normalised"]), (0, 0, len(answered)), balance)
            self.assertEqual(gateway.total("G8.1")[1], len({a.split("-")[1] for a in answered}), "one stay for each person, in both turns at the same time")
            gateway.verify_stopped()

    def test_a_second_term_ends_it_at_once(self):
        with Gateway({"limits": {"drain": "25s", "write": "60s"}}) as gateway:
            feed = Feed(gateway.mllp_port, "T", reads=False, count=1000)  # never reads, so that draining takes as long as it may
            with Mllp(gateway.mllp_port) as link:
                link.send_bytes(b"\x0bMSH|^~\\&|HALF")  # and one that is in the middle of a message
                time.sleep(1.0)
                gateway.process.send_signal(signal.SIGTERM)
                time.sleep(1.0)
                self.assertIsNone(gateway.process.poll(), "it is still draining")
                begin = time.monotonic()
                gateway.process.send_signal(signal.SIGTERM)
                self.assertEqual(gateway.process.wait(10), 143)
                self.assertLess(time.monotonic() - begin, 2)
            feed.join()
            gateway.start()
            gateway.wait_processed(120)
            gateway.verify_stopped()


class ReloadTest(Case):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory(prefix="sluse-schemas-")
        self.addCleanup(self.folder.cleanup)
        self.schemas = pathlib.Path(self.folder.name) / "schemas"
        shutil.copytree(SOURCE / "schemas", self.schemas)

    def hup(self, gateway, word):
        """SIGHUP, and the log lines since, once one says `word`."""
        before = len(gateway.log_file.read_text())
        gateway.process.send_signal(signal.SIGHUP)
        return wait_until(f"the log says {word}", lambda: (text := gateway.log_file.read_text()[before:]) and word in text and text)

    def send(self, gateway, first, count, hours, **options):
        answers = mllp_send(gateway.mllp_port, [admission(f"R{n}", n, f"VR{n}", start=n % 300, hours=hours, **options) for n in range(first, first + count)])
        self.assertEqual({a.code for a in answers}, {"AA"})

    def test_broken_rules_change_nothing_and_are_named(self):
        with Gateway({"schemas": str(self.schemas)}) as gateway, Mllp(gateway.mllp_port) as held:
            self.send(gateway, 0, 10, 20)
            broken = {
                sorted((self.schemas / "maps" / "hl7v2" / "resources").iterdir())[0]: "PID-5\tno such row\n",
                self.schemas / "indicators" / "G8.1.yaml": "id: G8.1\nversion: [\n",
                gateway.config_file: "limits: {connections: many, nonsense: 1}\n",
            }
            for path, wrong in broken.items():
                good = path.read_bytes()
                path.write_bytes(good + b"\n" + wrong.encode() if path.suffix == ".tsv" else wrong.encode())
                said = self.hup(gateway, "reload.kept_old")
                self.assertIn(path.stem if path != gateway.config_file else "limits", said, "says what is wrong")
                path.write_bytes(good)
                self.assertEqual(held.exchange(admission(f"H{path.stem}", 900, f"VH{path.stem}", start=3000, hours=1)).code, "AA", "the connection lives on")
            self.send(gateway, 10, 10, 20)
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 20, "counted by the old rules")
            self.hup(gateway, "reload.done")
            gateway.verify_stopped()

    def test_settings_that_only_a_start_reads_are_named(self):
        with Gateway() as gateway:
            self.assertNotIn("reload.needs_restart", self.hup(gateway, "reload.done"))
            changed_file = {**gateway.config, "limits": {"connections": 7}, "track": {"persons_min": 9}, "systems": [{"name": "EPJ", "sender": "EPJ|RH1"}]}
            gateway.config_file.write_text(json.dumps(changed_file))
            said = self.hup(gateway, "reload.done")
            self.assertIn('"reload.needs_restart","settings":"limits, track"', said)
            self.send(gateway, 0, 1, 20)
            self.assertEqual([system["name"] for system in gateway.json("/api/v1/systems")["systems"]], ["EPJ"], "systems are read again")

    def test_a_changed_indicator_counts_again_from_the_facts(self):
        with Gateway({"schemas": str(self.schemas)}) as gateway:
            self.send(gateway, 0, 40, 20)
            self.send(gateway, 40, 30, 60, psychiatric=True)
            gateway.wait_processed()
            self.assertEqual(gateway.total("G8.1")[1], 40, "somatic ones only")
            pack = self.schemas / "indicators" / "G8.1.yaml"
            changed(pack, 'version: "1"', 'version: "2"')
            changed(pack, "    specialty: somatic", "    specialty: psychiatric")
            self.hup(gateway, "reload.done")
            self.send(gateway, 70, 15, 20, psychiatric=True)
            gateway.wait_processed()
            self.assertEqual(gateway.json("/api/v1/indicators/G8.1?period=all")["version"], "2")
            self.assertEqual(gateway.total("G8.1")[1], 45, "those from before the change too, from the facts")
            self.assertGreater(gateway.verify_stopped(), 5)
            gateway.start()
            self.assertEqual(gateway.total("G8.1")[1], 45, "and after a restart")

    def test_changed_goals_are_shown_at_once(self):
        with Gateway({"schemas": str(self.schemas)}) as gateway:
            goal = self.schemas / "goals" / "8.yaml"
            changed(goal, "More efficient healthcare", "Shorter waits for everyone")
            self.assertNotIn(b"Shorter waits", gateway.get("/api/v1/goals").body)
            self.hup(gateway, "reload.done")
            self.assertIn(b"Shorter waits", gateway.get("/api/v1/goals").body)
            self.assertIn(b"Shorter waits", gateway.get("/api/v1/goals/8").body)
            good = goal.read_text()
            goal.write_text(good.replace("live:", "lively:"))
            self.hup(gateway, "reload.kept_old")
            self.assertIn(b"Shorter waits", gateway.get("/api/v1/goals").body, "a broken goal changes nothing")

    def test_a_municipality_moves_to_another_region(self):
        with Gateway({"schemas": str(self.schemas)}) as gateway:
            def shown():
                return {row["group"]: row["denominator"] for row in gateway.rows("G8.1", "period=all&by=region")}

            self.send(gateway, 0, 40, 20)
            self.send(gateway, 40, 30, 20, municipality="0147")
            gateway.wait_processed()
            self.assertEqual(shown(), {"DK-84": 70})
            changed(self.schemas / "codes" / "municipality-region.tsv", "0147\tDK-84", "0147\tDK-82")
            self.hup(gateway, "reload.done")
            self.send(gateway, 70, 3, 20, municipality="0147")
            wait_until("its people are counted there, those from before too", lambda: shown() == {"DK-84": 40, "DK-82": 33})
            self.assertGreater(gateway.verify_stopped(), 5)
            gateway.start()
            self.assertEqual(shown(), {"DK-84": 40, "DK-82": 33}, "and after a restart")

    def test_an_indicator_changes_again_and_again_under_load(self):
        with Gateway({"schemas": str(self.schemas)}) as gateway:
            pack = self.schemas / "indicators" / "G8.1.yaml"
            good = pack.read_text()
            feed = Feed(gateway.mllp_port, "U", count=200)
            for turn in range(3):
                time.sleep(0.3)
                pack.write_text(good.replace('version: "1"', f'version: "{turn + 2}"'))
                self.hup(gateway, "reload.done")
            self.assertEqual(gateway.stop(), 0)
            feed.join()
            self.assertEqual(feed.trouble, [])
            gateway.start()
            gateway.wait_processed(120)
            self.assertEqual(gateway.total("G8.1")[1], len(feed.answered))
            gateway.verify_stopped()


if __name__ == "__main__":
    main()
