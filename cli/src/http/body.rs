//! How a body goes out: at once, slowly, or only half of it.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// In how many pieces a slow body goes out.
const PIECES: u32 = 10;

/// How long a half stays alone before the connection ends, so that the receiver has begun to read it.
const BEFORE_THE_END: Duration = Duration::from_millis(100);

/// How a body is sent. `Content-Length` is right in each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    AtOnce,
    /// In ten pieces over this time.
    Over(Duration),
    /// Half of it, then the connection is closed.
    Cut,
}

impl Pace {
    pub(super) fn body(self, bytes: Bytes) -> reqwest::Body {
        match self {
            Self::AtOnce => bytes.into(),
            Self::Over(time) => {
                let pieces = Pieces::new(bytes, PIECES, time / PIECES, false);
                reqwest::Body::wrap(pieces)
            }
            Self::Cut => reqwest::Body::wrap(Pieces::new(bytes, 2, BEFORE_THE_END, true)),
        }
    }
}

/// A body in pieces, each but the first after a pause.
struct Pieces {
    left: Bytes,
    piece_bytes: usize,
    pause: Duration,
    until: Pin<Box<Sleep>>,
    /// Ends after the first piece, with an error, which closes the connection.
    breaks_off: bool,
    has_begun: bool,
}

impl Pieces {
    fn new(bytes: Bytes, pieces: u32, pause: Duration, breaks_off: bool) -> Self {
        let pieces = usize::try_from(pieces).unwrap_or(usize::MAX);
        Self {
            piece_bytes: bytes.len().div_ceil(pieces).max(1),
            left: bytes,
            pause,
            until: Box::pin(sleep(Duration::ZERO)),
            breaks_off,
            has_begun: false,
        }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        if self.until.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        if self.breaks_off && self.has_begun {
            return Poll::Ready(Some(Err(BrokenOff)));
        }
        self.has_begun = true;
        let until = Instant::now() + self.pause;
        self.until.as_mut().reset(until);
        let length = self.piece_bytes.min(self.left.len());
        let piece = self.left.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

/// The sender closed the connection in the middle of a body, as was asked of it.
#[derive(Debug)]
pub(super) struct BrokenOff;

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken off on purpose")
    }
}

impl std::error::Error for BrokenOff {}
