//! What a capture does not hold.

use super::super::finding::findings;
use super::super::suspicion::Suspicion;

findings! {
    /// Something that a capture does not hold, so that nothing can be proven with it.
    Lack
    Signature "signature"
        "A queue message carries no signature: the receiver verified the delivery before it wrote the message."
        "To prove it once more, capture the request itself, as `listen` does.";
    SignatureShortened "signature_shortened"
        "The capture holds only the beginning of the signature, as a log does, so that nobody who reads the log can send it again."
        "To prove the delivery, capture the request itself, as `listen` does.";
    BodyCut "body_cut"
        "The capture holds only a part of the body."
        "Capture the request itself, as `listen` does: a log cuts what is long, and a copied text may have been cut too.";
    BodyStored "body_stored"
        "The message holds no body: the receiver stored it, since it is too long for the queue."
        "Read it from the ledger object that the message names.";
    BodyInFile "body_in_file"
        "The body is in the file that the `curl` command names."
        "Read that file too.";
    BodyAbsent "body_absent"
        "The capture holds headers and no body."
        "Give the whole request: its headers, a blank line, and the body exactly as it was received.";
}

impl Lack {
    /// Whether this is why the suspicion arose, which then says nothing of how the delivery was sent.
    pub(in crate::diagnose) const fn explains(self, suspicion: Suspicion) -> bool {
        match suspicion {
            Suspicion::SignatureMissing => matches!(self, Self::Signature),
            Suspicion::SignatureUnreadable => matches!(self, Self::SignatureShortened),
            Suspicion::BodyEmpty
            | Suspicion::BodyCut
            | Suspicion::BodyLength
            | Suspicion::BodyNotJson
            | Suspicion::UnknownSecret => self.is_of_the_body(),
            _ => false,
        }
    }

    pub(in crate::diagnose) const fn is_of_the_body(self) -> bool {
        !matches!(self, Self::Signature | Self::SignatureShortened)
    }
}
