//! A guest that lends its heap to the host: the host asks for a block, fills it, has it processed
//! in place, and gives it back.
//!
//! Addresses and sizes are byte counts in the guest's linear memory. The blocks come from the
//! standard allocator, so that what the cases see is what any Rust guest does.

use std::alloc::{self, Layout};

/// What every block's address is a multiple of.
const ALIGNMENT: usize = 8;

/// What `process_buffer` combines each byte with.
const MASK: u8 = 0xaa;

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, ALIGNMENT).expect("a size that an allocation can have")
}

/// Allocates `size` bytes and returns their address, or 0 where the memory cannot be had.
///
/// Panics, which traps, if `size` rounded up to the alignment exceeds `isize::MAX`.
///
/// # Safety
///
/// Rust leaves `size` 0 undefined. The standard allocator for this target serves it as it serves
/// every small size, and the host is not stopped here from trying.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasm_alloc(size: usize) -> *mut u8 {
    // SAFETY: a zero size excepted (see above), the layout is valid.
    unsafe { alloc::alloc(layout(size)) }
}

/// Takes back a block.
///
/// # Safety
///
/// `address` must have come from `wasm_alloc(size)` with the same `size`, and not be back already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wasm_free(address: *mut u8, size: usize) {
    // SAFETY: the caller's promise is the one that the allocator asks for.
    unsafe { alloc::dealloc(address, layout(size)) }
}

/// Combines every byte of a block with [`MASK`] in place and returns the sum of the new bytes,
/// modulo 2^32.
///
/// # Safety
///
/// `address` must name `length` bytes that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn process_buffer(address: *mut u8, length: usize) -> usize {
    // SAFETY: the caller's promise.
    let block = unsafe { std::slice::from_raw_parts_mut(address, length) };
    block.iter_mut().fold(0, |sum: usize, byte| {
        *byte ^= MASK;
        sum.wrapping_add(usize::from(*byte))
    })
}
