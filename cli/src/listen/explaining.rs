//! Why deliveries do not verify: worked out at the desk, off every request's path, and never faster than the machine can spare.

use std::sync::Arc;
use std::time::Instant;

use overten_webhook::diagnose::Capture;
use overten_webhook::{Receiver, SecretInput};
use tokio::sync::mpsc;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::saved::Received;
use super::shown::{Screen, Shown};

/// How many may wait; what comes then is saved like any other, and can be explained later.
const WAITING: usize = 4;
/// After each, the thread rests for so many times as long as it took: of one processor core, a fifth is used.
const REST: u32 = 4;

/// What is to be explained.
#[derive(Debug)]
pub(crate) struct Puzzle {
    pub(crate) id: i64,
    pub(crate) received: Received,
}

/// The way to the desk.
#[derive(Debug)]
pub(crate) struct Explaining(mpsc::Sender<Puzzle>);

impl Explaining {
    /// `text` holds the secrets, one a line.
    pub(crate) fn start(text: Zeroizing<Vec<u8>>, receiver: &Receiver, screen: Screen) -> Self {
        let (to, mut from) = mpsc::channel::<Puzzle>(WAITING);
        let verifier = receiver.verifier();
        let tolerance = verifier
            .map(|verifier| verifier.tolerance())
            .unwrap_or_default();
        let max_body_bytes = verifier.map(|verifier| verifier.max_body_bytes());
        let text = Arc::new(text);
        tokio::spawn(async move {
            while let Some(Puzzle { id, received }) = from.recv().await {
                let (began, text) = (Instant::now(), Arc::clone(&text));
                let report = tokio::task::spawn_blocking(move || {
                    let mut capture = Capture::new(&received.headers, &received.body, received.at)
                        .with_tolerance(tolerance);
                    if let Some(bytes) = max_body_bytes {
                        capture = capture.with_max_body_bytes(bytes);
                    }
                    capture.diagnose(inputs(&text))
                });
                if let Ok(report) = report.await {
                    screen.show(Shown::Explained {
                        id,
                        report: Box::new(report),
                    });
                }
                sleep(began.elapsed() * REST).await;
            }
        });
        Self(to)
    }

    /// Has it explained, unless too many wait already.
    pub(crate) fn explain(&self, puzzle: Puzzle) {
        let _ = self.0.try_send(puzzle);
    }
}

/// The secrets of a text that `Secrets::from_lines` has taken.
fn inputs(text: &[u8]) -> impl Iterator<Item = SecretInput<'_>> {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !line.is_empty()).map(|line| {
        match line.iter().position(|byte| *byte == b':') {
            Some(at) => SecretInput::labelled(line[..at].trim_ascii(), &line[at + 1..]),
            None => SecretInput::unlabelled(line),
        }
    })
}
