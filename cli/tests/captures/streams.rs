//! Pipes that close, input that is huge or binary, colour, and a machine without a home folder.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::program::{BODY, Desk, NOW, PROGRAM, SECRET, SIGNATURE, delivery, request};

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let desk = Desk::new();
    desk.file("request.http", delivery());
    for (arguments, status) in [
        (["verify", "request.http", "--now", NOW].as_slice(), 0),
        (&["verify", "request.http"], 6),
        (&["explain", "request.http"], 0),
        (&["sign", "request.http"], 0),
        (&["completions", "zsh"], 0),
        (&["--help"], 0),
        (&["verify", "--help"], 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = desk
            .command()
            .args(arguments)
            .stdout(writer)
            .output()
            .unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {err}");
        assert!(
            !err.contains("panicked") && !err.contains("error:"),
            "{err}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let desk = Desk::new();
    desk.file("request.http", delivery());
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = desk
        .command()
        .args(["verify", "request.http"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn takes_huge_and_binary_bodies() {
    let body: Vec<u8> = (0..48_u32 * 1024 * 1024)
        .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    let desk = Desk::new();
    desk.file("body", &body);
    let signed = desk.run([
        "sign",
        "body",
        "--time",
        "1760000000",
        "--curl",
        "http://a.example/",
    ]);
    let arguments = [
        "verify",
        "--now",
        NOW,
        "--json",
        "--max-body-bytes",
        "100000000",
    ];
    let said = desk.run_with(&arguments, &signed.out);
    assert_eq!(
        (said.status, &said.json()["code"]),
        (7, &"malformed_payload".into())
    );
    assert_eq!(said.json()["body_bytes"], body.len());
    // Over the limit nothing is hashed.
    let said = desk.verify(request(SIGNATURE, "1760000000", &body));
    assert_eq!(said.status, 5);
}

#[test]
fn explains_a_binary_body_without_end() {
    let body: Vec<u8> = (0..200_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    let said = Desk::new().explain(request(SIGNATURE, "1760000000", body));
    assert_eq!(
        (said.status, &said.json()["report"]["outcome"]),
        (0, &"unexplained".into())
    );
}

#[test]
fn a_folder_or_a_missing_file_is_a_clear_failure() {
    let desk = Desk::new();
    for name in [".", "missing"] {
        for command in ["verify", "explain", "sign"] {
            let said = desk.run([command, name]);
            assert!(
                said.status == 1 && said.err.contains(name) && said.err.contains("next:"),
                "{said:?}"
            );
        }
    }
}

#[test]
fn colour_is_for_terminals_and_no_color_is_honoured() {
    let desk = Desk::new();
    desk.file("request.http", request(SIGNATURE, "1760000000", &BODY[1..]));
    let piped = desk.run(["verify", "request.http", "--now", NOW]);
    assert!(
        !piped.out.contains('\x1b') && !piped.err.contains('\x1b'),
        "{piped:?}"
    );
    assert!(in_a_terminal(&desk, &[]).contains("\x1b["));
    assert!(!in_a_terminal(&desk, &[("NO_COLOR", "1")]).contains("\x1b["));
    assert!(!in_a_terminal(&desk, &[("TERM", "dumb")]).contains("\x1b["));
}

#[test]
fn asks_for_a_secret_in_a_terminal() {
    let mut desk = Desk::new();
    desk.file("request.http", delivery());
    desk.secrets.clear();
    let (shown, _) = terminal(&desk, "request.http", &[], &format!("{SECRET}\n"));
    assert!(shown.contains("Secret, as Overten issued it"), "{shown}");
    assert!(shown.contains("signed with the secret"), "{shown}");
}

fn in_a_terminal(desk: &Desk, variables: &[(&str, &str)]) -> String {
    let (shown, is_error) = terminal(desk, "request.http", variables, "");
    assert!(!is_error && shown.contains("not authentic"), "{shown}");
    shown
}

/// What `verify` shows in a terminal, which `script` makes, where this is typed; and whether it could not be run.
fn terminal(desk: &Desk, capture: &str, variables: &[(&str, &str)], typed: &str) -> (String, bool) {
    let mut command = Command::new("script");
    command
        .args(["--quiet", "--return", "--command"])
        .arg(format!("'{PROGRAM}' verify {capture} --now {NOW}; exit 0"))
        .arg("/dev/null")
        .env_clear()
        .envs([
            ("PATH", "/usr/bin:/bin"),
            ("TERM", "xterm"),
            ("SHELL", "/bin/sh"),
        ])
        .envs(variables.iter().copied())
        .current_dir(desk.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    if !desk.secrets.is_empty() {
        command.env("OVERTEN_WEBHOOK_SECRETS", &desk.secrets);
    }
    let mut child = command.spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    to.write_all(typed.as_bytes()).unwrap();
    let mut shown = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut shown)
        .unwrap();
    // Its own standard input stays open as long as it runs: its end would end the terminal.
    drop(to);
    (shown, !child.wait().unwrap().success())
}
