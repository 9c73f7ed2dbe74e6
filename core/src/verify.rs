//! The order of the checks, readable from top to bottom.

use core::fmt;

use hmac::Mac;
use hmac::digest::CtOutput;

use crate::headers::SignedHeaders;
use crate::host_keys::HostHash;
use crate::idempotency::IdempotencyKey;
use crate::rejection::{LengthDifference, Rejection};
use crate::scheme::{self, MAC_BYTES, SignatureMac};
use crate::secret::{Label, MAX_SECRETS, Secret, Secrets};
use crate::time::{Tolerance, UnixSeconds};

/// The most bytes a body may have unless a setting says otherwise: 1 MiB.
pub const DEFAULT_MAX_BODY_BYTES: usize = 1024 * 1024;

/// Proves that deliveries are Overten's. Made once, used from any number of threads.
///
/// ```
/// use overten_webhook::{Code, Secrets, SignedHeaders, UnixSeconds, Verifier};
///
/// let verifier = Verifier::new(Secrets::new(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])?);
///
/// let headers = SignedHeaders::from_pairs([
///     ("X-Overten-Signature", "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"),
///     ("X-Overten-Timestamp", "1760000000"),
/// ])?;
/// let body: &[u8] = br#"{"event":"run.completed","run_id":"run_01","data":{"ok":true}}"#;
/// let now = UnixSeconds::new(1_760_000_004);
///
/// let delivery = verifier.verify(&headers, body, now)?;
/// assert_eq!(delivery.verdict().age_seconds(), 4);
/// assert_eq!(delivery.verdict().secret_label().as_str(), "secret-0");
///
/// let forged = verifier.verify(&headers, &body[1..], now).unwrap_err();
/// assert_eq!(forged.code(), Code::SignatureMismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Verifier {
    secrets: Secrets,
    tolerance: Tolerance,
    max_body_bytes: usize,
}

impl Verifier {
    /// With the default tolerance (300 s on each side) and body limit (1 MiB).
    #[must_use]
    pub const fn new(secrets: Secrets) -> Self {
        Self {
            secrets,
            tolerance: Tolerance::seconds(Tolerance::DEFAULT_SECONDS),
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
        }
    }

    /// The same, with another tolerance.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    /// The same, with another body limit, in bytes. A body of exactly that length passes.
    #[must_use]
    pub fn with_max_body_bytes(self, max_body_bytes: usize) -> Self {
        Self {
            max_body_bytes,
            ..self
        }
    }

    /// The secrets, for logs: each shows its label and fingerprint.
    #[must_use]
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The tolerance in force.
    #[must_use]
    pub const fn tolerance(&self) -> Tolerance {
        self.tolerance
    }

    /// The body limit in force, in bytes: a receiver stops reading there.
    #[must_use]
    pub const fn max_body_bytes(&self) -> usize {
        self.max_body_bytes
    }

    /// Checks a delivery whose whole body is in memory.
    ///
    /// `body` is the exact bytes received, before any parsing or decoding. It is not copied: the delivery holds it as
    /// it was given (`&[u8]`, `Vec<u8>`, `Arc<[u8]>`…), and a type must show the same bytes each time it is asked.
    /// `now` is the host's clock. Allocates nothing. The other headers, `X-Overten-Event` among them, are not looked at.
    /// Where it fails an owned body is dropped: pass a reference to keep it, for a log or a second look.
    ///
    /// # Errors
    ///
    /// In this order: `body_too_large`, before any hashing; `signature_mismatch`, where no secret made this signature;
    /// `timestamp_too_old` or `timestamp_in_future`, only for an authentic delivery, with its age: answer them with a
    /// 503, since a 4xx would lose the event.
    pub fn verify<B: AsRef<[u8]>>(
        &self,
        headers: &SignedHeaders,
        body: B,
        now: UnixSeconds,
    ) -> Result<Delivery<B>, Rejection> {
        self.verify_by_host(headers, body, now, None)
    }

    /// The same for a shell whose host has a faster SHA-256 than the core has there, which is so in WebAssembly alone.
    ///
    /// All that the host computes is a plain hash: what follows from it, with the comparison, stays here. A wrong hash makes
    /// an authentic delivery fail, unless it is that of another one which the sender signed. None is looked into twice: a
    /// forged delivery would cost both ways. So a shell tries a host once, before it asks it in earnest.
    #[doc(hidden)]
    pub fn verify_by_host<B: AsRef<[u8]>>(
        &self,
        headers: &SignedHeaders,
        body: B,
        now: UnixSeconds,
        host: Option<&mut HostHash<'_>>,
    ) -> Result<Delivery<B>, Rejection> {
        let bytes = body.as_ref();
        self.check_length(bytes.len())?;
        let mut secrets = self.secrets.iter();
        let by_core = |secret: &Secret| is_signed_by(secret, headers, bytes);
        let matched = match host {
            None => secrets.position(by_core),
            Some(HostHash { keys, sha256 }) => {
                let before_body = scheme::before_body(headers.timestamp_text.as_bytes());
                let mut secrets = secrets.zip(keys.iter());
                secrets.position(|(secret, key)| match sha256(key.block(), before_body) {
                    Some(digest) => key.is_match(&digest, &headers.signature),
                    None => by_core(secret),
                })
            }
        };
        let verdict = self.judge(headers, bytes.len(), matched, now)?;
        Ok(Delivery { verdict, body })
    }

    /// Begins to check a delivery whose body arrives in chunks.
    ///
    /// The verdict is the same as [`Verifier::verify`]'s for every way of cutting the body. Every chunk is hashed once
    /// for each configured secret. Allocates nothing and holds no body.
    ///
    /// ```
    /// # use overten_webhook::{Secrets, SignedHeaders, UnixSeconds, Verifier};
    /// # let verifier = Verifier::new(Secrets::new(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])?);
    /// # let headers = SignedHeaders::from_pairs([
    /// #     ("X-Overten-Signature", "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"),
    /// #     ("X-Overten-Timestamp", "1760000000"),
    /// # ])?;
    /// let mut verification = verifier.begin(&headers);
    /// verification.update(br#"{"event":"run.completed","#);
    /// verification.update(br#""run_id":"run_01","data":{"ok":true}}"#);
    /// let verdict = verification.finish(UnixSeconds::new(1_760_000_000))?;
    /// assert_eq!(verdict.secret_index(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn begin<'a>(&'a self, headers: &SignedHeaders) -> Verification<'a> {
        let mut macs = [const { None }; MAX_SECRETS];
        for (slot, secret) in macs.iter_mut().zip(self.secrets.iter()) {
            *slot = Some(start(secret.mac(), headers));
        }
        Verification {
            verifier: self,
            headers: *headers,
            macs,
            body_bytes: 0,
        }
    }

    const fn check_length(&self, body_bytes: usize) -> Result<(), Rejection> {
        if body_bytes > self.max_body_bytes {
            return Err(Rejection::BodyTooLarge {
                max_body_bytes: self.max_body_bytes,
            });
        }
        Ok(())
    }

    /// Freshness is judged only here, once a secret has matched: nobody else learns anything about the clock.
    fn judge(
        &self,
        headers: &SignedHeaders,
        body_bytes: usize,
        matched: Option<usize>,
        now: UnixSeconds,
    ) -> Result<Verdict, Rejection> {
        let (secret_index, secret) = matched
            .and_then(|index| Some((index, self.secrets.iter().nth(index)?)))
            .ok_or_else(|| Rejection::SignatureMismatch {
                length: LengthDifference::between(body_bytes, headers.content_length()),
            })?;
        let timestamp = headers.timestamp();
        let age_seconds = now.seconds_since(timestamp);
        let distance = age_seconds.unsigned_abs();
        if age_seconds > 0 {
            if let Some(past_seconds) = self.tolerance.past().filter(|past| distance > *past) {
                return Err(Rejection::TimestampTooOld {
                    secret_index,
                    age_seconds,
                    past_seconds,
                });
            }
        } else if let Some(future_seconds) =
            self.tolerance.future().filter(|future| distance > *future)
        {
            return Err(Rejection::TimestampInFuture {
                secret_index,
                age_seconds,
                future_seconds,
            });
        }
        Ok(Verdict {
            timestamp,
            age_seconds,
            secret_index,
            secret_label: secret.label(),
        })
    }
}

/// A delivery that is being checked while its body arrives. Made by [`Verifier::begin`].
pub struct Verification<'a> {
    verifier: &'a Verifier,
    headers: SignedHeaders,
    macs: [Option<SignatureMac>; MAX_SECRETS],
    body_bytes: usize,
}

impl Verification<'_> {
    /// Takes in the next bytes of the body. What lies beyond the limit is counted and not hashed.
    pub fn update(&mut self, chunk: &[u8]) {
        self.body_bytes = self.body_bytes.saturating_add(chunk.len());
        if !self.is_too_large() {
            for mac in self.macs.iter_mut().flatten() {
                mac.update(chunk);
            }
        }
    }

    /// Whether the body is over the limit already, so that a receiver can stop reading.
    #[must_use]
    pub const fn is_too_large(&self) -> bool {
        self.body_bytes > self.verifier.max_body_bytes
    }

    /// Gives the verdict, once the whole body has been taken in.
    ///
    /// # Errors
    ///
    /// Those of [`Verifier::verify`].
    pub fn finish(self, now: UnixSeconds) -> Result<Verdict, Rejection> {
        self.verifier.check_length(self.body_bytes)?;
        let signature = &self.headers.signature;
        let mut macs = self.macs.into_iter().flatten();
        let matched = macs.position(|mac| is_match(&mac.finalize(), signature));
        self.verifier
            .judge(&self.headers, self.body_bytes, matched, now)
    }
}

impl fmt::Debug for Verification<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification")
            .field("body_bytes", &self.body_bytes)
            .finish_non_exhaustive()
    }
}

/// What is known of an authentic, fresh delivery apart from its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    timestamp: UnixSeconds,
    age_seconds: i64,
    secret_index: usize,
    secret_label: Label,
}

impl Verdict {
    /// When Overten says that it sent the delivery.
    #[must_use]
    pub const fn timestamp(&self) -> UnixSeconds {
        self.timestamp
    }

    /// Seconds from that time to `now`; negative for a delivery from the future.
    #[must_use]
    pub const fn age_seconds(&self) -> i64 {
        self.age_seconds
    }

    /// The position, from 0, of the secret that made the signature.
    #[must_use]
    pub const fn secret_index(&self) -> usize {
        self.secret_index
    }

    /// The label of that secret: during a rotation it shows which one is still in use.
    #[must_use]
    pub const fn secret_label(&self) -> Label {
        self.secret_label
    }
}

/// An authentic, fresh delivery. Holding one is the proof: only [`Verifier::verify`] makes it.
///
/// It holds the body as it was given to `verify`.
#[derive(Clone)]
pub struct Delivery<B> {
    verdict: Verdict,
    body: B,
}

impl<B: AsRef<[u8]>> Delivery<B> {
    /// What is known of the delivery apart from its body: when it was sent, how old it is, which secret signed it.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The body's bytes as received.
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// The body as it was given to [`Verifier::verify`].
    pub fn into_body(self) -> B {
        self.body
    }

    /// The key of a delivery whose event cannot be read: `body=` and the SHA-256 of the body, in hex.
    ///
    /// So a replay of it is a duplicate too.
    ///
    /// ```
    /// # use overten_webhook::{Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
    /// # let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    /// # let verifier = Verifier::new(Secrets::new([text])?);
    /// # let now = UnixSeconds::new(1_760_000_000);
    /// let body = b"authentic, but not JSON";
    /// # let signature = sign(&Secret::new(text.as_bytes())?, now, body)?;
    /// # let headers = SignedHeaders::from_values(
    /// #     Some(signature.signature_value().as_bytes()), Some(signature.timestamp_value().as_bytes()))?;
    /// let delivery = verifier.verify(&headers, body, now)?;
    /// assert_eq!(delivery.body_key().as_str().len(), "body=".len() + 64);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn body_key(&self) -> IdempotencyKey {
        IdempotencyKey::of_body(self.body())
    }

    /// Reads the event.
    ///
    /// The event holds a clone of the body's holder (free for `&[u8]`, a count for an `Arc`) and refers to its bytes.
    ///
    /// # Errors
    ///
    /// [`PayloadError`](crate::PayloadError), where the body is not a JSON object with the texts `event` and `run_id`.
    /// The delivery is authentic all the same: hand its bytes on under [`Delivery::body_key`], so that nothing is lost.
    ///
    /// ```
    /// # use overten_webhook::{EventKind, Secrets, SignedHeaders, UnixSeconds, Verifier};
    /// # let verifier = Verifier::new(Secrets::new(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])?);
    /// # let headers = SignedHeaders::from_pairs([
    /// #     ("X-Overten-Signature", "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"),
    /// #     ("X-Overten-Timestamp", "1760000000"),
    /// # ])?;
    /// # let body = br#"{"event":"run.completed","run_id":"run_01","data":{"ok":true}}"#;
    /// # let delivery = verifier.verify(&headers, body, UnixSeconds::new(1_760_000_000))?;
    /// let event = delivery.event()?;
    /// match event.kind() {
    ///     EventKind::RunCompleted => assert_eq!(event.run_id(), "run_01"),
    ///     EventKind::RunFailed | EventKind::Other(_) => unreachable!(),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "alloc")]
    pub fn event(&self) -> Result<crate::Event<B>, crate::PayloadError>
    where
        B: Clone,
    {
        crate::Event::read(self.body.clone())
    }

    /// Reads the event out of a body that it takes over: for an owned body, which [`Delivery::event`] would copy.
    ///
    /// # Errors
    ///
    /// Those of [`Delivery::event`], with the delivery, so that its body is not lost.
    ///
    /// ```
    /// # use overten_webhook::{Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
    /// # let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    /// # let verifier = Verifier::new(Secrets::new([text])?);
    /// # let now = UnixSeconds::new(1_760_000_000);
    /// let body: Vec<u8> = b"authentic, but not JSON".to_vec();
    /// # let signature = sign(&Secret::new(text.as_bytes())?, now, &body)?;
    /// # let headers = SignedHeaders::from_values(
    /// #     Some(signature.signature_value().as_bytes()), Some(signature.timestamp_value().as_bytes()))?;
    /// let (delivery, error) = verifier.verify(&headers, body, now)?.into_event().unwrap_err();
    /// assert_eq!(delivery.into_body(), b"authentic, but not JSON", "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "alloc")]
    #[expect(clippy::result_large_err, reason = "the body comes back by value")]
    pub fn into_event(self) -> Result<crate::Event<B>, (Self, crate::PayloadError)> {
        let verdict = self.verdict;
        crate::Event::take(self.body).map_err(|(body, error)| (Self { verdict, body }, error))
    }
}

impl<B: AsRef<[u8]>> fmt::Debug for Delivery<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("verdict", &self.verdict)
            .field("body_bytes", &self.body().len())
            .finish()
    }
}

fn is_signed_by(secret: &Secret, headers: &SignedHeaders, body: &[u8]) -> bool {
    let mac = secret.mac_of(headers.timestamp_text.as_bytes(), body);
    is_match(&mac, &headers.signature)
}

fn start(mut mac: SignatureMac, headers: &SignedHeaders) -> SignatureMac {
    for part in scheme::before_body(headers.timestamp_text.as_bytes()) {
        mac.update(part);
    }
    mac
}

/// Compares all 32 bytes in constant time.
fn is_match(mac: &CtOutput<SignatureMac>, signature: &[u8; MAC_BYTES]) -> bool {
    *mac == CtOutput::new((*signature).into())
}
