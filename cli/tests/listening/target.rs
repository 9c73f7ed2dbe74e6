//! What deliveries are forwarded to: answers as it is told, and remembers what it got.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    /// By name in lower case; of a repeated one the last.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn key(&self) -> &str {
        &self.headers["idempotency-key"]
    }
}

/// Runs until it is dropped.
pub(crate) struct Target {
    pub(crate) port: u16,
    status: Arc<AtomicU16>,
    got: Arc<Mutex<Vec<Got>>>,
    is_down: Arc<AtomicBool>,
}

/// An answer's head promises a body, which then breaks off.
pub(crate) const SHORT: &str = "Content-Length: 100\r\n\r\n{";

/// A port that nobody listens on, for a target that comes later.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl Target {
    pub(crate) fn start(status: u16) -> Self {
        Self::on(free_port(), status)
    }

    pub(crate) fn on(port: u16, status: u16) -> Self {
        Self::with_rest(port, status, "Content-Length: 0\r\n\r\n")
    }

    /// With this at the end of each answer; after [`SHORT`], its connection ends.
    pub(crate) fn with_rest(port: u16, status: u16, rest: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let target = Self {
            port,
            status: Arc::new(status.into()),
            got: Arc::default(),
            is_down: Arc::default(),
        };
        let (status, got, is_down) = (
            target.status.clone(),
            target.got.clone(),
            target.is_down.clone(),
        );
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_down.load(Ordering::SeqCst) {
                    break;
                }
                let (status, got) = (status.clone(), got.clone());
                thread::spawn(move || serve(stream.unwrap(), &status, &got, rest));
            }
        });
        target
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// Waits until it has got what is asked for.
    pub(crate) fn wait_until(&self, has: impl Fn(&[Got]) -> bool) -> Vec<Got> {
        let began = Instant::now();
        loop {
            let got = self.got();
            if has(&got) {
                return got;
            }
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "got no more than {got:#?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.is_down.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(stream: TcpStream, status: &AtomicU16, got: &Mutex<Vec<Got>>, rest: &str) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut headers = BTreeMap::new();
        let mut line = String::new();
        if !matches!(reader.read_line(&mut line), Ok(1..)) {
            return;
        }
        loop {
            line.clear();
            if !matches!(reader.read_line(&mut line), Ok(1..)) {
                return;
            }
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let answered = status.load(Ordering::SeqCst);
        got.lock().unwrap().push(Got { headers, body });
        let answer = format!("HTTP/1.1 {answered} Whatever\r\nLocation: /elsewhere\r\n{rest}");
        if reader.get_mut().write_all(answer.as_bytes()).is_err() || rest == SHORT {
            return;
        }
    }
}
