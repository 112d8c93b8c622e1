//! ArrayBuffers and SharedArrayBuffers: over a memory, or owning their bytes.
//!
//! <https://tc39.es/ecma262/#sec-arraybuffer-objects>. A memory's buffer has a fixed length: growth
//! detaches it or leaves it behind with the length that it had. Which buffer is a memory's current
//! one is decided in `memory`.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::{Stop, Thrown};
use super::number::Js;
use super::view::bounds;
use crate::engine::{Agent, Atomic, Failure, MemoryId, SharedMemory, Width};

/// The bytes behind a buffer, [[ArrayBufferData]].
#[derive(Clone)]
pub enum Block {
    /// An unshared memory of the agent.
    Memory(MemoryId),
    /// A shared memory.
    Shared(Arc<dyn SharedMemory>),
    /// Bytes of its own, which a slice or a clone has; agents share them if the buffer is shared.
    Owned { bytes: Arc<Mutex<Vec<u8>>>, shared: bool },
}

/// A buffer object. Two are the same if they are one `Rc`.
pub struct Buffer {
    pub block: Block,
    length: u64,
    detached: Cell<bool>,
}

impl Buffer {
    pub fn new(block: Block, length: u64) -> Rc<Self> {
        Rc::new(Self { block, length, detached: Cell::new(false) })
    }

    /// A buffer with bytes of its own.
    pub fn owned(bytes: Vec<u8>, shared: bool) -> Rc<Self> {
        let length = bytes.len() as u64;
        Self::new(Block::Owned { bytes: Arc::new(Mutex::new(bytes)), shared }, length)
    }

    pub fn is_shared(&self) -> bool {
        matches!(self.block, Block::Shared(_) | Block::Owned { shared: true, .. })
    }

    /// Whether its bytes are in an engine's memory, not in the embedding's.
    pub fn is_engines(&self) -> bool {
        !matches!(self.block, Block::Owned { .. })
    }

    pub fn class(&self) -> &'static str {
        if self.is_shared() { "SharedArrayBuffer" } else { "ArrayBuffer" }
    }

    pub fn is_detached(&self) -> bool {
        self.detached.get()
    }

    /// [DetachArrayBuffer](https://tc39.es/ecma262/#sec-detacharraybuffer)
    pub fn detach(&self) {
        self.detached.set(true);
    }

    /// 0 once detached.
    pub fn byte_length(&self) -> u64 {
        if self.is_detached() { 0 } else { self.length }
    }

    /// The length that it had when it was made.
    pub fn fixed_length(&self) -> u64 {
        self.length
    }

    /// Throws a TypeError once detached.
    pub fn attached(&self) -> Result<(), Thrown> {
        if self.is_detached() { Err(Thrown::type_error("the buffer is detached")) } else { Ok(()) }
    }

    /// `buffer.slice(begin, end)`:
    /// <https://tc39.es/ecma262/#sec-arraybuffer.prototype.slice>.
    pub fn slice(&self, agent: &mut dyn Agent, begin: &Js, end: &Js) -> Result<Rc<Self>, Stop> {
        self.attached()?;
        let (from, to) = bounds(begin, end, self.length)?;
        let bytes = self.read(agent, from, to.saturating_sub(from))?;
        Ok(Self::owned(bytes, self.is_shared()))
    }

    /// Copies `count` bytes out; the caller keeps within the length.
    pub fn read(&self, agent: &mut dyn Agent, at: u64, count: u64) -> Result<Vec<u8>, Stop> {
        let count = usize::try_from(count).map_err(|_| self.lost())?;
        let mut bytes = vec![0; count];
        self.read_into(agent, at, &mut bytes)?;
        Ok(bytes)
    }

    /// As [`Buffer::read`], without an allocation.
    pub fn read_into(&self, agent: &mut dyn Agent, at: u64, into: &mut [u8]) -> Result<(), Stop> {
        match &self.block {
            Block::Memory(memory) => agent.read(*memory, at, into).map_err(|_| self.lost()),
            Block::Shared(memory) => memory.read(at, into).map_err(|_| self.lost()),
            Block::Owned { bytes, .. } => {
                let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                let from = range(&bytes, at, into.len()).ok_or_else(|| self.lost())?;
                into.copy_from_slice(&bytes[from]);
                Ok(())
            }
        }
    }

    /// Copies bytes in; the caller keeps within the length.
    pub fn write(&self, agent: &mut dyn Agent, at: u64, from: &[u8]) -> Result<(), Stop> {
        match &self.block {
            Block::Memory(memory) => agent.write(*memory, at, from).map_err(|_| self.lost()),
            Block::Shared(memory) => memory.write(at, from).map_err(|_| self.lost()),
            Block::Owned { bytes, .. } => {
                let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                let to = range(&bytes, at, from.len()).ok_or_else(|| self.lost())?;
                bytes[to].copy_from_slice(from);
                Ok(())
            }
        }
    }

    /// Does an atomic operation; the caller keeps within the length and aligned. Only a shared
    /// memory needs the machine's own atomics: nobody else can be at an unshared one meanwhile.
    pub fn atomic(
        &self,
        agent: &mut dyn Agent,
        at: u64,
        width: Width,
        operation: Atomic,
    ) -> Result<u64, Stop> {
        let count = width.bytes() as usize;
        let step = |old: &mut [u8]| {
            let mut word = [0; 8];
            word[..count].copy_from_slice(old);
            let value = u64::from_le_bytes(word);
            let mask = u64::MAX >> (64 - 8 * count);
            let masked = Atomic { expected: operation.expected & mask, ..operation };
            if let Some(new) = masked.apply(value) {
                old.copy_from_slice(&new.to_le_bytes()[..count]);
            }
            value
        };
        match &self.block {
            Block::Shared(memory) => memory.atomic(at, width, operation).map_err(|_| self.lost()),
            Block::Memory(memory) => {
                let mut word = [0; 8];
                agent.read(*memory, at, &mut word[..count]).map_err(|_| self.lost())?;
                let old = step(&mut word[..count]);
                agent.write(*memory, at, &word[..count]).map_err(|_| self.lost())?;
                Ok(old)
            }
            Block::Owned { bytes, .. } => {
                let mut bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
                let place = range(&bytes, at, count).ok_or_else(|| self.lost())?;
                Ok(step(&mut bytes[place]))
            }
        }
    }

    /// A buffer that is attached covers bytes that exist, or the engine is wrong.
    fn lost(&self) -> Stop {
        let message = format!("the engine's memory is smaller than its buffer of {} bytes", self.length);
        Stop::Engine(Failure::Refused { message })
    }
}

fn range(bytes: &[u8], at: u64, count: usize) -> Option<std::ops::Range<usize>> {
    let at = usize::try_from(at).ok()?;
    let end = at.checked_add(count)?;
    (end <= bytes.len()).then_some(at..end)
}
