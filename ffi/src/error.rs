//! What went wrong, in words and numbers.

use std::ffi::c_char;

use overten_webhook::{
    Code, OutOfTurn, PathError, PayloadError, ReceiverError, Rejection, SecretError, SignError,
};

use crate::status;
use crate::types::terminated;

/// What went wrong: written only by a function that does not return `OVERTEN_OK`.
///
/// It never holds a secret, a MAC, a header's value or any of the body. The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Error {
    /// The status that was returned.
    pub code: u32,
    /// For a refused secret its position, from 0; else -1.
    pub position: i32,
    /// For `OVERTEN_TIMESTAMP_TOO_OLD` and `OVERTEN_TIMESTAMP_IN_FUTURE` the delivery's age in seconds; else 0.
    pub age_seconds: i64,
    /// For the same two the seconds allowed, for `OVERTEN_BODY_TOO_LARGE` the bytes allowed; else 0.
    pub limit: u64,
    /// For `OVERTEN_MALFORMED_PAYLOAD` where in the body as received the fault shows, from 0; -1 where it is in no one place.
    pub offset: i64,
    /// For `OVERTEN_MALFORMED_PAYLOAD` the member at fault, NUL-terminated; else empty.
    pub field: [c_char; 16],
    /// What went wrong and what to do about it, in English, NUL-terminated. For people: programs read `code`.
    pub message: [c_char; 512],
}

/// Why a function did not return `ok`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    Status(Code),
    Secret(SecretError),
    Rejection(Rejection),
    Payload(PayloadError),
    Sign(SignError),
    Receiver(ReceiverError),
    Path(PathError),
    OutOfTurn(OutOfTurn),
    /// An argument without a meaning, and which.
    Argument(&'static str),
}

impl Failure {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Status(code) => *code,
            Self::Secret(error) => error.code(),
            Self::Rejection(rejection) => rejection.code(),
            Self::Payload(error) => error.code(),
            Self::Sign(error) => error.code(),
            Self::Receiver(_) | Self::Path(_) | Self::OutOfTurn(_) | Self::Argument(_) => {
                Code::InvalidArgument
            }
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Status(code) => status::message(*code).to_owned(),
            Self::Secret(error) => error.to_string(),
            Self::Rejection(rejection) => rejection.to_string(),
            Self::Payload(error) => error.to_string(),
            Self::Sign(error) => error.to_string(),
            Self::Receiver(error) => error.to_string(),
            Self::Path(error) => error.to_string(),
            Self::OutOfTurn(error) => error.to_string(),
            Self::Argument(message) => (*message).to_owned(),
        }
    }
}

impl Error {
    pub(crate) fn of(failure: Failure) -> Self {
        let mut error = Self {
            code: failure.code().number(),
            position: -1,
            age_seconds: 0,
            limit: 0,
            offset: -1,
            field: [0; 16],
            message: terminated(&failure.message()),
        };
        match failure {
            Failure::Secret(secret) => {
                error.position = secret
                    .position()
                    .map_or(-1, |at| i32::try_from(at).unwrap_or(-1));
            }
            Failure::Rejection(rejection) => {
                error.age_seconds = rejection.age_seconds().unwrap_or(0);
                error.limit = rejection.tolerance_seconds().unwrap_or(0);
                if let Rejection::BodyTooLarge { max_body_bytes } = rejection {
                    error.limit = max_body_bytes as u64;
                }
            }
            Failure::Payload(payload) => {
                error.offset = offset(&payload);
                error.field = terminated(payload.field().unwrap_or(""));
            }
            _ => {}
        }
        error
    }
}

/// Where in the body the fault is, or -1.
pub(crate) fn offset(error: &PayloadError) -> i64 {
    error
        .offset()
        .map_or(-1, |at| i64::try_from(at).unwrap_or(-1))
}

macro_rules! from {
    ($($source:ty => $variant:ident),*) => {
        $(impl From<$source> for Failure {
            fn from(source: $source) -> Self {
                Self::$variant(source)
            }
        })*
    };
}
from!(
    Code => Status,
    SecretError => Secret,
    Rejection => Rejection,
    PayloadError => Payload,
    SignError => Sign,
    ReceiverError => Receiver,
    PathError => Path,
    OutOfTurn => OutOfTurn
);
