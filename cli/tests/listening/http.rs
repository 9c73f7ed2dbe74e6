//! Requests as bytes on a connection, and what `listen` makes of those that few clients send.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::listener::{Listener, body_of, signed};

/// Status and body of the answer; None where the connection ends without one.
pub(crate) fn post(port: u16, headers: &[(String, String)], body: &[u8]) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.write_all(&request(headers, body)).ok()?;
    answer(&mut stream)
}

/// The same, signed now.
pub(crate) fn deliver(port: u16, body: &[u8]) -> Option<(u16, String)> {
    post(port, &signed(body), body)
}

fn request(headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /webhooks/overten HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    [request.as_bytes(), b"\r\n", body].concat()
}

/// Reads one answer, and leaves what follows it on the connection.
pub(crate) fn answer(stream: &mut TcpStream) -> Option<(u16, String)> {
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if !matches!(stream.read(&mut byte), Ok(1)) {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.split("content-length: ").nth(1);
    let length = length.map_or(0, |rest| rest.split('\r').next().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((status, String::from_utf8(body).unwrap()))
}

fn connected(listener: &Listener) -> TcpStream {
    TcpStream::connect(("127.0.0.1", listener.port)).unwrap()
}

fn accepted() -> Option<(u16, String)> {
    Some((200, r#"{"status":"accepted"}"#.to_owned()))
}

#[test]
fn answers_one_request_after_the_other_and_nothing_that_is_smuggled() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &[]);
    let whole = request(&signed(&body_of("smuggled")), &body_of("smuggled"));
    for length in [whole.len(), 900_000] {
        let mut stream = connected(&listener);
        let mut hiding = whole.clone();
        hiding.resize(length, b' ');
        stream.write_all(&request(&[], &hiding)).unwrap();
        assert_eq!(
            answer(&mut stream).unwrap(),
            (400, r#"{"error":"missing_signature"}"#.to_owned())
        );
        // The connection is in step, or closed.
        let run = format!("after-{length}");
        let next = request(&signed(&body_of(&run)), &body_of(&run));
        if stream.write_all(&next).is_ok() {
            let next = answer(&mut stream);
            assert!(next.is_none() || next == accepted(), "{next:?}");
        }
    }
    let read = listener.end();
    assert!(
        !read.iter().any(|line| line["run_id"] == "smuggled"),
        "{read:?}"
    );
}

#[test]
fn answers_who_asks_before_sending_a_body() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &[]);
    let body = body_of("expected");
    let expect = ("Expect".to_owned(), "100-continue".to_owned());

    // With good headers it is told to go on.
    let mut stream = connected(&listener);
    let headers: Vec<_> = signed(&body).into_iter().chain([expect.clone()]).collect();
    let whole = request(&headers, &body);
    let (head, rest) = whole.split_at(whole.len() - body.len());
    stream.write_all(head).unwrap();
    assert_eq!(answer(&mut stream), Some((100, String::new())));
    stream.write_all(rest).unwrap();
    assert_eq!(answer(&mut stream), accepted());

    // Without, it is refused though it holds the body back.
    let mut stream = connected(&listener);
    let whole = request(&[expect], &body);
    stream
        .write_all(&whole[..whole.len() - body.len()])
        .unwrap();
    assert_eq!(answer(&mut stream).unwrap().0, 400);
    listener.end();
}

#[test]
fn takes_a_body_in_chunks_and_stops_reading_at_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &["--max-body-bytes", "1000"]);
    let body = body_of("chunked");
    let mut head =
        "POST /webhooks/overten HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            .to_owned();
    for (name, value) in signed(&body) {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    let mut stream = connected(&listener);
    stream.write_all(head.as_bytes()).unwrap();
    for chunk in body.chunks(7) {
        stream
            .write_all(format!("{:x}\r\n", chunk.len()).as_bytes())
            .unwrap();
        stream.write_all(chunk).unwrap();
        stream.write_all(b"\r\n").unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    assert_eq!(answer(&mut stream), accepted());

    // 64 MiB that nobody announced: the answer comes long before their end.
    let mut stream = connected(&listener);
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [b"10000\r\n".as_slice(), &[b'x'; 0x10000], b"\r\n"].concat();
    let mut reader = stream.try_clone().unwrap();
    let answered = std::thread::spawn(move || answer(&mut reader));
    for _ in 0..1024 {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    assert_eq!(
        answered.join().unwrap(),
        Some((413, r#"{"error":"body_too_large"}"#.to_owned()))
    );
    listener.end();
}

#[test]
fn answers_a_head_without_a_body_and_says_which_method_and_path_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &[]);
    let mut stream = connected(&listener);
    stream
        .write_all(b"HEAD /webhooks/overten HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(
        head.starts_with("http/1.1 405") && head.contains("allow: post"),
        "{head}"
    );
    // Nothing follows on the connection: what is not taken ends it.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
    let mut stream = connected(&listener);
    stream
        .write_all(b"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    assert_eq!(
        answer(&mut stream),
        Some((404, r#"{"error":"not_found"}"#.to_owned()))
    );
    listener.end();
}

#[test]
fn is_not_held_up_by_who_sends_nothing_or_slowly() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Listener::start(folder.path(), &[]);
    // As many as there may be connections: half of them silent, half in the middle of a body.
    let mut idle: Vec<_> = (0..128).map(|_| connected(&listener)).collect();
    let body = body_of("slow");
    let whole = request(&signed(&body), &body);
    for stream in &mut idle[64..] {
        stream.write_all(&whole[..whole.len() - 5]).unwrap();
    }
    let began = Instant::now();
    assert_eq!(deliver(listener.port, &body_of("behind")), accepted());
    assert!(
        began.elapsed() < Duration::from_secs(40),
        "{:?}",
        began.elapsed()
    );
    let line = listener.wait_for_code("unavailable");
    assert!(
        line["detail"]
            .as_str()
            .unwrap()
            .contains("did not arrive within 10 s"),
        "{line}"
    );
    assert_eq!(answer(&mut idle[127]).unwrap().0, 503);
    let mut byte = [0];
    let ended = idle[0].read(&mut byte);
    assert!(
        matches!(&ended, Ok(0))
            || matches!(&ended, Err(error) if error.kind() == ErrorKind::ConnectionReset),
        "{ended:?}"
    );
    listener.end();
}

#[test]
fn lets_nobody_in_the_way_who_has_had_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &[]);
    let request_of = |run: &str| request(&signed(&body_of(run)), &body_of(run));
    // As many as there may be connections, each with an answer to something authentic.
    let kept = request_of("kept");
    let mut idle: Vec<_> = (0..128).map(|_| connected(&listener)).collect();
    for stream in &mut idle {
        stream.write_all(&kept).unwrap();
        assert_eq!(answer(stream).unwrap().0, 200);
    }
    // Idle ones make room at once, long before their 10 s are over.
    let began = Instant::now();
    assert_eq!(deliver(listener.port, &body_of("behind")), accepted());
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    listener.end();
}

#[test]
fn ends_a_connection_with_an_answer_that_is_no_2xx() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &[]);
    let mut stream = connected(&listener);
    stream.write_all(&request(&[], b"{}")).unwrap();
    assert_eq!(answer(&mut stream).unwrap().0, 400);
    let began = Instant::now();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    listener.end();
}

#[test]
fn takes_a_long_head_and_says_why_it_refuses_what_is_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Listener::start(folder.path(), &[]);
    let body = body_of("many-headers");
    let mut headers = signed(&body);
    headers.extend((0..900).map(|number| (format!("X-Hop-{number}"), "x".repeat(800))));
    assert_eq!(post(listener.port, &headers, &body), accepted());

    let mut refuses = |bytes: &[u8], status: u16| {
        let mut stream = connected(&listener);
        stream.write_all(bytes).unwrap();
        assert_eq!(answer(&mut stream).unwrap().0, status);
        let line = listener.wait_for(|line| line["listen"] == "said");
        let said = line["detail"].as_str().unwrap();
        assert!(said.contains("no HTTP request"), "{said}");
    };
    headers.extend((0..200).map(|number| (format!("X-More-{number}"), String::new())));
    refuses(&request(&headers, &body), 431);
    refuses(b"hello\r\n\r\n", 400);
    listener.end();
}
