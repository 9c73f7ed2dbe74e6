//! SIGKILL at any moment: nothing that was answered 2xx is lost.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::http::{deliver, post};
use crate::listener::{Listener, body_of, signed};
use crate::target::Target;

const KILLS: u64 = 12;
const SENDERS: usize = 4;
const RUNS_EACH: usize = 60;

#[test]
fn loses_nothing_when_it_is_killed_again_and_again() {
    let (folder, target) = (tempfile::tempdir().unwrap(), Target::start(200));
    let mut listener = Listener::start(
        folder.path(),
        &["--forward-to", &target.url(), "--lease-seconds", "1"],
    );
    let port = Arc::new(AtomicU16::new(listener.port));
    let accepted = Arc::new(Mutex::new(BTreeSet::new()));
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (port, accepted) = (Arc::clone(&port), Arc::clone(&accepted));
            thread::spawn(move || {
                for number in 0..RUNS_EACH {
                    let run = format!("run_{sender}_{number}");
                    let _ = post(
                        port.load(Ordering::SeqCst),
                        &signed(b"other"),
                        &body_of(&format!("forged_{run}")),
                    );
                    // As Overten does: again until it is a 2xx.
                    while !matches!(
                        deliver(port.load(Ordering::SeqCst), &body_of(&run)),
                        Some((200, _))
                    ) {
                        thread::sleep(Duration::from_millis(20));
                    }
                    accepted
                        .lock()
                        .unwrap()
                        .insert(format!("run.completed:{run}"));
                }
            })
        })
        .collect();
    for kill in 0..KILLS {
        // Each time at another moment of what goes on.
        thread::sleep(Duration::from_millis(30 + 37 * kill % 200));
        listener.kill();
        listener = Listener::start(
            folder.path(),
            &["--forward-to", &target.url(), "--lease-seconds", "1"],
        );
        port.store(listener.port, Ordering::SeqCst);
    }
    for sender in senders {
        sender.join().unwrap();
    }
    let accepted = accepted.lock().unwrap().clone();
    assert_eq!(accepted.len(), SENDERS * RUNS_EACH);
    let keys = |got: &[crate::target::Got]| {
        got.iter()
            .map(|got| got.key().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let got = target.wait_until(|got| keys(got).len() >= accepted.len());
    assert_eq!(keys(&got), accepted);
    for got in got {
        let run = got.key().strip_prefix("run.completed:").unwrap().to_owned();
        assert_eq!(got.body, body_of(&run));
    }
    listener.end();
}
