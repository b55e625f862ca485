# tests/e2e/test_http_tls.py — HTTP over TLS: clients without the right certificate are kept out, a certificate speaks for its systems only, SIGHUP reads the files again.
import http.client
import json
import signal
import socket
import ssl
import subprocess

from harness import Case, Gateway, admission, main, wait_until


def run(*arguments, cwd):
    subprocess.run(arguments, cwd=cwd, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


def certificate(folder, name, authority):
    """A key and a certificate for `name`, signed by `authority`."""
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}", cwd=folder)
    (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    run("openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", "2",
        "-extfile", f"{name}.ext", "-out", f"{name}.pem", cwd=folder)


def authority(folder, name):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}", cwd=folder)


class HttpTlsTest(Case):
    def setUp(self):
        super().setUp()
        self.gateway = Gateway()
        folder = self.folder = self.gateway.folder
        for name in ("ca", "stranger"):
            authority(folder, name)
        for name, by in (("gateway", "ca"), ("epj.rm.dk", "ca"), ("other.rm.dk", "ca"), ("nobody", "stranger")):
            certificate(folder, name, by)
        tls = {"certificate_file": str(folder / "gateway.pem"), "key_file": str(folder / "gateway.key"), "client_ca_file": str(folder / "ca.pem")}
        settings = {"listen": {**self.gateway.config["listen"], "http": {**self.gateway.config["listen"]["http"], "tls": tls}},
                    "systems": [{"name": "EPJ", "sender": "EPJ|RM", "certificate": "epj.rm.dk"}, {"name": "LAB", "sender": "LAB|RM", "certificate": "other.rm.dk"}]}
        self.gateway.config_file.write_text(json.dumps({**self.gateway.config, **settings}))
        self.gateway.start(ready=False)
        self.addCleanup(self.gateway.__exit__, None, None, None)
        wait_until("listening", lambda: self.ask("epj.rm.dk", "/readyz"))

    def ask(self, who, path, body=None):
        """Status, body and the server's certificate; None when the connection is not taken."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.check_hostname = False
        if who:
            context.load_cert_chain(str(self.folder / f"{who}.pem"), str(self.folder / f"{who}.key"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.gateway.http_port, timeout=20, context=context)
        try:
            connection.connect()
            own = connection.sock.getpeercert(binary_form=True)
            connection.request("POST" if body else "GET", path, body, {"Content-Type": "application/octet-stream"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read(), own
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def test_client_certificates_are_asked_for_and_bound_to_systems(self):
        self.assertIsNone(self.ask(None, "/readyz"), "a client without a certificate")
        self.assertIsNone(self.ask("nobody", "/readyz"), "a certificate of another authority")
        with socket.create_connection(("127.0.0.1", self.gateway.http_port), timeout=20) as plain:
            plain.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            plain.recv(100)
        for reason in ("the client showed no certificate", "the client's certificate is of an unknown authority", "plain HTTP came to a TLS port"):
            wait_until(reason, lambda: '"msg":"tls.handshake_failed","listener":"http","peer":"127.0.0.1","reason":"' + reason in self.gateway.log_tail(100))
        message = admission("T1", 1, "V1", hours=20, sender="EPJ|RM")
        self.assertEqual(self.ask("epj.rm.dk", "/api/v1/messages", message)[0], 200)
        status, body, _ = self.ask("other.rm.dk", "/api/v1/messages", admission("T2", 2, "V2", hours=20, sender="EPJ|RM"))
        self.assertEqual(status, 422)
        self.assertIn(b"certificate", body)
        status, body, before = self.ask("epj.rm.dk", "/metrics")
        self.assertIn(b'sluse_tls_certificate_expiry_timestamp_seconds{listener="http"}', body)
        self.assertIn(b'sluse_insecure_plaintext{listener="http"} 0', body)
        certificate(self.folder, "gateway", "ca")  # renewed
        self.gateway.process.send_signal(signal.SIGHUP)
        wait_until("the new certificate", lambda: self.ask("epj.rm.dk", "/readyz")[2] != before, 60, every=0.3)


if __name__ == "__main__":
    main()
