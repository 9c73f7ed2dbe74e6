//! How it is known that the receiver accepts what the new secret signs.

use std::fs::File;
use std::io::{self, BufRead as _, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use overten_webhook::Code;
use serde::Deserialize;

use crate::failure::Failure;

const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// The most of a log that is read at a look.
const MOST_AT_ONCE: u64 = 1024 * 1024;

/// Longer lines are not of a receiver.
const LONGEST_LINE: usize = 64 * 1024;

/// Waits for a line about a delivery that the secret of this label signed and that was taken in. `-` is standard input.
///
/// # Errors
///
/// The log cannot be read, or standard input ended before.
pub(super) async fn in_log(path: &Path, label: &str) -> Result<(), Failure> {
    if path == Path::new("-") {
        let label = label.to_owned();
        return blocking(move || {
            let mut lines = io::stdin().lock().lines().map_while(Result::ok);
            match lines.any(|line| proves(line.as_bytes(), &label)) {
                true => Ok(()),
                false => Err(not_yet()),
            }
        })
        .await;
    }
    let mut log = Followed::default();
    loop {
        let lines = log.look(path).map_err(|error| {
            Failure::new(
                format_args!("the log {} cannot be read: {error}", path.display()),
                "name the receiver's log with --log",
            )
        })?;
        if lines.iter().any(|line| proves(line, label)) {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// Asks at the prompt.
///
/// # Errors
///
/// It was not a yes.
pub(super) async fn at_prompt() -> Result<(), Failure> {
    blocking(|| {
        let mut to = io::stderr().lock();
        // Where it cannot be asked it is not answered either.
        let _ = write!(
            to,
            "Has the receiver accepted a delivery signed by it? [y/N] "
        )
        .and_then(|()| to.flush());
        let mut answer = String::new();
        let _ = io::stdin().lock().read_line(&mut answer);
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => Err(not_yet()),
        }
    })
    .await
}

fn not_yet() -> Failure {
    Failure::new(
        "the new secret is not known to be in use, so the old subscription stays",
        "run the same command again once it is: it goes on from here; both subscriptions deliver meanwhile",
    )
}

async fn blocking(
    work: impl FnOnce() -> Result<(), Failure> + Send + 'static,
) -> Result<(), Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Failure::new(
            error,
            "run the same command again: it goes on from here",
        )),
    }
}

/// Whether this line of a receiver's log says it. The label is of this rotation alone.
fn proves(line: &[u8], label: &str) -> bool {
    #[derive(Deserialize)]
    struct Line {
        code: String,
        secret: String,
    }
    // A log may have something in front of each line, such as the time.
    let json = line
        .iter()
        .position(|byte| *byte == b'{')
        .and_then(|at| line.get(at..));
    let line: Option<Line> = json.and_then(|json| serde_json::from_slice(json).ok());
    line.is_some_and(|line| {
        let code = line.code.parse();
        line.secret == label
            && matches!(
                code,
                Ok(Code::Accepted | Code::Duplicate | Code::Quarantined)
            )
    })
}

/// A file that grows, or is begun anew.
#[derive(Default)]
struct Followed {
    read: u64,
    begun_line: Vec<u8>,
}

impl Followed {
    /// The lines that have ended since the last look.
    fn look(&mut self, path: &Path) -> io::Result<Vec<Vec<u8>>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        if file.metadata()?.len() < self.read {
            *self = Self::default();
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        self.read += file.take(MOST_AT_ONCE).read_to_end(&mut bytes)? as u64;
        self.begun_line.extend_from_slice(&bytes);
        let mut lines: Vec<_> = self
            .begun_line
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        self.begun_line = lines.pop().unwrap_or_default();
        if self.begun_line.len() > LONGEST_LINE {
            self.begun_line.clear();
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_delivery_that_was_taken_in_proves_it() {
        let line = |code: &str, secret: &str| {
            format!(r#"2026-01-01 {{"code":"{code}","level":"info","secret":"{secret}"}}"#)
        };
        assert!(proves(line("accepted", "new").as_bytes(), "new"));
        assert!(proves(line("duplicate", "new").as_bytes(), "new"));
        assert!(!proves(line("accepted", "old").as_bytes(), "new"));
        assert!(!proves(line("timestamp_too_old", "new").as_bytes(), "new"));
        assert!(!proves(
            br#"{"code":"ok","secrets":[{"label":"new"}]}"#,
            "new"
        ));
        assert!(!proves(b"\xff{", "new"));
    }

    #[test]
    fn follows_a_log_that_grows_and_one_that_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = Followed::default();
        assert!(log.look(&path).unwrap().is_empty());
        std::fs::write(&path, "one\ntw").unwrap();
        assert_eq!(log.look(&path).unwrap(), [b"one"]);
        std::fs::write(&path, "one\ntwo\n").unwrap();
        assert_eq!(log.look(&path).unwrap(), [b"two"]);
        std::fs::write(&path, "x\n").unwrap();
        assert_eq!(log.look(&path).unwrap(), [b"x"]);
    }
}
