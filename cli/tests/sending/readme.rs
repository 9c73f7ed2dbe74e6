//! The README's examples of these commands, run as they stand there.

use std::path::Path;
use std::process::Command;

use crate::overten::{AUTHORIZATION, Overten};
use crate::program::SECRET;
use crate::receiver::Running;

const README: &str = include_str!("../../README.md");

/// The addresses of the examples, which in a test are those of free ports.
const RECEIVER: &str = "http://127.0.0.1:8787";
const OVERTEN: &str = "http://127.0.0.1:8790";

#[test]
fn each_example_of_sending_runs_as_it_stands() {
    let mut overten = Overten::start(&[]);
    overten.program.drain();
    let receiver = Running::start(SECRET);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("secrets.txt"),
        format!("first:{SECRET}\n"),
    )
    .unwrap();
    std::fs::write(
        folder.path().join("body.json"),
        r#"{"event":"run.failed","run_id":"run_01"}"#,
    )
    .unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_overten-webhook"))
        .parent()
        .unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let (_, sections) = README.split_once("\n## Send\n").unwrap();
    let (sections, _) = sections.split_once("\n## Listen\n").unwrap();
    let mut run = 0;
    for example in sections.split("```sh\n").skip(1) {
        let script = example.split("```").next().unwrap();
        let script = script
            .replace(RECEIVER, &format!("http://{}", receiver.address))
            .replace(OVERTEN, &overten.url);
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", &script])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", &path);
        shell
            .env("OVERTEN_API", &overten.url)
            .env("OVERTEN_AUTHORIZATION", AUTHORIZATION);
        let done = shell.output().unwrap();
        assert!(done.status.success(), "{script}\n{done:?}");
        run += 1;
    }
    assert!(run >= 5, "{run} examples");
}
