//! What a verified delivery says.

use std::ffi::c_char;

use overten_webhook::{EventKind, IdempotencyKey, Scope};

use crate::error::Failure;
use crate::fields::{Decoded, keep};
use crate::pointers::{self, Body, Caller, Out, entry};
use crate::status::Status;
use crate::types::{Key, View, terminated};

/// A run completed: the kind of `run.completed`.
pub const OVERTEN_KIND_RUN_COMPLETED: u32 = 1;
/// A run failed: the kind of `run.failed`.
pub const OVERTEN_KIND_RUN_FAILED: u32 = 2;
/// An event that this version does not know: read its name.
pub const OVERTEN_KIND_OTHER: u32 = 3;

/// The key of an event and its run: right unless you resume runs.
pub const OVERTEN_KEY_RUN: u32 = 1;
/// The key of an event, its run and its task: right where runs are resumed, so that each task counts.
pub const OVERTEN_KEY_TASK: u32 = 2;
/// The key of a body, for a delivery whose event cannot be read.
pub const OVERTEN_KEY_BODY: u32 = 4;

/// An event, read from a delivery. It refers to the delivery's body, which must stay until the event is freed.
#[derive(Debug)]
pub struct Event {
    pub(crate) event: overten_webhook::Event<Body>,
    /// Texts that were sent with escapes, decoded when first asked for.
    pub(crate) decoded: Decoded,
}

impl Event {
    pub(crate) fn new(event: overten_webhook::Event<Body>) -> Self {
        Self {
            event,
            decoded: Decoded::default(),
        }
    }
}

/// The number of a kind.
pub(crate) fn kind(kind: EventKind<'_>) -> u32 {
    match kind {
        EventKind::RunCompleted => OVERTEN_KIND_RUN_COMPLETED,
        EventKind::RunFailed => OVERTEN_KIND_RUN_FAILED,
        EventKind::Other(_) => OVERTEN_KIND_OTHER,
    }
}

/// The setting that a number means.
pub(crate) fn scope(scope: u32) -> Result<Scope, Failure> {
    match scope {
        OVERTEN_KEY_RUN => Ok(Scope::Run),
        OVERTEN_KEY_TASK => Ok(Scope::Task),
        _ => Err(Failure::Argument(
            "scope is neither OVERTEN_KEY_RUN nor OVERTEN_KEY_TASK",
        )),
    }
}

pub(crate) fn key(key: &IdempotencyKey) -> Key {
    Key {
        text: terminated(key.as_str()),
    }
}

/// Ends an event and every view that came from it. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_free(event: *mut Event) {
    // SAFETY: the convention: NULL, or from `overten_delivery_event` and not freed yet.
    unsafe { pointers::free(event) }
}

/// Which kind of event it is: one of `OVERTEN_KIND_...`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_kind(event: *const Event, out_kind: *mut u32) -> Status {
    let body = |caller: &Caller<'_>| {
        let (event, out) = (caller.object(event)?, caller.out(out_kind)?);
        out.write(kind(event.event.kind()));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// The event's name as sent, such as `run.completed`; never absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_name(event: *const Event, out_name: *mut View) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe { text(event, out_name, |event| View::of(event.event.name())) }
}

/// The run (the durable document); never absent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_run_id(
    event: *const Event,
    out_run_id: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe { text(event, out_run_id, |event| View::of(event.event.run_id())) }
}

/// The task (one execution). Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_task_id(
    event: *const Event,
    out_task_id: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_task_id, |event| {
            View::of_option(event.event.task_id())
        })
    }
}

/// The error's code, whichever form the error was sent in. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_error_code(
    event: *const Event,
    out_error_code: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_error_code, |event| {
            let code = event.event.error().and_then(|error| error.code);
            keep(&event.decoded.error_code, code)
        })
    }
}

/// The error's message, whichever form the error was sent in. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_error_message(
    event: *const Event,
    out_error_message: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_error_message, |event| {
            let message = event.event.error().and_then(|error| error.message);
            keep(&event.decoded.error_message, message)
        })
    }
}

/// Any top-level member by its name, known or not, as the JSON text that was sent: no digit is lost.
///
/// Where a name stands twice the last one counts. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_member(
    event: *const Event,
    name: *const c_char,
    name_len: usize,
    out_json: *mut View,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (event, name) = (caller.object(event)?, caller.text(name, name_len)?);
        let name = std::str::from_utf8(name).ok();
        let json = name.and_then(|name| event.event.member(name));
        caller.out(out_json)?.write(View::of_option(json));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// The key under which the event is taken in exactly once.
///
/// `scope` is `OVERTEN_KEY_RUN`, or `OVERTEN_KEY_TASK` where you resume runs. An event without a `task_id` has the key of its
/// body in task scope, so that two tasks never look like one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_idempotency_key(
    event: *const Event,
    scope: u32,
    out_key: *mut Key,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (event, out) = (caller.object(event)?, caller.out(out_key)?);
        out.write(key(&event.event.idempotency_key(self::scope(scope)?)));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// # Safety
///
/// As for [`entry`].
pub(crate) unsafe fn text(
    event: *const Event,
    out: *mut View,
    read: impl Fn(&Event) -> View,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (event, out) = (caller.object(event)?, caller.out(out)?);
        out.write(read(event));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// # Safety
///
/// As for [`entry`].
pub(crate) unsafe fn number<T: Default>(
    event: *const Event,
    out_present: *mut bool,
    out_number: *mut T,
    read: impl Fn(&overten_webhook::Event<Body>) -> Option<T>,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let event = caller.object(event)?;
        let (present, out): (Out<bool>, Out<T>) =
            (caller.out(out_present)?, caller.out(out_number)?);
        let number = read(&event.event);
        present.write(number.is_some());
        out.write(number.unwrap_or_default());
        Ok::<(), Failure>(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}
