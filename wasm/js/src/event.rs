//! A verified delivery as the words that `js/record.js` reads: numbers, and where in the body its texts lie.

use std::borrow::Cow;

use overten_webhook::{Delivery, Event, EventKind, Fields, PayloadError, Scope};
use wasm_bindgen::prelude::*;

use crate::json::Object;
use crate::refusal;

/// More than the record of most deliveries has, so that writing one allocates once.
const USUAL_WORDS: usize = 256;

/// A whole number of no more digits is a double to the digit.
const EXACT_DIGITS: usize = 15;

/// The most digits that no double is too small for.
const FINITE_DIGITS: usize = 300;

#[wasm_bindgen]
extern "C" {
    /// The double nearest to a JSON number.
    #[wasm_bindgen(js_name = Number)]
    fn nearest(json: &str) -> f64;
}

/// The kinds in the order of their numbers, which begin with 1; then every field in the order of its number.
#[wasm_bindgen]
pub fn event_names() -> String {
    macro_rules! names {
        ($($name:ident: $type:ident, $doc:literal;)*) => { concat!("name run_id task_id", $(" ", stringify!($name)),*) };
    }
    let mut names = String::new();
    for kind in [
        EventKind::RunCompleted,
        EventKind::RunFailed,
        EventKind::Other(""),
    ] {
        names.push_str(kind.as_str());
        names.push(' ');
    }
    names.push_str(overten_webhook::optional_fields!(names));
    names
}

/// The key of an event with these texts; none where that is its body's.
#[wasm_bindgen]
pub fn event_key(
    name: &str,
    run_id: &str,
    task_id: Option<String>,
    in_task: bool,
) -> Result<Option<String>, JsValue> {
    let is_bodys = task_id.as_deref().is_none_or(str::is_empty);
    if in_task && is_bodys {
        return Ok(None);
    }
    let scope = if in_task { Scope::Task } else { Scope::Run };
    let mut body = Object::new();
    body.text("event", name)
        .text("run_id", run_id)
        .optional_text("task_id", task_id.as_deref());
    let body = body.end();
    let event = crate::stored::delivered(body.as_bytes())?.event();
    let key = event.ok().map(|event| event.idempotency_key(scope));
    Ok(key.map(|key| key.as_str().to_owned()))
}

/// Writes the record: its length, timestamp and age in halves, the secret's place, the kind (0 for none), whether the body is
/// ASCII, the label; then the event's fields, its error's and its members, or the refusal.
pub(crate) fn write<'a>(
    words: &mut Vec<u32>,
    delivery: &Delivery<&'a [u8]>,
    event: &Result<Event<&'a [u8]>, PayloadError>,
) {
    words.reserve(USUAL_WORDS);
    let mut to = Writer {
        words,
        body: delivery.body(),
    };
    let verdict = delivery.verdict();
    to.word(0);
    to.number(verdict.timestamp().get());
    to.number(verdict.age_seconds());
    to.word(verdict.secret_index());
    match event {
        Ok(event) => {
            let event = event.all_fields();
            to.word(match event.kind() {
                EventKind::RunCompleted => 1,
                EventKind::RunFailed => 2,
                EventKind::Other(_) => 3,
            });
            to.word(u32::from(delivery.body().is_ascii()));
            to.characters(verdict.secret_label().as_str());
            write_fields(&mut to, &event);
            write_error(&mut to, &event);
            write_members(&mut to, &event);
        }
        Err(error) => {
            to.word(0u32);
            to.word(0u32);
            to.characters(verdict.secret_label().as_str());
            let mut refusal = Object::new();
            refusal::write_payload(&mut refusal, *error);
            to.characters(&refusal.end());
        }
    }
    let length = u32::try_from(words.len()).unwrap_or_default();
    if let Some(first) = words.first_mut() {
        *first = length;
    }
}

/// How a text or number is to be read.
enum Form {
    /// The bytes of the body in between are the text, or are the JSON that was sent.
    AsSent = 1,
    /// They are the JSON of a text, with escapes.
    Escaped = 2,
    /// They are the JSON of a number.
    Number = 3,
    /// They are the JSON of a whole number, of which a negative zero is plainly zero.
    Whole = 4,
    /// A text of its own follows.
    Own = 5,
}

struct Writer<'a> {
    words: &'a mut Vec<u32>,
    body: &'a [u8],
}

impl Writer<'_> {
    /// One that is beyond 32 bits is as great as they are.
    fn word(&mut self, word: impl TryInto<u32>) {
        self.words.push(word.try_into().unwrap_or(u32::MAX));
    }

    fn number(&mut self, number: i64) {
        let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
        self.words.push(u32::from_le_bytes([a, b, c, d]));
        self.words.push(u32::from_le_bytes([e, f, g, h]));
    }

    fn characters(&mut self, text: &str) {
        self.word(text.chars().count());
        self.words.extend(text.chars().map(u32::from));
    }

    fn place(&mut self, form: Form, (begin, end): (usize, usize)) {
        self.word(form as u32);
        self.word(begin);
        self.word(end);
    }

    /// Where a part of the body lies in it.
    fn place_of(&self, part: &str) -> (usize, usize) {
        let begin = part.as_ptr().addr().wrapping_sub(self.body.as_ptr().addr());
        (begin, begin.wrapping_add(part.len()))
    }

    fn part(&mut self, form: Form, part: &str) {
        let place = self.place_of(part);
        self.place(form, place);
    }

    /// A known field, where it is there.
    #[inline(never)]
    fn field(
        &mut self,
        field: u32,
        text: Option<Cow<'_, str>>,
        event: &Fields<'_, &str>,
        name: &str,
    ) {
        let Some(text) = text else { return };
        self.word(field);
        match text {
            Cow::Borrowed(text) => self.part(Form::AsSent, text),
            Cow::Owned(_) => self.part(Form::Escaped, event.member(name).unwrap_or_default()),
        }
    }

    /// A text that is a part of the body, unless an escape forced a copy.
    fn text(&mut self, text: &str) {
        if self.body.as_ptr_range().contains(&text.as_ptr()) {
            self.part(Form::AsSent, text);
        } else {
            self.word(Form::Own as u32);
            self.characters(text);
        }
    }
}

/// Every known field that is there: its number, then its place; a 0 behind the last.
fn write_fields(to: &mut Writer<'_>, event: &Fields<'_, &str>) {
    to.word(1u32);
    to.text(event.name());
    to.word(2u32);
    to.text(event.run_id());
    if let Some(task_id) = event.task_id() {
        to.word(3u32);
        to.text(task_id);
    }
    let mut field: u32 = 3;
    macro_rules! optional {
        ($($name:ident: $type:ident, $doc:literal;)*) => { $( field = field.wrapping_add(1); field!($name $type); )* };
    }
    macro_rules! field {
        ($name:ident Text) => {
            to.field(field, event.$name(), event, stringify!($name));
        };
        ($name:ident Number) => {
            let mut place = (0, 0);
            let number = event.number_by(stringify!($name), |json| {
                place = to.place_of(json);
                about(json)
            });
            if number.is_some() {
                to.word(field);
                to.place(Form::Number, place);
            }
        };
        ($name:ident WholeNumber) => {
            let mut place = (0, 0);
            let number = event.whole_number_by(stringify!($name), |json| {
                place = to.place_of(json);
                exact(json)
            });
            if number.is_some() {
                to.word(field);
                to.place(Form::Whole, place);
            }
        };
    }
    overten_webhook::optional_fields!(optional);
    to.word(0u32);
}

/// Its code, then its message, each a 0 where there is none.
fn write_error(to: &mut Writer<'_>, event: &Fields<'_, &str>) {
    let (code, message) = event
        .error()
        .map_or((None, None), |error| (error.code, error.message));
    for text in [code, message] {
        match text {
            Some(text) => to.text(&text),
            None => to.word(0u32),
        }
    }
}

/// Name and JSON of each, up to the end of the record.
fn write_members(to: &mut Writer<'_>, event: &Fields<'_, &str>) {
    for (name, json) in event.members() {
        to.text(name);
        to.part(Form::AsSent, json);
    }
}

/// A number that is finite where the JSON's is: asking JavaScript for it costs more than all else.
fn about(json: &str) -> f64 {
    let is_plain = json.len() <= FINITE_DIGITS && !json.contains(['e', 'E']);
    if is_plain { 0.0 } else { nearest(json) }
}

/// The JSON's number.
fn exact(json: &str) -> f64 {
    if json.len() <= EXACT_DIGITS && json.bytes().all(|byte| byte.is_ascii_digit()) {
        json.bytes().fold(0.0, |number, digit| {
            number * 10.0 + f64::from(digit.wrapping_sub(b'0'))
        })
    } else {
        nearest(json)
    }
}
