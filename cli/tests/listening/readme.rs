//! The README's example of `listen`, and its pictures.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use crate::common::PROGRAM;
use crate::listener::{SECRET, program};
use crate::target::free_port;

const README: &str = include_str!("../../README.md");

#[test]
fn its_example_runs() {
    let desk = tempfile::tempdir().unwrap();
    fs::write(
        desk.path().join("secrets.txt"),
        format!("organisation:{SECRET}\n"),
    )
    .unwrap();
    let (_, section) = README.split_once("\n## Listen\n").unwrap();
    let (_, example) = section.split_once("```sh\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let port = free_port();
    let example = example.replace("8088", &port.to_string());
    let (first, rest) = example.split_once(" &\n").unwrap();

    let mut listening = sh(desk.path(), &format!("exec {first}")).spawn().unwrap();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let output = sh(desk.path(), &format!("set -e\n{rest}"))
        .output()
        .unwrap();
    listening.kill().unwrap();
    listening.wait().unwrap();
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{out}{err}");
    for shown in ["#3", "The delivery verifies", "200 duplicate"] {
        assert!(out.contains(shown), "{out}{err}");
    }
}

#[test]
fn its_pictures_show_what_the_program_prints_today() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures/make.py");
    let output = Command::new("python3")
        .arg(script)
        .args([PROGRAM, "--check"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn its_list_of_settings_is_that_of_the_help() {
    let help = program().args(["listen", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, settings) = help.split_once("Settings of the receiver:").unwrap();
    let (settings, _) = settings.split_once("Example:").unwrap();
    let mut named = 0;
    for name in settings
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        assert!(README.contains(&format!("`{name}`")), "{name}");
        named += 1;
    }
    assert!(named >= 8, "{named}");
}

fn sh(desk: &Path, script: &str) -> Command {
    let folder = Path::new(PROGRAM).parent().unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", script])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
    command.current_dir(desk);
    command
}
