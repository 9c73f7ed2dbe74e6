//! What a capture does not hold.

use core::fmt;

macro_rules! lacks {
    ($($name:ident $word:literal $what:literal $change:literal;)+) => {
        /// Something that a capture does not hold, so that nothing can be proven with it.
        ///
        /// Its word ([`Lack::as_str`]) is stable and the same in every stack.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Lack {
            $(#[doc = $what] $name,)+
        }

        impl Lack {
            /// Every lack, each at its number.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$name),+];

            /// The stable word for it, such as `body_cut`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What is missing, as a sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }

            /// What to give instead, as a sentence.
            #[must_use]
            pub const fn change(self) -> &'static str {
                match self { $(Self::$name => $change,)+ }
            }
        }
    };
}

lacks! {
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
    pub(super) const fn is_of_the_body(self) -> bool {
        !matches!(self, Self::Signature | Self::SignatureShortened)
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
