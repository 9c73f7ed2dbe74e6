//! The one place where pointers from C become references, and where a panic stops.

use std::ffi::c_char;
use std::hint::black_box;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::slice;

use overten_webhook::Code;
use zeroize::Zeroize;

use crate::error::{Error, Failure};
use crate::status::Status;
use crate::types::{Options, ReceiverOptions};

/// No version of the options will be larger, so a larger size is not one.
const MAX_OPTIONS_BYTES: usize = 4096;

const WRONG_OPTIONS: Failure = Failure::Argument(
    "the options have a wrong struct_size, or are set in ways that this version does not know: begin with the \
     _DEFAULT of their type",
);

/// Options that may grow.
///
/// # Safety
///
/// The struct is `repr(C)`, begins with its size as a `u32`, has no padding, and any bytes make one.
pub(crate) unsafe trait Growing: Copy {}

// SAFETY: its fields are numbers, the first one its size.
unsafe impl Growing for Options {}

// SAFETY: as above.
unsafe impl Growing for ReceiverOptions {}

/// The promise of the C function that is running: its caller keeps the convention of `ffi/README.md`.
///
/// Only [`entry`] makes one. Its methods take nothing but the pointers that came in with the call, so each may rest on
/// that promise; what they return cannot outlive the call.
pub(crate) struct Caller<'call>(PhantomData<&'call ()>);

/// Runs the body of an exported function: an `Err` becomes its status, a panic becomes `internal`.
///
/// # Safety
///
/// The caller of the exported function keeps the convention: every pointer that it passed is NULL, or points to a live
/// object of its type (for the length given beside it), that nobody changes or frees during the call. `body` hands
/// no other pointers to [`Caller`].
pub(crate) unsafe fn entry(
    body: impl for<'call> FnOnce(&Caller<'call>) -> Result<(), Failure>,
) -> Status {
    let run = || body(&Caller(PhantomData));
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Code::Ok.number(),
        Ok(Err(failure)) => failure.code().number(),
        Err(_) => Code::Internal.number(),
    }
}

/// [`entry`] for a function that says more about a failure: `out_error` is written unless `ok` is returned.
///
/// # Safety
///
/// As for [`entry`]; `out_error` is NULL or writable.
pub(crate) unsafe fn entry_with_error(
    out_error: *mut Error,
    body: impl for<'call> FnOnce(&Caller<'call>) -> Result<(), Failure>,
) -> Status {
    let mut failure = Failure::from(Code::Internal);
    let run = |caller: &Caller<'_>| body(caller).inspect_err(|error| failure = *error);
    // SAFETY: the same promise is asked of our caller.
    let status = unsafe { entry(run) };
    if status != Code::Ok.number()
        && let Some(out) = NonNull::new(out_error)
    {
        // SAFETY: `out_error` is not NULL, so our caller promises that it is writable.
        unsafe { out.write(Error::of(failure)) };
    }
    status
}

/// [`entry_with_error`] for a function that keys a secret: of what it moves about nothing is left when it returns.
///
/// # Safety
///
/// As for [`entry_with_error`].
pub(crate) unsafe fn entry_with_secrets(
    out_error: *mut Error,
    body: impl for<'call> FnOnce(&Caller<'call>) -> Result<(), Failure>,
) -> Status {
    /// Its frames lie where those of `overwrite_the_stack_below` come to lie.
    #[inline(never)]
    fn below(run: impl FnOnce() -> Status) -> Status {
        run()
    }
    // SAFETY: the same promise is asked of our caller.
    let status = below(|| unsafe { entry_with_error(out_error, body) });
    overwrite_the_stack_below();
    status
}

/// Keyed state is wiped where it is dropped, not where it was moved from: this writes over those places on the stack.
#[inline(never)]
pub(crate) fn overwrite_the_stack_below() {
    let mut block = [0_u8; 16 * 1024];
    black_box(&mut block);
}

impl<'call> Caller<'call> {
    /// A required object.
    pub(crate) fn object<T>(&self, pointer: *const T) -> Result<&'call T, Failure> {
        // SAFETY: by the caller's promise a pointer that is not NULL is to a live `T` that nobody changes meanwhile.
        unsafe { pointer.as_ref() }.ok_or_else(null)
    }

    /// A required object that the function changes.
    pub(crate) fn object_mut<T>(&self, pointer: *mut T) -> Result<&'call mut T, Failure> {
        // SAFETY: as in `object`; and by the convention such an object belongs to one thread at a time, so nobody else
        // refers to it during the call.
        unsafe { pointer.as_mut() }.ok_or_else(null)
    }

    /// An array of `len` elements; (NULL, 0) is the empty one.
    pub(crate) fn array<T>(&self, data: *const T, len: usize) -> Result<&'call [T], Failure> {
        if len > isize::MAX.unsigned_abs() / size_of::<T>() {
            return Err(Code::InvalidArgument.into());
        }
        if len == 0 {
            return Ok(&[]);
        }
        if data.is_null() {
            return Err(null());
        }
        // SAFETY: not NULL, no longer than an object can be, and by the caller's promise `len` live elements long.
        Ok(unsafe { slice::from_raw_parts(data, len) })
    }

    /// `len` bytes of text.
    pub(crate) fn text(&self, data: *const c_char, len: usize) -> Result<&'call [u8], Failure> {
        self.array(data.cast(), len)
    }

    /// Settings, or `None` for NULL. See "Growth" in the convention.
    pub(crate) fn options<T: Growing>(&self, options: *const T) -> Result<Option<T>, Failure> {
        if options.is_null() {
            return Ok(None);
        }
        // SAFETY: not NULL, and by the caller's promise to options, which begin with their size.
        let struct_size = unsafe { options.cast::<u32>().read() } as usize;
        if !(size_of::<T>()..=MAX_OPTIONS_BYTES).contains(&struct_size) {
            return Err(WRONG_OPTIONS);
        }
        // SAFETY: by the caller's promise the options are `struct_size` long, and so at least as long as ours.
        let (bytes, known) = unsafe {
            (
                slice::from_raw_parts(options.cast::<u8>(), struct_size),
                options.read(),
            )
        };
        let unknown = bytes.get(size_of::<T>()..).unwrap_or_default();
        if unknown.iter().any(|byte| *byte != 0) {
            return Err(WRONG_OPTIONS);
        }
        Ok(Some(known))
    }

    /// A body that is borrowed beyond the call.
    pub(crate) fn body(&self, data: *const u8, len: usize) -> Result<Body, Failure> {
        let body = self.array(data, len)?;
        Ok(Body {
            data: NonNull::from(body).cast(),
            len,
        })
    }

    /// A required output.
    pub(crate) fn out<T>(&self, pointer: *mut T) -> Result<Out<T>, Failure> {
        NonNull::new(pointer).map(Out).ok_or_else(null)
    }

    /// An output that may be NULL.
    pub(crate) fn optional_out<T>(&self, pointer: *mut T) -> Option<Out<T>> {
        NonNull::new(pointer).map(Out)
    }

    /// An output of `len` bytes.
    pub(crate) fn out_bytes(&self, data: *mut u8, len: usize) -> Result<OutBytes, Failure> {
        if len > isize::MAX.unsigned_abs() {
            return Err(Code::InvalidArgument.into());
        }
        if data.is_null() && len > 0 {
            return Err(null());
        }
        Ok(OutBytes { data, len })
    }
}

/// A place in the caller's memory that takes one value. Made by [`Caller`], so it is writable during the call.
pub(crate) struct Out<T>(NonNull<T>);

impl<T> Out<T> {
    pub(crate) fn write(self, value: T) {
        // SAFETY: not NULL, and by the caller's promise writable for a `T`; what was there needs no drop.
        unsafe { self.0.write(value) }
    }
}

impl<T> Out<*mut T> {
    /// Hands the object over: the caller frees it with the `_free` of its type.
    pub(crate) fn give(self, object: T) {
        self.write(Box::into_raw(Box::new(object)));
    }
}

/// Room in the caller's memory for so many bytes.
pub(crate) struct OutBytes {
    data: *mut u8,
    len: usize,
}

impl OutBytes {
    /// Copies all of `bytes`, or nothing where they do not fit; tells which.
    pub(crate) fn write_if_it_fits(self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.len;
        if fits && !bytes.is_empty() {
            // SAFETY: by the caller's promise `len` bytes at `data` are writable, it is not NULL where `len` is not 0, and
            // `bytes` is ours, so the two do not overlap.
            unsafe {
                bytes
                    .as_ptr()
                    .copy_to_nonoverlapping(self.data, bytes.len());
            }
        }
        fits
    }
}

/// The body of a delivery, in the caller's memory.
///
/// The convention keeps it there, unchanged, until the delivery and every event made from it are freed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    data: NonNull<u8>,
    len: usize,
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: made by `Caller::body` from a slice, which by the convention stays as it is while this is in use.
        unsafe { slice::from_raw_parts(self.data.as_ptr(), self.len) }
    }
}

/// Ends what [`Out::give`] handed over, and wipes the memory it lay in: what was moved out of it left its bytes there. NULL is
/// nothing.
///
/// # Safety
///
/// `pointer` is NULL, or came from [`Out::give`] and has not been freed.
pub(crate) unsafe fn free<T>(pointer: *mut T) {
    if pointer.is_null() {
        return;
    }
    // SAFETY: it came from `Box::into_raw`, and by our caller's promise this is its only end. The layout is the same.
    let mut memory: Box<MaybeUninit<T>> = unsafe { Box::from_raw(pointer.cast()) };
    // SAFETY: a live `T` by the same promise, and nobody sees it afterwards.
    let drop = AssertUnwindSafe(|| unsafe { memory.assume_init_drop() });
    // No `Drop` of ours panics; were one to, it ends here.
    let _ = catch_unwind(drop);
    memory.zeroize();
}

/// Lets a reference into the caller's memory last as long as a handle of ours.
///
/// # Safety
///
/// What it refers to stays, unchanged, while the result is in use.
pub(crate) unsafe fn outlive<'long, T: ?Sized>(reference: &T) -> &'long T {
    let pointer: *const T = reference;
    // SAFETY: a reference is a valid pointer, and our caller promises that it stays one.
    unsafe { &*pointer }
}

fn null() -> Failure {
    Code::NullArgument.into()
}
