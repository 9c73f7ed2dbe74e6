//! Which secret was refused and why, and that none is ever shown.

mod common;

use common::{SECRET, authentic, headers_of, signed};
use overten_webhook::{
    Code, Scope, Secret, SecretError, SecretFault, SecretInput, Secrets, Signature, UnixSeconds,
    Verifier, sign,
};

const OTHER: &str = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

#[test]
fn an_error_names_the_position() {
    let refused = |secrets: &[(&str, &str)]| {
        let error = Secrets::new(secrets.iter().copied()).unwrap_err();
        (error.code(), error.position())
    };
    let good = ("good", SECRET);
    let position = |code| (code, Some(1));
    assert_eq!(refused(&[]), (Code::NoSecrets, None));
    assert_eq!(refused(&[good; 9]), (Code::TooManySecrets, None));
    for (second, code) in [
        (("no spaces", OTHER), Code::MalformedLabel),
        (("good", OTHER), Code::MalformedLabel),
        (("b", " "), Code::EmptySecret),
        (("b", "'whsec_quoted-secret'"), Code::MalformedSecret),
        (("b", "a b"), Code::MalformedSecret),
        (("b", "whsec_short"), Code::ShortSecret),
        (("b", &"x".repeat(257)), Code::LongSecret),
        (("b", SECRET), Code::DuplicateSecret),
    ] {
        assert_eq!(refused(&[good, second]), position(code));
    }
    let error = Secrets::new([SECRET, "whsec_short"]).unwrap_err();
    assert!(error.to_string().starts_with("secret 1 "), "{error}");
}

#[test]
fn what_is_in_the_way_of_a_secret_is_named() {
    let pasted = |before: &str, after: &str| format!("{before}{SECRET}{after}");
    for (secret, fault) in [
        (
            pasted("", &format!(",{OTHER}")),
            SecretFault::RepeatedPrefix,
        ),
        (
            pasted("", &format!(";{OTHER}")),
            SecretFault::RepeatedPrefix,
        ),
        (
            pasted("", &format!("|{OTHER}")),
            SecretFault::RepeatedPrefix,
        ),
        (
            pasted("", &format!("\\n{OTHER}")),
            SecretFault::RepeatedPrefix,
        ),
        (
            pasted("", &format!("\n{OTHER}")),
            SecretFault::RepeatedPrefix,
        ),
        (pasted("", OTHER), SecretFault::RepeatedPrefix),
        (
            pasted("[\"", &format!("\",\"{OTHER}\"]")),
            SecretFault::RepeatedPrefix,
        ),
        (pasted("whsec_", ""), SecretFault::RepeatedPrefix),
        (
            pasted("OVERTEN_WEBHOOK_SECRETS=", ""),
            SecretFault::TextBeforePrefix,
        ),
        (pasted("export NAME='", "'"), SecretFault::TextBeforePrefix),
        (pasted("[\"", "\"]"), SecretFault::TextBeforePrefix),
        (pasted("\"[", "]\""), SecretFault::TextBeforePrefix),
        (pasted("label:", ""), SecretFault::TextBeforePrefix),
        (pasted("\u{200b}", ""), SecretFault::TextBeforePrefix),
        (pasted("v1,", ""), SecretFault::SignaturePrefix),
        (pasted("V1,", ""), SecretFault::SignaturePrefix),
        (pasted("Sha256=", ""), SecretFault::SignaturePrefix),
        (pasted("\"", "\""), SecretFault::Quoted),
        (pasted("", "'"), SecretFault::Quoted),
        (pasted("`", ""), SecretFault::Quoted),
        (
            pasted("\u{201c}", "\u{201d}"),
            SecretFault::TextBeforePrefix,
        ),
        (pasted("", "\"\u{ad}"), SecretFault::NotAscii),
        (pasted("", " # a comment"), SecretFault::WhiteSpace),
        (pasted("", "\u{3000}x"), SecretFault::WhiteSpace),
        (pasted("", "\u{2060}"), SecretFault::NotAscii),
        (pasted("", "\u{e9}"), SecretFault::NotAscii),
        (pasted("", "\u{7f}"), SecretFault::ControlCharacter),
        (pasted("", "\0"), SecretFault::ControlCharacter),
    ] {
        let error = Secret::new(secret.as_bytes()).unwrap_err();
        assert_eq!(
            (error.code(), error.fault()),
            (Code::MalformedSecret, fault)
        );
    }
    let utf_16: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let error = Secret::new(&[b"\xfe\xff".as_slice(), &utf_16].concat()).unwrap_err();
    assert_eq!(
        (error.code(), error.fault()),
        (Code::MalformedSecret, SecretFault::NotUtf8)
    );
}

#[test]
fn of_single_bytes_visible_ascii_alone_may_stand_in_a_secret() {
    for byte in 0..=u8::MAX {
        let secret = [b"whsec_aaaaaaaa".as_slice(), &[byte], b"bbbbbbbb"].concat();
        let code = Secret::new(&secret).err().map(SecretError::code);
        let taken = (b'!'..=b'~').contains(&byte);
        assert_eq!(code, (!taken).then_some(Code::MalformedSecret), "{byte:#x}");
    }
}

#[test]
fn a_pair_the_wrong_way_round_is_refused_since_logs_show_labels() {
    for label in ["whsec_0123456789abcdef", "my.WHSEC_0123456789abcdef"] {
        let error = Secrets::new([(label, "organisation-primary")]).unwrap_err();
        assert_eq!(error.code(), Code::MalformedLabel);
        assert!(!error.to_string().contains("0123456789"), "{error}");
    }
}

#[test]
fn two_labels_that_are_one_are_not_called_malformed() {
    let error = Secrets::new([("a", SECRET), ("a", OTHER)]).unwrap_err();
    assert_eq!(error.fault(), SecretFault::RepeatedLabel);
}

#[test]
fn lines_are_trimmed_as_secrets_are() {
    let text = format!("\u{feff}first : {SECRET}\r\n\r\n\u{a0}\n\u{a0}{OTHER}\u{2003}\r\n");
    let secrets = Secrets::from_lines(text.as_bytes()).unwrap();
    let seen: Vec<_> = secrets.iter().map(|secret| format!("{secret:?}")).collect();
    assert_eq!(
        seen,
        ["Secret(first, 027cf575)", "Secret(secret-1, 2a043d19)"]
    );

    let error = Secrets::from_lines(b"\n \n").unwrap_err();
    assert_eq!(error.code(), Code::NoSecrets);
}

#[test]
fn half_a_secret_does_not_become_a_label() {
    for line in [
        "whsec_half:and-the-other-half-of-it",
        "WHSEC_a:bbbbbbbbbbbbbbbbbbbbb",
        "SECRET.whsec_half:and-the-other-half-of-it",
    ] {
        let error = Secrets::from_lines(line.as_bytes()).unwrap_err();
        assert_eq!(
            (error.code(), error.position()),
            (Code::MalformedLabel, Some(0))
        );
    }
    let labelled = Secrets::from_lines(b"label:whsec_half:and-the-other-half-of-it");
    assert_eq!(
        labelled.unwrap().iter().next().unwrap().label().as_str(),
        "label"
    );
}

#[test]
fn the_longest_label_and_key_are_kept_whole() {
    let label = "l".repeat(64);
    let secrets = Secrets::new([(label.as_str(), SECRET)]).unwrap();
    assert_eq!(secrets.iter().next().unwrap().label().as_str(), label);

    let part = "p".repeat(128);
    let body = format!(r#"{{"event":"{part}","run_id":"{part}","task_id":"{part}"}}"#);
    let event = authentic(body.as_bytes()).event().unwrap();
    let key = event.idempotency_key(Scope::Task);
    assert_eq!(key.as_str(), format!("{part}:{part}:{part}"));
}

#[test]
fn a_signature_is_made_for_any_time_of_up_to_twelve_digits() {
    let secret = Secret::new(SECRET.as_bytes()).unwrap();
    for (seconds, value) in [
        (0, Some("0")),
        (999_999_999_999, Some("999999999999")),
        (-1, None),
        (1_000_000_000_000, None),
    ] {
        let signature = sign(&secret, UnixSeconds::new(seconds), b"");
        assert_eq!(
            signature.as_ref().ok().map(Signature::timestamp_value),
            value
        );
    }
}

#[test]
fn nothing_that_is_printed_shows_a_secret_a_signature_or_what_was_sent() {
    let now = UnixSeconds::new(1_760_000_000);
    let body = br#"{"event":"run.completed","run_id":"r","summary":"private words","download_url":"https://files/private"}"#;
    let signature = signed(body, now);
    let headers = headers_of(&signature);
    let verifier = Verifier::new(Secrets::new([("label", SECRET)]).unwrap());
    let delivery = verifier.verify(&headers, body.as_slice(), now).unwrap();
    let late = UnixSeconds::new(2_000_000_000);
    let pasted = format!("v1,{SECRET}");

    let mut printed = vec![
        format!("{:?}", SecretInput::from(SECRET)),
        format!("{:?}", Secret::new(SECRET.as_bytes()).unwrap()),
        format!("{verifier:?} {:?}", verifier.begin(&headers)),
        format!("{headers:?}"),
        format!("{delivery:?} {:?}", delivery.verdict()),
        format!("{:?}", delivery.event().unwrap()),
    ];
    for error in [
        verifier
            .verify(&headers, body.as_slice(), late)
            .unwrap_err(),
        verifier
            .verify(&headers, b"private words", now)
            .unwrap_err(),
    ] {
        printed.push(format!("{error:?} {error}"));
    }
    let bracketed = format!("[{SECRET}]");
    let foreign = format!("{SECRET}\u{200b}");
    for text in [
        pasted.as_str(),
        &bracketed,
        &foreign,
        &SECRET[..12],
        &SECRET.repeat(9),
    ] {
        let error = Secrets::new([text]).unwrap_err();
        printed.push(format!("{error:?} {error}"));
    }
    let error = authentic(b"{\"private words\":1}").event().unwrap_err();
    printed.push(format!("{error:?} {error}"));

    let private = [
        &SECRET[6..16],
        &signature.signature_value()[7..15],
        "private",
    ];
    for text in &printed {
        for private in private {
            assert!(!text.contains(private), "{private} stands in {text}");
        }
    }
    assert_eq!(printed[1], "Secret(secret-0, 027cf575)");
}
