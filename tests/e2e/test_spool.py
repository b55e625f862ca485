# tests/e2e/test_spool.py — without brokers: who is acknowledged on this machine, and that it arrives once, through kills while waiting and draining.
import time

from harness import Broker, Case, Gateway, admission, main, mllp_send, sluse, wait_until
from test_kafka import events, kafka, read_topic, sums

SPOOLS = "EPJ|RM"


def config(broker, **over):
    """The system SPOOLS opts in; others do not."""
    return {**kafka(broker, "one", **over), "systems": [{"name": SPOOLS, "spool": True}]}


def stays(prefix, first, count, sender, persons=10_000):
    return [admission(f"{prefix}{i}", first + (i - first) % persons, f"{prefix}V{i}", start=i % 200, hours=20, sender=sender) for i in range(first, first + count)]


class SpoolTest(Case):
    def spool(self, gateway):
        return gateway.get("/api/v1/journal").json()["spool"]

    def whole(self, gateway, broker, accepted):
        """Every accepted message had its effect once, and the stream equals the batch."""
        wait_until("drained", lambda: self.spool(gateway)["records"] == 0, 90, every=0.2)
        wait_until("processed", lambda: gateway.balance()["normalised"] == accepted, 90, every=0.2)
        balance = gateway.wait_processed(60)
        self.assertEqual((balance["difference"], balance["quarantined"], balance["normalised"]), (0, 0, accepted), balance)
        self.assertEqual(sums(events(broker))["G8.1"][1], accepted)
        done = gateway.verify()
        self.assertEqual(done.returncode, 0, done.stderr.decode())

    def order(self, broker):
        """The control ids on sluse.raw, each at its first arrival."""
        seen = {}
        for partition, key, value in read_topic(broker, "sluse.raw"):
            if b"|ADT^A03^" in value:
                seen.setdefault(value.split(b"|ADT^A03^ADT_A03|")[1].split(b"|")[0].decode(), (partition, key))
        return seen

    def test_outage_with_kills(self):
        with Broker() as broker, Gateway(config(broker)) as gateway:
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("A", 0, 20, SPOOLS))}, {"AA"})
            gateway.wait_processed()
            broker.kill()
            spooled = stays("B", 100, 150, SPOOLS, persons=50)
            began = time.monotonic()
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, spooled)}, {"AA"}, "acknowledged on this machine")
            self.assertLess(time.monotonic() - began, 40)
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("C", 300, 3, "LAB|RM"))}, {"AR"}, "others are not")
            state = self.spool(gateway)
            self.assertEqual(state["records"], 150)
            self.assertIn("oldestAt", state)
            ready = gateway.get("/readyz?verbose")
            self.assertEqual(ready.status, 200, ready.body)
            self.assertIn(b"ready, degraded", ready.body)
            self.assertIn(b"150 messages wait for the brokers", ready.body)
            time.sleep(5)
            self.assertIn(b"sluse_spool_records 150\n", gateway.get("/metrics").body)
            gateway.kill()
            broker.start()
            for pause in (0.2, 0.5):  # kills at the start, where it drains
                gateway.start()
                time.sleep(pause)
                gateway.kill()
            gateway.start()
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("D", 400, 20, "LAB|RM"))}, {"AA"})
            self.whole(gateway, broker, 190)
            lanes = {}
            for control, lane in self.order(broker).items():
                if control.startswith("B"):
                    lanes.setdefault(lane, []).append(int(control[1:]))
            self.assertEqual((sum(map(len, lanes.values())), len(lanes)), (150, 50))
            for controls in lanes.values():
                self.assertEqual(controls, sorted(controls), "a patient's messages kept the order in which they were acknowledged")

    def test_limit_pushes_back(self):
        with Broker() as broker, Gateway(config(broker, spool_bytes_max="1MiB")) as gateway:
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("A", 0, 5, SPOOLS))}, {"AA"})
            broker.stop()
            answers = mllp_send(gateway.mllp_port, stays("B", 100, 1800, SPOOLS))
            codes = [a.code for a in answers]
            self.assertIn("AA", codes)
            self.assertEqual(set(codes), {"AA", "AR"})
            self.assertEqual((codes[0], codes[-1]), ("AA", "AR"), "taken until the limit, then pushed back")
            self.assertEqual(gateway.get("/readyz").status, 503, "no room: nothing can be taken in")
            broker.start()
            wait_until("drained", lambda: self.spool(gateway)["records"] == 0, 90, every=0.2)
            self.assertEqual(gateway.get("/readyz").status, 200)
            self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("B", 100, 1800, SPOOLS))}, {"AA"}, "sent again, all are taken")
            self.whole(gateway, broker, 1805)


    def test_it_starts_without_brokers(self):
        with Broker() as broker:
            broker.stop()
            with Gateway(config(broker)) as gateway:  # waits for /readyz, on a data directory that never met a broker
                self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("A", 0, 40, SPOOLS))}, {"AA"}, "acknowledged on this machine")
                self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("B", 100, 2, "LAB|RM"))}, {"AR"}, "others are not")
                ready = gateway.get("/readyz?verbose")
                self.assertEqual(ready.status, 200, ready.body)
                self.assertIn(b"ready, degraded", ready.body)
                self.assertIn(b"40 messages wait for the brokers", ready.body)
                self.assertEqual((gateway.balance()["spooled"], gateway.balance()["journalled"]), (40, 0))
                wait_until("the metric follows", lambda: b"sluse_spool_records 40\n" in gateway.get("/metrics").body, 20, every=0.5)
                uid = gateway.post("/api/v1/messages", stays("C", 200, 1, SPOOLS)[0], "application/octet-stream").json()["id"]
                shown = gateway.get(f"/api/v1/messages/{uid}").json()
                self.assertEqual((shown["status"], shown["controlId"]), ("spooled", "C200"))
                self.assertIn("waiting in the spool", sluse("messages", "show", uid, "--api", gateway.web).stdout.decode())
                gateway.kill()  # what waits outlives the process, also when that never met the brokers
                gateway.start()
                self.assertEqual(self.spool(gateway)["records"], 41)
                broker.start()
                self.whole(gateway, broker, 41)
                self.assertEqual(gateway.balance()["spooled"], 0)
                self.assertEqual({a.code for a in mllp_send(gateway.mllp_port, stays("D", 300, 5, "LAB|RM"))}, {"AA"})
                self.whole(gateway, broker, 46)

    def test_without_a_spool_it_does_not_start(self):
        with Broker() as broker:
            broker.stop()
            gateway = Gateway({**config(broker), "systems": []})
            gateway.start(ready=False)
            self.assertEqual(gateway.process.wait(60), 69, gateway.log_tail())


if __name__ == "__main__":
    main()
