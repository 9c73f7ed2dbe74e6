//! JSON as it is handed to `JSON.parse`, written into one text.

/// Writes objects and arrays from left to right: a name, then its value.
#[derive(Default)]
pub(crate) struct Json(String);

impl Json {
    pub(crate) fn open(&mut self, bracket: char) -> &mut Self {
        self.separate();
        self.0.push(bracket);
        self
    }

    pub(crate) fn close(&mut self, bracket: char) -> &mut Self {
        self.0.push(bracket);
        self
    }

    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.text(name);
        self.0.push(':');
        self
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        write_text(&mut self.0, text);
        self
    }

    /// What is JSON already.
    pub(crate) fn json(&mut self, json: &str) -> &mut Self {
        self.separate();
        self.0.push_str(json);
        self
    }

    pub(crate) fn number(&mut self, number: i64) -> &mut Self {
        self.separate();
        if number < 0 {
            self.0.push('-');
        }
        write_digits(&mut self.0, number.unsigned_abs());
        self
    }

    pub(crate) fn end(&mut self) -> String {
        core::mem::take(&mut self.0)
    }

    fn separate(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }
}

/// One object, member by member.
pub(crate) struct Object(Json);

impl Object {
    pub(crate) fn new() -> Self {
        Self::with_capacity(0)
    }

    pub(crate) fn with_capacity(bytes: usize) -> Self {
        let mut json = Json(String::with_capacity(bytes));
        json.open('{');
        Self(json)
    }

    /// The writer, for a value that is made of several.
    pub(crate) fn member(&mut self, name: &str) -> &mut Json {
        self.0.name(name)
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.member(name).text(text);
        self
    }

    pub(crate) fn json(&mut self, name: &str, json: &str) -> &mut Self {
        self.member(name).json(json);
        self
    }

    pub(crate) fn number(&mut self, name: &str, number: i64) -> &mut Self {
        self.member(name).number(number);
        self
    }

    /// Written where it is there.
    pub(crate) fn optional_text(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Written where it is there; one that is beyond 64 bits is as great as they are.
    pub(crate) fn optional_number(
        &mut self,
        name: &str,
        number: Option<impl TryInto<i64>>,
    ) -> &mut Self {
        match number {
            Some(number) => self.number(name, number.try_into().unwrap_or(i64::MAX)),
            None => self,
        }
    }

    pub(crate) fn end(&mut self) -> String {
        self.0.close('}').end()
    }
}

fn write_digits(to: &mut String, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut begin = digits.len();
    for (at, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        begin = at;
        if number == 0 {
            break;
        }
    }
    let digits = digits.get(begin..).unwrap_or_default();
    to.push_str(core::str::from_utf8(digits).unwrap_or_default());
}

fn write_text(to: &mut String, text: &str) {
    to.push('"');
    let mut rest = text;
    let must_be_escaped = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    while let Some(at) = rest.bytes().position(must_be_escaped) {
        let Some((plain, from)) = rest.split_at_checked(at) else {
            break;
        };
        to.push_str(plain);
        let mut characters = from.chars();
        match characters.next() {
            Some(control @ ..' ') => {
                to.push_str("\\u00");
                let (high, low) = (u32::from(control) >> 4, u32::from(control) & 15);
                to.extend(
                    [high, low]
                        .into_iter()
                        .filter_map(|digit| char::from_digit(digit, 16)),
                );
            }
            Some(other) => to.extend(['\\', other]),
            None => {}
        }
        rest = characters.as_str();
    }
    to.push_str(rest);
    to.push('"');
}
