# tests/e2e/test_envelopes.py — POST /vans: a letter counts once however often and however wrapped it comes, and the answer is an envelope.
import base64
import re
import uuid

from harness import Case, Gateway, admission, main


def vans(payload, envelope=None, message="7c0f6e52-1f0b-4a0d-8b1e-4f9f0c5d2a22", size=None):
    data = bytes(payload)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<VANSEnvelope xmlns="urn:oio:medcom:vans-envelope:1.0.4">
  <SenderID EndPointType="EAN">5790000121526</SenderID><ReceiverID EndPointType="EAN">5790000143054</ReceiverID>
  <EnvelopeIdentifier>{envelope or uuid.uuid4()}</EnvelopeIdentifier><SentDateTime>2026-03-01T11:15:30</SentDateTime>
  <Message><MetaInformation><Identifier>{message}</Identifier>
    <Document><Format>HL7</Format><Name>MCM:ADT</Name><SizeInBytes>{size or len(data)}</SizeInBytes></Document></MetaInformation>
  <Data>{base64.b64encode(data).decode()}</Data></Message>
</VANSEnvelope>"""


def inside(answer):
    return base64.b64decode(re.search(rb"<Data>([^<]*)</Data>", answer.body).group(1)).decode()


class EnvelopeTest(Case):
    def test_a_letter_counts_once_however_it_is_wrapped(self):
        letter, other = admission("VANS1", 1, "V1"), admission("VANS2", 2, "V2")
        with Gateway() as gateway:
            post = lambda body: gateway.post("/vans", body, "application/xml")
            first = str(uuid.uuid4())
            answer = post(vans(letter, first))
            self.assertEqual(answer.status, 200, answer.body)
            self.assertIn("MSA|AA|VANS1", inside(answer))
            again = post(vans(letter, first))
            self.assertEqual(inside(again).split("MSA")[1], inside(answer).split("MSA")[1], "the same envelope gets the same answer")
            self.assertIn("MSA|AA|VANS1", inside(post(vans(letter))), "and so does the letter in a new one")
            reused = post(vans(other, first, str(uuid.uuid4())))
            self.assertEqual(reused.status, 422)
            self.assertIn(b"<Description>EnvelopeIdentifier: was used before", reused.body)
            damaged = post(vans(other, size=17))
            self.assertEqual(damaged.status, 422)
            self.assertIn(b"NegativeMessage", damaged.body)
            self.assertIn(b"SizeInBytes", damaged.body)
            self.assertEqual(post(vans(other)).status, 200, "what was refused may be sent again")
            self.assertEqual(gateway.post("/vans", other, "application/xml").status, 422, "no envelope at all")
            balance = gateway.wait_processed()
            self.assertEqual((balance["difference"], balance["normalised"], balance["duplicates"]), (0, 2, 2), balance)


if __name__ == "__main__":
    main()
