//! The keys under which deliveries are taken in once.

use core::fmt;
use core::str::FromStr;

use sha2::{Digest, Sha256};

use crate::scheme;
use crate::text::{InlineText, is_plain};

const MAX_PLAIN_PART_BYTES: usize = 128;

/// Three plain parts and the colons between them.
const MAX_KEY_BYTES: usize = 3 * MAX_PLAIN_PART_BYTES + 2;

/// The canonical text under which a delivery is claimed, the same in every stack. No two tuples share one.
///
/// It is `run.completed:run_01HXYZ`, in task scope `run.completed:run_01HXYZ:task_01HXYZ`, where every part is 1 to 128
/// of `[A-Za-z0-9._-]`; otherwise `sha256=` and 64 hex digits; for a body that cannot be read, `body=` and 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey(InlineText<MAX_KEY_BYTES>);

impl IdempotencyKey {
    /// The key as text, at most 386 ASCII characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The key of a body that is not told apart by what it says.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        let mut sum = Sha256::new();
        scheme::take_in(&mut sum, body);
        Self::hashed(b"body=", sum)
    }

    /// The key of the parts, in their order.
    #[cfg_attr(
        not(feature = "alloc"),
        expect(dead_code, reason = "only events have parts")
    )]
    pub(crate) fn of_parts(parts: &[&str]) -> Self {
        let is_short = |part: &&str| (1..=MAX_PLAIN_PART_BYTES).contains(&part.len());
        if parts
            .iter()
            .all(|part| is_short(part) && is_plain(part.as_bytes()))
        {
            Self::plain(parts)
        } else {
            let mut sum = Sha256::new();
            for part in parts {
                // The length in front keeps ("ab", "c") and ("a", "bc") apart.
                scheme::take_in(&mut sum, &(part.len() as u64).to_be_bytes());
                scheme::take_in(&mut sum, part.as_bytes());
            }
            Self::hashed(b"sha256=", sum)
        }
    }

    fn plain(parts: &[&str]) -> Self {
        let mut key = InlineText::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                key.push(b":");
            }
            key.push(part.as_bytes());
        }
        Self(key)
    }

    fn hashed(prefix: &[u8], sum: Sha256) -> Self {
        let mut key = InlineText::new();
        key.push(prefix);
        key.push_hex(&sum.finalize());
        Self(key)
    }
}

impl AsRef<str> for IdempotencyKey {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What one delivery is told from another by.
///
/// A task that ends for the second time in a resumed run has the same event and run: a receiver that resumes runs
/// chooses [`Scope::Task`], every other one keeps [`Scope::Run`].
///
/// ```
/// use overten_webhook::Scope;
///
/// assert_eq!(Scope::default(), Scope::Run);
/// assert_eq!("task".parse(), Ok(Scope::Task));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scope {
    /// By event and `run_id`, as Overten recommends.
    #[default]
    Run,
    /// By event, `run_id` and `task_id`; a delivery without a `task_id` by its body, since two tasks must never look
    /// like one.
    Task,
}

impl Scope {
    /// Both, for a setting's error message.
    pub const ALL: [Self; 2] = [Self::Run, Self::Task];

    /// `run` or `task`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Task => "task",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == word);
        found.ok_or(UnknownScope)
    }
}

/// The text is not the word of a [`Scope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownScope;

impl fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key scope is neither 'run' nor 'task'")
    }
}

impl core::error::Error for UnknownScope {}
