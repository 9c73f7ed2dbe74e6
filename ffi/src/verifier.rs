//! The verifier and its settings.

use std::ffi::c_char;
use std::sync::Arc;

use overten_webhook::{Code, Fingerprint, Label, SecretInput, Secrets, Tolerance};

use crate::error::{Error, Failure};
use crate::pointers::{self, Caller, entry, entry_with_secrets};
use crate::status::Status;
use crate::types::{Options, Secret, View};

/// A flag of `overten_options`: accept a delivery however old it is.
pub const OVERTEN_PAST_UNCHECKED: u32 = 1;
/// A flag of `overten_options`: accept a delivery however far ahead of the clock it is.
pub const OVERTEN_FUTURE_UNCHECKED: u32 = 2;

/// Proves that deliveries are Overten's. Made once, used from any number of threads.
#[derive(Debug)]
pub struct Verifier {
    pub(crate) verifier: Arc<overten_webhook::Verifier>,
    /// Kept here so that views of them last as long as the verifier.
    names: Vec<(Label, Fingerprint)>,
}

impl Verifier {
    pub(crate) fn new(secrets: Secrets, options: Option<Options>) -> Result<Self, Failure> {
        let names = secrets
            .iter()
            .map(|secret| (secret.label(), secret.fingerprint()))
            .collect();
        let verifier = overten_webhook::Verifier::new(secrets);
        let verifier = match options {
            Some(options) => verifier
                .with_tolerance(tolerance(options)?)
                .with_max_body_bytes(max_body_bytes(options)?),
            None => verifier,
        };
        let verifier = Arc::new(verifier);
        Ok(Self { verifier, names })
    }
}

pub(crate) fn tolerance(options: Options) -> Result<Tolerance, Failure> {
    if options.flags & !(OVERTEN_PAST_UNCHECKED | OVERTEN_FUTURE_UNCHECKED) != 0 {
        return Err(Code::InvalidArgument.into());
    }
    let seconds = |side: i64| u64::try_from(side).map_err(|_| Code::InvalidArgument);
    let mut tolerance = Tolerance::default()
        .with_past(seconds(options.past_seconds)?)
        .with_future(seconds(options.future_seconds)?);
    if options.flags & OVERTEN_PAST_UNCHECKED != 0 {
        tolerance = tolerance.without_past();
    }
    if options.flags & OVERTEN_FUTURE_UNCHECKED != 0 {
        tolerance = tolerance.without_future();
    }
    Ok(tolerance)
}

pub(crate) fn max_body_bytes(options: Options) -> Result<usize, Failure> {
    let max = isize::try_from(options.max_body_bytes).map_err(|_| Code::InvalidArgument)?;
    Ok(max.unsigned_abs())
}

/// Makes a verifier from one to eight secrets, tried in their order.
///
/// `options` may be NULL for the defaults: 300 seconds on each side, bodies of up to 1 MiB. Secrets and options are
/// copied and may go when this returns. `*out_verifier` is freed with `overten_verifier_free`.
///
/// The number of secrets is looked at first (`OVERTEN_NO_SECRETS`, `OVERTEN_TOO_MANY_SECRETS`), then each in turn:
/// `OVERTEN_MALFORMED_LABEL`, `OVERTEN_EMPTY_SECRET`, `OVERTEN_MALFORMED_SECRET`, `OVERTEN_SHORT_SECRET`,
/// `OVERTEN_LONG_SECRET`, `OVERTEN_DUPLICATE_SECRET`; `out_error`, which may be NULL, has the position. A negative
/// tolerance, an unknown flag or a wrong `struct_size` is `OVERTEN_INVALID_ARGUMENT`. There is no default secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verifier_new(
    secrets: *const Secret,
    secrets_len: usize,
    options: *const Options,
    out_verifier: *mut *mut Verifier,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_verifier)?;
        let options = caller.options(options)?;
        let secrets = secrets_of(caller, secrets, secrets_len)?;
        out.give(Verifier::new(secrets, options)?);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, body) }
}

/// Makes a verifier from secrets in the form of an environment variable or a mounted file.
///
/// One secret a line, each `label:secret` or `secret`; blank lines are skipped. A secret that itself holds a colon must
/// be given a label. All else as `overten_verifier_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verifier_new_from_lines(
    lines: *const c_char,
    lines_len: usize,
    options: *const Options,
    out_verifier: *mut *mut Verifier,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_verifier)?;
        let options = caller.options(options)?;
        let lines = caller.text(lines, lines_len)?;
        out.give(Verifier::new(Secrets::from_lines(lines)?, options)?);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, body) }
}

/// Ends a verifier and wipes its secrets from memory. NULL is nothing. Its verifications must have ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verifier_free(verifier: *mut Verifier) {
    // SAFETY: the convention: NULL, or from `overten_verifier_new` and not freed yet.
    unsafe { pointers::free(verifier) }
    pointers::overwrite_the_stack_below(); // where verifying on this thread moved its states about
}

/// How many secrets it has, 1 to 8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verifier_secret_count(
    verifier: *const Verifier,
    out_count: *mut usize,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (verifier, out) = (caller.object(verifier)?, caller.out(out_count)?);
        out.write(verifier.names.len());
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// The name of a secret, for logs, by its position from 0; the view lasts as long as the verifier.
///
/// `OVERTEN_INVALID_ARGUMENT` where there is no such secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verifier_secret_label(
    verifier: *const Verifier,
    index: usize,
    out_label: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe { name(verifier, index, out_label, |(label, _)| label.as_str()) }
}

/// Eight hex digits by which two people can compare which secret a process has loaded; else as the label.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verifier_secret_fingerprint(
    verifier: *const Verifier,
    index: usize,
    out_fingerprint: *mut View,
) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe {
        name(verifier, index, out_fingerprint, |(_, print)| {
            print.as_str()
        })
    }
}

/// # Safety
///
/// As for [`entry`].
unsafe fn name(
    verifier: *const Verifier,
    index: usize,
    out: *mut View,
    read: impl Fn(&(Label, Fingerprint)) -> &str,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (verifier, out) = (caller.object(verifier)?, caller.out(out)?);
        let name = verifier.names.get(index).ok_or(Code::InvalidArgument)?;
        out.write(View::of(read(name)));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

pub(crate) fn secrets_of(
    caller: &Caller<'_>,
    secrets: *const Secret,
    secrets_len: usize,
) -> Result<Secrets, Failure> {
    Ok(Secrets::new(inputs(caller, secrets, secrets_len)?)?)
}

/// Each secret with its label; all are looked at before the first is given.
pub(crate) fn inputs<'call>(
    caller: &Caller<'call>,
    secrets: *const Secret,
    secrets_len: usize,
) -> Result<impl Iterator<Item = SecretInput<'call>>, Failure> {
    let given = caller.array(secrets, secrets_len)?;
    given
        .iter()
        .try_for_each(|secret| input(caller, secret).map(drop))?;
    Ok(given.iter().filter_map(|secret| input(caller, secret).ok()))
}

fn input<'call>(caller: &Caller<'call>, given: &Secret) -> Result<SecretInput<'call>, Failure> {
    let secret = caller.text(given.secret, given.secret_len)?;
    if given.label.is_null() && given.label_len == 0 {
        return Ok(SecretInput::unlabelled(secret));
    }
    let label = caller.text(given.label, given.label_len)?;
    Ok(SecretInput::labelled(label, secret))
}
