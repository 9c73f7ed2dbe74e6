//! A receiver's settings.

use std::ffi::c_char;
use std::num::NonZeroU64;
use std::ptr;
use std::str;
use std::sync::Arc;

use overten_webhook::{
    Claim, Code, DEFAULT_MAX_BODY_BYTES, PathError, RawLog, Receiver as CoreReceiver, Retention,
    Secrets, Tolerance, UnixSeconds,
};

use crate::answer;
use crate::error::{Error, Failure};
use crate::event::scope;
use crate::pointers::{self, Caller, Out, entry, entry_with_secrets};
use crate::reception::{OVERTEN_LEVEL_ERROR, OVERTEN_LEVEL_INFO};
use crate::status::Status;
use crate::types::{Defaults, Options, ReceiverOptions, Secret, View};
use crate::verifier::{Verifier, secrets_of};

/// A flag of a receiver: a raw line of each request that is not answered with a 2xx, for debugging. Bodies may hold personal data.
pub const OVERTEN_RAW_LOG_FAILURES: u32 = 4;
/// A flag of a receiver: a raw line of every request.
pub const OVERTEN_RAW_LOG_ALL: u32 = 8;

/// What a receiver judges by: secrets and settings. Made once, used from any number of threads.
#[derive(Debug)]
pub struct Receiver {
    pub(crate) receiver: CoreReceiver,
    /// The same one that the receiver judges by, with its names; `None` where it is misconfigured.
    verifier: Option<Verifier>,
    /// Kept here so that a view of it lasts as long as the receiver.
    start_line: String,
}

impl Receiver {
    fn new(receiver: CoreReceiver, verifier: Option<Verifier>) -> Self {
        let start_line = receiver.start_line();
        Self {
            receiver,
            verifier,
            start_line,
        }
    }
}

/// Makes a receiver from one to eight secrets, tried in their order. It is always given: a misconfigured one too.
///
/// `path` is the one path that is this receiver's, such as `/webhooks/overten`, or NULL with length 0 where the host has routed
/// already. `options` may be NULL for `OVERTEN_RECEIVER_OPTIONS_DEFAULT`. All of it is copied and may go when this returns.
/// `*out_receiver` is freed with `overten_receiver_free`.
///
/// Where secrets, path or options cannot be used, the status and `out_error`, which may be NULL, say why, and
/// `*out_receiver` is given all the same: it answers every delivery as misconfigured, so that Overten sends it again, and
/// `overten_receiver_problem`, its start line and its log lines say what is wrong. The statuses are those of
/// `overten_verifier_new`; a path that no request can have, a retention that a replay could outlive and a number without a
/// meaning are `OVERTEN_INVALID_ARGUMENT`. Only with a NULL `out_receiver`, or after `OVERTEN_INTERNAL`, there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_new(
    secrets: *const Secret,
    secrets_len: usize,
    path: *const c_char,
    path_len: usize,
    options: *const ReceiverOptions,
    out_receiver: *mut *mut Receiver,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_receiver)?;
        let secrets = secrets_of(caller, secrets, secrets_len);
        give(caller, out, secrets, (path, path_len), options)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, body) }
}

/// Makes a receiver from secrets in the form of an environment variable or a mounted file: see
/// `overten_verifier_new_from_lines`. All else as `overten_receiver_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_new_from_lines(
    lines: *const c_char,
    lines_len: usize,
    path: *const c_char,
    path_len: usize,
    options: *const ReceiverOptions,
    out_receiver: *mut *mut Receiver,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_receiver)?;
        let lines = caller.text(lines, lines_len);
        let secrets = lines.and_then(|lines| Ok(Secrets::from_lines(lines)?));
        give(caller, out, secrets, (path, path_len), options)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, body) }
}

/// Makes a receiver of a host that cannot even read its settings: a misconfigured one, which says `problem`.
///
/// `problem` is UTF-8 and shows no secret; `path` is as in `overten_receiver_new`, and NULL with length 0 where that is what cannot
/// be read. `*out_receiver` is freed with `overten_receiver_free`. `OVERTEN_INVALID_ARGUMENT` where either is not UTF-8 or the
/// path is none that a request can have; then there is no receiver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_new_misconfigured(
    problem: *const c_char,
    problem_len: usize,
    path: *const c_char,
    path_len: usize,
    out_receiver: *mut *mut Receiver,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_receiver)?;
        let problem = str::from_utf8(caller.text(problem, problem_len)?);
        let problem = problem.map_err(|_| Failure::Argument("the problem is not UTF-8"))?;
        let path = path_of(caller, (path, path_len))?;
        let receiver = with_path(
            CoreReceiver::misconfigured(Code::Misconfigured, &problem),
            path,
        )?;
        out.give(Receiver::new(receiver, None));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// Ends a receiver and wipes its secrets from memory. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_free(receiver: *mut Receiver) {
    // SAFETY: the convention: NULL, or from `overten_receiver_new` and not freed yet.
    unsafe { pointers::free(receiver) }
    pointers::overwrite_the_stack_below(); // where verifying on this thread moved its states about
}

/// The one line to log at the start, as JSON without a newline, and its level, one of `OVERTEN_LEVEL_...`.
///
/// It has the version, each secret's label and fingerprint and the settings in force, or what is wrong. The view lasts as
/// long as the receiver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_start_line(
    receiver: *const Receiver,
    out_level: *mut u32,
    out_line: *mut View,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let receiver = caller.object(receiver)?;
        let (level, line) = (caller.out(out_level)?, caller.out(out_line)?);
        let is_usable = receiver.verifier.is_some();
        level.write(if is_usable {
            OVERTEN_LEVEL_INFO
        } else {
            OVERTEN_LEVEL_ERROR
        });
        line.write(View::of(&receiver.start_line));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// Why the receiver is misconfigured, for a health check. Absent (`data` is NULL) where it is not. The view lasts as long as
/// the receiver.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_problem(
    receiver: *const Receiver,
    out_problem: *mut View,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (receiver, out) = (caller.object(receiver)?, caller.out(out_problem)?);
        out.write(View::of_option(receiver.receiver.problem()));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// The verifier that the receiver judges by, with its secrets' labels and fingerprints; NULL where it is misconfigured.
///
/// It belongs to the receiver and lasts as long: it is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_verifier(
    receiver: *const Receiver,
    out_verifier: *mut *const Verifier,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (receiver, out) = (caller.object(receiver)?, caller.out(out_verifier)?);
        out.write(
            receiver
                .verifier
                .as_ref()
                .map_or(ptr::null(), ptr::from_ref),
        );
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// When a secret, by its position from 0, last made the signature of an authentic delivery, stale ones included.
///
/// Never since the start: `*out_present` is false and `*out_unix_seconds` 0. A secret that has not matched for as long as
/// Overten may send again can be removed: that is how one knows that a rotation is over. `OVERTEN_INVALID_ARGUMENT` where there
/// is no such secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_last_matched(
    receiver: *const Receiver,
    index: usize,
    out_present: *mut bool,
    out_unix_seconds: *mut i64,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let receiver = caller.object(receiver)?;
        let (present, out) = (caller.out(out_present)?, caller.out(out_unix_seconds)?);
        let mut times = receiver.receiver.last_matched();
        let (_, at) = times.nth(index).ok_or(Code::InvalidArgument)?;
        present.write(at.is_some());
        out.write(at.map_or(0, UnixSeconds::get));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// A receiver's defaults, for a host without the header's macros. `durable_ledger`: whether the keys survive a restart.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_defaults(
    durable_ledger: bool,
    out_defaults: *mut Defaults,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_defaults)?;
        let tolerance = Tolerance::for_receiver(durable_ledger);
        let seconds = |side: Option<u64>| side.ok_or(Code::Internal);
        out.write(Defaults {
            past_seconds: seconds(tolerance.past())?,
            future_seconds: seconds(tolerance.future())?,
            retention_seconds: Retention::DEFAULT_SECONDS,
            lease_seconds: Claim::DEFAULT_LEASE_SECONDS,
            max_body_bytes: DEFAULT_MAX_BODY_BYTES as u64,
        });
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// Hands over a receiver whatever came of its settings, and fails where it is a misconfigured one.
fn give(
    caller: &Caller<'_>,
    out: Out<*mut Receiver>,
    secrets: Result<Secrets, Failure>,
    path: (*const c_char, usize),
    options: *const ReceiverOptions,
) -> Result<(), Failure> {
    let path = path_of(caller, path);
    let judging = secrets.and_then(|secrets| judging(secrets, caller.options(options)?, path?));
    let (receiver, verifier, result) = match judging {
        Ok((receiver, verifier)) => (receiver, Some(verifier), Ok(())),
        Err(failure) => {
            let bare = || CoreReceiver::misconfigured(failure.code(), &failure.message());
            // Another path is answered with 404 all the same.
            let receiver = with_path(bare(), path.unwrap_or_default());
            (receiver.unwrap_or_else(|_| bare()), None, Err(failure))
        }
    };
    out.give(Receiver::new(receiver, verifier));
    result
}

fn judging(
    secrets: Secrets,
    options: Option<ReceiverOptions>,
    path: Option<&str>,
) -> Result<(CoreReceiver, Verifier), Failure> {
    let verifier = Verifier::new(secrets, options.map(Options::from))?;
    let retention = options.map_or_else(Retention::default, |options| {
        Retention::from_seconds(options.retention_seconds)
    });
    let mut receiver = CoreReceiver::new(Arc::clone(&verifier.verifier), retention)?;
    if let Some(options) = options {
        let lease = NonZeroU64::new(options.lease_seconds)
            .ok_or(Failure::Argument("the lease must be at least one second"))?;
        receiver = receiver
            .with_scope(scope(options.scope)?)
            .with_lease_seconds(lease)
            .with_mismatch(answer::mismatch(options.mismatch_http_status)?)
            .with_raw_log(raw_log(options.flags));
    }
    Ok((with_path(receiver, path)?, verifier))
}

fn raw_log(flags: u32) -> RawLog {
    if flags & OVERTEN_RAW_LOG_ALL != 0 {
        RawLog::All
    } else if flags & OVERTEN_RAW_LOG_FAILURES != 0 {
        RawLog::Failures
    } else {
        RawLog::Off
    }
}

fn path_of<'call>(
    caller: &Caller<'call>,
    (path, path_len): (*const c_char, usize),
) -> Result<Option<&'call str>, Failure> {
    if path.is_null() && path_len == 0 {
        return Ok(None);
    }
    let path = str::from_utf8(caller.text(path, path_len)?);
    path.map(Some)
        .map_err(|_| Failure::Argument("the path is not UTF-8"))
}

fn with_path(receiver: CoreReceiver, path: Option<&str>) -> Result<CoreReceiver, PathError> {
    match path {
        Some(path) => receiver.with_path(path),
        None => Ok(receiver),
    }
}
