//! Why a verified body is not an event.

use core::fmt;

use crate::code::Code;

/// Authentic, but not an event that can be read: what is wrong, and where. Never a signature failure.
///
/// It holds no byte of the body.
///
/// ```
/// # use overten_webhook::{PayloadFault, Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
/// # let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// # let verifier = Verifier::new(Secrets::new([text])?);
/// # let now = UnixSeconds::new(1_760_000_000);
/// let body = br#"{"event":"run.completed","run_id":7}"#;
/// # let signature = sign(&Secret::new(text.as_bytes())?, now, body)?;
/// # let headers = SignedHeaders::from_values(
/// #     Some(signature.signature_value().as_bytes()), Some(signature.timestamp_value().as_bytes()))?;
/// let error = verifier.verify(&headers, body, now)?.event().unwrap_err();
/// assert_eq!((error.fault(), error.field()), (PayloadFault::NotText, Some("run_id")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadError {
    fault: PayloadFault,
    field: Option<&'static str>,
    offset: Option<usize>,
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadFault {
    /// It is not UTF-8.
    NotUtf8,
    /// It does not begin as a JSON object.
    NotAnObject,
    /// It is not JSON by RFC 8259.
    NotJson,
    /// It nests deeper than 128.
    TooDeep,
    /// A required member is missing.
    MissingField,
    /// A required member is not text.
    NotText,
    /// A required member is empty text.
    EmptyText,
    /// `event`, `run_id` or `task_id` stands twice.
    RepeatedField,
    /// A top-level name, or the text of `event`, `run_id` or `task_id`, holds a lone surrogate.
    LoneSurrogate,
}

/// The members that an error can be about.
const FIELDS: [Option<&str>; 4] = [None, Some("event"), Some("run_id"), Some("task_id")];

impl PayloadFault {
    /// Every one, each at its number.
    const ALL: [Self; 9] = [
        Self::NotUtf8,
        Self::NotAnObject,
        Self::NotJson,
        Self::TooDeep,
        Self::MissingField,
        Self::NotText,
        Self::EmptyText,
        Self::RepeatedField,
        Self::LoneSurrogate,
    ];
}

impl PayloadError {
    pub(crate) const fn in_body(fault: PayloadFault, offset: usize) -> Self {
        Self {
            fault,
            field: None,
            offset: Some(offset),
        }
    }

    pub(crate) const fn of(fault: PayloadFault, field: &'static str) -> Self {
        Self {
            fault,
            field: Some(field),
            offset: None,
        }
    }

    pub(crate) const fn at(fault: PayloadFault, field: &'static str, offset: usize) -> Self {
        Self {
            fault,
            field: Some(field),
            offset: Some(offset),
        }
    }

    /// All but the offset, in one number; whether there is one is in it too.
    pub(crate) fn to_number(self) -> u64 {
        let field = FIELDS.iter().position(|field| *field == self.field);
        let field = field.unwrap_or_default() as u64;
        self.fault as u64 | field << 8 | u64::from(self.offset.is_some()) << 16
    }

    /// From that number, and the offset if there is one.
    pub(crate) fn from_number(number: u64, offset: usize) -> Option<Self> {
        let [fault, field, has_offset, 0, 0, 0, 0, 0] = number.to_le_bytes() else {
            return None;
        };
        Some(Self {
            fault: *PayloadFault::ALL.get(usize::from(fault))?,
            field: *FIELDS.get(usize::from(field))?,
            offset: (has_offset == 1).then_some(offset),
        })
    }

    /// The stable word for it: `malformed_payload`.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::MalformedPayload
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(self) -> PayloadFault {
        self.fault
    }

    /// The member that it is about: `event`, `run_id` or `task_id`.
    #[must_use]
    pub const fn field(self) -> Option<&'static str> {
        self.field
    }

    /// Where in the received bytes it was noticed, from 0: at the fault, or at the byte before it.
    #[must_use]
    pub const fn offset(self) -> Option<usize> {
        self.offset
    }
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("authentic, but the body is not an event: ")?;
        if let Some(field) = self.field {
            write!(f, "'{field}' ")?;
        }
        f.write_str(match self.fault {
            PayloadFault::NotUtf8 => "it is not UTF-8",
            PayloadFault::NotAnObject => "it is not a JSON object",
            PayloadFault::NotJson => "it is not JSON by RFC 8259",
            PayloadFault::TooDeep => "it nests deeper than 128",
            PayloadFault::MissingField => "is missing",
            PayloadFault::NotText => "is not text",
            PayloadFault::EmptyText => "is empty",
            PayloadFault::RepeatedField => {
                "stands twice, and readers differ in which one they take"
            }
            PayloadFault::LoneSurrogate if self.field.is_some() => "holds a lone surrogate",
            PayloadFault::LoneSurrogate => "a name in it holds a lone surrogate",
        })?;
        if let Some(offset) = self.offset {
            write!(f, " (at byte {offset})")?;
        }
        f.write_str("; keep the bytes and ask Overten")
    }
}

impl core::error::Error for PayloadError {}
