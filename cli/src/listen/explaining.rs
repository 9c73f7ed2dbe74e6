//! Why deliveries do not verify: worked out at the desk, off every request's path, and never faster than the machine can spare.

use std::sync::Arc;
use std::time::Instant;

use overten_webhook::diagnose::Capture;
use overten_webhook::{Receiver, SecretInput, Verifier};
use tokio::sync::mpsc;
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::saved::Received;
use super::shown::{Screen, Shown};

/// How many may wait; what comes then is saved like any other, and can be explained later.
const WAITING: usize = 4;
/// After each, the thread rests for so many times as long as it took: of one processor core, a fifth is used.
const REST: u32 = 4;

/// A longer body is not explained by itself: work and rest grow with it, and meanwhile nobody else's turn comes.
const LONGEST_BODY_BYTES: usize = 64 * 1024;

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
    /// `text` holds the secrets, one a line; `folder` is the argument that names the folder, for a command that is shown.
    pub(crate) fn start(
        text: Zeroizing<Vec<u8>>,
        receiver: &Receiver,
        screen: Screen,
        folder: Arc<str>,
    ) -> Self {
        let (to, mut from) = mpsc::channel::<Puzzle>(WAITING);
        let verifier = receiver.verifier();
        let tolerance = verifier.map(Verifier::tolerance).unwrap_or_default();
        let max_body_bytes = verifier.map(Verifier::max_body_bytes);
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
                    capture.diagnose(SecretInput::from_lines(&text))
                });
                if let Ok(report) = report.await {
                    screen.show(Shown::Explained {
                        id,
                        report: Box::new(report),
                        folder: Arc::clone(&folder),
                    });
                }
                sleep(began.elapsed() * REST).await;
            }
        });
        Self(to)
    }

    /// Has it explained, unless its body is long or too many wait already.
    pub(crate) fn explain(&self, puzzle: Puzzle) {
        if puzzle.received.body.len() <= LONGEST_BODY_BYTES {
            let _ = self.0.try_send(puzzle);
        }
    }
}
