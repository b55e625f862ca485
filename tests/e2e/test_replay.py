# tests/e2e/test_replay.py — a journal written again into a new data directory: the same numbers come of it; mended maps reach back; a filter holds.
import os
import pathlib
import shutil
import tempfile

from harness import Case, Gateway, SOURCE, admission, adt, main, mllp_send, pcr, sluse

INDICATORS = ("G8.1", "G1.1", "PAN")


class ReplayTest(Case):
    def folder(self):
        made = tempfile.TemporaryDirectory(prefix="sluse-replay-")
        self.addCleanup(made.cleanup)
        return pathlib.Path(made.name)

    def replay(self, gateway, to, *words, code=0):
        done = sluse("journal", "replay", "-c", gateway.config_file, "--to", to, *words)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout.decode() + done.stderr.decode()

    def known_on(self, gateway, day, code, said):
        done = sluse("goals", "recompute", "--as-known-on", day, "-c", gateway.config_file)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertIn(said, done.stderr.decode())

    def feed(self, gateway):
        """Admissions, a readmission, a test, a cancellation, a duplicate, a merge of two persons, and one message that is refused."""
        first = admission("R1", 1, "V1", hours=40)
        messages = [first, admission("R2", 2, "V2", hours=20), admission("R3", 1, "V3", start=200, hours=20), pcr("R4", 2, True, hours=30),
                    admission("R5", 3, "V5", hours=20), adt("A11", "R6", 3, "V5", start=0, at=60), first, admission("R7", "", "V7", hours=20)]
        self.assertEqual([a.code for a in mllp_send(gateway.mllp_port, messages)], ["AA"] * 7 + ["AE"])
        return gateway.wait_processed()

    def numbers(self, gateway):
        return {indicator: gateway.rows(indicator, "period=month&by=region") for indicator in INDICATORS}

    def test_the_same_numbers_come_of_a_replay(self):
        to = self.folder() / "new"
        with Gateway() as gateway:
            before = self.feed(gateway)
            numbers = self.numbers(gateway)
            self.assertGreater(gateway.total("G8.1")[1], 1)
            listed = {one["id"]: one["status"] for one in gateway.json("/api/v1/messages")["messages"]}
            self.known_on(gateway, "2020-01-01", 69, "the gateway runs")
            self.assertEqual(gateway.stop(), 0)
            self.known_on(gateway, "2020-01-01", 0, "0 cells from the facts of 0 identifiers")
            self.known_on(gateway, "2040-01-01", 0, "the stream equals the batch")
            self.known_on(gateway, "soon", 64, "is a day")
            self.assertIn("7 messages and 1 refusals written", self.replay(gateway, to, "--same-rules"))
            self.assertIn("is not empty", self.replay(gateway, to, code=64))
            self.assertEqual((to / "secret").stat().st_mode & 0o777, 0o600)
        with Gateway({"data": str(to)}) as again:
            after = again.wait_processed()
            for what in ("journalled", "normalised", "duplicates", "quarantined", "difference"):
                self.assertEqual(after[what], before[what], what)

            def without_times(numbers):
                return {indicator: [{k: v for k, v in row.items() if k not in ("changedOn", "sources")} for row in rows] for indicator, rows in numbers.items()}

            self.assertEqual(without_times(self.numbers(again)), without_times(numbers))
            self.assertEqual({one["id"]: one["status"] for one in again.json("/api/v1/messages")["messages"]}, listed, "ids are kept")
            self.assertGreater(again.verify_stopped(), 0)

    def test_mended_maps_reach_back(self):
        schemas, to = self.folder() / "schemas", self.folder() / "new"
        shutil.copytree(SOURCE / "schemas", schemas)
        adt_map = schemas / "maps" / "hl7v2" / "messages" / "ADT.tsv"
        whole = adt_map.read_text()
        adt_map.write_text(whole.replace("types\tADT ADT^A01 ", "types\t"))
        os.unlink(adt_map.parent / "ZZ-fallback.tsv")
        with Gateway({"schemas": str(schemas)}) as gateway:
            mllp_send(gateway.mllp_port, [adt("A01", "M1", 1, "V1", start=0), admission("M2", 2, "V2", hours=20)])
            self.assertEqual(gateway.wait_processed()["quarantined"], 1)
            self.assertEqual(gateway.stop(), 0)
            self.replay(gateway, to)
        with Gateway({"data": str(to)}) as again:
            balance = again.wait_processed()
            self.assertEqual((balance["quarantined"], balance["normalised"], balance["difference"]), (0, 2, 0), balance)

    def test_a_filter_takes_only_what_it_names(self):
        to, none = self.folder() / "new", self.folder() / "none"
        with Gateway() as gateway:
            self.feed(gateway)
            self.assertEqual(gateway.stop(), 0)
            self.assertIn("1 messages and 0 refusals written", self.replay(gateway, to, "--type", "ORU"))
            self.assertIn("0 messages and 0 refusals written", self.replay(gateway, none, "--until", "2020-01-01T00:00:00Z"))
            self.assertIn("must be a time", self.replay(gateway, none, "--from", "yesterday", code=64))
        with Gateway({"data": str(to)}) as again:
            self.assertEqual(again.wait_processed()["normalised"], 1)
            self.assertEqual(again.total("PAN"), (1, 1))


if __name__ == "__main__":
    main()
