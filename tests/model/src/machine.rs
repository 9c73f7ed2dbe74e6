//! The core as it is: a receiver, the step after a body was read, what is answered.

use overten_webhook::{
    Answer, Ending, Plain, Receiver, Request, Retention, Secret, Secrets, Step, UnixSeconds,
    Verifier, sign,
};

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NOW: UnixSeconds = UnixSeconds::new(1_760_000_000);

/// What the sender sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// An event.
    Event,
    /// Authentic, and no event that can be read: it is set aside.
    Unreadable,
}

/// A real receiver, and the step that it asks for first.
#[derive(Debug)]
pub struct Machine {
    receiver: Receiver,
    claiming: Plain,
}

impl Machine {
    /// Takes in one real delivery as far as its claim, which every delivery of the model then goes on from.
    ///
    /// # Panics
    ///
    /// Where the core does not take its own signature.
    #[must_use]
    pub fn new(content: Content) -> Self {
        let body: &[u8] = match content {
            Content::Event => br#"{"event":"run.completed","run_id":"run_01"}"#,
            Content::Unreadable => b"authentic, but not JSON",
        };
        let verifier = Verifier::new(Secrets::new([SECRET]).expect("a good secret"));
        let receiver = Receiver::new(verifier, Retention::default()).expect("a good retention");
        let secret = Secret::new(SECRET.as_bytes()).expect("a good secret");
        let signature = sign(&secret, NOW, body).expect("a good time");
        let headers = [
            ("X-Overten-Signature", signature.signature_value()),
            ("X-Overten-Timestamp", signature.timestamp_value()),
        ];
        let request = Request {
            method: b"POST",
            target: b"/webhooks/overten",
        };
        let reading = receiver.begin(request, headers, 0).expect("in order");
        let received = reading.whole(&receiver, body, NOW).expect("authentic");
        let claiming = Step::Claim(received.claiming).to_plain();
        Self { receiver, claiming }
    }

    /// The step after a body was read and verified.
    #[must_use]
    pub const fn claiming(&self) -> Plain {
        self.claiming
    }

    /// What is answered; `None` where that was done before.
    #[must_use]
    pub fn answer(&self, ending: &Ending) -> Option<Answer> {
        ending.answer(&self.receiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What ends before the claim is no part of the model, since nothing but the answer comes of it.
    #[test]
    fn whatever_befalls_an_authentic_delivery_before_its_claim_is_answered_5xx() {
        let Machine { receiver, .. } = Machine::new(Content::Event);
        let body = b"authentic".as_slice();
        let secret = Secret::new(SECRET.as_bytes()).unwrap();
        let signature = sign(&secret, NOW, body).unwrap();
        let request = Request {
            method: b"POST",
            target: b"/",
        };
        let begin = |receiver: &Receiver, length| {
            let headers = [
                ("X-Overten-Signature", signature.signature_value()),
                ("X-Overten-Timestamp", signature.timestamp_value()),
                ("Content-Length", length),
            ];
            receiver.begin(request, headers, 0)
        };
        let reading = || begin(&receiver, "9").unwrap();
        let at = |seconds| UnixSeconds::new(NOW.get() + seconds);
        let longer = begin(&receiver, "10").unwrap();
        let misconfigured = Receiver::misconfigured(overten_webhook::Code::NoSecrets, &"no secret");
        let endings = [
            reading().broken_off(),
            reading().late(),
            reading().whole(&receiver, body, at(301)).unwrap_err(),
            reading().whole(&receiver, body, at(-301)).unwrap_err(),
            longer.whole(&receiver, body, NOW).unwrap_err(),
            begin(&receiver, "nine").unwrap_err(),
            begin(&misconfigured, "9").unwrap_err(),
        ];
        for ending in endings {
            assert_eq!(
                ending.answer(&receiver).unwrap().status(),
                503,
                "{ending:?}"
            );
        }
    }
}
