//! Signing: byte for byte, and a command that a shell takes apart as it was meant.

use std::process::{Command, Stdio};

use crate::program::{BODY, Desk, NOW, OTHER_SECRET, SECRET, SIGNATURE};

#[test]
fn prints_the_two_headers() {
    let desk = Desk::new();
    desk.file("body.json", BODY);
    let said = desk.run(["sign", "body.json", "--time", "1760000000"]);
    let expected = format!("X-Overten-Signature: {SIGNATURE}\nX-Overten-Timestamp: 1760000000\n");
    assert_eq!((said.status, said.out), (0, expected));
    let from_input = desk.run_with(&["sign", "-", "--time", "1760000000", "--json"], BODY);
    assert_eq!(
        from_input.json()["headers"]["X-Overten-Signature"],
        SIGNATURE
    );
    assert_eq!(from_input.json()["body_bytes"], 62);
}

#[test]
fn signs_with_the_secret_of_the_label() {
    let desk = Desk::with_secrets(&format!("new:{OTHER_SECRET}\nold:{SECRET}"));
    let sign = |label: &str| {
        desk.run_with(
            &["sign", "-", "--time", "1760000000", "--label", label],
            BODY,
        )
    };
    assert!(sign("old").out.contains(SIGNATURE));
    assert!(!sign("new").out.contains(SIGNATURE));
    let said = sign("none");
    assert!(
        said.status == 8 && said.err.contains("new, old"),
        "{said:?}"
    );
}

#[test]
fn refuses_a_time_that_cannot_be_signed() {
    for time in ["-1", "1000000000000"] {
        let said = Desk::new().run_with(&["sign", "-", "--time", time], BODY);
        assert!(said.status == 2 && said.err.contains("seconds"), "{said:?}");
    }
}

#[test]
fn what_it_prints_for_curl_verifies_to_the_byte() {
    let desk = Desk::new();
    for (name, body) in [
        ("body.json", BODY.as_bytes()),
        (
            "it's $HOME `x` \"y\" \\.json",
            b"{\"event\":\"run.completed\",\"run_id\":\"a\"}\r\n\n",
        ),
        ("-binary", b"\xff\x00\x1a{}\n"),
    ] {
        desk.file(name, body);
        let file = format!("./{name}");
        let url = "https://receiver.example/it's?a=$b&c=`d`&e=[1-3]{f,g}";
        let command = desk
            .run(["sign", &file, "--time", "1760000000", "--curl", url])
            .out;
        let said = desk.verify(&command);
        assert!(matches!(said.status, 0 | 7), "{said:?}");
        let words = words_of(&desk, command.as_bytes());
        assert!(words.iter().any(|word| word == b"--globoff"), "{command}");
        assert!(
            words.contains(&format!("@./{name}").into_bytes()),
            "{command}"
        );
        assert_eq!(words.last().unwrap(), url.as_bytes());
        let is_event = |word: &Vec<u8>| word == b"X-Overten-Event: run.completed";
        assert_eq!(words.iter().any(is_event), name != "-binary");
    }
    let piped = desk.run_with(&["sign", "-", "--curl", "http://a.example/"], BODY);
    assert!(piped.out.contains("'@-'"), "{piped:?}");
}

#[cfg(unix)]
#[test]
fn takes_names_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt as _;
    let name = std::ffi::OsStr::from_bytes(b"b\xff.json");
    let desk = Desk::new();
    let body = desk.file(name, BODY);
    let command = desk
        .command()
        .arg("sign")
        .arg(&body)
        .args(["--time", "1760000000", "--curl", "http://a.example/"])
        .output()
        .unwrap();
    assert!(words_of(&desk, &command.stdout)[2].ends_with(b"b\xff.json"));
    let capture = std::ffi::OsStr::from_bytes(b"c\xfe.sh");
    desk.file(capture, &command.stdout);
    let verified = desk
        .command()
        .arg("verify")
        .arg(capture)
        .args(["--now", NOW])
        .output()
        .unwrap();
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
    let said = desk
        .command()
        .arg("verify")
        .arg(std::ffi::OsStr::from_bytes(b"no\xff"))
        .output()
        .unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8(said.stderr).unwrap().contains(r"no\xFF"));
}

/// The words behind `curl`, as a shell parts the command.
fn words_of(desk: &Desk, command: &[u8]) -> Vec<Vec<u8>> {
    let mut script = b"curl() { printf '%s\\0' \"$@\"; }\n".to_vec();
    script.extend_from_slice(command);
    let path = desk.file("script.sh", script);
    let output = Command::new("sh")
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let words = output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let mut words: Vec<_> = words.collect();
    words.pop();
    words
}
