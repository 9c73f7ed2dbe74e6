//! Why a captured delivery does not verify. Not in the WebAssembly that Go verifies with: it has a module of its own for this.

use std::ffi::{c_char, c_void};

use overten_webhook::diagnose::Capture;
use overten_webhook::{SecretInput, UnixSeconds};

use crate::error::{Error, Failure};
use crate::headers::pairs;
use crate::pointers::{self, Caller, Out, entry, entry_with_secrets};
use crate::status::Status;
use crate::types::{Header, Options, Secret, View};
use crate::verifier::{inputs, max_body_bytes, tolerance};

/// Why a captured delivery does not verify. It holds no secret and no signature, and nothing of the body but its names.
#[derive(Debug)]
pub struct Report {
    json: String,
    text: String,
}

/// Says why a captured delivery does not verify, by trying what really goes wrong. For your own desk: never answer a request with
/// it, since it tells what makes a signature right.
///
/// Give every header and the body as they reached the verifier, the time to judge by, and the secrets as they are configured:
/// also such as `overten_verifier_new` refuses, of which the report then says why. `other_secrets`, at most eight, are those
/// that the receiver does not have and that may have signed it all the same: the organisation's, another subscription's.
/// `options` are those of the verifier, or NULL. All of it may go when this returns. `*out_report` is freed with
/// `overten_report_free`; there is one whatever is wrong with the delivery or the secrets.
///
/// It takes its time: for each secret it hashes up to 256 times the body, and 64 MiB more in all. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_diagnose(
    headers: *const Header,
    headers_len: usize,
    body: *const c_void,
    body_len: usize,
    now_unix_seconds: i64,
    secrets: *const Secret,
    secrets_len: usize,
    other_secrets: *const Secret,
    other_secrets_len: usize,
    options: *const Options,
    out_report: *mut *mut Report,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let given = Given {
            headers: (headers, headers_len),
            body: (body.cast(), body_len),
            now: UnixSeconds::new(now_unix_seconds),
            other_secrets: (other_secrets, other_secrets_len),
            options,
        };
        let secrets = inputs(caller, secrets, secrets_len)?;
        given.diagnose(caller, secrets, caller.out(out_report)?)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, run) }
}

/// `overten_diagnose` with secrets in the form of an environment variable or a mounted file: see
/// `overten_verifier_new_from_lines`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_diagnose_from_lines(
    headers: *const Header,
    headers_len: usize,
    body: *const c_void,
    body_len: usize,
    now_unix_seconds: i64,
    lines: *const c_char,
    lines_len: usize,
    other_secrets: *const Secret,
    other_secrets_len: usize,
    options: *const Options,
    out_report: *mut *mut Report,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let given = Given {
            headers: (headers, headers_len),
            body: (body.cast(), body_len),
            now: UnixSeconds::new(now_unix_seconds),
            other_secrets: (other_secrets, other_secrets_len),
            options,
        };
        let secrets = SecretInput::from_lines(caller.text(lines, lines_len)?);
        given.diagnose(caller, secrets, caller.out(out_report)?)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, run) }
}

/// Ends a report and its views. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_report_free(report: *mut Report) {
    // SAFETY: the convention: NULL, or from `overten_diagnose` and not freed yet.
    unsafe { pointers::free(report) }
}

/// The report as one JSON object on one line; what is absent is null. The README has its members. The view lasts as long as
/// the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_report_json(report: *const Report, out_json: *mut View) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe { view(report, out_json, |report| &report.json) }
}

/// The report in words, for people: several lines, each ended by a newline. The view lasts as long as the report.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_report_text(report: *const Report, out_text: *mut View) -> Status {
    // SAFETY: the convention, which our caller keeps.
    unsafe { view(report, out_text, |report| &report.text) }
}

/// # Safety
///
/// As for [`entry`].
unsafe fn view(report: *const Report, out: *mut View, read: impl Fn(&Report) -> &str) -> Status {
    let body = |caller: &Caller<'_>| {
        let (report, out) = (caller.object(report)?, caller.out(out)?);
        out.write(View::of(read(report)));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// The arguments that both functions have.
struct Given {
    headers: (*const Header, usize),
    body: (*const u8, usize),
    now: UnixSeconds,
    other_secrets: (*const Secret, usize),
    options: *const Options,
}

impl Given {
    fn diagnose<'s>(
        &self,
        caller: &Caller<'_>,
        secrets: impl Iterator<Item = SecretInput<'s>>,
        out: Out<*mut Report>,
    ) -> Result<(), Failure> {
        let headers = pairs(caller, self.headers.0, self.headers.1)?;
        let body = caller.array(self.body.0, self.body.1)?;
        let others = inputs(caller, self.other_secrets.0, self.other_secrets.1)?;
        let mut capture = Capture::new(headers, body, self.now).with_other_secrets(others);
        if let Some(options) = caller.options(self.options)? {
            capture = capture
                .with_tolerance(tolerance(options)?)
                .with_max_body_bytes(max_body_bytes(options)?);
        }
        let report = capture.diagnose(secrets);
        out.give(Report {
            json: report.to_json(),
            text: report.to_string(),
        });
        Ok(())
    }
}
