//! The search: every hypothesis by itself, then every two of them, until one makes the received MAC.

use alloc::collections::BTreeSet;
use alloc::string::String;
use core::ops::ControlFlow;

use super::cause::{Cause, Causes};
use super::edge;
use super::frame::Frame;
use super::json::Node;
use super::key::Key;
use super::serializer::{Paper, Style};
use super::target::Target;
use super::wrapping;

/// Per secret, the most bytes hashed for each byte of the body, beside those of [`HASHED_AT_LEAST`].
const HASHED_PER_BODY_BYTE: u64 = 256;

/// What may be hashed whatever the body's length: 64 MiB.
const HASHED_AT_LEAST: u64 = 64 * 1024 * 1024;

/// What HMAC hashes beside its message: the padding, and the inner digest.
const BYTES_PER_MAC: u64 = 128;

/// Bodies of more members than this are not tried in every order.
const MOST_PERMUTED: usize = 5;

/// The most bytes hashed for a body of this length and so many secrets.
pub(super) const fn most_hashed(body_bytes: u64, secrets: u64) -> u64 {
    HASHED_PER_BODY_BYTE
        .saturating_mul(secrets)
        .saturating_mul(body_bytes)
        .saturating_add(HASHED_AT_LEAST)
}

/// What made the received MAC.
pub(super) struct Found {
    pub(super) causes: Causes,
    /// The position of the secret; `None` where the key took none.
    pub(super) secret: Option<usize>,
    /// The time that was signed; `None` where the timestamp that was does not say so by itself.
    pub(super) seconds: Option<i64>,
}

/// A search, and after it what it came to.
pub(super) struct Search<'a> {
    pub(super) targets: &'a [Target],
    pub(super) frames: &'a [Frame],
    pub(super) keys: &'a [Key],
    /// No body inside another one is longer.
    pub(super) longest_inside: usize,
    pub(super) most_hashed: u64,
    paper: Paper,
    pub(super) found: Option<Found>,
    pub(super) tried: Causes,
    pub(super) macs: u64,
    pub(super) hashed_bytes: u64,
    /// Whether it ended for want of hypotheses, or of matches, and not at its bound.
    pub(super) is_complete: bool,
    /// How many guesses each hypothesis of this pass takes.
    guesses: u32,
    seen: BTreeSet<(u64, usize)>,
}

/// Goes on while nothing is found and the bound is not reached.
type Going = ControlFlow<()>;

impl<'a> Search<'a> {
    pub(super) fn new(
        targets: &'a [Target],
        frames: &'a [Frame],
        keys: &'a [Key],
        longest_inside: usize,
        most_hashed: u64,
        most_printed: u64,
    ) -> Self {
        Self {
            targets,
            frames,
            keys,
            longest_inside,
            most_hashed,
            paper: Paper::new(most_printed),
            found: None,
            tried: Causes::NONE,
            macs: 0,
            hashed_bytes: 0,
            is_complete: true,
            guesses: 0,
            seen: BTreeSet::new(),
        }
    }

    /// Tries what takes no guess, then what takes one, then two: what is found takes the fewest.
    pub(super) fn run(&mut self, body: &[u8]) {
        if self.targets.is_empty() {
            return;
        }
        for guesses in 0..=2 {
            self.guesses = guesses;
            self.seen.clear();
            if self.pass(body).is_break() {
                return;
            }
        }
    }

    fn pass(&mut self, body: &[u8]) -> Going {
        self.body(body, Causes::NONE, 0)?;
        if self.guesses == 0 {
            return Going::Continue(());
        }
        let edges = edge::edges(body);
        let inside = wrapping::inside(body, self.longest_inside);
        for (cause, changed) in edges.iter().chain(&inside) {
            self.body(changed, Causes::of(*cause), 1)?;
        }
        self.printed_again(body, Causes::NONE, 1)?;
        if self.guesses == 1 {
            return Going::Continue(());
        }
        for (cause, changed) in &edges {
            for (second, changed) in edge::edges(changed) {
                self.body(&changed, Causes::of(*cause).with(second), 2)?;
            }
        }
        for (cause, inside) in &inside {
            let outer = Causes::of(*cause);
            self.printed_again(inside, outer, 2)?;
            let longest = self.longest_inside;
            for (cause, changed) in edge::edges(inside)
                .iter()
                .chain(&wrapping::inside(inside, longest))
            {
                self.body(changed, outer.with(*cause), 2)?;
            }
        }
        self.printed_with_another_end(body)?;
        self.in_every_order(body)
    }

    /// One reading of the body, in every frame and under every key that takes as many guesses as are left.
    fn body(&mut self, body: &[u8], causes: Causes, guesses: u32) -> Going {
        if !self.seen.insert((fingerprint(body), body.len())) {
            return Going::Continue(());
        }
        let Some(left) = self.guesses.checked_sub(guesses) else {
            return Going::Continue(());
        };
        let (frames, keys) = (self.frames, self.keys);
        for frame in frames {
            let Some(left) = left.checked_sub(frame.guesses) else {
                continue;
            };
            for key in keys.iter().filter(|key| key.guesses == left) {
                self.mac(body, frame, key, causes.and(frame.causes).and(key.causes))?;
            }
        }
        Going::Continue(())
    }

    fn mac(&mut self, body: &[u8], frame: &Frame, key: &Key, causes: Causes) -> Going {
        let parts = [frame.before.as_slice(), body, frame.after.as_slice()];
        let length = parts
            .iter()
            .map(|part| part.len() as u64)
            .fold(BYTES_PER_MAC, u64::saturating_add);
        let hashed = self.hashed_bytes.saturating_add(length);
        if hashed > self.most_hashed {
            self.is_complete = false;
            return Going::Break(());
        }
        self.hashed_bytes = hashed;
        self.macs = self.macs.saturating_add(1);
        self.tried = self.tried.and(causes);
        let mac = key.mac.of(parts);
        let algorithm = key.mac.algorithm();
        let mut targets = self
            .targets
            .iter()
            .filter(|target| target.algorithm == algorithm);
        let Some(target) = targets.find(|target| target.is(&mac)) else {
            return Going::Continue(());
        };
        self.found = Some(Found {
            causes: causes.and(target.causes),
            secret: key.secret,
            seconds: frame.seconds,
        });
        Going::Break(())
    }

    /// What the style makes of a body; `None` where that is too long.
    fn print(
        &mut self,
        style: Style,
        node: &Node<'_>,
        body: &[u8],
    ) -> ControlFlow<(), Option<String>> {
        let printed = style.print(node, self.paper.for_body(body));
        if self.paper.is_used_up() {
            self.is_complete = false;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(printed)
    }

    /// The body as each serializer prints it.
    fn printed_again(&mut self, body: &[u8], outer: Causes, guesses: u32) -> Going {
        let Some(node) = Node::read(body) else {
            return Going::Continue(());
        };
        for (style, causes) in Style::all(&node, body, self.paper.for_body(body)) {
            if let Some(printed) = self.print(style, &node, body)? {
                self.body(printed.as_bytes(), outer.and(causes), guesses)?;
            }
        }
        Going::Continue(())
    }

    /// The body as each serializer prints it, less what was at its end.
    fn printed_with_another_end(&mut self, body: &[u8]) -> Going {
        let Some(node) = Node::read(body) else {
            return Going::Continue(());
        };
        for (style, causes) in Style::all(&node, body, self.paper.for_body(body)) {
            let printed = self.print(style, &node, body)?.unwrap_or_default();
            for (cause, longer) in edge::longer(printed.as_bytes()) {
                self.body(&longer, causes.with(cause), 2)?;
            }
        }
        Going::Continue(())
    }

    /// A body of a few members, in every order of them.
    fn in_every_order(&mut self, body: &[u8]) -> Going {
        let Some(mut node) = Node::read(body) else {
            return Going::Continue(());
        };
        let (style, causes) = Style::as_received(&node, body, self.paper.for_body(body));
        let causes = causes.with(Cause::JsonKeyOrder);
        let members = node.members_mut().map_or(0, |members| members.len());
        if members > MOST_PERMUTED {
            return Going::Continue(());
        }
        self.permute(&mut node, 0, &mut |search, node| {
            let printed = search.print(style, node, body)?.unwrap_or_default();
            search.body(printed.as_bytes(), causes, 2)
        })
    }

    fn permute(
        &mut self,
        node: &mut Node<'_>,
        fixed: usize,
        visit: &mut dyn FnMut(&mut Self, &Node<'_>) -> Going,
    ) -> Going {
        let members = node.members_mut().map_or(0, |members| members.len());
        if fixed >= members {
            return visit(self, node);
        }
        for other in fixed..members {
            if let Some(members) = node.members_mut() {
                members.swap(fixed, other);
            }
            self.permute(node, fixed.saturating_add(1), visit)?;
            if let Some(members) = node.members_mut() {
                members.swap(fixed, other);
            }
        }
        Going::Continue(())
    }
}

/// Tells bodies apart that were tried, eight bytes at a time; of two that it takes for one, the second is left out.
fn fingerprint(body: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let (words, rest) = body.as_chunks::<8>();
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words
        .chain(rest.iter().map(|byte| u64::from(*byte)))
        .fold(0xcbf2_9ce4_8422_2325, |hash, word| {
            (hash ^ word).wrapping_mul(PRIME).rotate_left(29)
        })
}
