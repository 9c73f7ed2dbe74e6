//! The README's commands print what it says, and its table of exit statuses is the program's.

use std::process::Command;

use crate::program::{BODY, Desk, PROGRAM, SECRET, SIGNATURE, request};

const README: &str = include_str!("../../README.md");

#[test]
fn each_example_prints_what_stands_below_it() {
    let desk = Desk::new();
    desk.file("secrets.txt", format!("organisation:{SECRET}\n"));
    desk.file("body.json", BODY);
    desk.file(
        "request.http",
        request(SIGNATURE, "1760000000", BODY.replace(':', ": ")),
    );
    let mut run = 0;
    for example in README.split("```console\n").skip(1) {
        let (example, _) = example.split_once("```").unwrap();
        let Some((command, expected)) = example
            .strip_prefix("$ ")
            .and_then(|text| text.split_once('\n'))
        else {
            panic!("no command: {example}");
        };
        let shown = sh(&desk, command);
        // What follows the three dots is left out.
        let (expected, is_whole) = match expected.strip_suffix("…\n") {
            Some(beginning) => (beginning, false),
            None => (expected, true),
        };
        assert!(
            shown.starts_with(expected),
            "{command}\n{shown}\nis not\n{expected}"
        );
        assert!(
            !is_whole || shown == expected,
            "{command}\n{shown}\nis not\n{expected}"
        );
        run += 1;
    }
    assert!(run >= 4, "{run} examples");
}

#[test]
fn the_projects_own_readme_names_commands_that_are_taken() {
    let readme = include_str!("../../../README.md");
    let commands: Vec<_> = readme
        .lines()
        .filter(|line| line.starts_with("overten-webhook "))
        .collect();
    assert!(!commands.is_empty());
    for command in commands {
        let shown = sh(&Desk::new(), &format!("{command} --help"));
        assert!(shown.contains("Usage:"), "{command}");
    }
}

#[test]
fn its_exit_statuses_are_those_of_the_help() {
    let help = Desk::new().run(["verify", "--help"]).out;
    let (_, table) = help.split_once("decides:\n").unwrap();
    let lines = table.lines().take_while(|line| !line.is_empty());
    let of_help: Vec<_> = lines
        .map(|line| {
            let (status, when) = line.trim().split_once("  ").unwrap();
            (status.to_owned(), when.to_owned())
        })
        .collect();
    let rows = README.lines().filter_map(|line| line.strip_prefix("| "));
    let of_readme: Vec<_> = rows
        .filter(|row| row.starts_with(|char: char| char.is_ascii_digit()))
        .filter_map(|row| row.trim_end_matches(" |").split_once(" | "))
        .map(|(status, when)| (status.to_owned(), when.to_owned()))
        .collect();
    assert_eq!(of_readme, of_help);
}

fn sh(desk: &Desk, line: &str) -> String {
    let folder = std::path::Path::new(PROGRAM).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let output = Command::new("sh")
        .args(["-c", line])
        .env_clear()
        .env("PATH", path)
        .current_dir(desk.path())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}
