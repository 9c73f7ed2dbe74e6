//! The lints that this crate relies on do fire: a fixture with an offence against each is checked under them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const LIB: &str = include_str!("../src/lib.rs");
const WORKSPACE: &str = include_str!("../../Cargo.toml");
const OFFENCES: &str = include_str!("lints/offences.rs");

/// What the crate promises, whatever `lib.rs` says today.
const PROMISED: [&str; 5] = [
    "clippy::arithmetic_side_effects",
    "clippy::expect_used",
    "clippy::indexing_slicing",
    "clippy::panic",
    "clippy::unwrap_used",
];

/// What the fixture trips besides the lints of `lib.rs`: one rustc and one clippy lint of the workspace.
const OF_THE_WORKSPACE: [&str; 2] = ["missing_docs", "clippy::must_use_candidate"];

#[test]
fn every_lint_that_guards_the_core_fires() {
    let denied = between(LIB, "#![deny(", "reason");
    let mut expected: BTreeSet<&str> = denied
        .split(',')
        .map(str::trim)
        .filter(|lint| !lint.is_empty())
        .collect();
    for lint in PROMISED {
        assert!(expected.contains(lint), "the crate no longer denies {lint}");
    }
    expected.extend(OF_THE_WORKSPACE);
    expected.insert("unsafe_code");

    let fired = lints_fired_by(&format!(
        "#![forbid(unsafe_code)]\n#![deny({denied})]\n{OFFENCES}\npub fn answer() -> u8 {{ 42 }}\n"
    ));
    let silent: Vec<_> = expected
        .iter()
        .filter(|lint| !fired.contains(**lint))
        .collect();
    assert!(
        silent.is_empty(),
        "these did not fire: {silent:?}, of {fired:?}"
    );
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let members = between(WORKSPACE, "members = [", "]");
    let members = members
        .split(',')
        .map(|member| member.trim().trim_matches('"'));
    for member in members.filter(|member| !member.is_empty()) {
        let manifest = std::fs::read_to_string(root.join(member).join("Cargo.toml")).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{member} has lints of its own"
        );
    }
}

fn lints_fired_by(source: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lints");
    let lints = WORKSPACE.split("[workspace.lints.").skip(1);
    let lints: String = lints
        .map(|table| format!("[lints.{}", table.split("\n\n").next().unwrap()))
        .collect::<Vec<_>>()
        .join("\n\n");
    std::fs::create_dir_all(folder.join("src")).unwrap();
    std::fs::write(folder.join("src/lib.rs"), source).unwrap();
    let manifest =
        format!("[package]\nname = \"offences\"\nedition = \"2024\"\n\n[workspace]\n\n{lints}\n");
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();

    let output = Command::new(env!("CARGO"))
        .args(["clippy", "--quiet", "--offline", "--message-format=json"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let messages = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let codes = messages
        .filter_map(|message| Some(message["message"]["code"]["code"].as_str()?.to_owned()));
    codes.collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}
