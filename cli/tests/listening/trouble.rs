//! What cannot be: each has a clear error and a way out, or a 503 until it is mended.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use crate::http::deliver;
use crate::listener::{Listener, SECRET, Said, body_of, listen, now, program, run, signed};

fn refused(said: &Said, what: &str) {
    assert_eq!(said.status, 1, "{said:?}");
    assert!(
        said.err.contains(what) && said.err.contains("next:"),
        "{said:?}"
    );
    assert_eq!(said.out, "");
}

#[test]
fn a_taken_port() {
    let (folder, taken) = (
        tempfile::tempdir().unwrap(),
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(),
    );
    let port = taken.local_addr().unwrap().port().to_string();
    refused(
        &run(&mut listen(folder.path(), &["--port", &port])),
        "in use",
    );
}

#[test]
fn no_home_folder() {
    refused(
        &run(program().args(["listen", "--port", "0"])),
        "there is no home folder",
    );
    // With one, deliveries are kept in it, for this user alone.
    let home = tempfile::tempdir().unwrap();
    let listener = Listener::spawn(program().arg("listen").env("HOME", home.path()));
    assert_eq!(deliver(listener.port, &body_of("run_01")).unwrap().0, 200);
    let folder = home.path().join(".local/share/overten-webhook");
    assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().mode() & 0o777)
        .collect();
    assert!(
        files.len() >= 3 && files.iter().all(|mode| *mode == 0o600),
        "{files:?}"
    );
    listener.end();
}

#[test]
fn no_usable_secret() {
    let folder = tempfile::tempdir().unwrap();
    let said =
        run(listen(folder.path(), &["--port", "0"]).env("OVERTEN_WEBHOOK_SECRETS", "whsec_short"));
    assert_eq!(said.status, 8);
    assert!(
        said.err.contains("short_secret") && !said.err.contains("whsec_short"),
        "{said:?}"
    );
}

#[test]
fn settings_that_do_not_fit_together() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        ["--retention-seconds", "60"],
        ["--path", "webhooks"],
        ["--mismatch-status", "500"],
        ["--max-body-bytes", "0"],
    ] {
        let said = run(&mut listen(folder.path(), &arguments));
        assert_eq!(said.status, 2, "{said:?}");
    }
}

#[test]
fn a_folder_that_is_read_only_or_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    refused(
        &run(&mut listen(&folder.path().join("file"), &["--port", "0"])),
        "cannot be made",
    );

    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let arguments = ["listen", "--port", "0", "--folder"];
    // The superuser may write anywhere.
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "65534", "--clear-groups", "--"])
            .arg(env!("CARGO_BIN_EXE_overten-webhook"));
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_overten-webhook"))
    };
    command
        .env("OVERTEN_WEBHOOK_SECRETS", SECRET)
        .args(arguments)
        .arg(folder.path());
    refused(&run(&mut command), "Permission denied");
}

fn with_database(folder: &Path, statements: &str) -> Said {
    let database = Connection::open(folder.join("deliveries.sqlite")).unwrap();
    database.execute_batch(statements).unwrap();
    drop(database);
    run(&mut listen(folder, &["--port", "0"]))
}

#[test]
fn a_database_that_is_damaged_newer_or_anothers() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("deliveries.sqlite"), vec![b'x'; 10_000]).unwrap();
    refused(
        &run(&mut listen(folder.path(), &["--port", "0"])),
        "file is not a database",
    );
    fs::remove_file(folder.path().join("deliveries.sqlite")).unwrap();
    refused(
        &with_database(folder.path(), "CREATE TABLE theirs (a)"),
        "another program's database",
    );
    fs::remove_file(folder.path().join("deliveries.sqlite")).unwrap();
    Listener::start(folder.path(), &[]).end();
    refused(
        &with_database(folder.path(), "PRAGMA user_version = 2"),
        "newer version",
    );
}

#[test]
fn a_database_that_is_removed_while_it_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let mut listener = Listener::start(folder.path(), &[]);
    assert_eq!(deliver(listener.port, &body_of("before")).unwrap().0, 200);
    fs::remove_file(folder.path().join("deliveries.sqlite")).unwrap();
    assert_eq!(deliver(listener.port, &body_of("after")).unwrap().0, 503);
    let line = listener.wait_for_code("unavailable");
    assert!(
        line["detail"]
            .as_str()
            .unwrap()
            .contains("was deleted or replaced"),
        "{line}"
    );
    listener.end();
}

#[test]
fn a_database_that_another_process_holds_and_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &[]);
    let other = Connection::open(folder.path().join("deliveries.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(deliver(listener.port, &body_of("held")).unwrap().0, 503);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(deliver(listener.port, &body_of("held")).unwrap().0, 200);
    listener.end();
}

#[test]
fn a_disk_that_is_full_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    Listener::start(folder.path(), &[]).end();
    let listener = Listener::start(folder.path(), &["--lease-seconds", "1"]);
    let limit = |bytes: &str| {
        let pid = listener.pid().to_string();
        let set = Command::new("prlimit")
            .args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")])
            .status();
        assert!(set.unwrap().success());
    };
    // Files that exist may grow to that length and no further.
    limit("40000");
    let body = |number| {
        format!(
            r#"{{"event":"run.completed","run_id":"run_{number}","pad":"{}"}}"#,
            "x".repeat(3000)
        )
    };
    let answers: Vec<_> = (0..20)
        .map(|number| deliver(listener.port, body(number).as_bytes()).unwrap().0)
        .collect();
    assert!(
        answers.contains(&503) && answers.iter().all(|status| [200, 503].contains(status)),
        "{answers:?}"
    );
    limit("unlimited");
    for number in 0..20 {
        // What had a claim when the disk filled up is free once that lapses.
        let began = now();
        while deliver(listener.port, body(number).as_bytes()).unwrap().0 != 200 {
            assert!(now() - began < 60, "run_{number}");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
    listener.end();
    let said = run(&mut listen(folder.path(), &["--list", "--json"]));
    for number in 0..20 {
        let taken = said.out.lines().filter(|line| {
            line.contains(r#""code":"accepted""#) && line.contains(&format!(r#""run_{number}""#))
        });
        assert!(taken.count() >= 1, "run_{number} is not kept: {}", said.out);
    }
}

#[test]
fn ctrl_c_lets_requests_finish_and_a_second_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &[]);
    let half = half_sent(&listener);
    listener.signal("INT");
    let (mut stream, body) = half;
    std::thread::sleep(std::time::Duration::from_millis(300));
    std::io::Write::write_all(&mut stream, &body[10..]).unwrap();
    assert_eq!(crate::http::answer(&mut stream).unwrap().0, 200);
    assert_eq!(listener.wait().0, Some(130));

    let listener = Listener::start(folder.path(), &[]);
    let _half = half_sent(&listener);
    let began = std::time::Instant::now();
    listener.signal("INT");
    std::thread::sleep(std::time::Duration::from_millis(300));
    listener.signal("INT");
    assert_eq!(listener.wait().0, Some(130));
    assert!(
        began.elapsed() < std::time::Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
}

/// A connection on which the first ten bytes of a body have been sent.
fn half_sent(listener: &Listener) -> (std::net::TcpStream, Vec<u8>) {
    let body = body_of("half");
    let mut stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, listener.port)).unwrap();
    let mut head = format!(
        "POST /webhooks/overten HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in signed(&body) {
        head += &format!("{name}: {value}\r\n");
    }
    std::io::Write::write_all(
        &mut stream,
        &[head.as_bytes(), b"\r\n", &body[..10]].concat(),
    )
    .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    (stream, body)
}

#[test]
fn a_reader_that_has_seen_enough() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = listen(folder.path(), &["--json", "--port", "0"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    while !line.contains(r#""listening""#) {
        line.clear();
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    }
    drop(out);
    let url: reqwest::Url = serde_json::from_str::<serde_json::Value>(&line).unwrap()["url"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    // It is answered all the same, and shows that nobody reads.
    assert_eq!(
        deliver(url.port().unwrap(), &body_of("run_01")).unwrap().0,
        200
    );
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    // Whoever keeps it running must see that it does not listen any more.
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("standard output takes no more lines"), "{err}");
}

#[test]
fn an_address_that_others_reach() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(folder.path(), &["--address", "0.0.0.0"]);
    assert_eq!(deliver(listener.port, &body_of("run_01")).unwrap().0, 200);
    listener.signal("TERM");
    let (status, _, err) = listener.wait();
    assert_eq!(status, Some(0));
    assert!(err.contains("warning: listening on 0.0.0.0"), "{err}");
}
