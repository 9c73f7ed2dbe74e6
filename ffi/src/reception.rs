//! One request, step by step. What follows what, and what is answered and logged, is the core's.

use std::ffi::{c_char, c_void};
use std::ptr;

use overten_webhook::{
    Asked, Ending as CoreEnding, OutOfTurn, Outcome, PLAIN_BYTES, Received, Request,
    Step as CoreStep, UnixSeconds,
};

use crate::delivery::Delivery;
use crate::error::{Error, Failure};
use crate::event::{self, Event};
use crate::headers::pairs;
use crate::packed;
use crate::pointers::{Body, Caller, Out, entry, entry_with_error};
use crate::receiver::Receiver;
use crate::status::Status;
use crate::types::{Ending, Header, Key, Reception, Step, View};

pub use raw_line::{OVERTEN_RAW_LINE_BYTES, overten_reception_raw_line};

use next::{NO_RECEPTION, Next, reading_of};
use told::{Said, Told, named_of, names_of};

mod next;
mod raw_line;
mod told;

/// Read the body, at most `max_body_bytes` and one more, then call `overten_reception_body` (or `overten_reception_broken_off`).
pub const OVERTEN_STEP_READ_BODY: u32 = 1;
/// Claim the key in the store: `OVERTEN_OUTCOME_NEW`, `..._DUPLICATE`, `..._IN_FLIGHT` or `..._FAILED`.
pub const OVERTEN_STEP_CLAIM: u32 = 2;
/// Call your function for events: `OVERTEN_OUTCOME_DONE`, `..._FAILED` or `..._FAILED_FOR_GOOD`.
pub const OVERTEN_STEP_HAND_ON: u32 = 3;
/// Keep the delivery durably, for a person to look at: `OVERTEN_OUTCOME_DONE` or `..._FAILED`.
pub const OVERTEN_STEP_SET_ASIDE: u32 = 4;
/// Commit the claim in the store: `OVERTEN_OUTCOME_DONE`, `..._CLAIM_LOST` or `..._FAILED`.
pub const OVERTEN_STEP_COMMIT: u32 = 5;
/// Release the claim in the store, if it is yours: `OVERTEN_OUTCOME_DONE`, `..._CLAIM_LOST` or `..._FAILED`.
pub const OVERTEN_STEP_RELEASE: u32 = 6;
/// Call `overten_reception_end`, answer what it says, and log its line.
pub const OVERTEN_STEP_ANSWER: u32 = 7;

/// The store gave the claim.
pub const OVERTEN_OUTCOME_NEW: u32 = 5;
/// The key was handled before.
pub const OVERTEN_OUTCOME_DUPLICATE: u32 = 8;
/// Somebody is handling the key.
pub const OVERTEN_OUTCOME_IN_FLIGHT: u32 = 9;
/// It was done: what your function was given is durable, or the store did as it was asked.
pub const OVERTEN_OUTCOME_DONE: u32 = 10;
/// The claim was no longer the caller's.
pub const OVERTEN_OUTCOME_CLAIM_LOST: u32 = 11;
/// It failed, or nobody knows: Overten sends the delivery again. Its words are one of the `whys` at the end.
pub const OVERTEN_OUTCOME_FAILED: u32 = 12;
/// It failed, and always would: the delivery is set aside. Its words are one of the `whys` at the end.
pub const OVERTEN_OUTCOME_FAILED_FOR_GOOD: u32 = 13;

/// Nobody must look at the log line.
pub const OVERTEN_LEVEL_INFO: u32 = 1;
/// Somebody must, at leisure: it was answered well, or will be sent again.
pub const OVERTEN_LEVEL_WARN: u32 = 2;
/// Somebody must now: an event is lost, kept aside or held up until it is mended.
pub const OVERTEN_LEVEL_ERROR: u32 = 3;

/// Room for the longest log line there is, its NUL included.
pub const OVERTEN_LINE_BYTES: usize = 20480;

/// Keeps a number out of this file from differing with the core's: the header needs literals.
const _: () = {
    assert!(OVERTEN_STEP_READ_BODY == Asked::ReadBody as u32);
    assert!(OVERTEN_STEP_CLAIM == Asked::Claim as u32);
    assert!(OVERTEN_STEP_HAND_ON == Asked::HandOn as u32);
    assert!(OVERTEN_STEP_SET_ASIDE == Asked::SetAside as u32);
    assert!(OVERTEN_STEP_COMMIT == Asked::Commit as u32);
    assert!(OVERTEN_STEP_RELEASE == Asked::Release as u32);
    assert!(OVERTEN_STEP_ANSWER == Asked::Answer as u32);
    assert!(OVERTEN_OUTCOME_NEW == Outcome::New as u32);
    assert!(OVERTEN_OUTCOME_DUPLICATE == Outcome::Duplicate as u32);
    assert!(OVERTEN_OUTCOME_IN_FLIGHT == Outcome::InFlight as u32);
    assert!(OVERTEN_OUTCOME_DONE == Outcome::Done as u32);
    assert!(OVERTEN_OUTCOME_CLAIM_LOST == Outcome::ClaimLost as u32);
    assert!(OVERTEN_OUTCOME_FAILED == Outcome::Failed as u32);
    assert!(OVERTEN_OUTCOME_FAILED_FOR_GOOD == Outcome::FailedForGood as u32);
    assert!(size_of::<Reception>() == PLAIN_BYTES);
};

/// Begins with a request, before any of its body is read.
///
/// `target` is the path, with or without a query, or a whole URL, as received. `headers` are all of the request's, the repeated
/// ones too; at least the two signed ones, `Content-Length` and `X-Overten-Event`. `at_ms` is now on any clock that counts
/// milliseconds and does not go back: the same one in every call. Nothing of the arguments is kept.
///
/// `*out_step` is `OVERTEN_STEP_READ_BODY`, or `OVERTEN_STEP_ANSWER` for what is not this receiver's or cannot be Overten's. A status
/// other than `OVERTEN_OK` is the caller's own fault, here and in all that follow, never the sender's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_begin(
    receiver: *const Receiver,
    method: *const c_char,
    method_len: usize,
    target: *const c_char,
    target_len: usize,
    headers: *const Header,
    headers_len: usize,
    at_ms: u64,
    out_reception: *mut Reception,
    out_step: *mut Step,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let receiver = caller.object(receiver)?;
        let request = Request {
            method: caller.text(method, method_len)?,
            target: caller.text(target, target_len)?,
        };
        let headers = pairs(caller, headers, headers_len)?;
        let (reception, step) = (caller.out(out_reception)?, caller.out(out_step)?);
        let next = match receiver.receiver.begin(request, headers, at_ms) {
            Ok(reading) => Next::ReadBody(reading),
            Err(ending) => Next::Step(CoreStep::Answer(ending)),
        };
        let mut begun = Reception { opaque: [0; 11] };
        next.write(&mut begun, step);
        reception.write(begun);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(run) }
}

/// The whole body is there, or more of it than is of interest: verifies it, reads it and makes the key to claim, in one call.
///
/// `now_unix_seconds` is your clock. For an authentic, fresh delivery `*out_step` is `OVERTEN_STEP_CLAIM`, `*out_key` is the key to
/// claim, `*out_delivery` the delivery (freed with `overten_delivery_free`) and `*out_event` its event (freed with
/// `overten_event_free`), NULL where it cannot be read: `overten_delivery_event` says why. Both refer to the body, which must
/// stay until they are freed. For anything else the step is `OVERTEN_STEP_ANSWER`, the two are NULL and the key is empty.
/// `OVERTEN_INVALID_ARGUMENT` where no body was asked for; `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_body(
    receiver: *const Receiver,
    reception: *mut Reception,
    body: *const c_void,
    body_len: usize,
    now_unix_seconds: i64,
    out_delivery: *mut *mut Delivery,
    out_event: *mut *mut Event,
    out_key: *mut Key,
    out_step: *mut Step,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let (receiver, reception) = (caller.object(receiver)?, caller.object_mut(reception)?);
        let body = caller.body(body.cast(), body_len)?;
        let (delivery, event) = (caller.out(out_delivery)?, caller.out(out_event)?);
        let (key, step) = (caller.out(out_key)?, caller.out(out_step)?);
        let next = match whole(receiver, reception, body, now_unix_seconds)? {
            Ok(received) => {
                key.write(event::key(&received.key));
                delivery.give(Delivery::new(received.delivery));
                match received.event {
                    Ok(read) => event.give(Event::new(read)),
                    Err(_) => event.write(ptr::null_mut()),
                }
                CoreStep::Claim(received.claiming)
            }
            Err(ending) => {
                key.write(NO_KEY);
                delivery.write(ptr::null_mut());
                event.write(ptr::null_mut());
                CoreStep::Answer(ending)
            }
        };
        Next::Step(next).write(reception, step);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, run) }
}

/// `overten_reception_body` with the delivery and its event as one record, for bindings to other languages.
///
/// `keys` and the record are as in `overten_verify_packed`. Where nothing is to be claimed `*out_packed_len` is 0. Where it is
/// more than `out_packed_capacity`, it is all that was written and the reception has not moved: call again with more room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_body_packed(
    receiver: *const Receiver,
    reception: *mut Reception,
    body: *const c_void,
    body_len: usize,
    now_unix_seconds: i64,
    keys: u32,
    out_packed: *mut c_void,
    out_packed_capacity: usize,
    out_packed_len: *mut usize,
    out_key: *mut Key,
    out_step: *mut Step,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let (receiver, reception) = (caller.object(receiver)?, caller.object_mut(reception)?);
        let body = caller.body(body.cast(), body_len)?;
        let out = caller.out_bytes(out_packed.cast(), out_packed_capacity)?;
        let out_len = caller.out(out_packed_len)?;
        let (key, step) = (caller.out(out_key)?, caller.out(out_step)?);
        let next = match whole(receiver, reception, body, now_unix_seconds)? {
            Ok(received) => {
                let record = packed::record_of(&received.delivery, &received.event, keys)?;
                out_len.write(record.len());
                if !out.write_if_it_fits(&record) {
                    return Ok(());
                }
                key.write(event::key(&received.key));
                CoreStep::Claim(received.claiming)
            }
            Err(ending) => {
                out_len.write(0);
                key.write(NO_KEY);
                CoreStep::Answer(ending)
            }
        };
        Next::Step(next).write(reception, step);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, run) }
}

/// The body could not be read to its end. Why is one of the `whys` at the end.
///
/// `*out_step` is `OVERTEN_STEP_ANSWER`. `OVERTEN_INVALID_ARGUMENT` where no body was asked for; `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_broken_off(
    reception: *mut Reception,
    out_step: *mut Step,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let (reception, step) = (caller.object_mut(reception)?, caller.out(out_step)?);
        let ending = reading_of(reception)?.broken_off();
        Next::Step(CoreStep::Answer(ending)).write(reception, step);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, run) }
}

/// Goes on with what came of the step that was asked last: one of `OVERTEN_OUTCOME_...` that is said there to answer it.
///
/// `at_ms` is now; for `OVERTEN_STEP_CLAIM` it is when your function can begin, and `asked_at_ms` when the store was asked: where the
/// lease has lapsed between the two, the function does not begin. Elsewhere `asked_at_ms` is not looked at.
///
/// An outcome that was not asked for is `OVERTEN_INVALID_ARGUMENT`, with both named in the message, and so are bytes that are no
/// reception; the reception is then as it was. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_advance(
    reception: *mut Reception,
    outcome: u32,
    asked_at_ms: u64,
    at_ms: u64,
    out_step: *mut Step,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let (reception, step) = (caller.object_mut(reception)?, caller.out(out_step)?);
        let outcome = outcome_of(outcome)?;
        let next = match Next::of(reception).ok_or(NO_RECEPTION)? {
            Next::Step(asked) => asked.advance(outcome, asked_at_ms, at_ms)?,
            Next::ReadBody(_) => {
                let asked = Asked::ReadBody;
                return Err(OutOfTurn { asked, outcome }.into());
            }
        };
        Next::Step(next).write(reception, step);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, run) }
}

/// The step is not done by its `answer_by_ms`: gives what to answer meanwhile, and the line to log. The step goes on.
///
/// The arguments are those of `overten_reception_end`. Where `*out_line_len` is 0 there is nothing to answer or log now: the
/// sender has its answer, or, while the body was read, is to get it by `overten_reception_end`. `*out_step` is the step to go on
/// with: the same one without a deadline, or `OVERTEN_STEP_ANSWER` where the body did not come. At the end of it all the line is
/// a second one, and there is nothing to answer any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_late(
    receiver: *const Receiver,
    reception: *mut Reception,
    event: *const Event,
    whys: *const View,
    whys_len: usize,
    at_ms: u64,
    out_ending: *mut Ending,
    out_line: *mut c_char,
    out_line_capacity: usize,
    out_line_len: *mut usize,
    out_step: *mut Step,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let named = named_of(event, caller);
        let said = Said::new(caller, receiver, named, whys, whys_len, at_ms)?;
        let out = Told::new(
            caller,
            out_ending,
            out_line,
            out_line_capacity,
            out_line_len,
        )?;
        late(
            &said,
            caller.object_mut(reception)?,
            out,
            caller.out(out_step)?,
        )
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(run) }
}

/// `overten_reception_late` for a binding that has the event's names instead of the event; see `overten_reception_end_named`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_late_named(
    receiver: *const Receiver,
    reception: *mut Reception,
    event_name: *const c_char,
    event_name_len: usize,
    run_id: *const c_char,
    run_id_len: usize,
    task_id: *const c_char,
    task_id_len: usize,
    whys: *const View,
    whys_len: usize,
    at_ms: u64,
    out_ending: *mut Ending,
    out_line: *mut c_char,
    out_line_capacity: usize,
    out_line_len: *mut usize,
    out_step: *mut Step,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let names = [
            (event_name, event_name_len),
            (run_id, run_id_len),
            (task_id, task_id_len),
        ];
        let named = names_of(caller, names)?;
        let said = Said::new(caller, receiver, named, whys, whys_len, at_ms)?;
        let out = Told::new(
            caller,
            out_ending,
            out_line,
            out_line_capacity,
            out_line_len,
        )?;
        late(
            &said,
            caller.object_mut(reception)?,
            out,
            caller.out(out_step)?,
        )
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(run) }
}

/// Ends the reception, at `OVERTEN_STEP_ANSWER`: gives what to answer, and the one line to log.
///
/// `event` is the delivery's, NULL where there is none. `whys` are your words for each thing that was reported as broken off, failed
/// or failed for good, in that order; an empty one where there are none. `at_ms` is now.
///
/// `out_line` gets the line: one JSON object, without a newline, NUL-terminated, and `*out_line_len` its length without the NUL.
/// `OVERTEN_LINE_BYTES` of room are always enough; where there is too little (the length is not less than
/// `out_line_capacity`), the length is all that was written and the reception has not ended: call again with more.
///
/// `OVERTEN_INVALID_ARGUMENT` before `OVERTEN_STEP_ANSWER`, and for a reception that has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_end(
    receiver: *const Receiver,
    reception: *mut Reception,
    event: *const Event,
    whys: *const View,
    whys_len: usize,
    at_ms: u64,
    out_ending: *mut Ending,
    out_line: *mut c_char,
    out_line_capacity: usize,
    out_line_len: *mut usize,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let named = named_of(event, caller);
        let said = Said::new(caller, receiver, named, whys, whys_len, at_ms)?;
        let out = Told::new(
            caller,
            out_ending,
            out_line,
            out_line_capacity,
            out_line_len,
        )?;
        end(&said, caller.object_mut(reception)?, out)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(run) }
}

/// `overten_reception_end` for a binding that has the event's names instead of the event.
///
/// `event_name`, `run_id` and `task_id` are what the record has as `name`, `run_id` and `task_id`: UTF-8, the first two NULL with
/// length 0 where there is no event, the third one where there is no task.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_end_named(
    receiver: *const Receiver,
    reception: *mut Reception,
    event_name: *const c_char,
    event_name_len: usize,
    run_id: *const c_char,
    run_id_len: usize,
    task_id: *const c_char,
    task_id_len: usize,
    whys: *const View,
    whys_len: usize,
    at_ms: u64,
    out_ending: *mut Ending,
    out_line: *mut c_char,
    out_line_capacity: usize,
    out_line_len: *mut usize,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let names = [
            (event_name, event_name_len),
            (run_id, run_id_len),
            (task_id, task_id_len),
        ];
        let named = names_of(caller, names)?;
        let said = Said::new(caller, receiver, named, whys, whys_len, at_ms)?;
        let out = Told::new(
            caller,
            out_ending,
            out_line,
            out_line_capacity,
            out_line_len,
        )?;
        end(&said, caller.object_mut(reception)?, out)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(run) }
}

const NO_KEY: Key = Key { text: [0; 400] };

fn whole(
    receiver: &Receiver,
    reception: &Reception,
    body: Body,
    now_unix_seconds: i64,
) -> Result<Result<Received<Body>, CoreEnding>, Failure> {
    let now = UnixSeconds::new(now_unix_seconds);
    Ok(reading_of(reception)?.whole(&receiver.receiver, body, now))
}

fn outcome_of(number: u32) -> Result<Outcome, Failure> {
    let sayable = [
        Outcome::New,
        Outcome::Duplicate,
        Outcome::InFlight,
        Outcome::Done,
        Outcome::ClaimLost,
        Outcome::Failed,
        Outcome::FailedForGood,
    ];
    let mut sayable = sayable.into_iter();
    let found = sayable.find(|outcome| *outcome as u32 == number);
    found.ok_or(Failure::Argument(
        "the outcome is none of OVERTEN_OUTCOME_...",
    ))
}

fn late(
    said: &Said<'_>,
    reception: &mut Reception,
    out: Told,
    step: Out<Step>,
) -> Result<(), Failure> {
    let (meanwhile, next) = match Next::of(reception).ok_or(NO_RECEPTION)? {
        Next::ReadBody(reading) => (None, CoreStep::Answer(reading.late())),
        Next::Step(step) => step.late(),
    };
    match meanwhile {
        None => out.nothing(),
        Some(ending) => {
            if !out.write(said, &ending)? {
                return Ok(());
            }
        }
    }
    Next::Step(next).write(reception, step);
    Ok(())
}

fn end(said: &Said<'_>, reception: &mut Reception, out: Told) -> Result<(), Failure> {
    let Some(Next::Step(CoreStep::Answer(ending))) = Next::of(reception) else {
        return Err(NO_RECEPTION);
    };
    if out.write(said, &ending)? {
        reception.opaque = [0; 11];
    }
    Ok(())
}
