//! The HTTP server: connections, bounded in number and in time, and their graceful end.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use overten_webhook::{Answer, Code};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::{sleep, timeout};
use tokio_util::task::TaskTracker;

use super::reception::{Desk, Shell};
use super::signals::stopped;

/// How many connections there are at most; each may hold a body. More wait to be accepted.
const CONNECTIONS: usize = 128;
/// How long a head may take, and how long a connection may idle.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// The most headers of a request, and the most bytes of its head: more than any gateway adds.
const HEADERS: usize = 1000;
const HEAD_BYTES: usize = 1024 * 1024;
/// How long a connection is used again, however busy: nobody holds one for good.
const LIFE: Duration = Duration::from_secs(60);
/// How long the last request of a connection may take, its answer's way out included: longer than core lets one wait.
const END_WITHIN: Duration = Duration::from_secs(20);
/// How long the sockets' own trouble (no file left to open) is given to pass.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Accepts connections until `stop` says so. What is at work then ends by itself, and soon: see `at_work`.
pub(crate) async fn serve<S: Shell>(
    desk: Arc<Desk<S>>,
    listener: TcpListener,
    mut stop: watch::Receiver<bool>,
    at_work: TaskTracker,
) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let (full, is_full) = watch::channel(false);
    let accept = async || {
        let say =
            |is_full| full.send_if_modified(|before| std::mem::replace(before, is_full) != is_full);
        say(room.available_permits() == 0);
        let permit = Arc::clone(&room).acquire_owned().await;
        say(false);
        (listener.accept().await, permit)
    };
    loop {
        let (accepted, permit) = tokio::select! {
            accepted = accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            sleep(ACCEPT_AGAIN).await;
            continue;
        };
        // Without it, an answer may wait for the acknowledgement of what went before.
        let _ = stream.set_nodelay(true);
        let (desk, stop, is_full) = (Arc::clone(&desk), stop.clone(), is_full.clone());
        let requests = at_work.clone();
        at_work.spawn(async move {
            serve_connection(desk, TokioIo::new(stream), stop, is_full, requests).await;
            drop(permit);
        });
    }
}

/// Serves one connection to its end. Where `is_full` says that others wait for room, it ends with the answer at work, or at
/// once where it idles after one.
pub(crate) async fn serve_connection<S: Shell>(
    desk: Arc<Desk<S>>,
    io: impl Read + Write + Unpin + 'static,
    mut stop: watch::Receiver<bool>,
    mut is_full: watch::Receiver<bool>,
    at_work: TaskTracker,
) {
    let has_answered = AtomicBool::new(false);
    let room = is_full.clone();
    let service = service_fn(|request| {
        let answered = respond(Arc::clone(&desk), request, at_work.clone());
        let (has_answered, room) = (&has_answered, &room);
        async move {
            let mut response = answered.await;
            has_answered.store(true, Ordering::Relaxed);
            // Only who brings what is taken may go on: others would hold the room for nothing.
            if !response.status().is_success() || *room.borrow() {
                let close = http::HeaderValue::from_static("close");
                response
                    .headers_mut()
                    .insert(http::header::CONNECTION, close);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(io, service);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return say_why(&desk, ended),
        () = stopped(&mut stop) => {}
        () = sleep(LIFE) => {}
        () = is_in_the_way(&mut is_full, &has_answered) => {}
    }
    connection.as_mut().graceful_shutdown();
    // Who does not read the answers does not hold it longer either.
    if let Ok(ended) = timeout(END_WITHIN, connection).await {
        say_why(&desk, ended);
    }
}

/// Tells of bytes that are no request: there is no request whose line would.
fn say_why<S: Shell>(desk: &Desk<S>, ended: hyper::Result<()>) {
    if let Err(error) = ended
        && error.is_parse()
    {
        desk.shell.unreadable(error.to_string());
    }
}

/// Waits until others wait for room while this one has had its answer.
async fn is_in_the_way(is_full: &mut watch::Receiver<bool>, has_answered: &AtomicBool) {
    while is_full.wait_for(|is_full| *is_full).await.is_ok() {
        if has_answered.load(Ordering::Relaxed) {
            return;
        }
        if is_full.changed().await.is_err() {
            break;
        }
    }
    std::future::pending::<()>().await;
}

async fn respond<S: Shell>(
    desk: Arc<Desk<S>>,
    request: Request<Incoming>,
    at_work: TaskTracker,
) -> Response<Full<Bytes>> {
    let (reply, answer) = oneshot::channel();
    // A task of its own: what has begun goes on though the sender hangs up.
    at_work.spawn(desk.receive(request, reply));
    let answer = answer.await.unwrap_or(Answer::to(Code::Unavailable));
    response(answer)
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let body = Full::new(Bytes::from_static(answer.body().as_bytes()));
    let mut response = Response::new(body);
    if let Ok(status) = http::StatusCode::from_u16(answer.status()) {
        *response.status_mut() = status;
    }
    for (name, value) in answer.headers() {
        let (name, value) = (
            http::HeaderName::from_bytes(name.as_bytes()),
            http::HeaderValue::from_static(value),
        );
        if let Ok(name) = name {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
