# tests/e2e/test_receipts.py — damaged letters over HTTP: each is refused with the standard's code and its place, again alike when it is sent
# again, and counted for its sender; whole ones are receipted when they ask for it.
import json
import pathlib
import re

from harness import Case, Gateway, main

letters = pathlib.Path(__file__).parent.parent / "edifact" / "letters"

# What a sender did to DIS20, by the table of errors that the standards imply: old, new, code, words of the reason, is the letter named?
DAMAGED = [
    ("UNB without a reference", b"+K2001++++1'", b"'", "SYN", b"UNB-5.1", False),
    ("UNB twice", b"UNB+UNOC", b"UNB+UNOC:3+5790000000010:14+5790000000027:14+260302:0915+K2001++++1'\nUNB+UNOC", "SYN", b"UNB", False),
    ("another reference in UNZ", b"UNZ+1+K2001", b"UNZ+1+K2002", "SYN", b"UNZ-2.1", False),
    ("no UNZ", b"UNZ+1+K2001'", b"", "SYN", b"UNZ", False),
    ("a count in UNZ", b"UNZ+1", b"UNZ+2", "SYN", b"UNZ-1.1", False),
    ("another character set", b"UNOC:3", b"UNOW:3", "SYN", b"UNB-1.1", False),
    ("a count in UNT", b"UNT+26", b"UNT+25", "SYN", b"UNT[26]-1.1", True),
    ("another reference in UNT", b"UNT+26+B2001", b"UNT+26+B2002", "SYN", b"UNT[26]-2.1", True),
    ("no UNT", b"UNT+26+B2001'", b"", "SYN", b"UNZ", True),
    ("a release character before a letter", b"Eksempel Kommune", b"Eksem?pel Kommune", "SYN", b"NAD[11]-4", True),
    ("a tag in small letters", b"SPR+ORG", b"spr+ORG", "SYN", b"segment[9]", True),
    ("an unknown qualifier", b"NAD+SOR+", b"NAD+SORT+", "SYN", b"NAD[5]-1.1", True),
    ("a date of the wrong length", b"DTM+90:202603020830:203", b"DTM+90:202603020830:204", "SYN", b"DTM[24]-1.2", True),
    ("a day that is none", b"DTM+90:202603020830:203", b"DTM+90:202602300830:203", "SYN", b"DTM[24]-1.2", True),
    ("a state that this letter does not have", b"PAS+HS", b"PAS+HA", "SYN", b"PAS[25]-1.1", True),
    ("an unknown version", b"D2030C", b"D2099C", "VER", b"Kan ikke konvertere breve af typen", True),
    ("the head of another letter", b"D2030C", b"D9134L", "SYN", b"NAD[5]-1.1", True),
    ("no patient's number", b"PNA+PAT+2512489996:::CPR:IM", b"PNA+PAT", "NC", "En patient skal enten have et lovligt cpr eller et alternativt ID".encode("latin-1"), True),
    ("a location that is not here", b"5790000000027:14", b"5790000000041:14", "LOK", b"UNB-3.1", True),
]

# The same for the letter as XML: old, new, code in XCTL02, words of the reason.
DAMAGED_XML = [
    ("an unknown version", b"XD2030C", b"XD2099C", b"problem_med_version", b"Kan ikke konvertere breve af typen"),
    ("the version of another letter", b"XD2030C", b"XD9134L", b"problem_med_version", b"VersionCode"),
    ("no patient's number", b"<CivilRegistrationNumber>2512489996</CivilRegistrationNumber>", b"", b"ikke_specificeret", b"En patient skal enten have"),
    ("a state that this letter does not have", b">indlagt<", b">ambulant<", b"syntaksfejl", b"Patient/EpisodeOfCareStatusCode"),
    ("a location that is not here", b"<Receiver><EANIdentifier>5790000000027", b"<Receiver><EANIdentifier>5790000000041", b"ukendt_lokationsnummer", b"Receiver/EANIdentifier"),
]


def damaged(whole, old, new):
    assert whole.count(old) >= 1, old
    return whole.replace(old, new, 1)


class ReceiptTest(Case):
    def setUp(self):
        super().setUp()
        self.edifact, self.xml = (letters / "DIS20.edi").read_bytes(), (letters / "DIS20.xml").read_bytes()

    def gateway(self):
        return Gateway({"locations": [{"gln": "5790000000027"}]})

    def post(self, gateway, body, kind="application/edifact"):
        answer = gateway.post("/api/v1/messages", body, kind)
        return answer.status, answer.json()

    def test_each_damage_is_refused_with_its_code_and_place_and_again_alike(self):
        with self.gateway() as gateway:
            refused = 0
            for what, old, new, code, words, named in DAMAGED:
                with self.subTest(what):
                    bytes_ = damaged(self.edifact, old, new)
                    status, said = self.post(gateway, bytes_)
                    receipt = said["acknowledgement"].encode("latin-1")
                    refused += 1
                    self.assertEqual(status, 422, said)
                    self.assertIn(b"+CONTRL:D:93A:ZZ:C0230Q+CTL02'", receipt)
                    self.assertIn(b"UCI+", receipt)
                    self.assertIn(b"FTX+" + code.encode() + b"+P00++", receipt)
                    reason = re.search(rb"FTX\+\w+\+P00\+\+(.*)'", receipt).group(1).replace(b":", b"").replace(b"?", b":")
                    self.assertIn(words, reason)
                    self.assertEqual(b"UCM+" in receipt, named, receipt)
                    _, again = self.post(gateway, bytes_)
                    number = re.compile(rb"UNH\+(\w+)\+CONTRL")
                    self.assertEqual(number.search(again["acknowledgement"].encode("latin-1")).group(1), number.search(receipt).group(1), "the same receipt")
                    self.assertTrue(said["issues"][0]["path"], said)
                    self.assertTrue(said["id"], "what is refused is kept, and its sender can name it")
            sender = next(s for s in gateway.json("/api/v1/systems")["systems"] if s["name"] == "5790000000010")
            self.assertEqual((sender["received"], sender["refused"]), (2 * refused, 2 * refused), "an operator sees whose letters are bad")
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"]), (0, 0), balance)

    def test_the_same_damages_in_xml(self):
        with self.gateway() as gateway:
            for what, old, new, code, words in DAMAGED_XML:
                with self.subTest(what):
                    bytes_ = damaged(self.xml, old, new)
                    status, said = self.post(gateway, bytes_, "application/xml")
                    receipt = said["acknowledgement"].encode()
                    self.assertEqual(status, 422, said)
                    self.assertIn(b"<NegativeReceipt>", receipt)
                    self.assertIn(b"<RefuseCode>" + code + b"</RefuseCode>", receipt)
                    self.assertIn(words, receipt)
                    _, again = self.post(gateway, bytes_, "application/xml")
                    number = re.compile(rb"<Letter><Identifier>(\w+)<")
                    self.assertEqual(number.search(again["acknowledgement"].encode()).group(1), number.search(receipt).group(1), "the same receipt")

    def test_a_whole_letter_is_receipted_when_it_asks_and_one_of_several_may_be_damaged(self):
        with self.gateway() as gateway:
            status, said = self.post(gateway, self.edifact)
            self.assertEqual(status, 200, said)
            self.assertIn("+CONTRL:D:93A:ZZ:C0330Q+CTL03'", said["acknowledgement"])
            self.assertIn("UCM+B2001+MEDDIS:D:93A:UN:D2030C+7'", said["acknowledgement"])
            _, quiet = self.post(gateway, self.edifact.replace(b"+K2001++++1'", b"+K2009++++0'").replace(b"UNZ+1+K2001", b"UNZ+1+K2009").replace(b"B2001", b"B2009"))
            self.assertFalse(quiet.get("acknowledgement"), "none was asked for")
            letter = self.edifact[self.edifact.index(b"UNH+"):self.edifact.index(b"UNZ+")]
            second, third = letter.replace(b"B2001", b"B2002").replace(b"PAS+HS", b"PAS+HA"), letter.replace(b"B2001", b"B2003")
            several = self.edifact.replace(letter, letter.replace(b"B2001", b"B2004") + second + third).replace(b"UNZ+1+", b"UNZ+3+")
            answer = gateway.post("/api/v1/messages", several, "application/edifact").json()
            joined = answer["acknowledgement"]
            self.assertEqual(re.findall(r"UCM\+(\w+)\+[^+]*\+(\d)'", joined), [("B2004", "7"), ("B2002", "4"), ("B2003", "7")])
            self.assertTrue(all(m["id"] for m in answer["messages"]), "the refused one among them too")
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"]), (0, 4), balance)


if __name__ == "__main__":
    main()
