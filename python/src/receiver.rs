//! `_Receiver`: the core's receiver as the package's two drivers use it. Private to the package.

use std::num::NonZeroU64;

use overten_webhook::{RawLog, Receiver as CoreReceiver, Request, Retention, Scope, Verifier};
use pyo3::prelude::*;

use crate::arguments;
use crate::errors::{guarded, invalid_argument, refused_secret};
use crate::headers::Headers;
use crate::reception::{Raw, Reception};
use crate::verifier::{MaxBodyBytes, ToleranceArgument};

/// What a receiver judges by. Each request is a `_Reception`, which asks for one step after the other.
#[pyclass(frozen, name = "_Receiver", module = "overten_webhook._core")]
pub(crate) struct Receiver {
    inner: CoreReceiver,
}

impl Receiver {
    pub(crate) const fn core(&self) -> &CoreReceiver {
        &self.inner
    }
}

#[pymethods]
impl Receiver {
    /// With `variable`, `secrets` are the lines of that environment variable, and where they are refused the receiver
    /// answers every delivery as misconfigured.
    #[new]
    #[pyo3(signature = (secrets, *, variable, path, scope, tolerance, max_body_bytes, lease_seconds, retention_seconds, mismatch_status, log_raw))]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is one setting, by its name"
    )]
    fn new(
        secrets: &Bound<'_, PyAny>,
        variable: Option<&str>,
        path: Option<&str>,
        scope: &str,
        tolerance: ToleranceArgument,
        max_body_bytes: MaxBodyBytes,
        lease_seconds: u64,
        retention_seconds: u64,
        mismatch_status: u16,
        log_raw: &str,
    ) -> PyResult<Self> {
        guarded(|| {
            let raw_log: RawLog = log_raw
                .parse()
                .map_err(|error| invalid(format!("log_raw: {error}, but {log_raw:?}")))?;
            let scope: Scope = scope.parse().map_err(invalid)?;
            let mismatch = mismatch_status.to_string().parse().map_err(invalid)?;
            let retention = Retention::from_seconds(retention_seconds);
            let ToleranceArgument(tolerance) = tolerance;
            let MaxBodyBytes(max_body_bytes) = max_body_bytes;
            CoreReceiver::check(tolerance, max_body_bytes, retention).map_err(invalid)?;
            let secrets = match variable {
                Some(_) => arguments::secret_lines(secrets)?,
                None => arguments::secrets(secrets)?,
            };
            let receiver = match (secrets, variable) {
                (Ok(secrets), _) => {
                    let verifier = Verifier::new(secrets)
                        .with_tolerance(tolerance)
                        .with_max_body_bytes(max_body_bytes);
                    CoreReceiver::new(verifier, retention).map_err(invalid)?
                }
                (Err(error), Some(variable)) => {
                    let why = format!("{error} (environment variable {variable})");
                    CoreReceiver::misconfigured(error.code(), &why)
                }
                (Err(error), None) => return Err(refused_secret(error)),
            };
            let lease = NonZeroU64::new(lease_seconds);
            let lease = lease.ok_or_else(|| invalid("the lease must be at least one second"))?;
            let receiver = receiver
                .with_scope(scope)
                .with_lease_seconds(lease)
                .with_mismatch(mismatch)
                .with_raw_log(raw_log);
            let inner = match path {
                Some(path) => receiver.with_path(path).map_err(invalid)?,
                None => receiver,
            };
            Ok(Self { inner })
        })
    }

    /// Judges the request line and the headers; `at_ms` is now, on a monotonic clock.
    fn begin(
        slf: &Bound<'_, Self>,
        method: &Bound<'_, PyAny>,
        headers: &Bound<'_, PyAny>,
        target: &Bound<'_, PyAny>,
        at_ms: u64,
    ) -> PyResult<Reception> {
        guarded(|| {
            let method = arguments::request_line(method, "method")?;
            let target = arguments::request_line(target, "target")?;
            let is_raw_logged = slf.get().inner.raw_log() != RawLog::Off;
            let headers = match is_raw_logged {
                true => Headers::collect_all(headers)?,
                false => Headers::collect(headers)?,
            };
            let request = Request {
                method: &method,
                target: &target,
            };
            let begun = slf.get().inner.begin(request, headers.pairs(), at_ms);
            let raw = is_raw_logged.then(|| Raw::of(&headers));
            Ok(Reception::new(slf, begun, raw))
        })
    }

    /// The one line to log when a receiver is made.
    fn start_line(&self) -> String {
        self.inner.start_line()
    }

    /// Why it is misconfigured, or None.
    #[getter]
    fn problem(&self) -> Option<&str> {
        self.inner.problem()
    }

    /// Each secret's label with the Unix seconds of its last match, or None.
    fn last_matched(&self) -> Vec<(String, Option<i64>)> {
        let matches = self.inner.last_matched();
        matches
            .map(|(label, at)| {
                let at = at.map(overten_webhook::UnixSeconds::get);
                (label.as_str().to_owned(), at)
            })
            .collect()
    }

    /// Each secret's label and fingerprint.
    #[getter]
    fn secrets(&self) -> Vec<(String, String)> {
        let secrets = self.inner.verifier().into_iter();
        let secrets = secrets.flat_map(|verifier| verifier.secrets().iter());
        secrets
            .map(|secret| (secret.label().to_string(), secret.fingerprint().to_string()))
            .collect()
    }
}

fn invalid(error: impl std::fmt::Display) -> PyErr {
    invalid_argument(error.to_string())
}
