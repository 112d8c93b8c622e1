//! A shared memory with a fault.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use super::fault::{self, Fault};
use crate::case::plan::AtomicOp;
use crate::engine::{Atomic, Engine, Failure, MemoryType, OutOfBounds, SharedMemory, Width, Woken};

pub(super) struct FaultyShared {
    inner: Arc<dyn SharedMemory>,
    fault: Fault,
    /// Known where the host made the memory.
    ty: Option<MemoryType>,
    first_size: u64,
}

impl FaultyShared {
    pub fn new(inner: Arc<dyn SharedMemory>, fault: Fault, ty: Option<MemoryType>) -> Self {
        Self { first_size: inner.size(), inner, fault, ty }
    }

    pub fn is_around(&self, inner: &Arc<dyn SharedMemory>) -> bool {
        Arc::ptr_eq(&self.inner, inner)
    }
}

/// What a module gets for a shared memory: the engine's own, or a copy of it.
pub(super) fn imported(memory: &Arc<dyn SharedMemory>, engine: &dyn Engine) -> Arc<dyn SharedMemory> {
    let any: Arc<dyn Any + Send + Sync> = Arc::clone(memory) as _;
    let Ok(faulty) = any.downcast::<FaultyShared>() else { return Arc::clone(memory) };
    if let (Fault::ImportCopiesSharedMemory, Some(ty)) = (faulty.fault, faulty.ty)
        && let Some(copy) = copied(&*faulty.inner, ty, engine)
    {
        return copy;
    }
    Arc::clone(&faulty.inner)
}

fn copied(memory: &dyn SharedMemory, ty: MemoryType, engine: &dyn Engine) -> Option<Arc<dyn SharedMemory>> {
    let copy = engine.shared_memory(ty).ok()?;
    copy.grow((memory.size() - copy.size()) / crate::engine::PAGE)?;
    let mut bytes = vec![0; usize::try_from(memory.size()).ok()?];
    memory.read(0, &mut bytes).ok()?;
    copy.write(0, &bytes).ok()?;
    Some(copy)
}

impl SharedMemory for FaultyShared {
    fn size(&self) -> u64 {
        if self.fault == Fault::SharedSizeStale { self.first_size } else { self.inner.size() }
    }

    fn grow(&self, pages: u64) -> Option<u64> {
        fault::grown(self.fault, pages, |pages| self.inner.grow(pages))
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), OutOfBounds> {
        self.inner.read(at, into)?;
        fault::received(self.fault, into);
        Ok(())
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), OutOfBounds> {
        match fault::sent(self.fault, bytes) {
            Some(bytes) => self.inner.write(at, &bytes),
            None => Ok(()),
        }
    }

    fn atomic(&self, at: u64, width: Width, operation: Atomic) -> Result<u64, OutOfBounds> {
        let only = |action, value| Atomic { action, value, expected: 0 };
        let update = !matches!(operation.action, AtomicOp::Load | AtomicOp::Store);
        match self.fault {
            Fault::AtomicsReturnNewValue if update => {
                self.inner.atomic(at, width, operation)?;
                self.inner.atomic(at, width, only(AtomicOp::Load, 0))
            }
            Fault::AtomicsAreTorn if update => {
                let old = self.inner.atomic(at, width, only(AtomicOp::Load, 0))?;
                std::thread::yield_now();
                if let Some(new) = operation.apply(old) {
                    self.inner.atomic(at, width, only(AtomicOp::Store, new))?;
                }
                Ok(old)
            }
            Fault::CompareExchangeAlwaysStores if operation.action == AtomicOp::CompareExchange => {
                self.inner.atomic(at, width, only(AtomicOp::Exchange, operation.value))
            }
            _ => self.inner.atomic(at, width, operation),
        }
    }

    fn wait(
        &self,
        at: u64,
        width: Width,
        expected: u64,
        timeout: Option<Duration>,
    ) -> Result<Woken, Failure> {
        let woken = match self.fault {
            Fault::WaitDoesNotWait => {
                let woken = self.inner.wait(at, width, expected, Some(Duration::ZERO))?;
                if woken == Woken::TimedOut { Woken::Ok } else { woken }
            }
            _ => self.inner.wait(at, width, expected, timeout)?,
        };
        Ok(match (self.fault, woken) {
            (Fault::WaitNotEqualIsOk, Woken::NotEqual) | (Fault::WaitTimedOutIsOk, Woken::TimedOut) => {
                Woken::Ok
            }
            (Fault::WaitOkIsTimedOut, Woken::Ok) => Woken::TimedOut,
            (_, woken) => woken,
        })
    }

    fn notify(&self, at: u64, count: u32) -> Result<u32, Failure> {
        match self.fault {
            Fault::NotifyDropped => self.inner.notify(at, 0),
            Fault::NotifyWakesAll if count > 0 => self.inner.notify(at, u32::MAX),
            Fault::NotifyReturnsOneMore => Ok(self.inner.notify(at, count)? + 1),
            _ => self.inner.notify(at, count),
        }
    }
}
