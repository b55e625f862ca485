# tests/e2e/test_letters.py — MedCom letters as XML over HTTP: receipts as the standard says, one letter counted once.
import json
import pathlib
import re

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

    def test_a_receipt_that_comes_is_the_delivery_status_of_its_letter(self):
        letters = pathlib.Path(__file__).parent.parent / "edifact" / "letters"
        letter, receipt = (letters / "DIS20.edi").read_bytes(), (letters / "CTL02.edi").read_bytes()
        with Gateway() as gateway:
            post = lambda body: json.loads(gateway.post("/api/v1/messages", body, "application/edifact").body)["id"]
            told, sent, alone = post(receipt), post(letter), post(receipt.replace(b"B2001", b"B7777").replace(b"B8001", b"B8002").replace(b"K2001", b"K7777"))
            gateway.wait_processed()
            show = lambda message: json.loads(gateway.get(f"/api/v1/messages/{message}").body)
            delivery = show(sent)["delivery"]
            self.assertEqual(delivery["status"], "refused", "the receipt came before its letter")
            self.assertEqual([(a["message"], a["system"], a["times"]) for a in delivery["acknowledgements"]], [(told, "5790000000034", 1)])
            self.assertIn("Modtageren findes ikke", delivery["acknowledgements"][0]["text"])
            self.assertEqual([(a["id"], a["message"]) for a in show(told)["acknowledges"]], [("B2001", sent)])
            self.assertEqual(show(alone)["acknowledges"][0]["message"], None, "of no message here")
            self.assertNotIn("delivery", show(told), "a receipt gets none")
            again = post(receipt)
            gateway.wait_processed()
            self.assertEqual(show(again)["status"], "duplicate")
            self.assertEqual(show(sent)["delivery"], delivery, "the same receipt again changes nothing")

    def test_a_letter_in_the_other_syntax_gets_the_same_receipt(self):
        letters = pathlib.Path(__file__).parent.parent / "edifact" / "letters"
        edifact, xml = (letters / "DIS20.edi").read_bytes(), (letters / "DIS20.xml").read_bytes()
        with Gateway() as gateway:
            post = lambda body, kind: json.loads(gateway.post("/api/v1/messages", body, kind).body)["acknowledgement"]
            first, second = post(edifact, "application/edifact"), post(xml, "application/xml")
            number = re.search(r"UNH\+(\w+)\+CONTRL", first).group(1)
            self.assertIn(f"<Identifier>{number}</Identifier>", second)
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"], balance["duplicates"]), (0, 1, 1), "one letter, counted once")
            changed = post(xml.replace(b"nytbrev", b"rettetbrev"), "application/xml")
            self.assertIn("<PositiveReceipt>", changed)
            balance = gateway.wait_processed()
            self.assertEqual((balance["normalised"], balance["duplicates"]), (2, 1), "other content under the same number is a new message")


if __name__ == "__main__":
    main()
