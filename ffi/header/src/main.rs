//! Prints the C header of the library, made from `ffi/src` by the cbindgen that this crate pins.

use std::path::Path;

use overten_webhook::{
    Claim, DEFAULT_MAX_BODY_BYTES, MismatchAnswer, Retention, Tolerance, scheme,
};

fn main() {
    print!("{}", header());
}

fn header() -> String {
    let ffi = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let config = cbindgen::Config::from_file(ffi.join("cbindgen.toml"));
    let bindings = cbindgen::Builder::new()
        .with_config(config.expect("ffi/cbindgen.toml is a cbindgen configuration"))
        .with_src(ffi.join("src/lib.rs"))
        .with_after_include(macros())
        .generate()
        .expect("ffi/src parses");
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).expect("the sources are UTF-8");
    let (before, after) = text
        .split_once(BEFORE_THE_FIELDS)
        .expect("the header has the task's function");
    format!("{before}{BEFORE_THE_FIELDS}{}{after}", optional_fields())
}

const BEFORE_THE_FIELDS: &str = "overten_status overten_event_task_id(const overten_event *event, overten_view *out_task_id);\n";

/// The functions of `ffi/src/fields.rs`, which a macro makes: cbindgen cannot see them.
fn optional_fields() -> String {
    macro_rules! functions {
        ($($name:ident: $type:ident, $doc:literal;)*) => {
            [$(function(stringify!($name), stringify!($type), $doc)),*].concat()
        };
    }
    overten_webhook::optional_fields!(functions)
}

fn function(name: &str, kind: &str, doc: &str) -> String {
    let (absent, out) = match kind {
        "Text" => (
            "Absent: `data` is NULL.".to_owned(),
            format!("overten_view *out_{name}"),
        ),
        "Number" => number(name, "double"),
        "WholeNumber" => number(name, "uint64_t"),
        _ => panic!("what C type is {kind}?"),
    };
    format!(
        r"
/**
 * {doc}
 * {absent}
 */
overten_status overten_event_{name}(const overten_event *event, {out});
"
    )
}

fn number(name: &str, c_type: &str) -> (String, String) {
    (
        format!("Where it is absent `*out_present` is false and `*out_{name}` 0."),
        format!("bool *out_present, {c_type} *out_{name}"),
    )
}

/// What only macros can say, taken from where it is decided.
fn macros() -> String {
    let [major, minor, patch] = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ];
    format!(
        r#"
/**
 * The version of this header, such as "0.1.0".
 */
#define OVERTEN_VERSION "{version}"

/**
 * Its first part: another one means another interface.
 */
#define OVERTEN_VERSION_MAJOR {major}

/**
 * Its second part; as long as the first one is 0, another one means another interface.
 */
#define OVERTEN_VERSION_MINOR {minor}

/**
 * Its third part: another one means corrections only.
 */
#define OVERTEN_VERSION_PATCH {patch}

/**
 * The version as a number that can be compared: major << 16 | minor << 8 | patch.
 */
#define OVERTEN_VERSION_NUMBER \
  (((uint32_t)OVERTEN_VERSION_MAJOR << 16) | ((uint32_t)OVERTEN_VERSION_MINOR << 8) | (uint32_t)OVERTEN_VERSION_PATCH)

/**
 * The header that holds the signature.
 */
#define OVERTEN_SIGNATURE_HEADER "{signature}"

/**
 * The header that holds the timestamp.
 */
#define OVERTEN_TIMESTAMP_HEADER "{timestamp}"

/**
 * The settings that a verifier has without options: overten_options options = OVERTEN_OPTIONS_DEFAULT;
 */
#define OVERTEN_OPTIONS_DEFAULT {{ (uint32_t)sizeof(overten_options), 0, {seconds}, {seconds}, {max_body_bytes} }}

/**
 * The settings that a receiver has without options, as long as its store's keys do not survive a restart.
 */
#define OVERTEN_RECEIVER_OPTIONS_DEFAULT {receiver}

/**
 * The same for a store whose keys survive a restart: deliveries may be days old, since the keys stop every replay.
 */
#define OVERTEN_RECEIVER_OPTIONS_DURABLE {durable_receiver}
"#,
        version = env!("CARGO_PKG_VERSION"),
        signature = scheme::SIGNATURE_HEADER,
        timestamp = scheme::TIMESTAMP_HEADER,
        seconds = Tolerance::DEFAULT_SECONDS,
        max_body_bytes = DEFAULT_MAX_BODY_BYTES,
        receiver = receiver_options(false),
        durable_receiver = receiver_options(true),
    )
}

fn receiver_options(durable_ledger: bool) -> String {
    let tolerance = Tolerance::for_receiver(durable_ledger);
    let seconds = |side: Option<u64>| side.expect("a receiver's defaults have both sides on");
    format!(
        "\\\n  {{ (uint32_t)sizeof(overten_receiver_options), 0, {}, {}, {DEFAULT_MAX_BODY_BYTES}, {}, {}, OVERTEN_KEY_RUN, {} }}",
        seconds(tolerance.past()),
        seconds(tolerance.future()),
        Claim::DEFAULT_LEASE_SECONDS,
        Retention::DEFAULT_SECONDS,
        MismatchAnswer::default().status(),
    )
}
