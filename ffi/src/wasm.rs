//! What only a host outside the module's memory needs; not in the C header.

use std::alloc::{Layout, alloc, dealloc};
use std::ptr;

const ALIGN: usize = 8;

fn layout(len: usize) -> Option<Layout> {
    Layout::from_size_align(len.max(1), ALIGN).ok()
}

/// `len` bytes, aligned to 8, for the host to write to; NULL where there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn overten_wasm_alloc(len: usize) -> *mut u8 {
    // SAFETY: the layout's size is not 0.
    layout(len).map_or(ptr::null_mut(), |layout| unsafe { alloc(layout) })
}

/// Gives back what `overten_wasm_alloc` gave, with the length it was asked for. NULL is nothing.
///
/// # Safety
///
/// As said: the pointer and the length are those of one call that has not been given back.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_wasm_free(pointer: *mut u8, len: usize) {
    if let (false, Some(layout)) = (pointer.is_null(), layout(len)) {
        // SAFETY: our caller promises that this is what `alloc` gave for this layout.
        unsafe { dealloc(pointer, layout) }
    }
}
