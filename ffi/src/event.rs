//! What a verified delivery says.

use std::borrow::Cow;
use std::ffi::c_char;
use std::sync::OnceLock;

use overten_webhook::{EventKind, IdempotencyKey, Scope};

use crate::error::Failure;
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
    decoded: [OnceLock<Box<str>>; DECODED],
}

const DECODED: usize = 9;

impl Event {
    pub(crate) fn new(event: overten_webhook::Event<Body>) -> Self {
        Self {
            event,
            decoded: Default::default(),
        }
    }

    /// A view of a text that lasts as long as the event: borrowed from the body, or decoded once and kept.
    fn keep(&self, slot: usize, text: Option<Cow<'_, str>>) -> View {
        match (text, self.decoded.get(slot)) {
            (Some(Cow::Owned(text)), Some(kept)) => View::of(&**kept.get_or_init(|| text.into())),
            (text, _) => View::of_option(text.as_deref()),
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

/// The agent that ran. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_agent_name(
    event: *const Event,
    out_agent_name: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_agent_name, |event| {
            event.keep(0, event.event.agent_name())
        })
    }
}

/// The kind of document, such as `excel`. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_format(
    event: *const Event,
    out_format: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_format, |event| {
            event.keep(1, event.event.format())
        })
    }
}

/// How the task ended, such as `completed`. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_status(
    event: *const Event,
    out_status: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_status, |event| {
            event.keep(2, event.event.status())
        })
    }
}

/// What was made, in a line. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_summary(
    event: *const Event,
    out_summary: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_summary, |event| {
            event.keep(3, event.event.summary())
        })
    }
}

/// Where to fetch the document. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_download_url(
    event: *const Event,
    out_download_url: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_download_url, |event| {
            event.keep(4, event.event.download_url())
        })
    }
}

/// Where to open the document. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_edit_url(
    event: *const Event,
    out_edit_url: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_edit_url, |event| {
            event.keep(5, event.event.edit_url())
        })
    }
}

/// The message for people. Absent: `data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_message(
    event: *const Event,
    out_message: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        text(event, out_message, |event| {
            event.keep(6, event.event.message())
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
            event.keep(7, event.event.error().and_then(|error| error.code))
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
            event.keep(8, event.event.error().and_then(|error| error.message))
        })
    }
}

/// Credits that the task used. Where it is absent `*out_present` is false and `*out_credits_used` 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_credits_used(
    event: *const Event,
    out_present: *mut bool,
    out_credits_used: *mut f64,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        number(
            event,
            out_present,
            out_credits_used,
            overten_webhook::Event::credits_used,
        )
    }
}

/// How long the task took, in milliseconds. Where it is absent `*out_present` is false and `*out_duration_ms` 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_event_duration_ms(
    event: *const Event,
    out_present: *mut bool,
    out_duration_ms: *mut u64,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        number(
            event,
            out_present,
            out_duration_ms,
            overten_webhook::Event::duration_ms,
        )
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
unsafe fn text(event: *const Event, out: *mut View, read: impl Fn(&Event) -> View) -> Status {
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
unsafe fn number<T: Default>(
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
