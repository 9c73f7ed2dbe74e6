//! JSON as it is written: one object at a time, its members in the order in which they are added.

use std::fmt::{Display, Write as _};

#[derive(Debug)]
pub(crate) struct Object {
    text: String,
}

impl Object {
    /// With room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut text = String::with_capacity(bytes);
        text.push('{');
        Self { text }
    }

    /// Adds a member whose value is JSON as it prints: a number, `true`, `null`, another object. No name of ours needs an escape.
    pub(crate) fn json(&mut self, name: &str, value: impl Display) {
        self.name(name);
        // A String takes whatever is written to it.
        let _ = write!(self.text, "{value}");
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        write_text(&mut self.text, value);
    }

    /// Adds a list of texts.
    pub(crate) fn texts(&mut self, name: &str, values: &[String]) {
        self.name(name);
        let mut before = '[';
        for value in values {
            self.text.push(before);
            write_text(&mut self.text, value);
            before = ',';
        }
        self.text
            .push_str(if values.is_empty() { "[]" } else { "]" });
    }

    pub(crate) fn end(mut self) -> String {
        self.text.push('}');
        self.text
    }

    fn name(&mut self, name: &str) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
    }
}

#[cfg(feature = "receiver")]
/// How many bytes a text is when it is written, less its quotes.
pub(crate) fn text_bytes(text: &str) -> usize {
    let bytes = text.bytes().map(|byte| match (byte, short_escape(byte)) {
        (_, Some(_)) => 2,
        (0..=0x1f, None) => 6,
        _ => 1,
    });
    bytes.sum()
}

/// What stands behind the backslash where two bytes are enough: a text has to fit into a message with all of its line ends.
const fn short_escape(byte: u8) -> Option<char> {
    Some(match byte {
        b'"' => '"',
        b'\\' => '\\',
        b'\n' => 'n',
        b'\r' => 'r',
        b'\t' => 't',
        0x08 => 'b',
        0x0c => 'f',
        _ => return None,
    })
}

fn write_text(to: &mut String, text: &str) {
    let must_be_escaped = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    to.push('"');
    let mut rest = text;
    while let Some(at) = rest.as_bytes().iter().position(must_be_escaped) {
        let (plain, escaped) = rest.split_at(at);
        to.push_str(plain);
        let (byte, after) = (escaped.as_bytes()[0], &escaped[1..]);
        let _ = match short_escape(byte) {
            Some(short) => write!(to, "\\{short}"),
            None => write!(to, "\\u{byte:04x}"),
        };
        rest = after;
    }
    to.push_str(rest);
    to.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_what_it_was() {
        let all: String = (0..0x2_ffff).filter_map(char::from_u32).collect();
        for text in ["", "plain", "\"", "a\\", "\u{0}\u{1f}\u{7f}\n", &all] {
            let mut object = Object::with_capacity(0);
            object.text("a", text);
            object.json("b", 1);
            object.texts("c", &[]);
            object.texts("d", &[text.to_owned(), text.to_owned()]);
            let written = object.end();
            let quotes_and_names = written.len() - 3 * text_bytes(text);
            assert_eq!(
                quotes_and_names,
                r#"{"a":"","b":1,"c":[],"d":["",""]}"#.len()
            );
            let by_serde = serde_json::to_string(text).unwrap_or_default();
            assert_eq!(text_bytes(text), by_serde.len() - 2, "as short as can be");
            let expected = serde_json::json!({ "a": text, "b": 1, "c": [], "d": [text, text] });
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&written).ok(),
                Some(expected)
            );
        }
    }
}
