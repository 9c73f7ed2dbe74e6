//! `_Reception`: one request of a receiver, as the steps that the core asks for. Private to the package.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use overten_webhook::{
    Answer, Asked, Claim, Ending, Level, Named, PayloadError, Reading, Receiver as CoreReceiver,
    Step,
};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::PyBytes;

use crate::arguments;
use crate::body::Body;
use crate::delivery::Delivery;
use crate::errors::{guarded, unreadable};
use crate::event::{self, EventFields};
use crate::headers::Headers;
use crate::receiver::Receiver;
use crate::verifier::DETACH_FROM_BYTES;

/// One request. `asked` is the step that is asked for; saying what came of it gives the next. Two threads may use it: the
/// one that works, and the one that watches the clock.
#[pyclass(frozen, name = "_Reception", module = "overten_webhook._core")]
pub(crate) struct Reception {
    receiver: Py<Receiver>,
    work: Mutex<Work>,
}

struct Work {
    stage: Stage,
    /// The words of each failure, in the order in which they were reported.
    whys: Vec<PyBackedBytes>,
    received: Option<Received>,
    /// There where the receiver writes raw lines.
    raw: Option<Raw>,
}

enum Stage {
    Reading(Reading),
    Working(Step),
    /// It ended, or somebody is at it: nothing more can be said.
    Over,
}

/// An authentic and fresh delivery.
struct Received {
    key: String,
    delivery: Py<Delivery>,
    event: Result<Py<PyAny>, PayloadError>,
}

/// What a raw line shows of the request.
pub(crate) struct Raw {
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Option<Body>,
}

impl Raw {
    pub(crate) fn of(headers: &Headers<'_>) -> Self {
        let pairs = headers.pairs();
        Self {
            headers: pairs
                .map(|(name, value)| (name.as_ref().to_vec(), value.as_ref().to_vec()))
                .collect(),
            body: None,
        }
    }
}

/// What to send, if anything: code, status, headers and body; then the log line's level and text, and the raw line: each
/// None where it is not wanted.
type End<'py> = (Option<Reply<'py>>, u8, Option<String>, Option<String>);
type Reply<'py> = (
    &'static str,
    u16,
    Vec<(&'static str, &'static str)>,
    Bound<'py, PyBytes>,
);

impl Reception {
    pub(crate) fn new(
        receiver: &Bound<'_, Receiver>,
        begun: Result<Reading, Ending>,
        raw: Option<Raw>,
    ) -> Self {
        let stage = match begun {
            Ok(reading) => Stage::Reading(reading),
            Err(ending) => Stage::Working(Step::Answer(ending)),
        };
        Self {
            receiver: receiver.clone().unbind(),
            work: Mutex::new(Work {
                stage,
                whys: Vec::new(),
                received: None,
                raw,
            }),
        }
    }

    fn core(&self) -> &CoreReceiver {
        self.receiver.get().core()
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_reading(&self) -> PyResult<Reading> {
        let mut work = self.lock();
        match mem::replace(&mut work.stage, Stage::Over) {
            Stage::Reading(reading) => Ok(reading),
            other => {
                work.stage = other;
                Err(out_of_turn())
            }
        }
    }

    fn received<T>(&self, read: impl FnOnce(&Received) -> T) -> Option<T> {
        self.lock().received.as_ref().map(read)
    }

    /// Answers the step; `answer` gives it back as it was, and `false`, where the answer is none of its own.
    fn take_step(&self, answer: impl FnOnce(Step) -> (Step, bool)) -> PyResult<()> {
        let mut work = self.lock();
        let (stage, is_taken) = match mem::replace(&mut work.stage, Stage::Over) {
            Stage::Working(step) => {
                let (step, is_taken) = answer(step);
                (Stage::Working(step), is_taken)
            }
            other => (other, false),
        };
        work.stage = stage;
        if is_taken { Ok(()) } else { Err(out_of_turn()) }
    }

    /// The reply and the line of an ending.
    fn end_with<'py>(
        &self,
        py: Python<'py>,
        ending: &Ending,
        at_ms: u64,
        is_enabled: &Bound<'py, PyAny>,
    ) -> PyResult<End<'py>> {
        let (whys, event) = {
            let work = self.lock();
            let event = work.received.as_ref().map(|received| &received.event);
            let event = event.and_then(|event| event.as_ref().ok());
            (work.whys.clone(), event.map(|event| event.clone_ref(py)))
        };
        let event = event.as_ref().map(|event| event.bind(py));
        let fields = event.and_then(|event| event.cast::<EventFields>().ok());
        let named: Option<Named<'_>> = fields.map(|fields| fields.get().named());
        let whys: Vec<&[u8]> = whys.iter().map(|why| &**why).collect();
        let record = ending.record(self.core(), named, &whys, at_ms);
        let level: u8 = match record.level() {
            Level::Info => 20,
            Level::Warn => 30,
            Level::Error => 40,
        };
        let is_wanted: bool = is_enabled.call1((level,))?.is_truthy()?;
        let line = is_wanted.then(|| record.to_string());
        let raw_line = self.raw_line(ending, at_ms);
        let answer = ending.answer(self.core());
        let reply = answer.map(|answer| reply_of(py, answer));
        Ok((reply, level, line, raw_line))
    }

    fn raw_line(&self, ending: &Ending, at_ms: u64) -> Option<String> {
        let work = self.lock();
        let Raw { headers, body } = work.raw.as_ref()?;
        let headers = headers.iter().map(|(name, value)| (name, value));
        ending.raw_line(
            self.core(),
            headers,
            body.as_ref().map(AsRef::as_ref),
            at_ms,
        )
    }
}

fn reply_of(py: Python<'_>, answer: Answer) -> Reply<'_> {
    (
        answer.code().as_str(),
        answer.status(),
        answer.headers().collect(),
        PyBytes::new(py, answer.body().as_bytes()),
    )
}

#[pymethods]
impl Reception {
    /// What is to be done now: `read_body`, `claim`, `hand_on`, `set_aside`, `commit`, `release` or `answer`.
    #[getter]
    fn asked(&self) -> &'static str {
        match &self.lock().stage {
            Stage::Reading(_) => "read_body",
            Stage::Working(step) => match step.asked() {
                Asked::Request | Asked::ReadBody | Asked::Answer => "answer",
                Asked::Claim => "claim",
                Asked::HandOn => "hand_on",
                Asked::SetAside => "set_aside",
                Asked::Commit => "commit",
                Asked::Release => "release",
            },
            Stage::Over => "answer",
        }
    }

    /// When the sender should have its answer, in milliseconds of the monotonic clock; None where nothing is waited for.
    #[getter]
    fn answer_by_ms(&self) -> Option<u64> {
        match &self.lock().stage {
            Stage::Reading(reading) => Some(reading.answer_by_ms()),
            Stage::Working(step) => step.answer_by_ms(),
            Stage::Over => None,
        }
    }

    /// Stop reading once there are more bytes than this.
    #[getter]
    fn max_body_bytes(&self) -> Option<u64> {
        match &self.lock().stage {
            Stage::Reading(reading) => Some(reading.max_body_bytes()),
            Stage::Working(_) | Stage::Over => None,
        }
    }

    /// The key to claim.
    #[getter]
    fn key(&self) -> Option<String> {
        self.received(|received| received.key.clone())
    }

    /// The delivery, once it is proved.
    #[getter]
    fn delivery(&self, py: Python<'_>) -> Option<Py<Delivery>> {
        self.received(|received| received.delivery.clone_ref(py))
    }

    /// Its event; None where that cannot be read.
    #[getter]
    fn event(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.received(|received| {
            received
                .event
                .as_ref()
                .ok()
                .map(|event| event.clone_ref(py))
        })?
    }

    /// Why it cannot be read, as a `PayloadError`.
    #[getter]
    fn payload_error(&self) -> Option<PyErr> {
        self.received(|received| received.event.as_ref().err().copied())?
            .map(unreadable)
    }

    /// The body is there, or more of it than is of interest. `now` is the Unix clock.
    fn whole(
        &self,
        py: Python<'_>,
        body: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        guarded(|| {
            let body = arguments::body(body)?;
            let now = arguments::now(now)?;
            let reading = self.take_reading()?;
            // What is over the limit is of no interest, but that it is.
            let most = usize::try_from(reading.max_body_bytes()).unwrap_or(usize::MAX);
            let body = match body.as_bytes().get(..most.saturating_add(1)) {
                Some(start) => PyBytes::new(py, start),
                None => body,
            };
            let body = Body::from(PyBackedBytes::from(body));
            if let Some(raw) = &mut self.lock().raw {
                raw.body = Some(body.clone());
            }
            let read = || reading.whole(self.core(), body.clone(), now);
            let verified = if body.as_ref().len() < DETACH_FROM_BYTES {
                read()
            } else {
                py.detach(read)
            };
            let received = match verified {
                Ok(received) => received,
                Err(ending) => {
                    self.lock().stage = Stage::Working(Step::Answer(ending));
                    return Ok(());
                }
            };
            let event = match received.event {
                Ok(event) => Ok(event::of_core(py, event, body.to_python())?),
                Err(error) => Err(error),
            };
            let delivery = Py::new(py, Delivery::new(received.delivery, body))?;
            let key = received.key.as_str().to_owned();
            let mut work = self.lock();
            work.received = Some(Received {
                key,
                delivery,
                event,
            });
            work.stage = Stage::Working(Step::Claim(received.claiming));
            Ok(())
        })
    }

    /// The body could not be read to its end.
    fn broken_off(&self, why: PyBackedBytes) -> PyResult<()> {
        let ending = self.take_reading()?.broken_off();
        let mut work = self.lock();
        work.whys.push(why);
        work.stage = Stage::Working(Step::Answer(ending));
        Ok(())
    }

    /// The store's answer to the claim; it was asked at `asked_at_ms`, and `at_ms` is when the user's function can begin.
    fn claimed(&self, state: &Bound<'_, PyAny>, asked_at_ms: u64, at_ms: u64) -> PyResult<()> {
        let text: Option<PyBackedStr> = state.extract().ok();
        let claim = match text.as_deref() {
            Some("new") => Claim::New,
            Some("duplicate") => Claim::Duplicate,
            Some("in_flight") => Claim::InFlight,
            _ => {
                return Err(PyTypeError::new_err(format!(
                    "a store answers a claim with 'new', 'duplicate' or 'in_flight', not {}",
                    state.repr()?
                )));
            }
        };
        self.take_step(|step| match step {
            Step::Claim(step) => (step.answered(claim, asked_at_ms, at_ms), true),
            other => (other, false),
        })
    }

    /// The step is done.
    fn done(&self, at_ms: u64) -> PyResult<()> {
        self.take_step(|step| match step {
            Step::HandOn(step) => (step.done(at_ms), true),
            Step::SetAside(step) => (step.done(at_ms), true),
            Step::Commit(step) => (step.done(), true),
            Step::Release(step) => (step.done(), true),
            other => (other, false),
        })
    }

    /// The claim was somebody else's when it was to be committed.
    fn claim_lost(&self) -> PyResult<()> {
        self.take_step(|step| match step {
            Step::Commit(step) => (step.lost(), true),
            other => (other, false),
        })
    }

    /// The step failed; `for_good` where the handler says that it always will.
    fn failed(&self, why: PyBackedBytes, for_good: bool) -> PyResult<()> {
        self.take_step(|step| match step {
            Step::Claim(step) => (step.failed(), true),
            Step::HandOn(step) if for_good => (step.failed_for_good(), true),
            Step::HandOn(step) => (step.failed(), true),
            Step::SetAside(step) => (step.failed(), true),
            Step::Commit(step) => (step.failed(), true),
            Step::Release(step) => (step.failed(), true),
            Step::Answer(_) => (step, false),
        })?;
        self.lock().whys.push(why);
        Ok(())
    }

    /// The step is not done in time: what to answer meanwhile, or None where the sender has its answer. A body that is
    /// still being read is given up.
    fn late<'py>(
        &self,
        py: Python<'py>,
        at_ms: u64,
        is_enabled: &Bound<'py, PyAny>,
    ) -> PyResult<Option<End<'py>>> {
        let ending = {
            let mut work = self.lock();
            match mem::replace(&mut work.stage, Stage::Over) {
                Stage::Reading(reading) => Some(reading.late()),
                Stage::Working(step) => {
                    let (meanwhile, step) = step.late();
                    work.stage = Stage::Working(step);
                    meanwhile
                }
                Stage::Over => None,
            }
        };
        let ending = ending.map(|ending| self.end_with(py, &ending, at_ms, is_enabled));
        ending.transpose()
    }

    /// The end of the request.
    fn end<'py>(
        &self,
        py: Python<'py>,
        at_ms: u64,
        is_enabled: &Bound<'py, PyAny>,
    ) -> PyResult<End<'py>> {
        let stage = mem::replace(&mut self.lock().stage, Stage::Over);
        match stage {
            Stage::Working(Step::Answer(ending)) => self.end_with(py, &ending, at_ms, is_enabled),
            other => {
                self.lock().stage = other;
                Err(out_of_turn())
            }
        }
    }
}

/// A fault of the drivers, which their tests would find.
fn out_of_turn() -> PyErr {
    PyRuntimeError::new_err("this was not asked for: say what came of the step that was asked last")
}
