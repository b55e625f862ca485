# tests/e2e/test_letters.py — MedCom letters as XML over HTTP: receipts as the standard says, one letter counted once.
import pathlib

from harness import Case, Gateway, main

cases = pathlib.Path(__file__).parent.parent / "maps" / "cases"


class LetterTest(Case):
    def test_a_letter_is_receipted_and_counted_once(self):
        letter = (cases / "letter_dis91_correspondence.xml").read_bytes()  # asks for a positive receipt
        with Gateway() as gateway:
            post = lambda body: gateway.post("/api/v1/messages?format=oioxml", body, "application/xml")
            answer = post(letter)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertIn(b"<PositiveReceipt>", answer.body)
            self.assertIn(b"<OriginalLetterIdentifier>BREV0007</OriginalLetterIdentifier>", answer.body)
            again = post(letter.replace(b"KUV0007", b"KUV9999"))
            self.assertIn(b"<PositiveReceipt>", again.body, "the same letter in a new envelope is answered alike")
            refused = post(letter.replace(b"XD9134L", b"XD9999L").replace(b"BREV0007", b"BREV9999"))
            self.assertIn(b"<RefuseCode>problem_med_version</RefuseCode>", refused.body)
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"], balance["duplicates"]), (0, 1, 1), balance)


if __name__ == "__main__":
    main()
