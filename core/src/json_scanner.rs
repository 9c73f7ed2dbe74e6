//! One pass over a JSON text: whether it is JSON by RFC 8259, and where the members of its object lie.

use core::ops::Range;

/// How deep an object may nest; it is level 1 itself.
const MAX_DEPTH: u32 = 128;

/// What is wrong, and the offset of the byte at which it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not JSON.
    Syntax(usize),
    /// It nests deeper than 128.
    Depth(usize),
}

type Scanned = Result<(), Fault>;

/// Walks over a text that is UTF-8. It recurses nowhere and allocates nothing.
pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    /// At the first byte that is no white space.
    pub(crate) fn new(json: &'a str) -> Self {
        let text = json.as_bytes();
        let mut scanner = Self { text, rest: text };
        scanner.skip_space();
        scanner
    }

    /// Where it stands.
    pub(crate) const fn at(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// Whether an object begins here.
    pub(crate) const fn is_object(&self) -> bool {
        matches!(self.rest, [b'{', ..])
    }

    /// Walks over the object that begins here, and tells each member's places: its name, quotes included, and its value.
    pub(crate) fn object(&mut self, mut member: impl FnMut(Range<usize>, Range<usize>)) -> Scanned {
        self.expect(b'{')?;
        self.skip_space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let name = self.name()?;
            let start = self.at();
            self.value()?;
            member(name, start..self.at());
            self.skip_space();
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
            self.skip_space();
        }
    }

    /// Walks over the array that begins here, and tells each item's place.
    #[cfg(feature = "diagnose")]
    pub(crate) fn array(&mut self, mut item: impl FnMut(Range<usize>)) -> Scanned {
        self.expect(b'[')?;
        self.skip_space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            let start = self.at();
            self.value()?;
            item(start..self.at());
            self.skip_space();
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
            self.skip_space();
        }
    }

    /// Nothing but white space is left.
    pub(crate) fn end(&mut self) -> Scanned {
        self.skip_space();
        if self.rest.is_empty() {
            Ok(())
        } else {
            self.fault()
        }
    }

    /// Walks over a name and its colon, to where its value begins; gives the name's place.
    fn name(&mut self) -> Result<Range<usize>, Fault> {
        let start = self.at();
        self.expect(b'"')?;
        self.text_rest()?;
        let name = start..self.at();
        self.skip_space();
        self.expect(b':')?;
        self.skip_space();
        Ok(name)
    }

    /// Walks over the value that begins here, whatever it nests.
    fn value(&mut self) -> Scanned {
        let mut open = Open::default();
        loop {
            self.value_start(&mut open)?;
            // A value has ended, or a container begun that has a first one: on to the next.
            while !open.begins {
                let Some(kind) = open.innermost() else {
                    return Ok(());
                };
                self.skip_space();
                match (self.rest, kind) {
                    ([b',', rest @ ..], kind) => {
                        self.rest = rest;
                        self.skip_space();
                        if kind == Kind::Object {
                            self.name()?;
                        }
                        break;
                    }
                    ([b'}', rest @ ..], Kind::Object) | ([b']', rest @ ..], Kind::Array) => {
                        self.rest = rest;
                        open.close();
                    }
                    _ => return self.fault(),
                }
            }
        }
    }

    /// Walks over a value that nests nothing, or over the start of one that does.
    fn value_start(&mut self, open: &mut Open) -> Scanned {
        open.begins = false;
        match self.rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                self.text_rest()
            }
            [b'{', ..] => self.container(open, Kind::Object, b'}'),
            [b'[', ..] => self.container(open, Kind::Array, b']'),
            [b'-' | b'0'..=b'9', ..] => self.number(),
            [b't', ..] => self.word(b"true"),
            [b'f', ..] => self.word(b"false"),
            [b'n', ..] => self.word(b"null"),
            _ => self.fault(),
        }
    }

    fn container(&mut self, open: &mut Open, kind: Kind, end: u8) -> Scanned {
        if !open.open(kind) {
            return Err(Fault::Depth(self.at()));
        }
        self.advance(1);
        self.skip_space();
        if self.take(end) {
            open.close();
        } else {
            open.begins = true;
            if kind == Kind::Object {
                self.name()?;
            }
        }
        Ok(())
    }

    /// Walks over a text whose first quote is behind.
    fn text_rest(&mut self) -> Scanned {
        loop {
            self.advance(plain_bytes(self.rest));
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(());
                }
                [b'\\', b'u', ..] => {
                    self.advance(2);
                    for _ in 0..4 {
                        match self.rest {
                            [digit, rest @ ..] if digit.is_ascii_hexdigit() => self.rest = rest,
                            _ => return self.fault(),
                        }
                    }
                }
                [
                    b'\\',
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
                    rest @ ..,
                ] => {
                    self.rest = rest;
                }
                [b'\\', ..] => {
                    self.advance(1);
                    return self.fault();
                }
                _ => return self.fault(),
            }
        }
    }

    fn number(&mut self) -> Scanned {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit at least.
    fn digits(&mut self) -> Scanned {
        let others = self.rest.iter().position(|byte| !byte.is_ascii_digit());
        match others.unwrap_or(self.rest.len()) {
            0 => self.fault(),
            digits => {
                self.advance(digits);
                Ok(())
            }
        }
    }

    fn word(&mut self, word: &[u8]) -> Scanned {
        for byte in word {
            self.expect(*byte)?;
        }
        Ok(())
    }

    fn skip_space(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Scanned {
        if self.take(byte) {
            Ok(())
        } else {
            self.fault()
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    const fn fault(&self) -> Scanned {
        Err(Fault::Syntax(self.at()))
    }
}

/// What is open around a value, the innermost in the lowest bit: 1 is an object, 0 an array.
#[derive(Default)]
struct Open {
    kinds: u128,
    depth: u32,
    /// Whether the innermost has just begun, and its first value comes next.
    begins: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Array,
    Object,
}

impl Open {
    /// `false` where that is too deep: the object around it all is a level too.
    const fn open(&mut self, kind: Kind) -> bool {
        self.depth = self.depth.saturating_add(1);
        self.kinds = self.kinds << 1 | kind as u128;
        self.depth < MAX_DEPTH
    }

    const fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.kinds >>= 1;
    }

    const fn innermost(&self) -> Option<Kind> {
        match (self.depth, self.kinds & 1) {
            (0, _) => None,
            (_, 0) => Some(Kind::Array),
            (_, _) => Some(Kind::Object),
        }
    }
}

/// How many bytes come before a quote, a backslash or a control character: eight are looked at together.
fn plain_bytes(text: &[u8]) -> usize {
    let mut plain: usize = 0;
    let mut rest = text;
    while let Some((eight, after)) = rest.split_first_chunk() {
        let stops = stops(u64::from_le_bytes(*eight));
        if stops != 0 {
            return plain.saturating_add(stops.trailing_zeros() as usize / 8);
        }
        plain = plain.saturating_add(8);
        rest = after;
    }
    let is_stop = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let last = rest.iter().position(is_stop).unwrap_or(rest.len());
    plain.saturating_add(last)
}

/// The high bit of each byte that ends a run of plain text. Those above the lowest such byte may be wrong: a subtraction
/// borrows from them.
const fn stops(eight: u64) -> u64 {
    const EACH: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = EACH << 7;
    const fn below(eight: u64, bound: u64) -> u64 {
        eight.wrapping_sub(EACH.wrapping_mul(bound)) & !eight
    }
    const fn equal(eight: u64, byte: u8) -> u64 {
        below(eight ^ EACH.wrapping_mul(byte as u64), 1)
    }
    (below(eight, 0x20) | equal(eight, b'"') | equal(eight, b'\\')) & HIGH
}
