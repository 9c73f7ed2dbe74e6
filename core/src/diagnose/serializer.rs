//! A body printed again, as common serializers print it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::cause::{Cause, Causes};
use super::json::Node;
use crate::json::{number, text};
use crate::json_text;

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
    pub(super) fn all(node: &Node<'_>, body: &[u8], longest: usize) -> Vec<(Self, Causes)> {
        let received = Self::spacing_of(node, body, longest);
        let compact = Self::AS_RECEIVED.print(node, longest);
        let changes = |style: Self| style.print(node, longest) != compact;
        let numbers: Vec<_> = NUMBERS
            .into_iter()
            .filter(|numbers| {
                *numbers == Numbers::AsReceived
                    || changes(Self {
                        numbers: *numbers,
                        ..Self::AS_RECEIVED
                    })
            })
            .collect();
        let orders: Vec<_> = ORDERS
            .into_iter()
            .filter(|order| {
                *order == Order::AsReceived
                    || changes(Self {
                        order: *order,
                        ..Self::AS_RECEIVED
                    })
            })
            .collect();
        let mut styles = Vec::new();
        for (spacing, serializer) in SERIALIZERS {
            for escapes in serializer {
                if *escapes != Escapes::AsReceived
                    && !changes(Self {
                        escapes: *escapes,
                        ..Self::AS_RECEIVED
                    })
                {
                    continue;
                }
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
    pub(super) fn as_received(node: &Node<'_>, body: &[u8], longest: usize) -> (Self, Causes) {
        let spacing = Self::spacing_of(node, body, longest);
        let style = Self {
            spacing: spacing.unwrap_or(Spacing::Compact),
            ..Self::AS_RECEIVED
        };
        (style, style.changed(spacing))
    }

    /// The spacing that the body has, if it is one throughout.
    fn spacing_of(node: &Node<'_>, body: &[u8], longest: usize) -> Option<Spacing> {
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
                .print(node, longest)
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

    /// The value in this style; `None` where that is longer than `longest`.
    pub(super) fn print(self, node: &Node<'_>, longest: usize) -> Option<String> {
        let mut printer = Printer {
            style: self,
            longest,
            printed: String::new(),
        };
        printer.node(node, "", 1)?;
        Some(printer.printed)
    }
}

struct Printer {
    style: Style,
    longest: usize,
    printed: String,
}

impl Printer {
    fn push(&mut self, text: &str) -> Option<()> {
        self.printed.push_str(text);
        (self.printed.len() <= self.longest).then_some(())
    }

    fn node(&mut self, node: &Node<'_>, name: &str, level: usize) -> Option<()> {
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
                for (index, (name, value)) in self.in_order(members, level).into_iter().enumerate()
                {
                    self.before_item(index, level)?;
                    self.text(name)?;
                    self.push(match self.style.spacing {
                        Spacing::Compact => ":",
                        Spacing::Spaced | Spacing::SpacedColons | Spacing::Indented(_) => ": ",
                    })?;
                    let name = if level == 1 { name } else { "" };
                    self.node(value, name, level.saturating_add(1))?;
                }
                self.close("}", members.is_empty(), level)
            }
        }
    }

    fn in_order<'n, 'a>(
        &self,
        members: &'n [(&'a str, Node<'a>)],
        level: usize,
    ) -> Vec<(&'a str, &'n Node<'a>)> {
        let mut members: Vec<_> = members.iter().map(|(name, value)| (*name, value)).collect();
        match self.style.order {
            Order::Sorted => members.sort_by_cached_key(|(name, _)| text(name)),
            Order::AsDocumented if level == 1 => members.sort_by_cached_key(|(name, _)| {
                let name = text(name).unwrap_or_default();
                let place = DOCUMENTED_ORDER.iter().position(|known| **known == *name);
                place.unwrap_or(DOCUMENTED_ORDER.len())
            }),
            Order::AsDocumented | Order::AsReceived => {}
        }
        members
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
        self.push("\n")?;
        if let Spacing::Indented(indent) = self.style.spacing {
            for _ in 0..level {
                self.push(indent)?;
            }
        }
        Some(())
    }

    fn leaf(&mut self, leaf: &str, name: &str) -> Option<()> {
        match number(leaf) {
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
        self.push("")
    }

    fn text(&mut self, leaf: &str) -> Option<()> {
        let inner = leaf
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let decoded = inner
            .filter(|_| self.style.escapes != Escapes::AsReceived)
            .and_then(json_text::unescaped);
        // A word, a number, or a text that cannot be decoded stays as it is.
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
        for unit in char.encode_utf16(&mut [0; 2]) {
            let _ = match is_dot_net {
                true => write!(self.printed, "\\u{unit:04X}"),
                false => write!(self.printed, "\\u{unit:04x}"),
            };
        }
        self.push("")
    }
}
