//! An authentic delivery.

use overten_webhook::Label;

use crate::error::Error;
use crate::event::{self, Event};
use crate::pointers::{self, Body, Caller, entry, entry_with_error};
use crate::status::Status;
use crate::types::{Key, View};

/// An authentic, fresh delivery: having one is the proof. It refers to its body, which must stay until it is freed.
#[derive(Debug)]
pub struct Delivery {
    pub(crate) delivery: overten_webhook::Delivery<Body>,
    /// Kept here so that a view of it lasts as long as the delivery.
    label: Label,
}

impl Delivery {
    pub(crate) fn new(delivery: overten_webhook::Delivery<Body>) -> Self {
        let label = delivery.verdict().secret_label();
        Self { delivery, label }
    }
}

/// Ends a delivery; its events live on. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_free(delivery: *mut Delivery) {
    // SAFETY: the convention: NULL, or from `overten_verify` and not freed yet.
    unsafe { pointers::free(delivery) }
}

/// When Overten says that it sent the delivery, in Unix seconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_timestamp(
    delivery: *const Delivery,
    out_unix_seconds: *mut i64,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        read(delivery, out_unix_seconds, |delivery| {
            delivery.delivery.verdict().timestamp().get()
        })
    }
}

/// Seconds from then to the `now_unix_seconds` it was verified at; negative for a delivery from the future.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_age_seconds(
    delivery: *const Delivery,
    out_age_seconds: *mut i64,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        read(delivery, out_age_seconds, |delivery| {
            delivery.delivery.verdict().age_seconds()
        })
    }
}

/// The position, from 0, of the secret that made the signature.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_secret_index(
    delivery: *const Delivery,
    out_index: *mut usize,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        read(delivery, out_index, |delivery| {
            delivery.delivery.verdict().secret_index()
        })
    }
}

/// The label of that secret: during a rotation it shows which one is still in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_secret_label(
    delivery: *const Delivery,
    out_label: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        read(delivery, out_label, |delivery| {
            View::of(delivery.label.as_str())
        })
    }
}

/// The body as it was given to `overten_verify`: the same bytes, in the caller's own memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_body(
    delivery: *const Delivery,
    out_body: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        read(delivery, out_body, |delivery| {
            View::of(delivery.delivery.body())
        })
    }
}

/// The key of the body, under which a delivery whose event cannot be read is taken in exactly once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_body_key(
    delivery: *const Delivery,
    out_key: *mut Key,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        read(delivery, out_key, |delivery| {
            event::key(&delivery.delivery.body_key())
        })
    }
}

/// Reads the event. `*out_event` is freed with `overten_event_free`; it refers to the body, not to the delivery.
///
/// `OVERTEN_MALFORMED_PAYLOAD` where the body is not a JSON object with the texts `event` and `run_id`; `out_error`, which
/// may be NULL, has the offset or the member. The delivery is authentic all the same: keep its bytes, under
/// `overten_delivery_body_key`, so that nothing is lost.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_delivery_event(
    delivery: *const Delivery,
    out_event: *mut *mut Event,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (delivery, out) = (caller.object(delivery)?, caller.out(out_event)?);
        out.give(Event::new(delivery.delivery.event()?));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, body) }
}

/// # Safety
///
/// As for [`entry`].
unsafe fn read<T>(delivery: *const Delivery, out: *mut T, read: impl Fn(&Delivery) -> T) -> Status {
    let body = |caller: &Caller<'_>| {
        let (delivery, out) = (caller.object(delivery)?, caller.out(out)?);
        out.write(read(delivery));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}
