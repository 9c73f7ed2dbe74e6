//! A whole delivery as one record, for bindings to other languages. `README.md` has the layout.

use std::borrow::Cow;
use std::ffi::{c_char, c_void};

use overten_webhook::{
    Code, Delivery as CoreDelivery, Event, Fields, IdempotencyKey, PayloadError, Scope,
};

use crate::delivery::Delivery;
use crate::error::{self, Error, Failure};
use crate::event::{self, OVERTEN_KEY_BODY, OVERTEN_KEY_RUN, OVERTEN_KEY_TASK};
use crate::headers::from_values;
use crate::pointers::{Body, Caller, entry, entry_with_error};
use crate::status::Status;
use crate::verifier::Verifier;
use crate::verify::verify;

const NUMBERS_BYTES: usize = 48;
const SLOT_BYTES: usize = 8;
/// The texts that every record has, present or absent: the slots before those of the optional fields.
const TEXTS: usize = 10;
const ABSENT: u64 = u64::MAX;

/// Room for a key and a few fields with escapes, so that a usual record allocates once.
const USUAL_TEXTS_BYTES: usize = 256;

/// Verifies a delivery, reads its event and writes all of it as one record: for bindings to other languages.
///
/// The arguments are those of `overten_verify`, and so are the statuses; a delivery whose payload is malformed is authentic,
/// so `OVERTEN_OK`, and the record says what is wrong. `keys` is a sum of `OVERTEN_KEY_...`: the keys that the record is
/// to hold. `*out_packed_len` is the record's length; where that is more than `out_packed_capacity` nothing is written to
/// `out_packed`: call again with more room. Nothing of the arguments is kept. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verify_packed(
    verifier: *const Verifier,
    signature: *const c_char,
    signature_len: usize,
    timestamp: *const c_char,
    timestamp_len: usize,
    body: *const c_void,
    body_len: usize,
    now_unix_seconds: i64,
    keys: u32,
    out_packed: *mut c_void,
    out_packed_capacity: usize,
    out_packed_len: *mut usize,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let verifier = caller.object(verifier)?;
        let body = caller.body(body.cast(), body_len)?;
        let out = caller.out_bytes(out_packed.cast(), out_packed_capacity)?;
        let out_len = caller.out(out_packed_len)?;
        let signature = (signature, signature_len);
        let headers = from_values(caller, signature, (timestamp, timestamp_len))?;
        let delivery = verify(verifier, &headers, body, now_unix_seconds)?;
        let record = record(&delivery, keys)?;
        out_len.write(record.len());
        out.write_if_it_fits(&record);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, run) }
}

/// The record of `overten_verify_packed`, of a delivery that is there already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_packed(
    delivery: *const Delivery,
    keys: u32,
    out_packed: *mut c_void,
    out_packed_capacity: usize,
    out_packed_len: *mut usize,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let delivery = caller.object(delivery)?;
        let out = caller.out_bytes(out_packed.cast(), out_packed_capacity)?;
        let out_len = caller.out(out_packed_len)?;
        let record = record(&delivery.delivery, keys)?;
        out_len.write(record.len());
        out.write_if_it_fits(&record);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(run) }
}

fn record(delivery: &CoreDelivery<Body>, keys: u32) -> Result<Vec<u8>, Failure> {
    record_of(delivery, &delivery.event(), keys)
}

pub(crate) fn record_of(
    delivery: &CoreDelivery<Body>,
    read: &Result<Event<Body>, PayloadError>,
    keys: u32,
) -> Result<Vec<u8>, Failure> {
    if keys & !(OVERTEN_KEY_RUN | OVERTEN_KEY_TASK | OVERTEN_KEY_BODY) != 0 {
        return Err(Code::InvalidArgument.into());
    }
    let (event, problem) = (read.as_ref().ok(), read.as_ref().err());
    let fields = event.map(Event::all_fields);
    let members = fields.map_or(0, |fields| fields.members().len());
    let mut record = Record::new(delivery.body(), members);
    record.numbers(delivery, fields, problem, members);
    record.identity(fields);
    record.keys(delivery, event, keys);
    record.text(problem.and_then(|problem| problem.field()));
    record.text(problem.map(ToString::to_string).as_deref());
    record.optional(fields);
    for (name, json) in fields.into_iter().flat_map(Fields::members) {
        record.text(Some(name));
        record.text(Some(json));
    }
    record.finish()
}

macro_rules! optional {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        const OPTIONAL: usize = [$(stringify!($name)),*].len();

        impl Record<'_> {
            fn optional(&mut self, event: Option<Fields<'_, &str>>) {
                $(self.slot(event.and_then(Fields::$name).map(Value::$type));)*
            }
        }
    };
}

overten_webhook::optional_fields!(optional);

/// What a slot holds.
enum Value<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    WholeNumber(u64),
}

/// A record that is being written: numbers and slots one after the other, and behind the room for all of them the texts.
struct Record<'a> {
    body: &'a [u8],
    bytes: Vec<u8>,
    /// Where the next number goes.
    next: usize,
}

impl<'a> Record<'a> {
    fn new(body: &'a [u8], members: usize) -> Self {
        let front_bytes = NUMBERS_BYTES + (TEXTS + OPTIONAL + 2 * members) * SLOT_BYTES;
        let mut bytes = Vec::with_capacity(front_bytes + USUAL_TEXTS_BYTES);
        bytes.resize(front_bytes, 0);
        let next = 0;
        Self { body, bytes, next }
    }

    fn numbers(
        &mut self,
        delivery: &CoreDelivery<Body>,
        event: Option<Fields<'_, &str>>,
        problem: Option<&PayloadError>,
        members: usize,
    ) {
        let status = problem.map_or(Code::Ok, |problem| problem.code()).number();
        let kind = event.map_or(0, |event| event::kind(event.kind()));
        self.number(0_u32.to_le_bytes()); // the length, which `finish` knows
        self.number(status.to_le_bytes());
        self.number(delivery.verdict().timestamp().get().to_le_bytes());
        self.number(delivery.verdict().age_seconds().to_le_bytes());
        self.number(small(delivery.verdict().secret_index()).to_le_bytes());
        self.number(kind.to_le_bytes());
        self.number(small(TEXTS + OPTIONAL).to_le_bytes());
        self.number(small(members).to_le_bytes());
        self.number(problem.map_or(-1, error::offset).to_le_bytes());
    }

    fn number<const N: usize>(&mut self, number: [u8; N]) {
        let rest = self.bytes.get_mut(self.next..).unwrap_or_default();
        if let Some(place) = rest.first_chunk_mut() {
            *place = number;
        }
        self.next += N;
    }

    fn identity(&mut self, event: Option<Fields<'_, &str>>) {
        self.text(event.map(Fields::name));
        self.text(event.map(Fields::run_id));
        self.text(event.and_then(Fields::task_id));
        let error = event.and_then(Fields::error);
        let (code, message) = error.map_or((None, None), |error| (error.code, error.message));
        self.text(code.as_deref());
        self.text(message.as_deref());
    }

    fn keys(&mut self, delivery: &CoreDelivery<Body>, event: Option<&Event<Body>>, asked: u32) {
        for (key, scope) in [
            (OVERTEN_KEY_RUN, Scope::Run),
            (OVERTEN_KEY_TASK, Scope::Task),
        ] {
            let event = event.filter(|_| asked & key != 0);
            self.key(event.map(|event| event.idempotency_key(scope)));
        }
        let needs_body_key = asked & OVERTEN_KEY_BODY != 0 || event.is_none();
        self.key(needs_body_key.then(|| delivery.body_key()));
    }

    fn key(&mut self, key: Option<IdempotencyKey>) {
        self.text(key.as_ref().map(IdempotencyKey::as_str));
    }

    fn slot(&mut self, value: Option<Value<'_>>) {
        match value {
            None => self.text(None),
            Some(Value::Text(text)) => self.text(Some(&text)),
            Some(Value::Number(number)) => self.number(number.to_le_bytes()),
            Some(Value::WholeNumber(number)) => self.number(number.to_le_bytes()),
        }
    }

    /// Writes the next slot: a ref into the body where the text is a part of it, else to a copy behind everything.
    fn text(&mut self, text: Option<&str>) {
        let slot = text.map_or(ABSENT, |text| {
            let (offset, len) = (self.place(text.as_bytes()), small(text.len()));
            u64::from(len) << u32::BITS | u64::from(offset)
        });
        self.number(slot.to_le_bytes());
    }

    fn place(&mut self, text: &[u8]) -> u32 {
        let offset = text.as_ptr().addr().wrapping_sub(self.body.as_ptr().addr());
        if offset < self.body.len() {
            return small(offset);
        }
        let offset = self.body.len() + self.bytes.len();
        self.bytes.extend_from_slice(text);
        small(offset)
    }

    /// The record, unless it and the body together are so long that a number in it may be wrong.
    fn finish(mut self) -> Result<Vec<u8>, Failure> {
        if small(self.body.len() + self.bytes.len()) == u32::MAX {
            return Err(Code::InvalidArgument.into());
        }
        self.next = 0;
        self.number(small(self.bytes.len()).to_le_bytes());
        Ok(self.bytes)
    }
}

/// A number of a record, or the largest there is: see [`Record::finish`].
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
