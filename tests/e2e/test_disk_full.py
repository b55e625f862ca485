# tests/e2e/test_disk_full.py — the disk fills: no false acknowledgement, senders are told to try later, and it recovers without hands.
import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import time

from harness import Case, Gateway, Mllp, SOURCE, admission, main, mllp_send, wait_until


@contextlib.contextmanager
def small_disk(kind, mebibytes):
    """A small file system of its own: "tmpfs", or "ext4" in a file. None where this machine lets none be mounted."""
    with tempfile.TemporaryDirectory(prefix="sluse-disk-") as name:
        folder = pathlib.Path(name) / "mount"
        folder.mkdir()
        image = pathlib.Path(name) / "image"
        what = ["-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs"]
        if kind == "ext4":
            with open(image, "wb") as file:
                file.truncate(mebibytes << 20)
            made = shutil.which("mkfs.ext4") and subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], capture_output=True, timeout=60).returncode == 0
            what = ["-o", "loop", image] if made else None
        if what is None or subprocess.run(["mount", *what, folder], capture_output=True, timeout=60).returncode != 0:
            yield None
            return
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], capture_output=True, timeout=60)
            subprocess.run(["umount", "-l", folder], capture_output=True, timeout=60)


class DiskFullTest(Case):
    def try_each(self, gateway, first, count):
        """Sends admissions one by one; the numbers acknowledged, and the codes of the rest."""
        good, codes = [], set()
        with Mllp(gateway.mllp_port) as link:
            for number in range(first, first + count):
                ack = link.exchange(self.message(number))
                if ack.accepted:
                    good.append(number)
                else:
                    codes.add((ack.code, ack.errors[0][3].split("^")[0] if ack.errors else ""))
        return good, codes

    @staticmethod
    def message(number):
        return admission(f"E{number}", number, f"V{number}", start=number % 700, hours=20)

    def send_until_accepted(self, gateway, numbers):
        for number in numbers:
            wait_until(f"message {number} is accepted", lambda: self.once(gateway, number))

    def once(self, gateway, number):
        try:
            return mllp_send(gateway.mllp_port, [self.message(number)])[0].accepted
        except OSError:
            return False

    def check_all_counted(self, gateway, count):
        balance = gateway.wait_processed()
        self.assertEqual((balance["difference"], balance["quarantined"]), (0, 0), balance)
        self.assertEqual(gateway.total("G8.1")[1], count)
        self.assertGreater(gateway.verify_stopped(), 0)
        journalled = {r["controlId"] for r in gateway.journal()}
        self.assertEqual(journalled, {f"E{n}" for n in range(count)}, "what was acknowledged is in the journal")
        gateway.start()

    @contextlib.contextmanager
    def gateway_with_a_switch(self):
        """A gateway, and the file that makes its disk full while it exists."""
        with tempfile.TemporaryDirectory(prefix="sluse-enospc-") as name:
            folder = pathlib.Path(name)
            shim, flag = folder / "enospc.so", folder / "full"
            subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, SOURCE / "tests/e2e/enospc.c", "-ldl"], check=True, timeout=60)
            env = {"LD_PRELOAD": str(shim), "ENOSPC_FLAG": str(flag), "ENOSPC_UNDER": str(folder / "run" / "data")}
            with Gateway(folder=folder / "run", env=env) as gateway:
                yield gateway, flag

    def refused_for(self, gateway, seconds, first):
        """Sends while the disk is full; every message must be answered "later". The numbers sent."""
        end, number = time.monotonic() + seconds, first
        while time.monotonic() < end:
            good, codes = self.try_each(gateway, number, 5)
            self.assertEqual((good, codes), ([], {("AR", "207")}), "nothing is acknowledged that is not on the disk")
            number += 5
            time.sleep(0.02)
        return range(first, number)

    def test_full_for_a_moment(self):
        with self.gateway_with_a_switch() as (gateway, flag):
            good, codes = self.try_each(gateway, 0, 50)
            self.assertEqual((len(good), codes), (50, set()))
            flag.touch()
            good, codes = self.try_each(gateway, 50, 20)
            self.assertEqual((good, codes), ([], {("AR", "207")}), "nothing is acknowledged that is not on the disk")
            answer = gateway.post("/api/v1/messages", self.message(70), "application/octet-stream")
            self.assertEqual(answer.status, 503, answer.body)
            self.assertIn("Retry-After", answer.headers)
            self.assertEqual(gateway.get("/livez").status, 200)
            self.assertEqual(gateway.get("/readyz").status, 503)
            flag.unlink()
            self.send_until_accepted(gateway, range(50, 71))
            self.check_all_counted(gateway, 71)
            gateway.kill()
            gateway.start()
            self.check_all_counted(gateway, 71)

    def test_full_for_long_and_again_and_again(self):
        """From a fresh start, as a write-ahead log that was never synced is the hardest case; then five times more."""
        with self.gateway_with_a_switch() as (gateway, flag):
            sent = 0
            for seconds in (1.5, 5, 0.3, 1.5, 0.1, 2.5):
                flag.touch()
                refused = self.refused_for(gateway, seconds, sent)
                flag.unlink()
                freed = time.monotonic()
                self.send_until_accepted(gateway, refused)
                self.assertLess(time.monotonic() - freed, 30, "it goes on within seconds of there being room, also on a busy machine")
                sent = refused.stop
                good, codes = self.try_each(gateway, sent, 50)
                self.assertEqual((len(good), codes), (50, set()))
                sent += 50
            self.check_all_counted(gateway, sent)
            gateway.kill()
            gateway.start()
            self.check_all_counted(gateway, sent)

    def fill_and_empty(self, gateway, mount, sent, seconds):
        """Fills the disk to the last block for so long, then makes room; the number of messages sent until then."""
        filler = mount / "filler"
        subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, timeout=60)
        refused, end, full_since = [], time.monotonic() + 60, None
        with Mllp(gateway.mllp_port) as link:
            while full_since is None or time.monotonic() - full_since < seconds:
                self.assertLess(time.monotonic(), end, "a small disk holds no end of messages")
                ack = link.exchange(self.message(sent))
                if not ack.accepted:
                    self.assertEqual((ack.code, ack.errors[0][3].split("^")[0]), ("AR", "207"))
                    refused.append(sent)
                    full_since = full_since or time.monotonic()
                    time.sleep(0.02)
                sent += 1
        filler.unlink()
        freed = time.monotonic()
        self.send_until_accepted(gateway, refused)
        self.assertLess(time.monotonic() - freed, 10 + len(refused) / 100, "it goes on within seconds of there being room")
        return sent

    def fill_a_real_disk(self, kind, mebibytes, times):
        with small_disk(kind, mebibytes) as mount:
            if mount is None:
                self.skipTest(f"no {kind} can be mounted here")
            with Gateway({"storage": {"cache_bytes": "8MiB"}}, folder=mount / "run") as gateway:
                self.assertEqual(len(self.try_each(gateway, 0, 20)[0]), 20)
                sent = 20
                for seconds in times:
                    sent = self.fill_and_empty(gateway, mount, sent, seconds)
                self.check_all_counted(gateway, sent)

    def test_a_small_tmpfs_fills_and_is_emptied(self):
        self.fill_a_real_disk("tmpfs", 64, (5, 1.5, 0.2))

    def test_a_small_ext4_fills_and_is_emptied(self):
        # Larger, since here the write-ahead logs of the three stores take 18 MiB each, and later 35, ahead of use; once, since filling those takes thousands of messages.
        self.fill_a_real_disk("ext4", 200, (2,))

    def test_it_stops_while_the_disk_is_full_and_says_why_it_does_not_start(self):
        with self.gateway_with_a_switch() as (gateway, flag):
            self.assertEqual(len(self.try_each(gateway, 0, 20)[0]), 20)
            flag.touch()
            self.refused_for(gateway, 0.5, 20)
            self.assertEqual(gateway.stop(10), 0)
            gateway.start(ready=False)
            self.assertEqual(gateway.process.wait(30), 74)
            self.assertIn("the disk is full", gateway.log_tail())
            flag.unlink()
            gateway.start()
            self.check_all_counted(gateway, 20)


if __name__ == "__main__":
    main()
