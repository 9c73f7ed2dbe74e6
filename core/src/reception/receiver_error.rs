//! Why no receiver can be made.

use core::fmt;

use crate::claim::RetentionError;
use crate::code::Code;

/// A setting that no receiver can work with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiverError {
    /// A replay could come after its key is forgotten.
    Retention(RetentionError),
    /// The body limit is 0, and no delivery has an empty body: each would be refused, for good.
    NoBody,
}

impl ReceiverError {
    /// The stable word for it: `invalid_argument`.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::InvalidArgument
    }
}

impl fmt::Display for ReceiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retention(error) => error.fmt(f),
            Self::NoBody => f.write_str(
                "the body limit (max_body_bytes) must be at least 1: no delivery has an empty body",
            ),
        }
    }
}

impl core::error::Error for ReceiverError {}

impl From<RetentionError> for ReceiverError {
    fn from(error: RetentionError) -> Self {
        Self::Retention(error)
    }
}
