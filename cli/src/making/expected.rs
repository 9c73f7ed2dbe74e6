//! Which answers are right.

use std::str::FromStr;

use overten_webhook::Code;

/// One answer that would be right; a receiver that is not of this project answers a status without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Code(Code),
    Status(u16),
}

impl Expected {
    pub(crate) fn is(self, status: u16, code: Option<Code>) -> bool {
        match self {
            Self::Status(expected) => expected == status,
            Self::Code(expected) => {
                has_status(expected, status) && code.is_none_or(|code| code == expected)
            }
        }
    }
}

/// Any 2xx is an acknowledgement, and a receiver may be set to answer a mismatch with 503.
fn has_status(code: Code, status: u16) -> bool {
    let usual = code.http_status();
    match code {
        Code::SignatureMismatch => [usual, 503].contains(&status),
        _ if usual == 200 => (200..300).contains(&status),
        _ => usual == status,
    }
}

impl FromStr for Expected {
    type Err = String;

    /// Reads `503` or `in_flight`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(status) = text.parse() {
            return match status {
                100..=599 => Ok(Self::Status(status)),
                _ => Err("an HTTP status lies in 100 to 599".to_owned()),
            };
        }
        text.parse().map(Self::Code).map_err(|_| {
            format!(
                "`{text}` is neither a status nor a word such as accepted or signature_mismatch"
            )
        })
    }
}
