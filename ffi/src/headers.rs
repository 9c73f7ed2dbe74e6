//! The signed headers of a request.

use std::ffi::c_char;

use overten_webhook::SignedHeaders;

use crate::error::{Error, Failure};
use crate::pointers::{Caller, entry_with_error};
use crate::status::Status;
use crate::types::Header;

/// Judges the headers alone: what can be said of a delivery before any of its body is read.
///
/// Give every header of the request; only the signed two are looked at. `OVERTEN_OK`, or the first of
/// `OVERTEN_MISSING_SIGNATURE`, `OVERTEN_MALFORMED_SIGNATURE`, `OVERTEN_MISSING_TIMESTAMP` and
/// `OVERTEN_MALFORMED_TIMESTAMP` that holds: such a request can be answered without reading on. It does not say that the
/// delivery is authentic. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_headers_check(
    headers: *const Header,
    headers_len: usize,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| from_pairs(caller, headers, headers_len).map(drop);
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, body) }
}

/// `overten_headers_check` for a host that has the two values already, those of a repeated header joined by commas.
///
/// NULL with length 0 is a header that was not sent. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_headers_check_values(
    signature: *const c_char,
    signature_len: usize,
    timestamp: *const c_char,
    timestamp_len: usize,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let signature = (signature, signature_len);
        from_values(caller, signature, (timestamp, timestamp_len)).map(drop)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, body) }
}

pub(crate) fn from_pairs(
    caller: &Caller<'_>,
    headers: *const Header,
    headers_len: usize,
) -> Result<SignedHeaders, Failure> {
    Ok(SignedHeaders::from_pairs(pairs(
        caller,
        headers,
        headers_len,
    )?)?)
}

/// Every header's name and value; each is looked at before the first is given.
pub(crate) fn pairs<'call>(
    caller: &Caller<'call>,
    headers: *const Header,
    headers_len: usize,
) -> Result<impl Iterator<Item = (&'call [u8], &'call [u8])> + Clone, Failure> {
    let headers = caller.array(headers, headers_len)?;
    let pair = |header: &Header| -> Result<(&'call [u8], &'call [u8]), Failure> {
        let name = caller.text(header.name, header.name_len)?;
        let value = caller.text(header.value, header.value_len)?;
        Ok((name, value))
    };
    headers
        .iter()
        .try_for_each(|header| pair(header).map(drop))?;
    Ok(headers.iter().filter_map(move |header| pair(header).ok()))
}

pub(crate) fn from_values(
    caller: &Caller<'_>,
    (signature, signature_len): (*const c_char, usize),
    (timestamp, timestamp_len): (*const c_char, usize),
) -> Result<SignedHeaders, Failure> {
    let signature = caller.text(signature, signature_len)?;
    let timestamp = caller.text(timestamp, timestamp_len)?;
    Ok(SignedHeaders::from_values(
        Some(signature),
        Some(timestamp),
    )?)
}
