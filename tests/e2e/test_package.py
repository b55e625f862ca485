# tests/e2e/test_package.py — the Debian package holds all that runs, names what it needs, and works from where it is unpacked.
import json
import pathlib
import subprocess
import tempfile

from harness import SLUSE, SOURCE, Case, admission, main


def output(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, timeout=800, **options).stdout


class PackageTest(Case):
    def test_what_is_unpacked_runs_with_its_own_rules_and_configuration(self):
        with tempfile.TemporaryDirectory(prefix="sluse-package-") as held:
            folder = pathlib.Path(held)
            output("cpack", "--config", pathlib.Path(SLUSE).parent / "CPackConfig.cmake", "-B", folder / "made")
            package, = folder.glob("made/*.deb")
            needs = output("dpkg-deb", "-f", package, "Depends")
            for library in ("librocksdb", "librdkafka", "libssl", "libjemalloc"):
                self.assertIn(library, needs)
            output("dpkg-deb", "-e", package, folder / "control")
            self.assertEqual((folder / "control/conffiles").read_text().split(), ["/etc/sluse/sluse.yaml"])
            root = folder / "root"
            output("dpkg-deb", "-x", package, root)
            self.assertTrue((root / "usr/lib/systemd/system/sluse.service").exists())
            binary = root / "usr/bin/sluse"
            self.assertIn("in order", output(binary, "check", "-c", root / "etc/sluse/sluse.yaml"))
            self.assertIn('"resourceType":"Patient"', output(binary, "convert", "-", input=admission("A", 1, "V1").decode()))

    def test_the_bill_of_materials_names_libraries_with_version_and_licence(self):
        bill = json.loads(output(SOURCE / "scripts/bill-of-materials", SLUSE))
        parts = {part["name"]: part for part in bill["components"]}
        for name in ("librocksdb7.8", "librdkafka1", "libssl3", "rapidjson-dev"):
            self.assertRegex(parts[name]["version"], r"^[0-9]")
        self.assertEqual(parts["libssl3"]["licenses"], [{"license": {"name": "Apache-2.0"}}])
        self.assertEqual(bill["dependencies"][0]["dependsOn"], [part["bom-ref"] for part in bill["components"]])


if __name__ == "__main__":
    main()
