//! Which library is linked, against the macros of the header that was compiled against.

use std::ffi::{CStr, c_char};

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version holds no NUL"),
    };

const fn number(text: &str) -> u32 {
    match u32::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("a part of the version is a number"),
    }
}

const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) << 16
    | number(env!("CARGO_PKG_VERSION_MINOR")) << 8
    | number(env!("CARGO_PKG_VERSION_PATCH"));

/// The version of the library that is linked, such as `0.1.0`; compare it with `OVERTEN_VERSION`. The text lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn overten_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The same as a number: major << 16 | minor << 8 | patch; compare it with `OVERTEN_VERSION_NUMBER`.
#[unsafe(no_mangle)]
pub extern "C" fn overten_version_number() -> u32 {
    NUMBER
}
