//! wasmtime's shared memories. The only unsafe code of this crate is here.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::{Trap, WaitResult};

use super::convert;
use crate::case::plan::AtomicOp;
use crate::engine::{Atomic, Failure, OutOfBounds, SharedMemory, Width, Woken};

pub struct Shared(pub wasmtime::SharedMemory);

impl Shared {
    fn cells(&self, at: u64, count: usize) -> Result<&[UnsafeCell<u8>], OutOfBounds> {
        let at = usize::try_from(at).map_err(|_| OutOfBounds)?;
        let end = at.checked_add(count).ok_or(OutOfBounds)?;
        self.0.data().get(at..end).ok_or(OutOfBounds)
    }
}

fn byte(cell: &UnsafeCell<u8>) -> &AtomicU8 {
    // SAFETY: the cell is a byte of a shared memory that lives as long as the borrow, and every
    // access of the host is atomic, as are the guests' to whatever the host may race with.
    unsafe { AtomicU8::from_ptr(cell.get()) }
}

macro_rules! atomic {
    ($cells:expr, $type:ty, $atomic:ty, $operation:expr) => {{
        // SAFETY: as in `byte`; the cells are as many as the type has bytes, and `atomic` checked
        // that they are aligned.
        let cell = unsafe { <$atomic>::from_ptr($cells.as_ptr().cast::<$type>().cast_mut()) };
        let step = |old: $type| {
            let operation = Atomic { expected: u64::from($operation.expected as $type), ..$operation };
            // Memories are little-endian whatever the machine is.
            operation.apply(u64::from(<$type>::from_le(old))).map(|new| (new as $type).to_le())
        };
        let old = match $operation.action {
            AtomicOp::Load => cell.load(Ordering::SeqCst),
            _ => cell
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, step)
                .unwrap_or_else(|unchanged| unchanged),
        };
        u64::from(<$type>::from_le(old))
    }};
}

impl SharedMemory for Shared {
    fn size(&self) -> u64 {
        self.0.data_size() as u64
    }

    fn grow(&self, pages: u64) -> Option<u64> {
        self.0.grow(pages).ok()
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), OutOfBounds> {
        let cells = self.cells(at, into.len())?;
        for (to, from) in into.iter_mut().zip(cells) {
            *to = byte(from).load(Ordering::Relaxed);
        }
        Ok(())
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), OutOfBounds> {
        for (to, from) in self.cells(at, bytes.len())?.iter().zip(bytes) {
            byte(to).store(*from, Ordering::Relaxed);
        }
        Ok(())
    }

    fn atomic(&self, at: u64, width: Width, operation: Atomic) -> Result<u64, OutOfBounds> {
        let cells = self.cells(at, width.bytes() as usize)?;
        if !(cells.as_ptr() as usize).is_multiple_of(cells.len()) {
            return Err(OutOfBounds);
        }
        Ok(match width {
            Width::W8 => atomic!(cells, u8, AtomicU8, operation),
            Width::W16 => atomic!(cells, u16, AtomicU16, operation),
            Width::W32 => atomic!(cells, u32, AtomicU32, operation),
            Width::W64 => atomic!(cells, u64, AtomicU64, operation),
        })
    }

    fn wait(
        &self,
        at: u64,
        width: Width,
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<Woken, Failure> {
        let woken = match width {
            Width::W64 => self.0.atomic_wait64(at, expected, timeout),
            _ => self.0.atomic_wait32(at, expected as u32, timeout),
        };
        Ok(match woken.map_err(trap)? {
            WaitResult::Ok => Woken::Ok,
            WaitResult::Mismatch => Woken::NotEqual,
            WaitResult::TimedOut => Woken::TimedOut,
        })
    }

    fn notify(&self, at: u64, count: u32) -> Result<u32, Failure> {
        self.0.atomic_notify(at, count).map_err(trap)
    }
}

fn trap(trap: Trap) -> Failure {
    convert::failure(&wasmtime::Error::from(trap))
}
