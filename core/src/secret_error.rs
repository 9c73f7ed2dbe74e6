//! Why secrets were refused.

use core::fmt;

use crate::code::Code;

/// Why secrets were refused: what is wrong, and at which position. It never holds a secret.
///
/// ```
/// use overten_webhook::{Code, SecretFault, Secrets};
///
/// let error = Secrets::new(["OVERTEN_SECRET=whsec_AAECAwQFBgcICQoLDA0ODxAREhM="]).unwrap_err();
/// assert_eq!((error.code(), error.position()), (Code::MalformedSecret, Some(0)));
/// assert_eq!(error.fault(), SecretFault::TextBeforePrefix);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretError {
    fault: SecretFault,
    position: Option<usize>,
}

/// What is wrong with secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretFault {
    /// None was given.
    NoSecrets,
    /// More than eight were given.
    TooManySecrets,
    /// Its label is not 1 to 64 of `[A-Za-z0-9._-]`.
    MalformedLabel,
    /// Another secret has its label already.
    RepeatedLabel,
    /// It is empty, or only white space.
    Empty,
    /// It is not UTF-8.
    NotUtf8,
    /// `whsec_` stands in it more than once: two secrets in one.
    RepeatedPrefix,
    /// Text stands before `whsec_`: a variable's name, a bracket, a typographic quote.
    TextBeforePrefix,
    /// It begins with `v1,` or `sha256=`, in any case: what stands before a signature.
    SignaturePrefix,
    /// A quote (`"`, `'`, `` ` ``) stands at its start or end.
    Quoted,
    /// White space stands inside it.
    WhiteSpace,
    /// It holds a control character.
    ControlCharacter,
    /// It holds a character outside ASCII: an invisible one, a typographic one, a letter.
    NotAscii,
    /// It has fewer than 16 bytes after `whsec_`.
    Short,
    /// It has more than 256 bytes.
    Long,
    /// It is the same as an earlier one.
    Duplicate,
}

impl SecretError {
    pub(crate) const fn new(fault: SecretFault, position: Option<usize>) -> Self {
        Self { fault, position }
    }

    /// The stable word for it, such as `malformed_secret`.
    #[must_use]
    pub const fn code(self) -> Code {
        match self.fault {
            SecretFault::NoSecrets => Code::NoSecrets,
            SecretFault::TooManySecrets => Code::TooManySecrets,
            SecretFault::MalformedLabel | SecretFault::RepeatedLabel => Code::MalformedLabel,
            SecretFault::Empty => Code::EmptySecret,
            SecretFault::NotUtf8
            | SecretFault::RepeatedPrefix
            | SecretFault::TextBeforePrefix
            | SecretFault::SignaturePrefix
            | SecretFault::Quoted
            | SecretFault::WhiteSpace
            | SecretFault::ControlCharacter
            | SecretFault::NotAscii => Code::MalformedSecret,
            SecretFault::Short => Code::ShortSecret,
            SecretFault::Long => Code::LongSecret,
            SecretFault::Duplicate => Code::DuplicateSecret,
        }
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(self) -> SecretFault {
        self.fault
    }

    /// Which secret it was, counted from 0; `None` where their number is wrong.
    #[must_use]
    pub const fn position(self) -> Option<usize> {
        self.position
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "secret {position} (counted from 0): ")?;
        }
        f.write_str(match self.fault {
            SecretFault::NoSecrets => {
                "no secret is configured: set the signing secret of the subscription or the organisation"
            }
            SecretFault::TooManySecrets => {
                "more than 8 secrets are configured: remove those that Overten no longer signs with"
            }
            SecretFault::MalformedLabel => {
                "its label is not 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'; a secret that holds a colon needs \
                 a label in front, as in label:secret"
            }
            SecretFault::RepeatedLabel => "another secret has its label already: give it one of its own",
            SecretFault::Empty => "it is empty or only white space: is the variable or file set?",
            SecretFault::NotUtf8 => {
                "it is not UTF-8 text: save the file as UTF-8, and give the secret as text, not decoded from base64"
            }
            SecretFault::RepeatedPrefix => {
                "'whsec_' stands in it more than once: give each secret on its own (a line each, or an entry of the \
                 list), not joined by ',', ';', '|', a space or a '\\n' that was left as two characters"
            }
            SecretFault::TextBeforePrefix => {
                "text stands before 'whsec_', such as a variable's name and '=', a bracket or a quote: give the secret \
                 alone, from 'whsec_' to its last character (where there is one a line: label:secret)"
            }
            SecretFault::SignaturePrefix => {
                "it begins with 'v1,' or 'sha256=', as a signature does: give the secret alone, as Overten shows it"
            }
            SecretFault::Quoted => {
                "a quote stands at its start or end: give the secret alone, without quotes, as Overten shows it"
            }
            SecretFault::WhiteSpace => {
                "white space stands inside it: give the secret alone, in one piece, and several one a line"
            }
            SecretFault::ControlCharacter => {
                "it holds a control character: save the file as plain UTF-8 text, or copy the secret again from where \
                 Overten shows it"
            }
            SecretFault::NotAscii => {
                "it holds a character outside ASCII, perhaps an invisible one or a typographic quote or dash: copy it \
                 again from where Overten shows it, not from a document or a chat"
            }
            SecretFault::Short => {
                "it has fewer than 16 bytes after 'whsec_': was it cut off, or is it the secret's name?"
            }
            SecretFault::Long => "it has more than 256 bytes: is it the secret, and only one?",
            SecretFault::Duplicate => "it is the same as an earlier one: remove one of the two",
        })
    }
}

impl core::error::Error for SecretError {}
