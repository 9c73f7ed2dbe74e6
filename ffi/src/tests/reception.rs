//! A receiver and its receptions over the boundary.

use crate::receiver::*;
use crate::reception::*;

use super::*;

const PATH: &str = "/webhooks/overten";

const DEFAULTS: ReceiverOptions = ReceiverOptions {
    struct_size: 56,
    flags: 0,
    past_seconds: 300,
    future_seconds: 300,
    max_body_bytes: 1_048_576,
    lease_seconds: 60,
    retention_seconds: 604_800,
    scope: OVERTEN_KEY_RUN,
    mismatch_http_status: 401,
};

/// A receiver from lines, with what its maker said.
fn receiver_of(
    lines: &str,
    path: &str,
    options: *const ReceiverOptions,
) -> (*mut Receiver, Status, Error) {
    let (mut receiver, mut error) = (null_mut(), blank!());
    let (lines, path) = (chars(lines), chars(path));
    let status = unsafe {
        let out = &mut receiver;
        overten_receiver_new_from_lines(lines.0, lines.1, path.0, path.1, options, out, &mut error)
    };
    (receiver, status, error)
}

fn receiver() -> *mut Receiver {
    let (receiver, status, _) = receiver_of(SECRET, PATH, null());
    assert_eq!(status, OVERTEN_OK);
    receiver
}

/// A request of a test, with all that C would keep for it.
struct Request {
    receiver: *mut Receiver,
    reception: Reception,
    step: Step,
    delivery: *mut Delivery,
    event: *mut Event,
    key: Key,
}

impl Request {
    fn begin(receiver: *mut Receiver, method: &str, target: &str, signature: &Signature) -> Self {
        let header = |name: &'static str, value: &str| Header {
            name: chars(name).0,
            name_len: name.len(),
            value: chars(value).0,
            value_len: value.len(),
        };
        let headers = [
            header("X-Overten-Signature", text(&signature.signature)),
            header("x-overten-timestamp", text(&signature.timestamp)),
        ];
        let (method, target) = (chars(method), chars(target));
        let (mut reception, mut step) = (blank!(), blank!());
        let status = unsafe {
            overten_reception_begin(
                receiver,
                method.0,
                method.1,
                target.0,
                target.1,
                headers.as_ptr(),
                headers.len(),
                1000,
                &mut reception,
                &mut step,
            )
        };
        assert_eq!(status, OVERTEN_OK);
        Self {
            receiver,
            reception,
            step,
            delivery: null_mut(),
            event: null_mut(),
            key: blank!(),
        }
    }

    fn body(&mut self, body: &str) -> Status {
        unsafe {
            overten_reception_body(
                self.receiver,
                &mut self.reception,
                body.as_ptr().cast(),
                body.len(),
                NOW,
                &mut self.delivery,
                &mut self.event,
                &mut self.key,
                &mut self.step,
                null_mut(),
            )
        }
    }

    fn advance(&mut self, outcome: u32) -> Result<u32, String> {
        let mut error: Error = blank!();
        let status = unsafe {
            let (reception, step) = (&mut self.reception, &mut self.step);
            overten_reception_advance(reception, outcome, 1000, 1000, step, &mut error)
        };
        match status {
            OVERTEN_OK => Ok(self.step.kind),
            OVERTEN_INVALID_ARGUMENT => Err(text(&error.message).to_owned()),
            status => panic!("status {status}"),
        }
    }

    fn told(
        &mut self,
        tell: impl FnOnce(&mut Self, *mut Ending, *mut c_char, *mut usize) -> Status,
    ) -> Result<(Ending, String), Status> {
        let (mut ending, mut line, mut len) = (blank!(), vec![1; OVERTEN_LINE_BYTES], 0);
        match tell(self, &mut ending, line.as_mut_ptr(), &mut len) {
            OVERTEN_OK => Ok((ending, text(&line)[..len].to_owned())),
            status => Err(status),
        }
    }

    fn end(&mut self, whys: &[&str]) -> Result<(Ending, String), Status> {
        let whys: Vec<_> = whys.iter().map(|why| View::of(*why)).collect();
        self.told(|request, ending, line, len| unsafe {
            overten_reception_end(
                request.receiver,
                &mut request.reception,
                request.event,
                whys.as_ptr(),
                whys.len(),
                1007,
                ending,
                line,
                OVERTEN_LINE_BYTES,
                len,
            )
        })
    }

    fn late(&mut self) -> Result<(Ending, String), Status> {
        self.told(|request, ending, line, len| unsafe {
            overten_reception_late(
                request.receiver,
                &mut request.reception,
                request.event,
                null(),
                0,
                11_000,
                ending,
                line,
                OVERTEN_LINE_BYTES,
                len,
                &mut request.step,
            )
        })
    }

    fn free(&mut self) {
        unsafe { overten_event_free(self.event) };
        unsafe { overten_delivery_free(self.delivery) };
        (self.event, self.delivery) = (null_mut(), null_mut());
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.free();
    }
}

#[test]
fn a_delivery_goes_step_by_step_to_its_answer_and_line() {
    let receiver = receiver();
    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    assert_eq!(
        (
            request.step.kind,
            request.step.max_body_bytes,
            request.step.answer_by_ms
        ),
        (OVERTEN_STEP_READ_BODY, 1_048_576, 11_000)
    );
    assert_eq!(request.body(BODY), OVERTEN_OK);
    assert_eq!(
        (request.step.kind, request.step.lease_seconds),
        (OVERTEN_STEP_CLAIM, 60)
    );
    assert_eq!(text(&request.key.text), "run.completed:run_01");
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_NEW),
        Ok(OVERTEN_STEP_HAND_ON)
    );
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_DONE),
        Ok(OVERTEN_STEP_COMMIT)
    );
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_DONE),
        Ok(OVERTEN_STEP_ANSWER)
    );
    let (ending, line) = request.end(&[]).unwrap();
    assert_eq!(
        (ending.status, ending.level, ending.answer.http_status),
        (OVERTEN_ACCEPTED, OVERTEN_LEVEL_INFO, 200)
    );
    assert_eq!(text(&ending.answer.body), r#"{"status":"accepted"}"#);
    assert_eq!(
        line,
        format!(
            r#"{{"code":"accepted","level":"info","event":"run.completed","run_id":"run_01","secret":"secret-0","age_seconds":0,"body_bytes":{},"elapsed_ms":7}}"#,
            BODY.len()
        )
    );
    assert_eq!(
        request.end(&[]).err(),
        Some(OVERTEN_INVALID_ARGUMENT),
        "only once"
    );

    let (mut present, mut at) = (false, 0);
    let mut last =
        |index| unsafe { overten_receiver_last_matched(receiver, index, &mut present, &mut at) };
    assert_eq!(last(1), OVERTEN_INVALID_ARGUMENT, "there is one secret");
    assert_eq!(last(0), OVERTEN_OK);
    assert_eq!((present, at), (true, NOW));
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn what_cannot_be_read_is_set_aside_under_its_bodys_key() {
    let receiver = receiver();
    let mut request = Request::begin(receiver, "POST", PATH, &signed("[]"));
    assert_eq!(request.body("[]"), OVERTEN_OK);
    assert!(request.event.is_null() && !request.delivery.is_null());
    assert!(text(&request.key.text).starts_with("body="));
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_NEW),
        Ok(OVERTEN_STEP_SET_ASIDE)
    );
    assert_eq!(request.step.failed_for_good, 0);
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_FAILED),
        Ok(OVERTEN_STEP_RELEASE)
    );
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_FAILED),
        Ok(OVERTEN_STEP_ANSWER)
    );
    let (ending, line) = request.end(&["disk full", "store gone\n{}"]).unwrap();
    assert_eq!(ending.answer.http_status, 503);
    assert_eq!(ending.answer.retry_after_seconds, 10);
    assert!(
        line.contains("disk full") && line.contains(r"store gone\u000a{}"),
        "{line}"
    );
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn what_is_not_for_this_receiver_is_answered_at_once() {
    let receiver = receiver();
    let signature = signed(BODY);
    for (method, target, status, allow) in [
        ("POST", "/elsewhere", OVERTEN_NOT_FOUND, ""),
        ("GET", PATH, OVERTEN_METHOD_NOT_ALLOWED, "POST"),
    ] {
        let mut request = Request::begin(receiver, method, target, &signature);
        assert_eq!(request.step.kind, OVERTEN_STEP_ANSWER);
        let (ending, _) = request.end(&[]).unwrap();
        assert_eq!((ending.status, text(&ending.answer.allow)), (status, allow));
    }
    let mut request = Request::begin(receiver, "POST", PATH, &signature);
    assert_eq!(request.body("forged"), OVERTEN_OK);
    assert!(request.event.is_null() && request.delivery.is_null());
    assert_eq!(text(&request.key.text), "");
    assert_eq!(request.end(&[]).unwrap().0.answer.http_status, 401);
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn an_outcome_out_of_turn_is_refused_and_changes_nothing() {
    let receiver = receiver();
    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    let refused = request.advance(OVERTEN_OUTCOME_DONE).unwrap_err();
    assert!(
        refused.contains("read the body") && refused.contains("'done'"),
        "{refused}"
    );
    assert_eq!(request.end(&[]).err(), Some(OVERTEN_INVALID_ARGUMENT));
    assert_eq!(request.body(BODY), OVERTEN_OK);
    assert_eq!(request.body(BODY), OVERTEN_INVALID_ARGUMENT, "read once");
    let refused = request.advance(OVERTEN_OUTCOME_DONE).unwrap_err();
    assert!(
        refused.contains("claim the key") && refused.contains("'done'"),
        "{refused}"
    );
    for unknown in [0, 1, 2, 3, 4, 6, 7, 14, u32::MAX] {
        assert!(request.advance(unknown).is_err(), "{unknown}");
    }
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_DUPLICATE),
        Ok(OVERTEN_STEP_ANSWER)
    );
    assert!(
        request.advance(OVERTEN_OUTCOME_DONE).is_err(),
        "nothing follows the answer"
    );
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn any_bytes_may_come_instead_of_a_reception() {
    let receiver = receiver();
    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    let reading = request.reception;
    assert_eq!(request.body(BODY), OVERTEN_OK);
    request.free();
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_NEW),
        Ok(OVERTEN_STEP_HAND_ON)
    );
    let mut broken = vec![[0; 11], [u64::MAX; 11], [0x0101_0101_0101_0101; 11]];
    let bits: &[u64] = if cfg!(miri) {
        &[0xff]
    } else {
        &[0xff, 0x80 << 56, 1, 0xff00, u64::MAX]
    };
    for whole in [reading, request.reception] {
        for slot in 0..11 {
            for bits in bits {
                let mut opaque = whole.opaque;
                opaque[slot] ^= bits;
                broken.push(opaque);
            }
        }
    }
    for opaque in broken {
        request.reception = Reception { opaque };
        for outcome in [OVERTEN_OUTCOME_NEW, OVERTEN_OUTCOME_FAILED] {
            let _ = request.advance(outcome);
        }
        let _ = request.late();
        let _ = request.end(&[]);
        if request.body(BODY) == OVERTEN_OK {
            request.free();
        }
    }
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn a_late_step_is_answered_meanwhile_and_goes_on() {
    let receiver = receiver();
    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    assert_eq!(request.body(BODY), OVERTEN_OK);
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_NEW),
        Ok(OVERTEN_STEP_HAND_ON)
    );
    let (meanwhile, line) = request.late().unwrap();
    assert_eq!(
        (meanwhile.status, meanwhile.answer.http_status),
        (OVERTEN_IN_FLIGHT, 503)
    );
    assert!(line.contains(r#""run_id":"run_01""#), "{line}");
    assert_eq!(
        (request.step.kind, request.step.answer_by_ms),
        (OVERTEN_STEP_HAND_ON, u64::MAX)
    );
    let (nothing, line) = request.late().unwrap();
    assert_eq!(
        (nothing.answer.http_status, line.as_str()),
        (0, ""),
        "answered once"
    );
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_DONE),
        Ok(OVERTEN_STEP_COMMIT)
    );
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_DONE),
        Ok(OVERTEN_STEP_ANSWER)
    );
    let (ending, line) = request.end(&[]).unwrap();
    assert_eq!(
        (ending.status, ending.answer.http_status),
        (OVERTEN_ACCEPTED, 0)
    );
    assert!(line.contains("answered in_flight after 10 s"), "{line}");
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn a_body_that_does_not_come_is_answered_at_the_end() {
    let receiver = receiver();
    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    let (nothing, line) = request.late().unwrap();
    assert_eq!((nothing.answer.http_status, line.as_str()), (0, ""));
    assert_eq!(request.step.kind, OVERTEN_STEP_ANSWER);
    let (ending, line) = request.end(&[]).unwrap();
    assert_eq!(
        (ending.status, ending.answer.http_status),
        (OVERTEN_UNAVAILABLE, 503)
    );
    assert!(line.contains("did not arrive within 10 s"), "{line}");

    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    let status = unsafe {
        overten_reception_broken_off(&mut request.reception, &mut request.step, null_mut())
    };
    assert_eq!(
        (status, request.step.kind),
        (OVERTEN_OK, OVERTEN_STEP_ANSWER)
    );
    let (ending, line) = request.end(&["connection reset"]).unwrap();
    assert_eq!(ending.status, OVERTEN_UNAVAILABLE);
    assert!(line.contains("connection reset"), "{line}");
    let status = unsafe {
        overten_reception_broken_off(&mut request.reception, &mut request.step, null_mut())
    };
    assert_eq!(status, OVERTEN_INVALID_ARGUMENT, "it has ended");
    unsafe { overten_receiver_free(receiver) };
}

/// README: "A receiver is always given, a misconfigured one too"
#[test]
fn a_receiver_that_cannot_judge_is_given_and_says_why() {
    let options = DEFAULTS;
    assert_eq!(options.struct_size as usize, size_of::<ReceiverOptions>());
    let with = |change: fn(&mut ReceiverOptions)| {
        let mut options = options;
        change(&mut options);
        options
    };
    let cases = [
        ("", PATH, options, OVERTEN_NO_SECRETS),
        ("whsec_short", PATH, options, OVERTEN_SHORT_SECRET),
        (SECRET, "/a/../b", options, OVERTEN_INVALID_ARGUMENT),
        (SECRET, "", options, OVERTEN_INVALID_ARGUMENT),
        (
            SECRET,
            PATH,
            with(|it| it.retention_seconds = 600),
            OVERTEN_INVALID_ARGUMENT,
        ),
        (
            SECRET,
            PATH,
            with(|it| it.max_body_bytes = 0),
            OVERTEN_INVALID_ARGUMENT,
        ),
        (
            SECRET,
            PATH,
            with(|it| it.past_seconds = -1),
            OVERTEN_INVALID_ARGUMENT,
        ),
        (
            SECRET,
            PATH,
            with(|it| it.flags = 16),
            OVERTEN_INVALID_ARGUMENT,
        ),
        (
            SECRET,
            PATH,
            with(|it| it.scope = 3),
            OVERTEN_INVALID_ARGUMENT,
        ),
        (
            SECRET,
            PATH,
            with(|it| it.mismatch_http_status = 500),
            OVERTEN_INVALID_ARGUMENT,
        ),
        (
            SECRET,
            PATH,
            with(|it| it.struct_size = 1),
            OVERTEN_INVALID_ARGUMENT,
        ),
    ];
    let signature = signed(BODY);
    for (lines, path, options, expected) in cases {
        let (receiver, status, error) = receiver_of(lines, path, &options);
        assert_eq!((status, error.code), (expected, expected));
        let (mut problem, mut line, mut level) = (blank!(), blank!(), 0);
        unsafe { overten_receiver_problem(receiver, &mut problem) };
        let code = Code::from_number(error.code).unwrap();
        let said = format!("{code}: {}", text(&error.message));
        assert_eq!(read(problem), Some(said));
        unsafe { overten_receiver_start_line(receiver, &mut level, &mut line) };
        assert_eq!(level, OVERTEN_LEVEL_ERROR);
        assert!(read(line).unwrap().contains("misconfigured"));
        let mut verifier: *const Verifier = std::ptr::dangling();
        unsafe { overten_receiver_verifier(receiver, &mut verifier) };
        assert!(verifier.is_null());

        let mut request = Request::begin(receiver, "POST", path, &signature);
        let (ending, line) = request.end(&[]).unwrap();
        assert_eq!(
            (ending.status, ending.answer.http_status),
            (OVERTEN_MISCONFIGURED, 503)
        );
        assert!(line.contains("nothing can be checked"), "{line}");
        drop(request);
        unsafe { overten_receiver_free(receiver) };
    }
    let (receiver, _, _) = receiver_of("", PATH, null());
    let mut request = Request::begin(receiver, "POST", "/elsewhere", &signature);
    assert_eq!(
        request.end(&[]).unwrap().0.status,
        OVERTEN_NOT_FOUND,
        "the path goes first"
    );
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn a_host_that_cannot_read_its_settings_says_so() {
    let make = |problem: &[u8], path: &str| {
        let (path, mut receiver) = (chars(path), null_mut());
        let status = unsafe {
            let (problem, problem_len) = (problem.as_ptr().cast(), problem.len());
            let out = &mut receiver;
            overten_receiver_new_misconfigured(problem, problem_len, path.0, path.1, out)
        };
        (status, receiver)
    };
    let (status, receiver) = make(b"set MAX_BODY_BYTES to a whole number", PATH);
    assert_eq!(status, OVERTEN_OK);
    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    let (ending, line) = request.end(&[]).unwrap();
    assert_eq!(ending.status, OVERTEN_MISCONFIGURED);
    assert!(line.contains("set MAX_BODY_BYTES"), "{line}");
    drop(request);
    unsafe { overten_receiver_free(receiver) };
    assert_eq!(make(b"\xff", PATH).0, OVERTEN_INVALID_ARGUMENT);
    assert_eq!(make(b"why", "no slash").0, OVERTEN_INVALID_ARGUMENT);
}

#[test]
fn a_usable_receiver_shows_its_settings_and_lends_its_verifier() {
    let receiver = receiver();
    let (mut line, mut level, mut problem) = (blank!(), 0, blank!());
    unsafe { overten_receiver_start_line(receiver, &mut level, &mut line) };
    let line = read(line).unwrap();
    assert_eq!(level, OVERTEN_LEVEL_INFO);
    assert!(
        line.contains(PATH) && line.contains("fingerprint"),
        "{line}"
    );
    unsafe { overten_receiver_problem(receiver, &mut problem) };
    assert_eq!(read(problem), None);
    let mut verifier = null();
    unsafe { overten_receiver_verifier(receiver, &mut verifier) };
    let mut label = blank!();
    let status = unsafe { overten_verifier_secret_label(verifier, 0, &mut label) };
    assert_eq!(
        (status, read(label).as_deref()),
        (OVERTEN_OK, Some("secret-0"))
    );
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn a_record_without_room_leaves_the_reception_where_it_was() {
    let receiver = receiver();
    let mut request = Request::begin(receiver, "POST", PATH, &signed(BODY));
    let mut record = vec![0_u8; 1024];
    let mut pack = |request: &mut Request, capacity: usize| {
        let mut len = 0;
        let status = unsafe {
            overten_reception_body_packed(
                receiver,
                &mut request.reception,
                BODY.as_ptr().cast(),
                BODY.len(),
                NOW,
                0,
                record.as_mut_ptr().cast(),
                capacity,
                &mut len,
                &mut request.key,
                &mut request.step,
                null_mut(),
            )
        };
        (status, len)
    };
    let (status, needed) = pack(&mut request, 10);
    assert_eq!(
        (status, request.step.kind),
        (OVERTEN_OK, OVERTEN_STEP_READ_BODY)
    );
    assert_eq!(pack(&mut request, needed), (OVERTEN_OK, needed));
    assert_eq!(request.step.kind, OVERTEN_STEP_CLAIM);
    assert_eq!(text(&request.key.text), "run.completed:run_01");
    assert_eq!(
        pack(&mut request, needed).0,
        OVERTEN_INVALID_ARGUMENT,
        "read once"
    );

    assert_eq!(
        request.advance(OVERTEN_OUTCOME_IN_FLIGHT),
        Ok(OVERTEN_STEP_ANSWER)
    );
    let (name, run, task) = (chars("run.completed"), chars("run_01"), chars("task_01"));
    let end = |request: &mut Request, capacity: usize| {
        request.told(|request, ending, line, len| unsafe {
            overten_reception_end_named(
                receiver,
                &mut request.reception,
                name.0,
                name.1,
                run.0,
                run.1,
                task.0,
                task.1,
                null(),
                0,
                1000,
                ending,
                line,
                capacity,
                len,
            )
        })
    };
    let (mut len, mut ending) = (0, blank!());
    let mut short = vec![1; 10];
    let status = unsafe {
        overten_reception_end_named(
            receiver,
            &mut request.reception,
            name.0,
            name.1,
            run.0,
            run.1,
            task.0,
            task.1,
            null(),
            0,
            1000,
            &mut ending,
            short.as_mut_ptr(),
            10,
            &mut len,
        )
    };
    assert_eq!(
        (status, short),
        (OVERTEN_OK, vec![1; 10]),
        "it was not ended"
    );
    let (_, line) = end(&mut request, len + 1).unwrap();
    assert!(line.contains(r#""task_id":"task_01""#), "{line}");
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

/// README: "`OVERTEN_LINE_BYTES` of room are always enough for a log line."
#[test]
#[cfg_attr(
    miri,
    ignore = "minutes long, and it takes no pointers that the tests above do not take"
)]
fn the_longest_line_has_room() {
    let long = "\\u0001".repeat(257);
    let body = format!(r#"{{"event":"{long}","run_id":"{long}","task_id":"{long}"}}"#);
    let label = "l".repeat(64);
    let (receiver, status, _) = receiver_of(&format!("{label}:{SECRET}"), PATH, null());
    assert_eq!(status, OVERTEN_OK);
    let mut request = Request::begin(receiver, "POST", PATH, &signed(&body));
    assert_eq!(request.body(&body), OVERTEN_OK);
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_NEW),
        Ok(OVERTEN_STEP_HAND_ON)
    );
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_FAILED),
        Ok(OVERTEN_STEP_RELEASE)
    );
    assert_eq!(
        request.advance(OVERTEN_OUTCOME_FAILED),
        Ok(OVERTEN_STEP_ANSWER)
    );
    let why = "\u{1}".repeat(3000);
    let (_, line) = request.end(&[&why, &why]).unwrap();
    assert!(line.len() > OVERTEN_LINE_BYTES / 2, "{}", line.len());
    assert!(line.len() + 1024 < OVERTEN_LINE_BYTES, "{}", line.len());
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

fn raw_line(
    receiver: *const Receiver,
    reception: &Reception,
    headers: &[Header],
    body: Option<&str>,
    room: usize,
) -> (Status, String) {
    let (mut line, mut len) = (vec![0_u8; room], 0);
    let (body, body_len) = body.map_or((null(), 0), chars);
    let status = unsafe {
        let (headers, headers_len) = (headers.as_ptr(), headers.len());
        let (line, body) = (line.as_mut_ptr().cast(), body.cast());
        overten_reception_raw_line(
            receiver,
            reception,
            headers,
            headers_len,
            body,
            body_len,
            1000,
            line,
            room,
            &mut len,
        )
    };
    line.truncate(len);
    (status, String::from_utf8(line).unwrap())
}

#[test]
#[cfg_attr(
    miri,
    ignore = "minutes long, and it takes no pointers that the tests above do not take"
)]
fn the_longest_raw_line_has_room() {
    let options = ReceiverOptions {
        flags: OVERTEN_RAW_LOG_ALL,
        ..DEFAULTS
    };
    let (receiver, ..) = receiver_of(SECRET, PATH, &options);
    let (body, value) = ("\u{1}".repeat(20_000), "\u{e0041}".repeat(300));
    let names = [
        "X-Overten-Signature",
        "X-Overten-Timestamp",
        "X-Overten-Event",
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Transfer-Encoding",
        "User-Agent",
    ];
    let headers = names.map(|name| Header {
        name: chars(name).0,
        name_len: name.len(),
        value: chars(&value).0,
        value_len: value.len(),
    });
    let mut request = Request::begin(receiver, "POST", PATH, &signed("another body"));
    assert_eq!(request.body(&body), OVERTEN_OK);
    let (status, line) = raw_line(
        receiver,
        &request.reception,
        &headers,
        Some(&body),
        OVERTEN_RAW_LINE_BYTES,
    );
    assert_eq!(status, OVERTEN_OK);
    assert!((100_000..OVERTEN_RAW_LINE_BYTES).contains(&line.len()));
    assert!(line.ends_with(r#","cut_at":16384}"#));
    drop(request);
    unsafe { overten_receiver_free(receiver) };
}

#[test]
fn a_raw_line_is_that_of_the_ending_that_comes_next() {
    let options = ReceiverOptions {
        flags: OVERTEN_RAW_LOG_FAILURES,
        ..DEFAULTS
    };
    let (receiver, status, _) = receiver_of(SECRET, PATH, &options);
    assert_eq!(status, OVERTEN_OK);
    let signature = signed(BODY);
    let headers = [Header {
        name: chars("user-agent").0,
        name_len: 10,
        value: chars("a\nb").0,
        value_len: 3,
    }];
    let raw_line = |reception: &Reception, body: Option<&str>, room: usize| {
        raw_line(receiver, reception, &headers, body, room)
    };
    let room = OVERTEN_RAW_LINE_BYTES;
    let mut request = Request::begin(receiver, "POST", PATH, &signature);
    assert_eq!(raw_line(&request.reception, None, room).1, "");
    assert_eq!(request.body(BODY), OVERTEN_OK);
    let (status, line) = raw_line(&request.reception, Some(BODY), room);
    assert_eq!(status, OVERTEN_OK);
    let start = r#"{"raw":"unavailable","headers":{"User-Agent":"a\u000ab"},"body_bytes":"#;
    assert!(line.starts_with(start), "of the answer when late: {line}");
    let (status, _) = raw_line(&request.reception, Some(BODY), room - 1);
    assert_eq!(status, OVERTEN_INVALID_ARGUMENT);
    request.free();
    let request = Request::begin(receiver, "GET", PATH, &signature);
    let (_, line) = raw_line(&request.reception, None, room);
    assert_eq!(
        line,
        r#"{"raw":"method_not_allowed","headers":{"User-Agent":"a\u000ab"}}"#
    );
    let (status, _) = raw_line(&blank!(), None, room);
    assert_eq!(status, OVERTEN_INVALID_ARGUMENT);
    unsafe { overten_receiver_free(receiver) };
}
