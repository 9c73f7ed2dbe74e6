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

/// Stands behind the last byte: a text that holds such a byte is as little JSON as one that ends there.
const END: u8 = 0;

/// Where a member of an object lies.
pub(crate) struct Place {
    /// The name, quotes included.
    pub(crate) name: Range<usize>,
    /// Whether nothing in the name is escaped.
    pub(crate) name_is_plain: bool,
    pub(crate) value: Range<usize>,
    pub(crate) form: Form,
}

/// What a value is, as far as it matters for reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text in which nothing is escaped: it is what stands between its quotes.
    PlainText,
    /// A text with escapes.
    EscapedText,
    /// No text.
    Other,
}

/// Walks over a text that is UTF-8. It recurses nowhere and allocates nothing.
pub(crate) struct Scanner<'a> {
    json: Json<'a>,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// At the first byte that is no white space.
    pub(crate) fn new(json: &'a str) -> Self {
        let json = Json(json.as_bytes());
        let at = json.space(0);
        Self { json, at }
    }

    /// Where it stands.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Whether an object begins here.
    pub(crate) fn is_object(&self) -> bool {
        self.json.byte(self.at) == b'{'
    }

    /// Walks over the object that begins here, and tells where each of its members lies.
    pub(crate) fn object(&mut self, mut member: impl FnMut(Place)) -> Result<(), Fault> {
        let json = self.json;
        self.items(b'{', b'}', |start| {
            let (mut name_is_plain, mut value_is_plain) = (true, true);
            let end = json.text(start, &mut name_is_plain)?;
            let value = json.colon(end)?;
            let is_text = json.byte(value) == b'"';
            let behind = match is_text {
                true => json.text(value, &mut value_is_plain)?,
                false => json.value(value)?,
            };
            let form = match (is_text, value_is_plain) {
                (false, _) => Form::Other,
                (true, false) => Form::EscapedText,
                (true, true) => Form::PlainText,
            };
            member(Place {
                name: start..end,
                name_is_plain,
                value: value..behind,
                form,
            });
            Ok(behind)
        })
    }

    /// Walks over the array that begins here, and tells each item's place.
    #[cfg(feature = "diagnose")]
    pub(crate) fn array(&mut self, mut item: impl FnMut(Range<usize>)) -> Result<(), Fault> {
        let json = self.json;
        self.items(b'[', b']', |start| {
            let behind = json.value(start)?;
            item(start..behind);
            Ok(behind)
        })
    }

    /// Nothing but white space is left.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        self.at = self.json.space(self.at);
        if self.at == self.json.0.len() {
            Ok(())
        } else {
            Err(Fault::Syntax(self.at))
        }
    }

    fn items(
        &mut self,
        opening: u8,
        closing: u8,
        mut item: impl FnMut(usize) -> Result<usize, Fault>,
    ) -> Result<(), Fault> {
        let json = self.json;
        let mut at = json.space(json.expect(opening, self.at)?);
        if json.byte(at) != closing {
            at = json.space(item(at)?);
            while json.byte(at) != closing {
                at = json.space(json.expect(b',', at)?);
                at = json.space(item(at)?);
            }
        }
        self.at = next(at);
        Ok(())
    }
}

/// Where that ends which was walked over, or where it is not JSON: two numbers, which stay in registers.
type Behind = Result<usize, NotJson>;

struct NotJson(usize);

impl From<NotJson> for Fault {
    fn from(NotJson(at): NotJson) -> Self {
        Self::Syntax(at)
    }
}

/// The text. Each step takes where something begins, and gives where it ends: a place that is passed on stays in a register.
#[derive(Clone, Copy)]
struct Json<'a>(&'a [u8]);

impl<'a> Json<'a> {
    /// Over a value, whatever it nests.
    fn value(self, mut at: usize) -> Result<usize, Fault> {
        let mut open = Open::default();
        'item: loop {
            if open.innermost() == Some(Kind::Object) {
                at = self.name(at)?;
            }
            at = match self.byte(at) {
                b'"' => self.text(at, &mut true)?,
                b'-' | b'0'..=b'9' => self.number(at)?,
                b't' => self.word(b"true", at)?,
                b'f' => self.word(b"false", at)?,
                b'n' => self.word(b"null", at)?,
                b'{' => {
                    at = self.begin(Kind::Object, &mut open, at)?;
                    if self.byte(at) != b'}' {
                        continue 'item;
                    }
                    at
                }
                b'[' => {
                    at = self.begin(Kind::Array, &mut open, at)?;
                    if self.byte(at) != b']' {
                        continue 'item;
                    }
                    at
                }
                _ => return Err(Fault::Syntax(at)),
            };
            // Behind a value: over all that ends here, to the next.
            while let Some(kind) = open.innermost() {
                at = self.space(at);
                match (self.byte(at), kind) {
                    (b',', _) => {
                        at = self.space(next(at));
                        continue 'item;
                    }
                    (b'}', Kind::Object) | (b']', Kind::Array) => {
                        at = next(at);
                        open.close();
                    }
                    _ => return Err(Fault::Syntax(at)),
                }
            }
            return Ok(at);
        }
    }

    /// Over an opening bracket, to what stands behind it.
    fn begin(self, kind: Kind, open: &mut Open, at: usize) -> Result<usize, Fault> {
        if !open.open(kind) {
            return Err(Fault::Depth(at));
        }
        Ok(self.space(next(at)))
    }

    /// Over a name and its colon, to where its value begins.
    fn name(self, at: usize) -> Behind {
        self.colon(self.text(at, &mut true)?)
    }

    fn colon(self, at: usize) -> Behind {
        Ok(self.space(self.expect(b':', self.space(at))?))
    }

    /// Over a text; one with an escape is not plain.
    #[inline(always)] // a call for each name and each short text took a tenth of all reading
    fn text(self, at: usize, is_plain: &mut bool) -> Behind {
        let at = self.expect(b'"', at)?;
        let word = self.chunk(at).copied().unwrap_or_default();
        let short = stops(u64::from_le_bytes(word)).trailing_zeros() as usize / 8;
        let end = at.wrapping_add(short);
        if self.byte(end) == b'"' {
            return Ok(next(end));
        }
        self.text_rest(at, is_plain)
    }

    /// Over a text, from behind its quote. Apart, so that the many short ones without an escape are quick.
    #[inline(never)]
    fn text_rest(self, mut at: usize, is_plain: &mut bool) -> Behind {
        loop {
            at = self.plain_bytes(at);
            match self.byte(at) {
                b'"' => return Ok(next(at)),
                b'\\' => at = self.escaped(next(at))?,
                _ => return Err(NotJson(at)),
            }
            *is_plain = false;
        }
    }

    /// Over what is escaped, from behind the backslash.
    fn escaped(self, mut at: usize) -> Behind {
        match self.byte(at) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(next(at)),
            b'u' => {
                for _ in 0..4 {
                    at = next(at);
                    if !self.byte(at).is_ascii_hexdigit() {
                        return Err(NotJson(at));
                    }
                }
                Ok(next(at))
            }
            _ => Err(NotJson(at)),
        }
    }

    /// To the next quote, backslash or control character, or to the end: many bytes are looked at together.
    fn plain_bytes(self, mut at: usize) -> usize {
        let stops_in = |words: &[[u8; 8]]| {
            let stops = words.iter().map(|word| stops(u64::from_le_bytes(*word)));
            stops.fold(0, |all, stops| all | stops)
        };
        while let Some(block) = self.chunk::<32>(at)
            && stops_in(block.as_chunks().0) == 0
        {
            at = at.wrapping_add(32);
        }
        while let Some(word) = self.chunk(at) {
            let stops = stops(u64::from_le_bytes(*word));
            if stops != 0 {
                return at.wrapping_add(stops.trailing_zeros() as usize / 8);
            }
            at = at.wrapping_add(8);
        }
        while !matches!(self.byte(at), b'"' | b'\\' | 0..=0x1f) {
            at = next(at);
        }
        at
    }

    fn number(self, start: usize) -> Behind {
        let mut at = start;
        if self.byte(at) == b'-' {
            at = next(at);
        }
        at = match self.byte(at) {
            b'0' => next(at),
            _ => self.digits(at)?,
        };
        match self.byte(at) {
            b'.' | b'e' | b'E' => self.fraction(at),
            _ => Ok(at),
        }
    }

    /// Over what a number may have behind its whole part.
    #[inline(never)]
    fn fraction(self, mut at: usize) -> Behind {
        if self.byte(at) == b'.' {
            at = self.digits(next(at))?;
        }
        if matches!(self.byte(at), b'e' | b'E') {
            at = next(at);
            if matches!(self.byte(at), b'+' | b'-') {
                at = next(at);
            }
            at = self.digits(at)?;
        }
        Ok(at)
    }

    /// Over one digit at least.
    fn digits(self, start: usize) -> Behind {
        let mut at = start;
        while self.byte(at).is_ascii_digit() {
            at = next(at);
        }
        if at == start {
            return Err(NotJson(at));
        }
        Ok(at)
    }

    fn word(self, word: &[u8], at: usize) -> Behind {
        word.iter().try_fold(at, |at, byte| self.expect(*byte, at))
    }

    fn space(self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\n' | b'\r' | b'\t') {
            at = next(at);
        }
        at
    }

    fn expect(self, byte: u8, at: usize) -> Behind {
        if self.byte(at) == byte {
            Ok(next(at))
        } else {
            Err(NotJson(at))
        }
    }

    fn byte(self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or(END)
    }

    fn chunk<const N: usize>(self, at: usize) -> Option<&'a [u8; N]> {
        self.0.get(at..)?.first_chunk()
    }
}

/// Behind a byte that is there: so this never wraps.
const fn next(at: usize) -> usize {
    at.wrapping_add(1)
}

/// What is open around a value, the innermost in the lowest bit: 1 is an object, 0 an array.
#[derive(Default)]
struct Open {
    kinds: u128,
    depth: u32,
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
