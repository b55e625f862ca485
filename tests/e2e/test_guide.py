# tests/e2e/test_guide.py — does what docs/mapping.md says, and nothing else: its files as they stand there, its commands, their output.
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import SLUSE, SOURCE

GUIDE = (SOURCE / "docs" / "mapping.md").read_text(encoding="utf-8")
# A paragraph that names a file, then an indented block.
FILE = re.compile(r"`((?:schemas/[\w./-]+|sluse\.yaml|[\w-]+\.hl7))`[^`]*?\n\n((?:    .*\n)+)")
COMMAND = re.compile(r"    \$ (sluse .*)\n((?:      .*\n)*)")


def block(text):
    return "".join(line[4:] + "\n" for line in text.splitlines())


def squeezed(text):
    return re.sub(r"\s+", " ", text)


class Guide(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluse-guide-"))
        shutil.copytree(SOURCE / "schemas", cls.folder / "schemas")
        # A binary far from the source tree: the guide's own schemas are what is used.
        cls.files = {match[1]: block(match[2]) for match in FILE.finditer(GUIDE) if not match[2].lstrip().startswith("$")}
        for name, text in cls.files.items():
            (cls.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.folder / name).write_text(text, encoding="utf-8")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_the_files_are_found_in_the_text(self):
        self.assertEqual(set(self.files), {
            "zpi.hl7", "sluse.yaml", "schemas/maps/systems/epj-midt/resources/Patient.tsv", "schemas/maps/systems/epj-midt/ignore.tsv",
            "schemas/maps/systems/epj-midt/codes/Specialty.tsv", "schemas/maps/hl7v2/examples/pex_p07.hl7", "schemas/maps/hl7v2/messages/PEX.tsv",
            "schemas/maps/hl7v2/resources/Experience.tsv", "labx.hl7", "schemas/maps/systems/labx/messages/ORU.tsv",
            "schemas/maps/systems/labx/resources/Risk.tsv", "schemas/maps/systems/labx/resources/Quirks.tsv",
            "schemas/maps/systems/labx/codes/AdministrativeSex.tsv"})

    def test_the_commands_print_what_the_text_says(self):
        commands = list(COMMAND.finditer(GUIDE))
        self.assertGreaterEqual(len(commands), 5)
        for match in commands:
            with self.subTest(command=match[1]):
                done = subprocess.run([SLUSE, *match[1].split()[1:]], cwd=self.folder, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
                self.assertIn(done.returncode, (0, 2), done.stdout + done.stderr)
                for line in match[2].splitlines():
                    self.assertIn(squeezed(line).strip(), squeezed(done.stdout))

    def test_the_new_type_makes_what_the_text_says(self):
        done = subprocess.run([SLUSE, "maps", "explain", "--schemas", "schemas", "schemas/maps/hl7v2/examples/pex_p07.hl7"], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertRegex(done.stdout, r"code\.coding\[0\]\.code +271807003 +PEO\[1\]-2")
        self.assertRegex(done.stdout, r"period\.start +2026-02-28 +PEO\[1\]-3")


if __name__ == "__main__":
    unittest.main()
