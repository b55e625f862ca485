# tests/e2e/test_cli.py — the command line keeps its word: exit codes, data on stdout, diagnostics on stderr, help with examples.
import json
import pathlib
import shutil
import tempfile

from harness import SOURCE, Case, Gateway, admission, cpr, free_ports, main, sluse


class CliTest(Case):
    def setUp(self):
        super().setUp()
        held = tempfile.TemporaryDirectory(prefix="sluse-cli-")
        self.addCleanup(held.cleanup)
        self.folder = pathlib.Path(held.name)

    def file(self, name, data):
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def test_convert_writes_one_bundle_a_message_in_order(self):
        done = sluse("convert", self.file("two.hl7", admission("A", 1, "V1") + admission("B", 2, "V2")))
        self.assertEqual(done.returncode, 0, done.stderr)
        bundles = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.assertEqual(len(bundles), 2)
        for bundle in bundles:
            self.assertEqual((bundle["resourceType"], bundle["type"]), ("Bundle", "transaction"))
            types = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
            for wanted in ("MessageHeader", "Patient", "Encounter", "Provenance"):
                self.assertIn(wanted, types)
            for entry in bundle["entry"]:
                resource = entry["resource"]
                self.assertEqual(entry["request"], {"method": "PUT", "url": f"{resource['resourceType']}/{resource['id']}"})

    def test_convert_is_the_same_twice_and_from_stdin(self):
        message = admission("A", 3, "V3")
        once, twice = sluse("convert", self.file("one.hl7", message)), sluse("convert", "-", stdin=message)
        self.assertEqual(once.stdout, twice.stdout)
        self.assertTrue(once.stdout)

    def test_convert_says_what_is_wrong_with_the_place_and_goes_on(self):
        bad = self.file("mixed.hl7", admission("A", 1, "V1") + admission("B", "", "V2") + admission("C", 2, "V3"))
        done = sluse("convert", bad)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        complaint = done.stderr.decode()
        self.assertIn(f"{bad}:2: PID", complaint)
        self.assertNotIn("Sørensen", complaint)

    def test_simulate_is_reproducible(self):
        once = sluse("simulate", "--seed", 5, "--messages", 500)
        self.assertEqual(once.returncode, 0, once.stderr)
        self.assertEqual(once.stdout, sluse("simulate", "--seed", 5, "--messages", 500).stdout)
        self.assertNotEqual(once.stdout, sluse("simulate", "--seed", 6, "--messages", 500).stdout)
        done = sluse("convert", self.file("feed.txt", once.stdout))
        self.assertEqual(done.returncode, 0, done.stderr.decode()[:2000])
        self.assertEqual(len(done.stdout.splitlines()), 500)

    def test_simulate_writes_a_file_for_each_system(self):
        out = self.folder / "feed"
        self.assertEqual(sluse("simulate", "--seed", 1, "--messages", 2000, "--systems", 6, "--out", out).returncode, 0)
        files = sorted(out.iterdir())
        for suffix in (".hl7", ".ndjson", ".medcom.ndjson", ".edi", ".oioxml.xml", ".cda.xml", ".vans.xml"):
            self.assertTrue([file for file in files if file.name.endswith(suffix)], suffix)
        done = sluse("convert", *files)
        said = done.stderr.decode()
        self.assertEqual(done.returncode, 0, said[:2000])
        again = said.count("holds a letter that came before in this file")  # the population's senders repeat themselves
        self.assertEqual(len(done.stdout.splitlines()) + again, 2000)
        self.assertLess(again, 100)

    def test_simulated_messages_convert_without_a_refusal(self):
        feed = sluse("simulate", "--seed", 2, "--messages", 3000, "--format", "hl7v2").stdout
        done = sluse("convert", self.file("feed.hl7", feed))
        self.assertEqual(done.returncode, 0, done.stderr.decode()[:2000])
        self.assertEqual(len(done.stdout.splitlines()), 3000)
        feed = sluse("simulate", "--seed", 2, "--messages", 1000, "--format", "fhir").stdout
        done = sluse("convert", self.file("feed.ndjson", feed))
        self.assertEqual(done.returncode, 0, done.stderr.decode()[:2000])
        self.assertEqual(len(done.stdout.splitlines()), 1000)

    def test_check_finds_every_mistake_and_its_line(self):
        good = self.file("good.yaml", "data: data\n")
        self.assertEqual(sluse("check", "-c", good).returncode, 0)
        bad = self.file("bad.yaml", "data: data\nlisten:\n  htpp: {port: 1}\ntrack: {persons_min: many}\n")
        done = sluse("check", "-c", bad)
        self.assertEqual(done.returncode, 78)
        complaint = done.stderr.decode()
        self.assertIn("bad.yaml:3", complaint)
        self.assertIn("http", complaint, "the nearest right name")
        self.assertIn("bad.yaml:4", complaint)
        self.assertEqual(done.stdout, b"")

    def test_check_names_an_overlay_that_does_not_exist(self):
        schemas = self.folder / "schemas"
        shutil.copytree(SOURCE / "schemas", schemas)
        (schemas / "maps" / "systems" / "epj-midt").mkdir(parents=True)
        done = sluse("check", "-c", self.file("system.yaml", f"schemas: {schemas}\nsystems: [{{name: EPJ, sender: EPJ|RM, overlay: epj-mitd}}]\n"))
        self.assertEqual(done.returncode, 78)
        self.assertIn("systems[0].overlay there is no folder", done.stderr.decode())
        self.assertIn("did you mean 'epj-midt'?", done.stderr.decode())

    def test_serve_refuses_a_bad_configuration(self):
        done = sluse("serve", "-c", self.file("bad.yaml", "nonsense: 1\n"))
        self.assertEqual(done.returncode, 78)

    def test_serve_refuses_plaintext_beyond_loopback(self):
        port = free_ports(1)[0]
        config = self.file("open.yaml", f"data: {self.folder}/d\nlisten: {{mllp: [{{address: 0.0.0.0, port: {port}}}]}}\n")
        done = sluse("serve", "-c", config)
        self.assertEqual(done.returncode, 78, done.stderr)

    def test_send_checks_the_acknowledgements(self):
        with Gateway() as gateway:
            to = f"mllp://127.0.0.1:{gateway.mllp_port}"
            good = sluse("send", self.file("good.hl7", b"".join(admission(f"S{i}", i, f"V{i}") for i in range(50))), "--to", to)
            self.assertEqual(good.returncode, 0, good.stderr)
            bad = sluse("send", self.file("bad.hl7", admission("A", 1, "V1") + admission("B", "", "V2")), "--to", to)
            self.assertEqual(bad.returncode, 1, bad.stderr)
            self.assertEqual(gateway.wait_processed()["journalled"] >= 50, True)

    def test_send_says_when_no_one_answers(self):
        done = sluse("send", self.file("one.hl7", admission("A", 1, "V1")), "--to", f"mllp://127.0.0.1:{free_ports(1)[0]}")
        self.assertEqual(done.returncode, 69, done.stderr)
        self.assertTrue(done.stderr, "the reason is told")

    def test_goals_are_listed_as_table_and_json(self):
        with Gateway() as gateway:
            done = sluse("goals", "list", "--api", gateway.web)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("G8.1", done.stdout.decode())
            done = sluse("goals", "list", "--api", gateway.web, "--output", "json")
            self.assertEqual(len(json.loads(done.stdout)["goals"]), 8)
        self.assertEqual(sluse("goals", "list", "--api", gateway.web).returncode, 69, "stopped: nothing answers")

    def test_usage_errors_are_64_and_help_shows_examples(self):
        self.assertEqual(sluse("no-such-command").returncode, 64)
        for wrong, meant in (("serv",), "serve"), (("goals", "lst"), "list"):
            done = sluse(*wrong)
            self.assertEqual((done.returncode, done.stdout), (64, b""))
            self.assertIn(f"there is no command '{wrong[-1]}'; did you mean '{meant}'?", done.stderr.decode())
        self.assertEqual(sluse("convert", "--no-such-option").returncode, 64)
        for number in ("many", "-3", "0"):
            self.assertEqual(sluse("simulate", "--messages", number).returncode, 64, number)
        for command in ((), ("serve",), ("convert",), ("send",), ("simulate",), ("check",), ("goals",), ("messages",)):
            done = sluse(*command, "--help")
            self.assertEqual(done.returncode, 0, command)
            self.assertEqual(done.stderr, b"")
            self.assertIn("sluse " + (command[0] if command else "COMMAND"), done.stdout.decode(), command)

    def test_a_missing_file_is_an_io_error_without_a_patient(self):
        done = sluse("convert", self.folder / "none.hl7")
        self.assertIn(done.returncode, (65, 74))
        self.assertIn("none.hl7", done.stderr.decode())
        self.assertNotIn(cpr(1), done.stderr.decode())


if __name__ == "__main__":
    main()
