//! JSON as it is handed to `JSON.parse`.

/// One object that is being written.
pub(crate) struct Object {
    text: String,
}

impl Object {
    pub(crate) fn new() -> Self {
        Self {
            text: String::from("{"),
        }
    }

    /// The value as it is: JSON already.
    pub(crate) fn json(&mut self, name: &str, json: &str) -> &mut Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        write_text(&mut self.text, name);
        self.text.push(':');
        self.text.push_str(json);
        self
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.json(name, "");
        write_text(&mut self.text, text);
        self
    }

    /// Written where it is there.
    pub(crate) fn optional_text(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Written where it is there.
    pub(crate) fn optional_number(
        &mut self,
        name: &str,
        number: Option<impl ToString>,
    ) -> &mut Self {
        match number {
            Some(number) => self.json(name, &number.to_string()),
            None => self,
        }
    }

    pub(crate) fn end(&mut self) -> String {
        self.text.push('}');
        core::mem::take(&mut self.text)
    }
}

pub(crate) fn write_text(to: &mut String, text: &str) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];

    to.push('"');
    let mut rest = text;
    let must_be_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    while let Some(at) = rest.bytes().position(must_be_escaped) {
        let (plain, from) = rest.split_at(at);
        to.push_str(plain);
        let (escaped, after) = from.split_at(1);
        match escaped.bytes().next() {
            Some(control @ ..b' ') => {
                to.push_str("\\u00");
                to.push(DIGITS[usize::from(control >> 4)]);
                to.push(DIGITS[usize::from(control & 15)]);
            }
            _ => {
                to.push('\\');
                to.push_str(escaped);
            }
        }
        rest = after;
    }
    to.push_str(rest);
    to.push('"');
}
