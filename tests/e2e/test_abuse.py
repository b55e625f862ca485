# tests/e2e/test_abuse.py — silent, slow, huge and mad senders cost a socket each; memory stays bounded and everyone else is served.
import contextlib
import socket
import threading
import time

from harness import Case, Gateway, Mllp, admission, frame, main, mllp_send

MEBI = 1 << 20
LIMITS = {"limits": {"connections": 4096, "connections_per_address": 4096, "message_bytes_max": "16MiB", "mid_frame": "5s", "idle": "60s"}}


class AbuseTest(Case):
    def served(self, gateway, prefix, count=20, seconds=10.0):
        """Another system's messages go through, soon."""
        begin = time.monotonic()
        answers = mllp_send(gateway.mllp_port, [admission(f"{prefix}{i}", i, f"{prefix}{i}", sender="EPJ|RN1") for i in range(count)])
        self.assertEqual({a.code for a in answers}, {"AA"})
        self.assertLess(time.monotonic() - begin, seconds)

    def test_two_thousand_silent_connections(self):
        with Gateway(LIMITS) as gateway, contextlib.ExitStack() as held:
            self.served(gateway, "A")
            before = gateway.memory_bytes()
            for _ in range(2000):
                held.enter_context(socket.create_connection(("127.0.0.1", gateway.mllp_port), timeout=10))
            self.served(gateway, "B")
            self.assertLess(gateway.memory_bytes() - before, 128 * MEBI, "at most 64 KiB each")
            self.assertEqual(gateway.get("/readyz").status, 200)

    def test_connections_past_the_limit_are_turned_away(self):
        limits = {"limits": {**LIMITS["limits"], "connections": 50, "connections_per_address": 50}}
        with Gateway(limits) as gateway:
            held = [socket.create_connection(("127.0.0.1", gateway.mllp_port), timeout=5) for _ in range(60)]
            time.sleep(0.5)
            closed = 0
            for one in held:
                one.setblocking(False)
                try:
                    closed += one.recv(1) == b""
                except BlockingIOError:
                    pass
                except ConnectionError:
                    closed += 1
            for one in held:
                one.close()
            self.assertGreaterEqual(closed, 10)
            time.sleep(0.5)
            self.served(gateway, "C")

    def test_one_byte_at_a_time(self):
        with Gateway(LIMITS) as gateway:
            def slowly(number):
                with Mllp(gateway.mllp_port) as link:
                    link.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for byte in frame(admission(f"S{number}", number, f"S{number}", diagnosis="")):
                        link.send_bytes(bytes([byte]))
                        time.sleep(0.001)
                    answers.append(link.receive().code)

            answers = []
            threads = [threading.Thread(target=slowly, args=(i,), daemon=True) for i in range(50)]
            for thread in threads:
                thread.start()
            self.served(gateway, "D")
            for thread in threads:
                thread.join(60)
            self.assertEqual(answers, ["AA"] * 50)

    def test_a_frame_that_never_ends_is_cut_off(self):
        with Gateway(LIMITS) as gateway, Mllp(gateway.mllp_port) as link:
            link.send_bytes(b"\x0bMSH|^~\\&|SLOW")
            begin = time.monotonic()
            with contextlib.suppress(ConnectionError):
                link.receive()
            self.assertLess(time.monotonic() - begin, 15, "mid_frame is five seconds")
            self.served(gateway, "E")

    def test_a_frame_of_a_gibibyte(self):
        with Gateway(LIMITS) as gateway:
            before = gateway.memory_bytes()
            chunk, sent = b"x" * MEBI, 0
            with Mllp(gateway.mllp_port) as link:
                link.send_bytes(b"\x0bMSH|^~\\&|HUGE|RH1|")
                with contextlib.suppress(OSError):
                    while sent < 1024:
                        link.send_bytes(chunk)
                        sent += 1
                        if sent % 16 == 0:
                            self.assertLess(gateway.memory_bytes() - before, 96 * MEBI)
            self.served(gateway, "F")
            self.assertLess(gateway.memory_bytes() - before, 96 * MEBI, f"after {sent} MiB of one message")

    def test_random_bytes(self):
        with Gateway(LIMITS) as gateway:
            self.served(gateway, "G")
            before = gateway.memory_bytes()
            for _ in range(60):
                data = self.random.randbytes(self.random.randrange(1, 65536))
                if self.random.random() < 0.7:
                    data = b"\x0bMSH|^~\\&|" + data + b"\x1c\r"
                for port in (gateway.mllp_port, gateway.http_port):
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as link:
                        link.sendall(data)
                        link.shutdown(socket.SHUT_WR)
                        link.settimeout(2)
                        while link.recv(65536):
                            pass
            self.assertIsNone(gateway.process.poll(), "still running")
            self.served(gateway, "H")
            self.assertLess(gateway.memory_bytes() - before, 96 * MEBI)
            balance = gateway.wait_processed()
            self.assertEqual((balance["unansweredNow"], balance["difference"]), (0, 0), balance)

    def test_a_huge_body_over_http_is_refused(self):
        with Gateway(LIMITS) as gateway:
            before = gateway.memory_bytes()
            with socket.create_connection(("127.0.0.1", gateway.http_port), timeout=10) as link, contextlib.suppress(OSError):
                link.sendall(b"POST /fhir HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/fhir+json\r\nContent-Length: 1073741824\r\n\r\n")
                for _ in range(64):
                    link.sendall(b"[" * MEBI)
            self.served(gateway, "I")
            self.assertLess(gateway.memory_bytes() - before, 96 * MEBI)


if __name__ == "__main__":
    main()
