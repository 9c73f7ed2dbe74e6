//! A body printed again, as common serializers print it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::cause::{Cause, Causes};
use super::json::Node;
use crate::json::{number, text};
use crate::json_text;

/// What a value counts for beside its bytes: to find, order and part many small ones takes longer than to copy them.
const BYTES_PER_VALUE: usize = 64;

/// How a serializer prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    spacing: Spacing,
    escapes: Escapes,
    numbers: Numbers,
    order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spacing {
    Compact,
    /// `", "` and `": "`.
    Spaced,
    /// `": "` alone.
    SpacedColons,
    Indented(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escapes {
    AsReceived,
    /// Only what must be escaped.
    Plain,
    /// `\u` for what is not ASCII.
    Ascii,
    /// `\/` for a slash.
    Slash,
    AsciiAndSlash,
    /// `\u` for `<`, `>`, `&`, U+2028 and U+2029, as Go has it.
    Html,
    /// Those of .NET's System.Text.Json.
    DotNet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    AsReceived,
    /// `84.0` and `84.00` are `84`.
    Shortest,
    /// `84.00` is `84.0`.
    ShortestWithPoint,
    /// `84` is `84.0`.
    AllWithPoint,
    /// `"credits_used":84` is `"credits_used":84.0`.
    CreditsWithPoint,
    /// `"credits_used":84` is `"credits_used":84.00`.
    CreditsWithTwoDigits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    AsReceived,
    /// By name, at every level.
    Sorted,
    /// The order in which Overten's text names the fields.
    AsDocumented,
}

const DOCUMENTED_ORDER: [&str; 13] = [
    "event",
    "run_id",
    "task_id",
    "agent_name",
    "format",
    "status",
    "summary",
    "download_url",
    "edit_url",
    "credits_used",
    "duration_ms",
    "error",
    "message",
];

/// What common serializers print, by default and by their usual options.
const SERIALIZERS: [(Spacing, &[Escapes]); 6] = {
    use Escapes::{AsReceived, Ascii, AsciiAndSlash, DotNet, Html, Plain, Slash};
    [
        (
            Spacing::Compact,
            &[AsReceived, Plain, Ascii, AsciiAndSlash, Slash, Html, DotNet],
        ),
        (Spacing::Spaced, &[AsReceived, Ascii, Plain]),
        (
            Spacing::Indented("  "),
            &[AsReceived, Plain, Ascii, Html, DotNet],
        ),
        (
            Spacing::Indented("    "),
            &[AsReceived, Plain, Ascii, AsciiAndSlash],
        ),
        (Spacing::Indented("\t"), &[AsReceived, Plain, Html]),
        (Spacing::SpacedColons, &[AsReceived, Plain]),
    ]
};

const ESCAPES: [Escapes; 7] = [
    Escapes::AsReceived,
    Escapes::Plain,
    Escapes::Ascii,
    Escapes::Slash,
    Escapes::AsciiAndSlash,
    Escapes::Html,
    Escapes::DotNet,
];

const NUMBERS: [Numbers; 6] = [
    Numbers::AsReceived,
    Numbers::Shortest,
    Numbers::CreditsWithPoint,
    Numbers::AllWithPoint,
    Numbers::ShortestWithPoint,
    Numbers::CreditsWithTwoDigits,
];

const ORDERS: [Order; 3] = [Order::AsReceived, Order::Sorted, Order::AsDocumented];

impl Style {
    const AS_RECEIVED: Self = Self {
        spacing: Spacing::Compact,
        escapes: Escapes::AsReceived,
        numbers: Numbers::AsReceived,
        order: Order::AsReceived,
    };

    /// Every style that may print this body in another way, each with what it changes; those that change least first.
    pub(super) fn all(node: &Node<'_>, body: &[u8], paper: &mut Paper) -> Vec<(Self, Causes)> {
        let received = Self::spacing_of(node, body, paper);
        let compact = Self::AS_RECEIVED.print(node, paper);
        let mut changes =
            |style: Self| style == Self::AS_RECEIVED || style.print(node, paper) != compact;
        let mut escapes = ESCAPES.to_vec();
        escapes.retain(|escapes| {
            changes(Self {
                escapes: *escapes,
                ..Self::AS_RECEIVED
            })
        });
        let mut numbers = NUMBERS.to_vec();
        numbers.retain(|numbers| {
            changes(Self {
                numbers: *numbers,
                ..Self::AS_RECEIVED
            })
        });
        let mut orders = ORDERS.to_vec();
        orders.retain(|order| {
            changes(Self {
                order: *order,
                ..Self::AS_RECEIVED
            })
        });
        let mut styles = Vec::new();
        for (spacing, serializer) in SERIALIZERS {
            for escapes in serializer.iter().filter(|given| escapes.contains(given)) {
                for numbers in &numbers {
                    for order in &orders {
                        let style = Self {
                            spacing,
                            escapes: *escapes,
                            numbers: *numbers,
                            order: *order,
                        };
                        styles.push((style, style.changed(received)));
                    }
                }
            }
        }
        styles.retain(|(_, causes)| !causes.is_empty());
        styles.sort_by_key(|(_, causes)| causes.len());
        styles
    }

    /// The style that prints the body as it is, or compactly, and what that changes.
    pub(super) fn as_received(node: &Node<'_>, body: &[u8], paper: &mut Paper) -> (Self, Causes) {
        let spacing = Self::spacing_of(node, body, paper);
        let style = Self {
            spacing: spacing.unwrap_or(Spacing::Compact),
            ..Self::AS_RECEIVED
        };
        (style, style.changed(spacing))
    }

    /// The spacing that the body has, if it is one throughout.
    fn spacing_of(node: &Node<'_>, body: &[u8], paper: &mut Paper) -> Option<Spacing> {
        let body = body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(body)
            .trim_ascii();
        let spacings = SERIALIZERS.into_iter().map(|(spacing, _)| spacing);
        spacings.into_iter().find(|spacing| {
            let style = Self {
                spacing: *spacing,
                ..Self::AS_RECEIVED
            };
            style
                .print(node, paper)
                .is_some_and(|printed| printed.as_bytes() == body)
        })
    }

    fn changed(self, received: Option<Spacing>) -> Causes {
        let parts = [
            (received != Some(self.spacing), Cause::JsonSpacing),
            (self.escapes != Escapes::AsReceived, Cause::JsonEscapes),
            (self.numbers != Numbers::AsReceived, Cause::JsonNumbers),
            (self.order != Order::AsReceived, Cause::JsonKeyOrder),
        ];
        parts.into_iter().fold(
            Causes::NONE,
            |causes, (is_changed, cause)| match is_changed {
                true => causes.with(cause),
                false => causes,
            },
        )
    }

    /// The value in this style; `None` where that is longer than one print may be, or the paper is used up.
    pub(super) fn print(self, node: &Node<'_>, paper: &mut Paper) -> Option<String> {
        let mut printer = Printer {
            style: self,
            paper,
            printed: String::new(),
            line: String::from("\n"),
        };
        printer.node(node, "", 1)?;
        Some(printer.printed)
    }
}

/// How much may still be printed.
pub(super) struct Paper {
    left: u64,
    /// No print is longer.
    longest: usize,
}

impl Paper {
    pub(super) const fn new(bytes: u64) -> Self {
        Self {
            left: bytes,
            longest: 0,
        }
    }

    /// The same paper, for prints of a body of this length: serializers seldom make more of one.
    pub(super) const fn for_body(&mut self, body: &[u8]) -> &mut Self {
        self.longest = body.len().saturating_mul(4).saturating_add(4096);
        self
    }

    pub(super) const fn is_used_up(&self) -> bool {
        self.left == 0
    }

    const fn take(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes as u64);
    }
}

struct Printer<'p> {
    style: Style,
    paper: &'p mut Paper,
    printed: String,
    /// A line's end, and the indent behind it, as deep as was needed so far.
    line: String,
}

impl Printer<'_> {
    fn push(&mut self, text: &str) -> Option<()> {
        self.printed.push_str(text);
        self.took(text.len())
    }

    /// Counts so many bytes; `None` where they are too many.
    fn took(&mut self, bytes: usize) -> Option<()> {
        self.paper.take(bytes);
        (self.printed.len() <= self.paper.longest && !self.paper.is_used_up()).then_some(())
    }

    fn node(&mut self, node: &Node<'_>, name: &str, level: usize) -> Option<()> {
        self.took(BYTES_PER_VALUE)?;
        match node {
            Node::Leaf(leaf) => self.leaf(leaf, name),
            Node::Array(items) => {
                self.push("[")?;
                for (index, item) in items.iter().enumerate() {
                    self.before_item(index, level)?;
                    self.node(item, "", level.saturating_add(1))?;
                }
                self.close("]", items.is_empty(), level)
            }
            Node::Object(_, members) => {
                self.push("{")?;
                match self.in_order(members, level) {
                    Some(ordered) => self.members(ordered.into_iter(), level)?,
                    None => self.members(members.iter(), level)?,
                }
                self.close("}", members.is_empty(), level)
            }
        }
    }

    fn members<'n, 'a: 'n>(
        &mut self,
        members: impl Iterator<Item = &'n (&'a str, Node<'a>)>,
        level: usize,
    ) -> Option<()> {
        for (index, (name, value)) in members.enumerate() {
            self.before_item(index, level)?;
            self.text(name)?;
            self.push(match self.style.spacing {
                Spacing::Compact => ":",
                Spacing::Spaced | Spacing::SpacedColons | Spacing::Indented(_) => ": ",
            })?;
            let name = if level == 1 { name } else { "" };
            self.node(value, name, level.saturating_add(1))?;
        }
        Some(())
    }

    /// The members in another order than their own; `None` where that is the order.
    fn in_order<'n, 'a>(
        &self,
        members: &'n [(&'a str, Node<'a>)],
        level: usize,
    ) -> Option<Vec<&'n (&'a str, Node<'a>)>> {
        let mut ordered: Vec<_> = match self.style.order {
            Order::AsReceived => return None,
            Order::AsDocumented if level != 1 => return None,
            Order::Sorted | Order::AsDocumented => members.iter().collect(),
        };
        match self.style.order {
            Order::Sorted => ordered.sort_by_cached_key(|(name, _)| text(name)),
            _ => ordered.sort_by_cached_key(|(name, _)| {
                let name = text(name).unwrap_or_default();
                let place = DOCUMENTED_ORDER.iter().position(|known| **known == *name);
                place.unwrap_or(DOCUMENTED_ORDER.len())
            }),
        }
        Some(ordered)
    }

    fn before_item(&mut self, index: usize, level: usize) -> Option<()> {
        match self.style.spacing {
            Spacing::Spaced if index > 0 => self.push(", "),
            Spacing::Indented(_) => {
                self.push(if index > 0 { "," } else { "" })?;
                self.line(level)
            }
            _ if index > 0 => self.push(","),
            _ => Some(()),
        }
    }

    fn close(&mut self, end: &str, is_empty: bool, level: usize) -> Option<()> {
        if !is_empty && matches!(self.style.spacing, Spacing::Indented(_)) {
            self.line(level.saturating_sub(1))?;
        }
        self.push(end)
    }

    fn line(&mut self, level: usize) -> Option<()> {
        let Spacing::Indented(indent) = self.style.spacing else {
            return self.push("\n");
        };
        let length = indent.len().saturating_mul(level).saturating_add(1);
        while self.line.len() < length {
            self.line.push_str(indent);
        }
        self.printed.push_str(self.line.get(..length)?);
        self.took(length)
    }

    fn leaf(&mut self, leaf: &str, name: &str) -> Option<()> {
        let is_changed = self.style.numbers != Numbers::AsReceived;
        match number(leaf).filter(|_| is_changed) {
            Some(value) => self.number(leaf, value, name == "\"credits_used\""),
            None => self.text(leaf),
        }
    }

    fn number(&mut self, leaf: &str, value: f64, is_credits: bool) -> Option<()> {
        let is_whole = !leaf.contains(['.', 'e', 'E']);
        // Beyond these, printers differ in where an exponent begins.
        let is_usual = value == 0.0 || (1e-6..1e15).contains(&value.abs());
        let start = self.printed.len();
        // Writing to a string fails for nothing.
        let _ = match self.style.numbers {
            Numbers::Shortest if !is_whole && is_usual => write!(self.printed, "{}", value + 0.0),
            Numbers::ShortestWithPoint if !is_whole && is_usual => {
                write!(self.printed, "{value:?}")
            }
            Numbers::AllWithPoint if is_whole => write!(self.printed, "{leaf}.0"),
            Numbers::CreditsWithPoint if is_whole && is_credits => write!(self.printed, "{leaf}.0"),
            Numbers::CreditsWithTwoDigits if is_credits && is_usual => {
                write!(self.printed, "{value:.2}")
            }
            _ => write!(self.printed, "{leaf}"),
        };
        debug_assert!(self.printed.len() > start, "a number prints as something");
        self.took(self.printed.len().saturating_sub(start))
    }

    fn text(&mut self, leaf: &str) -> Option<()> {
        let inner = leaf
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let is_changed = |text: &&str| text.chars().any(|char| self.is_escaped(char));
        let decoded = inner
            .filter(|_| self.style.escapes != Escapes::AsReceived)
            .filter(is_changed)
            .and_then(json_text::unescaped);
        // A word, a number, a text without escapes or one that cannot be decoded stays as it is.
        let Some(decoded) = decoded else {
            return self.push(leaf);
        };
        self.push("\"")?;
        let mut rest = decoded.as_str();
        while let Some((at, char)) = rest.char_indices().find(|(_, char)| self.is_escaped(*char)) {
            self.push(rest.get(..at)?)?;
            self.escape(char)?;
            rest = rest.get(at.saturating_add(char.len_utf8())..)?;
        }
        self.push(rest)?;
        self.push("\"")
    }

    fn is_escaped(&self, char: char) -> bool {
        match char {
            '\0'..' ' | '"' | '\\' => true,
            '/' => matches!(self.style.escapes, Escapes::Slash | Escapes::AsciiAndSlash),
            _ => match self.style.escapes {
                Escapes::Ascii | Escapes::AsciiAndSlash => !char.is_ascii(),
                Escapes::Html => matches!(char, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
                Escapes::DotNet => !char.is_ascii() || "&'+<>`\u{7f}".contains(char),
                Escapes::AsReceived | Escapes::Plain | Escapes::Slash => false,
            },
        }
    }

    fn escape(&mut self, char: char) -> Option<()> {
        let is_dot_net = self.style.escapes == Escapes::DotNet;
        let short = match char {
            '"' if !is_dot_net => "\\\"",
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '/' => "\\/",
            _ => "",
        };
        if !short.is_empty() {
            return self.push(short);
        }
        let start = self.printed.len();
        for unit in char.encode_utf16(&mut [0; 2]) {
            let _ = match is_dot_net {
                true => write!(self.printed, "\\u{unit:04X}"),
                false => write!(self.printed, "\\u{unit:04x}"),
            };
        }
        self.took(self.printed.len().saturating_sub(start))
    }
}
