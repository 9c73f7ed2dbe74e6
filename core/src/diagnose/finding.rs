//! What a report or the reading of a capture can name: words with a meaning and an advice.

/// Makes an enum of which each variant has its stable word, what it means, and what to change.
macro_rules! findings {
    ($(#[$doc:meta])* $type:ident $($name:ident $word:literal $what:literal $change:expr;)+) => {
        $(#[$doc])*
        ///
        /// Its word (`as_str`) is stable and the same in every stack.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $(#[doc = $what] $name,)+
        }

        impl $type {
            /// Each of them, in the order in which they are named.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$name),+];

            /// The stable word for it, such as `body_cut`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What is wrong, happened or was seen, as a sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)+ }
            }

            /// What to change, give or do about it, as one or two sentences.
            #[must_use]
            pub const fn change(self) -> &'static str {
                match self { $(Self::$name => $change,)+ }
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

pub(super) use findings;
