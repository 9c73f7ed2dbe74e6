//! A whole delivery as one record, for bindings to other languages. `README.md` has the layout.

use std::borrow::Cow;
use std::ffi::{c_char, c_void};

use overten_webhook::{Code, Delivery as CoreDelivery, Event, IdempotencyKey, PayloadError, Scope};

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

/// Room for a key and a few fields with escapes, so that a usual record allocates twice.
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
    let members: Vec<_> = event.map_or_else(Vec::new, |event| event.members().collect());
    let mut record = Record::new(delivery.body(), members.len());
    record.numbers(delivery, event, problem, small(members.len())?)?;
    record.identity(event)?;
    record.keys(delivery, event, keys)?;
    record.text(problem.and_then(|problem| problem.field()))?;
    record.text(problem.map(ToString::to_string).as_deref())?;
    let optional = event.map_or([const { None }; OPTIONAL], optional);
    optional
        .into_iter()
        .try_for_each(|value| record.slot(value))?;
    for (name, json) in members {
        record.text(Some(name))?;
        record.text(Some(json))?;
    }
    record.finish()
}

macro_rules! optional {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        const OPTIONAL: usize = [$(stringify!($name)),*].len();

        fn optional(event: &Event<Body>) -> [Option<Value<'_>>; OPTIONAL] {
            [$(event.$name().map(Value::$type)),*]
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

/// A record that is being written: numbers, then the slots one after the other, and apart from them the texts behind.
struct Record<'a> {
    body: &'a [u8],
    front: Vec<u8>,
    texts: Vec<u8>,
    /// How long `front` becomes.
    front_bytes: usize,
}

impl<'a> Record<'a> {
    fn new(body: &'a [u8], members: usize) -> Self {
        let front_bytes = NUMBERS_BYTES + (TEXTS + OPTIONAL + 2 * members) * SLOT_BYTES;
        Self {
            body,
            front: Vec::with_capacity(front_bytes + USUAL_TEXTS_BYTES),
            texts: Vec::with_capacity(USUAL_TEXTS_BYTES),
            front_bytes,
        }
    }

    fn numbers(
        &mut self,
        delivery: &CoreDelivery<Body>,
        event: Option<&Event<Body>>,
        problem: Option<&PayloadError>,
        members: u32,
    ) -> Result<(), Failure> {
        let status = problem.map_or(Code::Ok, |problem| problem.code()).number();
        let kind = event.map_or(0, |event| event::kind(event.kind()));
        self.number(0_u32.to_le_bytes()); // the length, which `finish` knows
        self.number(status.to_le_bytes());
        self.number(delivery.verdict().timestamp().get().to_le_bytes());
        self.number(delivery.verdict().age_seconds().to_le_bytes());
        self.number(small(delivery.verdict().secret_index())?.to_le_bytes());
        self.number(kind.to_le_bytes());
        self.number(small(TEXTS + OPTIONAL)?.to_le_bytes());
        self.number(members.to_le_bytes());
        self.number(problem.map_or(-1, error::offset).to_le_bytes());
        Ok(())
    }

    fn number<const N: usize>(&mut self, bytes: [u8; N]) {
        self.front.extend_from_slice(&bytes);
    }

    fn identity(&mut self, event: Option<&Event<Body>>) -> Result<(), Failure> {
        self.text(event.map(Event::name))?;
        self.text(event.map(Event::run_id))?;
        self.text(event.and_then(Event::task_id))?;
        let error = event.and_then(Event::error);
        let (code, message) = error.map_or((None, None), |error| (error.code, error.message));
        self.text(code.as_deref())?;
        self.text(message.as_deref())
    }

    fn keys(
        &mut self,
        delivery: &CoreDelivery<Body>,
        event: Option<&Event<Body>>,
        asked: u32,
    ) -> Result<(), Failure> {
        let of_event = |key, scope| {
            let event = event.filter(|_| asked & key != 0);
            event.map(|event| event.idempotency_key(scope))
        };
        let (run, task) = (
            of_event(OVERTEN_KEY_RUN, Scope::Run),
            of_event(OVERTEN_KEY_TASK, Scope::Task),
        );
        let needs_body_key = asked & OVERTEN_KEY_BODY != 0 || event.is_none();
        let body = needs_body_key.then(|| delivery.body_key());
        for key in [run, task, body] {
            self.text(key.as_ref().map(IdempotencyKey::as_str))?;
        }
        Ok(())
    }

    fn slot(&mut self, value: Option<Value<'_>>) -> Result<(), Failure> {
        match value {
            None => self.text(None)?,
            Some(Value::Text(text)) => self.text(Some(&text))?,
            Some(Value::Number(number)) => self.number(number.to_le_bytes()),
            Some(Value::WholeNumber(number)) => self.number(number.to_le_bytes()),
        }
        Ok(())
    }

    /// Writes the next slot: a ref into the body where the text is a part of it, else to a copy behind everything.
    fn text(&mut self, text: Option<&str>) -> Result<(), Failure> {
        let slot = match text {
            None => ABSENT,
            Some(text) => {
                let (offset, len) = (self.place(text.as_bytes())?, small(text.len())?);
                u64::from(len) << u32::BITS | u64::from(offset)
            }
        };
        self.number(slot.to_le_bytes());
        Ok(())
    }

    fn place(&mut self, text: &[u8]) -> Result<u32, Failure> {
        let (start, body) = (text.as_ptr().addr(), self.body.as_ptr_range());
        if (body.start.addr()..body.end.addr()).contains(&start) {
            return small(start - body.start.addr());
        }
        let offset = self.body.len() + self.front_bytes + self.texts.len();
        self.texts.extend_from_slice(text);
        small(offset)
    }

    fn finish(mut self) -> Result<Vec<u8>, Failure> {
        self.front.append(&mut self.texts);
        let len = small(self.front.len())?.to_le_bytes();
        if let Some(slot) = self.front.first_chunk_mut() {
            *slot = len;
        }
        Ok(self.front)
    }
}

/// A number of a record. A body that needs more than 32 bits of it, or the offset of an absent text, has no record.
fn small(number: usize) -> Result<u32, Failure> {
    let small = u32::try_from(number)
        .ok()
        .filter(|small| *small != u32::MAX);
    small.ok_or_else(|| Code::InvalidArgument.into())
}
