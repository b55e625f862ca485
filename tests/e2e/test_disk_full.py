# tests/e2e/test_disk_full.py — the disk fills: no false acknowledgement, senders are told to try later, and it recovers without hands.
import os
import pathlib
import subprocess
import tempfile

from harness import Case, Gateway, Mllp, SOURCE, admission, main, mllp_send, wait_until


def tmpfs(mebibytes):
    """A small file system of its own, where this machine lets one be mounted; else None."""
    folder = tempfile.mkdtemp(prefix="sluse-tmpfs-")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder], capture_output=True)
    if done.returncode != 0:
        os.rmdir(folder)
        return None
    return pathlib.Path(folder)


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
            wait_until(f"message {number} is accepted", lambda: self.once(gateway, number), 60)

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

    def test_injected_enospc(self):
        with tempfile.TemporaryDirectory(prefix="sluse-enospc-") as name:
            folder = pathlib.Path(name)
            shim, flag = folder / "enospc.so", folder / "full"
            subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, SOURCE / "tests/e2e/enospc.c", "-ldl"], check=True, timeout=60)
            env = {"LD_PRELOAD": str(shim), "ENOSPC_FLAG": str(flag), "ENOSPC_UNDER": str(folder / "run" / "data")}
            with Gateway(folder=folder / "run", env=env) as gateway:
                good, codes = self.try_each(gateway, 0, 50)
                self.assertEqual((len(good), codes), (50, set()))
                flag.touch()
                good, codes = self.try_each(gateway, 50, 20)
                self.assertEqual(good, [], "nothing is acknowledged that is not on the disk")
                self.assertEqual(codes, {("AR", "207")}, "the store failed: try again later")
                answer = gateway.post("/api/v1/messages", self.message(70), "application/octet-stream")
                self.assertEqual(answer.status, 503, answer.body)
                self.assertIn("Retry-After", answer.headers)
                self.assertEqual(gateway.get("/livez").status, 200)
                flag.unlink()
                self.send_until_accepted(gateway, range(50, 71))
                self.check_all_counted(gateway, 71)
                gateway.kill()
                gateway.start()
                self.check_all_counted(gateway, 71)

    def test_a_small_disk_fills_and_is_emptied(self):
        mount = tmpfs(48)
        if mount is None:
            self.skipTest("no tmpfs can be mounted here")
        try:
            with Gateway({"storage": {"cache_bytes": "8MiB"}}, folder=mount / "run") as gateway:
                self.assertEqual(len(self.try_each(gateway, 0, 20)[0]), 20)
                filler = mount / "filler"
                subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64k"], capture_output=True, timeout=60)  # until it is full
                accepted, refused = [], []
                with Mllp(gateway.mllp_port) as link:
                    for number in range(20, 3000):
                        ack = link.exchange(self.message(number))
                        (accepted if ack.accepted else refused).append(number)
                        if len(refused) > 20:
                            break
                self.assertTrue(refused, "48 MiB hold no end of messages")
                filler.unlink()
                self.send_until_accepted(gateway, refused)
                self.check_all_counted(gateway, 20 + len(accepted) + len(refused))
        finally:
            subprocess.run(["umount", "-l", str(mount)], capture_output=True)
            os.rmdir(mount)


if __name__ == "__main__":
    main()
