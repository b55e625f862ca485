# tests/e2e/test_quarantine.py — a message that cannot be processed: its patient's others wait behind it, an operator mends the map and tries
# again, or gives it up; nothing is lost and the balance stays 0.
import pathlib
import shutil
import signal
import tempfile

from harness import Case, Gateway, SOURCE, admission, adt, main, mllp_send, sluse, wait_until


class QuarantineTest(Case):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="sluse-schemas-")
        self.addCleanup(folder.cleanup)
        self.schemas = pathlib.Path(folder.name) / "schemas"
        shutil.copytree(SOURCE / "schemas", self.schemas)
        self.messages = self.schemas / "maps" / "hl7v2" / "messages"
        self.whole = {path: path.read_text() for path in self.messages.iterdir()}

    def break_maps(self):
        """As a site that dropped the map of A01, and the one for everything else."""
        adt_map, others = self.messages / "ADT.tsv", self.messages / "ZZ-fallback.tsv"
        self.assertIn("types\tADT ADT^A01 ", self.whole[adt_map])
        adt_map.write_text(self.whole[adt_map].replace("types\tADT ADT^A01 ", "types\t"))
        others.unlink()

    def mend_maps(self, gateway):
        for path, text in self.whole.items():
            path.write_text(text)
        gateway.process.send_signal(signal.SIGHUP)
        wait_until("the log says reload.done", lambda: "reload.done" in gateway.log_file.read_text())

    def messages_command(self, gateway, *words, code=0):
        done = sluse("messages", *words, "--api", gateway.web)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout.decode()

    def held(self, gateway):
        """What the command lists: control ids have no place there, so by type and the number that waits."""
        return [line.split() for line in self.messages_command(gateway, "quarantine").splitlines()[1:]]

    def hold_three(self, gateway):
        """Patient 1: an A01 that fails and an A03 behind it. Patient 2: an A01 that fails. Patient 3 is not touched by it."""
        answers = mllp_send(gateway.mllp_port, [adt("A01", "Q1", 1, "VQ1", start=0), admission("Q2", 1, "VQ1", hours=20),
                                                adt("A01", "Q3", 2, "VQ2", start=0), admission("Q4", 3, "VQ3", hours=20)])
        self.assertEqual({a.code for a in answers}, {"AA"}, "trouble in mapping comes after the acknowledgement")
        balance = gateway.wait_processed()
        self.assertEqual((balance["normalised"], balance["quarantined"], balance["difference"]), (1, 3, 0), balance)
        self.assertEqual(gateway.total("G8.1")[1], 1, "another patient's messages went on")
        held = self.held(gateway)
        self.assertEqual(sorted(line[4] for line in held), ["0", "1"], "the A03 waits behind its A01, and is not listed by itself")
        self.assertTrue(all("MSH-9:" in line for line in held), held)
        return {line[4]: line[0] for line in held}

    def test_a_note_is_told_where_the_message_is_and_is_not_retried(self):
        with Gateway() as gateway:
            mllp_send(gateway.mllp_port, [adt("A01", "N1", 1, "VN1", start=0, at=0), adt("A11", "N2", 1, "VN1", start=0, at=5), adt("A08", "N3", 1, "VN1", start=0, at=6)])
            gateway.wait_processed()
            (note,) = gateway.json("/api/v1/quarantine")["messages"]
            self.assertEqual((note["kind"], note["reason"]), ("note", "after-tombstone"))
            self.assertIn("after-tombstone", self.messages_command(gateway, "show", note["id"]), "the message's own page tells of it, too")
            done = sluse("messages", "retry", note["id"], "--api", gateway.web)
            self.assertEqual((done.returncode, b"this is a note, which discard puts away" in done.stderr), (1, True), done)
            self.messages_command(gateway, "discard", note["id"])
            self.assertEqual(gateway.json("/api/v1/quarantine")["messages"], [])
            done = sluse("messages", "retry", note["id"], "--api", gateway.web)
            self.assertIn(b"it is not held in quarantine: it is processed", done.stderr)
            self.assertEqual(gateway.balance()["difference"], 0)

    def test_retry_after_the_map_was_mended(self):
        self.break_maps()
        with Gateway({"schemas": str(self.schemas)}) as gateway:
            waiting = self.hold_three(gateway)
            first, second = waiting["1"], waiting["0"]
            again = self.messages_command(gateway, "retry", first, code=1)
            self.assertIn("processed 0, still held 2: MSH-9: no map", again)
            shown = self.messages_command(gateway, "show", first)
            self.assertIn("quarantined", shown)
            self.assertNotIn("resource ", shown)
            gateway.kill()  # and what is held outlives a crash
            gateway.start()
            self.mend_maps(gateway)
            gateway.wait_processed()
            self.assertEqual(len(self.held(gateway)), 2, "a reload alone tries nothing again")
            self.assertIn("processed 2, still held 0", self.messages_command(gateway, "retry", first))
            self.assertIn("processed 1, still held 0", self.messages_command(gateway, "retry", second))
            balance = gateway.wait_processed()
            self.assertEqual((balance["normalised"], balance["quarantined"], balance["difference"]), (4, 0, 0), balance)
            self.assertEqual(gateway.total("G8.1")[1], 2)
            content = gateway.json(f"/api/v1/messages/{first}/content")
            types = {entry["resource"]["resourceType"] for entry in content["fhir"]["entry"]}
            self.assertLessEqual({"Patient", "Encounter", "MessageHeader", "Provenance"}, types)
            shown = self.messages_command(gateway, "show", first)
            self.assertIn("processed", shown)
            self.assertIn("Encounter/", shown)
            self.messages_command(gateway, "retry", first, code=1)  # it is held no longer
            self.assertGreater(gateway.verify_stopped(), 0)

    def test_discard_gives_up_one_and_lets_the_others_go(self):
        self.break_maps()
        with Gateway({"schemas": str(self.schemas)}) as gateway:
            waiting = self.hold_three(gateway)
            said = self.messages_command(gateway, "discard", waiting["1"])
            self.assertIn("given up; processed 1, still held 0", said)
            said = self.messages_command(gateway, "discard", waiting["0"])
            self.assertIn("given up; processed 0, still held 0", said)
            self.assertEqual(self.held(gateway), [])
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["pending"], balance["normalised"]), (0, 0, 2), balance)
            self.assertEqual(gateway.total("G8.1")[1], 2, "the A03 told of the stay by itself")
            # The lane is free again: what comes now does not wait.
            self.assertEqual(mllp_send(gateway.mllp_port, [admission("Q5", 2, "VQ2", hours=12)])[0].code, "AA")
            self.assertEqual(gateway.wait_processed()["normalised"], 3)
            self.assertEqual(gateway.total("G8.1")[1], 3)
            journalled = {record["controlId"] for record in (gateway.stop() is None or gateway.journal())}
            self.assertEqual(journalled, {f"Q{n}" for n in range(1, 6)}, "given up is not erased: the bytes stay in the journal")
            gateway.start()
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"]), (0, 3), balance)


if __name__ == "__main__":
    main()
