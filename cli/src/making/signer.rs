//! The secret that deliveries are signed with, and what a receiver that has it would read.

use overten_webhook::{
    Delivery, Secret, Secrets, Signature, SignedHeaders, Tolerance, UnixSeconds, Verifier, sign,
};

use crate::failure::{Failure, Status};

/// Signs with one secret of several.
#[derive(Debug)]
pub(crate) struct Signer {
    verifier: Verifier,
    position: usize,
}

impl Signer {
    /// Signs with the secret of this label, or with the first.
    ///
    /// # Errors
    ///
    /// No secret has that label.
    pub(crate) fn new(secrets: Secrets, label: Option<&str>) -> Result<Self, Failure> {
        let labels: Vec<_> = secrets
            .iter()
            .map(|secret| secret.label().to_string())
            .collect();
        let position = match label {
            None => 0,
            Some(label) => labels
                .iter()
                .position(|known| known == label)
                .ok_or_else(|| {
                    Failure::new(
                        format_args!("no secret is labelled `{label}`"),
                        format_args!("the labels are: {}", labels.join(", ")),
                    )
                    .with_status(Status::Secrets)
                })?,
        };
        let verifier = Verifier::new(secrets)
            .with_tolerance(Tolerance::off())
            .with_max_body_bytes(usize::MAX);
        Ok(Self { verifier, position })
    }

    /// A signer with a secret made just now, which no receiver can have.
    pub(crate) fn thrown_away() -> Result<Self, Failure> {
        let secret = format!("whsec_{}", super::random_hex::<32>());
        let secrets = Secrets::new([secret.as_str()]).map_err(|error| Failure::new(error, ""))?;
        Self::new(secrets, None)
    }

    pub(crate) fn secret(&self) -> &Secret {
        self.verifier
            .secrets()
            .iter()
            .nth(self.position)
            .unwrap_or_else(|| unreachable!("a signer's secret is one of its own"))
    }

    /// # Errors
    ///
    /// The time cannot be signed.
    pub(crate) fn sign(&self, at: UnixSeconds, body: &[u8]) -> Result<Signature, Failure> {
        sign(self.secret(), at, body).map_err(|error| Failure::new(error, "choose another time"))
    }

    /// The delivery that a receiver with the secret would have of this body: nothing else reads an event.
    pub(crate) fn delivery<B: AsRef<[u8]>>(&self, body: B) -> Option<Delivery<B>> {
        let now = UnixSeconds::new(0);
        let signature = sign(self.secret(), now, body.as_ref()).ok()?;
        let headers = SignedHeaders::from_values(
            Some(signature.signature_value().as_bytes()),
            Some(signature.timestamp_value().as_bytes()),
        );
        self.verifier.verify(&headers.ok()?, body, now).ok()
    }
}
