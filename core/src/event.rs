//! Reading a verified body.

use alloc::borrow::Cow;
use core::fmt;

use crate::idempotency::{IdempotencyKey, Scope};
use crate::index::{Fields, Index};
use crate::payload_error::PayloadError;

/// What a verified delivery says. Only a [`Delivery`](crate::Delivery) gives one.
///
/// It holds the body and refers to its bytes: a field is decoded when it is asked for, and borrows unless an escape
/// forces a copy. A known optional field that is absent, null, of another type, out of range or not Unicode reads as
/// `None`. Names and values are exact: nothing is trimmed or case-folded. Of a name that stands twice the last counts.
///
/// ```
/// # use overten_webhook::{Scope, Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
/// # let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// # let verifier = Verifier::new(Secrets::new([text])?);
/// # let now = UnixSeconds::new(1_760_000_000);
/// let body = br#"{"event":"run.failed","run_id":"run_01","duration_ms":1e3,
///     "error":{"code":"generation_failed","message":"the agent gave up"}}"#;
/// # let signature = sign(&Secret::new(text.as_bytes())?, now, body)?;
/// # let headers = SignedHeaders::from_values(
/// #     Some(signature.signature_value().as_bytes()), Some(signature.timestamp_value().as_bytes()))?;
/// let event = verifier.verify(&headers, body, now)?.event()?;
/// assert_eq!((event.name(), event.run_id(), event.task_id()), ("run.failed", "run_01", None));
/// assert_eq!(event.duration_ms(), Some(1000));
/// assert_eq!(event.error().and_then(|error| error.code).as_deref(), Some("generation_failed"));
/// assert_eq!(event.idempotency_key(Scope::Run).as_str(), "run.failed:run_01");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Event<B> {
    body: B,
    index: Index,
}

/// Which event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind<'a> {
    /// `run.completed`: a task ended well.
    RunCompleted,
    /// `run.failed`: a task failed.
    RunFailed,
    /// An event that this version does not know, by its name. Overten adds events freely, so it is no error.
    Other(&'a str),
}

impl EventKind<'_> {
    /// `run_completed`, `run_failed` or `other`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunCompleted => "run_completed",
            Self::RunFailed => "run_failed",
            Self::Other(_) => "other",
        }
    }
}

/// Why a run failed. At least one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetail<'a> {
    /// A word for the reason, such as `generation_failed`.
    pub code: Option<Cow<'a, str>>,
    /// A sentence for a person.
    pub message: Option<Cow<'a, str>>,
}

impl<B: AsRef<[u8]>> Event<B> {
    pub(crate) fn read(body: B) -> Result<Self, PayloadError> {
        Self::take(body).map_err(|(_, error)| error)
    }

    /// Gives the body back where it is no event.
    pub(crate) fn take(body: B) -> Result<Self, (B, PayloadError)> {
        match Index::read(body.as_ref()) {
            Ok(index) => Ok(Self { body, index }),
            Err(error) => Err((body, error)),
        }
    }

    fn fields(&self) -> Fields<'_, &[u8]> {
        self.index.fields(self.body())
    }

    /// The same fields for who asks for all of them: the body is checked once to be the text that it is.
    #[doc(hidden)]
    pub fn all_fields(&self) -> Fields<'_, &str> {
        self.index
            .fields(core::str::from_utf8(self.body()).unwrap_or_default())
    }

    /// Which event it is, for a `match`.
    pub fn kind(&self) -> EventKind<'_> {
        self.fields().kind()
    }

    /// The event's name as sent, such as `run.completed`; never empty.
    pub fn name(&self) -> &str {
        self.fields().name()
    }

    /// The run, a durable document; never empty.
    pub fn run_id(&self) -> &str {
        self.fields().run_id()
    }

    /// The task, one execution in a run; `Some("")` where it was sent empty, which in task scope keys by the body.
    pub fn task_id(&self) -> Option<&str> {
        self.fields().task_id()
    }

    /// Why the run failed: an object's `code` and `message`, or a text, which is the code of the top-level `message`.
    pub fn error(&self) -> Option<ErrorDetail<'_>> {
        self.fields().error()
    }

    /// Any top-level member, as the JSON text that was sent: numbers keep every digit.
    ///
    /// ```
    /// # use overten_webhook::{Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
    /// # let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    /// # let verifier = Verifier::new(Secrets::new([text])?);
    /// # let now = UnixSeconds::new(1_760_000_000);
    /// let body = br#"{"event":"run.completed","run_id":"run_01","cost":12345678901234567890123}"#;
    /// # let signature = sign(&Secret::new(text.as_bytes())?, now, body)?;
    /// # let headers = SignedHeaders::from_values(
    /// #     Some(signature.signature_value().as_bytes()), Some(signature.timestamp_value().as_bytes()))?;
    /// let event = verifier.verify(&headers, body, now)?.event()?;
    /// assert_eq!(event.member("cost"), Some("12345678901234567890123"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn member(&self, name: &str) -> Option<&str> {
        self.fields().member(name)
    }

    /// Every top-level member in the order sent, as decoded name and JSON text; a name that stands twice comes twice.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.fields().members()
    }

    /// The body's bytes as received.
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// The key under which this event is claimed, the same in every stack.
    ///
    /// In task scope an event without a non-empty `task_id` has the key of its body.
    pub fn idempotency_key(&self, scope: Scope) -> IdempotencyKey {
        match (scope, self.task_id()) {
            (Scope::Run, _) => IdempotencyKey::of_parts(&[self.name(), self.run_id()]),
            (Scope::Task, Some(task_id)) if !task_id.is_empty() => {
                IdempotencyKey::of_parts(&[self.name(), self.run_id(), task_id])
            }
            (Scope::Task, _) => IdempotencyKey::of_body(self.body()),
        }
    }
}

macro_rules! accessors {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        impl<B: AsRef<[u8]>> Event<B> {
            $(accessor! { $name $type $doc })*
        }
    };
}

macro_rules! accessor {
    ($name:ident Text $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<Cow<'_, str>> {
            self.fields().$name()
        }
    };
    ($name:ident Number $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<f64> {
            self.fields().$name()
        }
    };
    ($name:ident WholeNumber $doc:literal) => {
        #[doc = $doc]
        ///
        /// From 0 to 2^53 − 1; `84.0` and `1e3` are whole.
        pub fn $name(&self) -> Option<u64> {
            self.fields().$name()
        }
    };
}

crate::optional_fields!(accessors);

impl<B: AsRef<[u8]>> fmt::Debug for Event<B> {
    /// Shows what a log may hold: no summary, message or link.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.name())
            .field("run_id", &self.run_id())
            .field("task_id", &self.task_id())
            .finish_non_exhaustive()
    }
}
