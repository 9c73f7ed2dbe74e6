//! The words of a command, as a POSIX shell parts them.

use alloc::vec::Vec;

use super::{CaptureError, CaptureFault};

/// The most words of one command.
const MOST_WORDS: usize = 10_000;

/// A command's words, and what its standard input was redirected from.
#[derive(Default)]
pub(super) struct Command {
    pub(super) words: Vec<Vec<u8>>,
    pub(super) input: Option<Vec<u8>>,
}

/// Takes the command that the text begins with, to the end of its line.
pub(super) fn command(text: &mut &[u8]) -> Result<Command, CaptureError> {
    let mut shell = Shell { rest: text };
    let mut command = Command::default();
    while shell.skip_to_word() {
        match shell.rest {
            [b'<', b'<' | b'(', ..] => return Err(CaptureFault::Expansion.into()),
            [b'<', ..] => {
                shell.skip(1);
                shell.skip_to_word();
                command.input = Some(shell.word()?);
            }
            [b'>', ..] => {
                shell.skip_while(|byte| matches!(byte, b'>' | b'&' | b'|'));
                shell.skip_to_word();
                shell.word()?;
            }
            [b'|' | b';' | b'&', ..] => break,
            _ => {
                let word = shell.word()?;
                let is_descriptor = matches!(word.as_slice(), [b'0'..=b'9'])
                    && matches!(shell.rest, [b'>' | b'<', ..]);
                if !is_descriptor {
                    command.words.push(word);
                }
            }
        }
        if command.words.len() > MOST_WORDS {
            return Err(CaptureFault::Unknown.into());
        }
    }
    shell.skip_while(|byte| byte != b'\n');
    *text = shell.rest;
    Ok(command)
}

/// What stands unquoted between braces in a word: the shell makes several words of `{a,b}` and `{1..3}`.
#[derive(Default)]
struct Braces {
    is_open: bool,
    is_parted: bool,
}

impl Braces {
    fn check(&mut self, rest: &[u8]) -> Result<(), CaptureError> {
        match rest {
            [b'{', ..] => self.is_open = true,
            [b',', ..] | [b'.', b'.', ..] => self.is_parted |= self.is_open,
            [b'}', ..] if self.is_parted => return Err(CaptureFault::Expansion.into()),
            _ => {}
        }
        Ok(())
    }
}

struct Shell<'a> {
    rest: &'a [u8],
}

impl Shell<'_> {
    /// Passes blanks, comments and line continuations; `false` at the end of the command.
    fn skip_to_word(&mut self) -> bool {
        loop {
            match self.rest {
                // A backslash; in PowerShell a grave accent, in cmd a circumflex.
                [b'\\' | b'`' | b'^', b'\n', rest @ ..]
                | [b'\\' | b'`' | b'^', b'\r', b'\n', rest @ ..]
                | [b' ' | b'\t' | b'\r', rest @ ..] => self.rest = rest,
                [b'#', ..] => self.skip_while(|byte| byte != b'\n'),
                [] | [b'\n', ..] => return false,
                _ => return true,
            }
        }
    }

    fn word(&mut self) -> Result<Vec<u8>, CaptureError> {
        let mut word = Vec::new();
        let mut braces = Braces::default();
        loop {
            match self.rest {
                []
                | [
                    b' ' | b'\t' | b'\r' | b'\n' | b'|' | b';' | b'&' | b'<' | b'>',
                    ..,
                ] => return Ok(word),
                [b'\'', rest @ ..] => self.quoted(rest, &mut word)?,
                [b'"', rest @ ..] | [b'$', b'"', rest @ ..] => {
                    self.rest = rest;
                    self.double_quoted(&mut word)?;
                    // A quote doubled inside quotes is one in cmd, and none in a POSIX shell.
                    if self.rest.starts_with(b"\"") {
                        return Err(CaptureFault::Quoting.into());
                    }
                }
                [b'$', b'\'', rest @ ..] => {
                    self.rest = rest;
                    self.escaped(&mut word)?;
                }
                [b'\\', b'\r', b'\n', rest @ ..] | [b'\\', b'\n', rest @ ..] => self.rest = rest,
                [b'\\', byte, rest @ ..] => {
                    word.push(*byte);
                    self.rest = rest;
                }
                [b'^', b'"' | b'^', ..] => return Err(CaptureFault::Quoting.into()),
                rest => {
                    check_expansion(rest)?;
                    braces.check(rest)?;
                    self.push_one(&mut word);
                }
            }
        }
    }

    /// What stands between single quotes, of which the first is behind.
    fn quoted(&mut self, rest: &[u8], word: &mut Vec<u8>) -> Result<(), CaptureError> {
        let end = rest.iter().position(|byte| *byte == b'\'');
        let text = end.and_then(|end| rest.get(..end));
        let text = text.ok_or(CaptureFault::Quoting)?;
        word.extend_from_slice(text);
        self.skip(text.len().saturating_add(2));
        Ok(())
    }

    fn double_quoted(&mut self, word: &mut Vec<u8>) -> Result<(), CaptureError> {
        loop {
            match self.rest {
                [] => return Err(CaptureFault::Quoting.into()),
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return Ok(());
                }
                [b'\\', b'\n', rest @ ..] => self.rest = rest,
                [b'\\', byte @ (b'"' | b'\\' | b'$' | b'`'), rest @ ..] => {
                    word.push(*byte);
                    self.rest = rest;
                }
                rest => {
                    check_expansion(rest)?;
                    self.push_one(word);
                }
            }
        }
    }

    /// What stands in `$'…'`, whose first quote is behind. A zero byte ends it, and what is quoted behind that is lost.
    fn escaped(&mut self, word: &mut Vec<u8>) -> Result<(), CaptureError> {
        let start = word.len();
        loop {
            match self.rest {
                [] => return Err(CaptureFault::Quoting.into()),
                [b'\'', rest @ ..] => {
                    self.rest = rest;
                    let text = word.get(start..).unwrap_or_default();
                    if let Some(zero) = text.iter().position(|byte| *byte == 0) {
                        word.truncate(start.saturating_add(zero));
                    }
                    return Ok(());
                }
                [b'\\', kind, rest @ ..] => {
                    self.rest = rest;
                    self.escape(*kind, word);
                }
                _ => self.push_one(word),
            }
        }
    }

    /// The escape whose backslash and letter are behind.
    fn escape(&mut self, kind: u8, word: &mut Vec<u8>) {
        let byte = match kind {
            b'a' => 0x07,
            b'b' => 0x08,
            b'e' | b'E' => 0x1b,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'\\' | b'\'' | b'"' | b'?' => kind,
            b'0'..=b'7' => {
                let first = u32::from(kind.saturating_sub(b'0'));
                let (value, _) = self.digits(8, 2, first);
                value.to_le_bytes()[0]
            }
            b'c' => match self.rest {
                [letter, rest @ ..] => {
                    self.rest = rest;
                    letter & 0x1f
                }
                [] => return word.extend_from_slice(b"\\c"),
            },
            b'x' => match self.digits(16, 2, 0) {
                (_, 0) => return word.extend_from_slice(b"\\x"),
                (value, _) => value.to_le_bytes()[0],
            },
            b'u' | b'U' => {
                let most = if kind == b'u' { 4 } else { 8 };
                let (value, digits) = self.digits(16, most, 0);
                match char::from_u32(value).filter(|_| digits > 0) {
                    Some(char) => {
                        word.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    None => word.extend_from_slice(&[b'\\', kind]),
                }
                return;
            }
            _ => {
                word.push(b'\\');
                kind
            }
        };
        word.push(byte);
    }

    /// Takes up to so many digits; gives their value behind `value`, and how many there were.
    fn digits(&mut self, radix: u32, most: usize, mut value: u32) -> (u32, usize) {
        let mut taken: usize = 0;
        while taken < most
            && let [byte, rest @ ..] = self.rest
            && let Some(digit) = char::from(*byte).to_digit(radix)
        {
            value = value.wrapping_mul(radix).wrapping_add(digit);
            self.rest = rest;
            taken = taken.saturating_add(1);
        }
        (value, taken)
    }

    fn push_one(&mut self, word: &mut Vec<u8>) {
        word.extend(self.rest.first());
        self.skip(1);
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_while(&mut self, is_passed: impl Fn(u8) -> bool) {
        let end = self.rest.iter().position(|byte| !is_passed(*byte));
        self.skip(end.unwrap_or(self.rest.len()));
    }
}

/// Refuses what the shell would have put something else for.
fn check_expansion(rest: &[u8]) -> Result<(), CaptureError> {
    match rest {
        [b'`', ..]
        | [
            b'$',
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'{' | b'(' | b'@' | b'*' | b'?',
            ..,
        ] => Err(CaptureFault::Expansion.into()),
        _ => Ok(()),
    }
}
