//! Help, completions and manual pages: each command has them, with an example that works.

use std::process::Command;

use crate::program::{BODY, Desk, PROGRAM, SECRET, delivery};

/// Commands whose examples need nothing but the files of the desk.
const RUN_HERE: [&str; 6] = ["", "verify", "explain", "sign", "completions", "man"];

#[test]
fn every_help_ends_with_an_example_and_the_example_works() {
    let desk = Desk::new();
    desk.file("request.http", delivery());
    desk.file("body.json", BODY);
    desk.file("secrets.txt", SECRET);
    let mut run = Vec::new();
    for path in commands(&desk) {
        let help = help(&desk, &path);
        let name = path.join(" ");
        let (_, end) = help
            .rsplit_once("\nExample")
            .unwrap_or_else(|| panic!("`{name}` has no example:\n{help}"));
        let joined = end.replace("\\\n", " ");
        let lines = joined.lines().skip(1).map(str::trim);
        let examples: Vec<_> = lines
            .filter(|line| line.starts_with("overten-webhook "))
            .collect();
        let is_of_it = |line: &&str| line.starts_with(format!("overten-webhook {name}").trim_end());
        let example = examples.iter().copied().find(is_of_it);
        let example = example.unwrap_or_else(|| panic!("`{name}` is not in its example:\n{end}"));
        if RUN_HERE.contains(&name.as_str()) {
            // What would post the body somewhere is only printed.
            let status = sh(&desk, example.trim_end_matches("| sh"));
            assert!(
                matches!(status, Some(0 | 6)),
                "`{example}` ended with {status:?}"
            );
            run.push(name);
        } else {
            for example in examples {
                let parsed = example.split(['|', '>', '&']).next().unwrap();
                let status = sh(&desk, &format!("{parsed} --help"));
                assert_eq!(
                    status,
                    Some(0),
                    "`{example}` has arguments that are refused"
                );
            }
        }
    }
    assert_eq!(run.len(), RUN_HERE.len());
}

#[test]
fn the_help_of_every_option_says_something() {
    let desk = Desk::new();
    for path in commands(&desk) {
        let help = desk
            .run(path.iter().map(String::as_str).chain(["--help"]))
            .out;
        assert!(!help.contains("being built"), "{help}");
        assert!(
            help.lines().all(|line| line.chars().count() <= 120),
            "{help}"
        );
    }
}

#[test]
fn completions_are_there_for_every_shell() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let said = desk.run(["completions", shell]);
        assert!(
            said.status == 0 && said.out.contains("explain"),
            "{shell}: {said:?}"
        );
    }
    desk.file("completions.bash", desk.run(["completions", "bash"]).out);
    assert_eq!(
        sh(
            &desk,
            "! command -v bash > /dev/null || bash -n completions.bash"
        ),
        Some(0)
    );
    let said = desk.run(["completions", "csh"]);
    assert!(said.status == 2 && said.err.contains("zsh"), "{said:?}");
}

#[test]
fn every_command_has_a_manual_page() {
    let desk = Desk::new();
    assert_eq!(desk.run(["man", "a/man1"]).status, 0);
    for path in commands(&desk) {
        let name = [&["overten-webhook".to_owned()], path.as_slice()]
            .concat()
            .join("-");
        let page = std::fs::read_to_string(desk.path().join(format!("a/man1/{name}.1")));
        let page = page.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains("Example"),
            "{page}"
        );
    }
    desk.file("taken", "");
    let said = desk.run(["man", "taken"]);
    assert!(said.status == 1 && said.err.contains("taken"), "{said:?}");
}

/// The help, its lines as they were written.
fn help(desk: &Desk, path: &[String]) -> String {
    let mut command = desk.command();
    command.env("COLUMNS", "1000").args(path).arg("--help");
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Every command with its parents, the program itself too.
fn commands(desk: &Desk) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut next = 0;
    while let Some(path) = all.get(next).cloned() {
        next += 1;
        let help = desk
            .run(path.iter().map(String::as_str).chain(["--help"]))
            .out;
        let listed = help.split_once("\nCommands:\n").map(|(_, after)| after);
        let lines = listed
            .unwrap_or_default()
            .lines()
            .take_while(|line| !line.is_empty());
        let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        for name in names.filter_map(|line| line.split_whitespace().next()) {
            if name != "help" {
                all.push([path.as_slice(), &[name.to_owned()]].concat());
            }
        }
    }
    assert!(all.len() > 10, "{all:?}");
    all
}

fn sh(desk: &Desk, line: &str) -> Option<i32> {
    let line = line.replace("overten-webhook ", &format!("'{PROGRAM}' "));
    let status = Command::new("sh")
        .args(["-c", &line])
        .current_dir(desk.path())
        .stdout(std::process::Stdio::null())
        .status();
    status.unwrap().code()
}
