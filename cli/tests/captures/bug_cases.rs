//! Faults that users of webhooks reported, each shown by the commands that would have saved them the time.

use base64ct::{Base64, Encoding as _};

use crate::program::{BODY, Desk, NOW, OTHER_SECRET, SECRET, SIGNATURE, delivery, request};

const WITH_NEWLINE: &str =
    "sha256=e4d293041b93cf096acb8255bedf5ccf86adb3f377aee59e8f57681c32147bb8";
const BY_DECODED_KEY: &str =
    "sha256=ca372e7b25c9f000c74a4e2cb37e3a5368dff83c0c040c2e83c777f12754abe0";
const IN_MILLISECONDS: &str =
    "sha256=8d4355256527f17440bf0b90238a8c914159450ca6cd841cbf3506832536e69b";

/// K2-06: a final newline is part of the body, from `sign` to `verify`.
#[test]
fn a_final_newline_is_signed_and_is_missed() {
    let desk = Desk::new();
    desk.file("body.json", format!("{BODY}\n"));
    let signed = desk.run(["sign", "body.json", "--time", "1760000000"]);
    assert!(signed.out.contains(WITH_NEWLINE), "{signed:?}");
    let kept = request(WITH_NEWLINE, "1760000000", format!("{BODY}\n"));
    assert_eq!(desk.verify(kept).status, 0);
    let lost = request(WITH_NEWLINE, "1760000000", BODY);
    assert_eq!(desk.verify(&lost).status, 4);
    assert_eq!(desk.explain(&lost).causes(), ["final_newline_lost"]);
}

/// K2-08: who compresses after signing is told so.
#[test]
fn a_compressed_body_is_named() {
    // gzip of the body, one stored block.
    let length = u16::try_from(BODY.len()).unwrap();
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    gzip.extend(length.to_le_bytes());
    gzip.extend((!length).to_le_bytes());
    gzip.extend(BODY.bytes());
    gzip.extend(crc32(BODY.as_bytes()).to_le_bytes());
    gzip.extend(u32::from(length).to_le_bytes());
    let mut capture = String::from_utf8(delivery()).unwrap().into_bytes();
    capture.truncate(capture.len() - BODY.len() - 2);
    capture.extend(b"Content-Encoding: gzip\r\n\r\n");
    capture.extend(gzip);
    let desk = Desk::new();
    let said = desk.verify(&capture);
    assert_eq!(said.status, 4);
    assert!(
        said.json()["detail"]
            .as_str()
            .unwrap()
            .contains("Content-Encoding"),
        "{said:?}"
    );
    assert_eq!(desk.explain(&capture).causes(), ["compressed"]);
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}

/// K2-09: what a gateway wrapped in base64 is named.
#[test]
fn a_body_in_base64_is_named() {
    let capture = request(
        SIGNATURE,
        "1760000000",
        Base64::encode_string(BODY.as_bytes()),
    );
    let desk = Desk::new();
    assert_eq!(desk.verify(&capture).status, 4);
    assert_eq!(desk.explain(&capture).causes(), ["base64_body"]);
}

/// K4-04: what stands around a pasted secret is named, and the secret never shown.
#[test]
fn what_is_around_a_secret_is_named() {
    for (secret, cause) in [
        (format!("v1,{SECRET}"), "secret_signature_prefix"),
        (format!("\"{SECRET}\""), "secret_quoted"),
    ] {
        let desk = Desk::with_secrets(&secret);
        let said = desk.verify(delivery());
        assert!(
            said.status == 8 && said.err.contains("malformed_secret"),
            "{said:?}"
        );
        let explained = desk.explain(delivery());
        assert_eq!(explained.causes(), [cause]);
        for said in [said, explained] {
            assert!(!format!("{said:?}").contains(&SECRET[6..18]), "{said:?}");
        }
    }
    let desk = Desk::with_secrets(&SECRET.replace("whsec_", "whsec-"));
    assert_eq!(desk.verify(delivery()).status, 4);
}

/// K4-05: one way to make the key; the other is a mismatch, and named.
#[test]
fn the_other_derivation_of_the_key_is_named() {
    let capture = request(BY_DECODED_KEY, "1760000000", BODY);
    let desk = Desk::new();
    assert_eq!(desk.verify(&capture).status, 4);
    assert_eq!(desk.explain(&capture).causes(), ["secret_base64_key"]);
}

/// K5-01: milliseconds are refused with a hint, never guessed.
#[test]
fn milliseconds_are_refused_and_named() {
    let capture = request(IN_MILLISECONDS, "1760000000000", BODY);
    let desk = Desk::new();
    let said = desk.verify(&capture);
    assert_eq!(said.status, 3);
    assert!(
        said.json()["detail"]
            .as_str()
            .unwrap()
            .contains("milliseconds"),
        "{said:?}"
    );
    assert_eq!(desk.explain(&capture).causes(), ["timestamp_milliseconds"]);
}

/// K7-03: an attempt whose sender kept the first one's timestamp is authentic and late, and a new signature is not.
#[test]
fn a_reused_timestamp_is_late_and_a_new_one_is_not() {
    let desk = Desk::new();
    let at =
        |now: &str, capture: &[u8]| desk.run_with(&["verify", "--json", "--now", now], capture);
    let late = at("1760000330", &delivery());
    assert_eq!((late.status, &late.json()["age_seconds"]), (6, &330.into()));
    desk.file("body.json", BODY);
    let signed = desk.run(["sign", "body.json", "--time", "1760000330", "--json"]);
    let headers = &signed.json()["headers"];
    let text = |name: &str| headers[name].as_str().unwrap().to_owned();
    let anew = request(
        &text("X-Overten-Signature"),
        &text("X-Overten-Timestamp"),
        BODY,
    );
    assert_eq!(at("1760000330", &anew).status, 0);
}

/// K11-02: a wrong secret and a changed body are told apart: fingerprint, digest, skew, what was tried.
#[test]
fn a_wrong_secret_is_told_from_a_changed_body() {
    let desk = Desk::with_secrets(OTHER_SECRET);
    let said = desk.explain(delivery());
    let report = &said.json()["report"];
    assert_eq!(
        (said.status, &report["outcome"]),
        (0, &"unexplained".into())
    );
    let facts = &report["facts"];
    let digest = "d9fe309200760edd5bffe2e96a8a790f6deb7873232fa7bc9fb5e9d1b6dc1128";
    assert_eq!(
        (&facts["body_bytes"], &facts["body_sha256"]),
        (&62.into(), &digest.into())
    );
    assert_eq!(facts["skew_seconds"], 4);
    assert_eq!(
        facts["secrets"][0]["fingerprint"].as_str().unwrap().len(),
        8
    );
    assert!(
        said.suspicions().contains(&"unknown_secret".to_owned()),
        "{said:?}"
    );
    let tried = report["tried"].to_string();
    for cause in [
        "secret_base64_key",
        "final_newline_lost",
        "bom_lost",
        "base64_signed",
    ] {
        assert!(tried.contains(cause), "{cause} in {tried}");
    }
}

/// K11-05: the local error has a stable code and says more than a reply does, without a secret or a signature.
#[test]
fn a_local_error_has_a_code_and_says_what_to_look_at() {
    let desk = Desk::new();
    let mut details = Vec::new();
    for (capture, now, code) in [
        (
            b"POST / HTTP/1.1\r\n\r\n{}".to_vec(),
            NOW,
            "missing_signature",
        ),
        (
            request("sha256=zz", "1760000000", BODY),
            NOW,
            "malformed_signature",
        ),
        (
            request(SIGNATURE, "1760000000", "{}"),
            NOW,
            "signature_mismatch",
        ),
        (delivery(), "1760009999", "timestamp_too_old"),
    ] {
        let said = desk.run_with(&["verify", "--json", "--now", now], capture);
        let json = said.json();
        assert_eq!(json["code"], code);
        assert!(
            !said.out.contains(&SIGNATURE[7..19]) && !said.out.contains(&SECRET[6..18]),
            "{said:?}"
        );
        details.push(json["detail"].as_str().unwrap().to_owned());
    }
    details.dedup();
    assert_eq!(details.len(), 4);
}
