//! What an engine adapter implements: compile, instantiate, call, and the bytes of memories.
//!
//! An adapter knows nothing of cases, expectations, views or detachment; all that is done once, for
//! every engine, by the suite. What an engine lacks (threads, 64-bit memories) it leaves at the
//! defaults here or answers with [`Failure::Unsupported`].
//!
//! An adapter must be re-entrant: while a guest is on the stack, [`Host::call`] is given an
//! [`Agent`] with which it may grow and read memories, instantiate modules and call exports again.

use std::any::Any;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

pub use crate::case::plan::AtomicOp;
use crate::value::{ValType, Value};

#[doc(hidden)]
pub mod probe;
mod smoke;
#[cfg(feature = "wasmtime")]
pub mod wasmtime;

pub use smoke::smoke;

/// Bytes in a page of a memory.
pub const PAGE: u64 = 65_536;

/// A WebAssembly engine: makes modules, shared memories, and agents.
pub trait Engine: Send + Sync {
    /// The runtime's name and version: `wasmtime`, `48.0.8`.
    fn runtime(&self) -> (String, String);

    /// The name and version of what compiles or interprets the code: `cranelift`, `0.135.8`.
    fn engine(&self) -> (String, String) {
        self.runtime()
    }

    /// Decodes, validates and compiles a binary. The module can be used by every agent of this
    /// engine.
    ///
    /// # Errors
    /// [`Failure::Compile`] for a binary that is malformed, invalid, or uses what the engine lacks.
    fn compile(&self, wasm: &[u8]) -> Result<Module, Failure>;

    /// Makes an agent: one thread's store of instances and memories. It is used and dropped on the
    /// thread that makes it.
    fn agent(&self, host: Rc<dyn Host>) -> Box<dyn Agent>;

    /// Makes a shared memory, which every agent of this engine can import.
    ///
    /// # Errors
    /// [`Failure::Unsupported`] without threads, [`Failure::Refused`] where there is no room.
    fn shared_memory(&self, _memory: MemoryType) -> Result<Arc<dyn SharedMemory>, Failure> {
        Err(Failure::Unsupported { reason: "the engine has no shared memories".to_owned() })
    }
}

/// A compiled module, in the adapter's own form; the adapter that made it downcasts it.
pub type Module = Arc<dyn Any + Send + Sync>;

/// An instance, by a number that its agent gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InstanceId(pub usize);

/// An unshared memory, by a number that its agent gave it. Several may name one memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoryId(pub usize);

/// The type of a memory that the host makes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryType {
    /// Its size, in pages.
    pub minimum: u64,
    /// The most it can grow to, in pages. A shared memory always has one.
    pub maximum: Option<u64>,
    /// Whether several agents can use it.
    pub shared: bool,
    /// Whether its addresses have 64 bits.
    pub address64: bool,
}

/// A memory that an instance exports.
#[derive(Clone)]
pub enum Memory {
    /// One that belongs to the agent.
    Unshared(MemoryId),
    /// One that several agents may have.
    Shared(Arc<dyn SharedMemory>),
}

/// What satisfies one import.
#[non_exhaustive]
#[derive(Clone)]
pub enum Import {
    /// A host function; calls of it reach [`Host::call`] with this number.
    Callback {
        /// Handed to [`Host::call`].
        callback: u32,
        /// Its parameters.
        params: Vec<ValType>,
        /// Its results.
        results: Vec<ValType>,
    },
    /// A memory.
    Memory(Memory),
    /// An immutable global with this value; always one of the four Wasm values.
    Constant(Value),
    /// Whatever another instance of this agent exports under a name.
    Export {
        /// The other instance.
        instance: InstanceId,
        /// The export's name.
        name: String,
    },
}

/// One thread's instances and memories.
pub trait Agent {
    /// Instantiates a module, with one import for each that the module declares, in its order, and
    /// runs its start function.
    ///
    /// # Errors
    /// [`Failure::Link`] where an import does not fit, [`Failure::Refused`] where a resource is
    /// missing, and whatever the start function does.
    fn instantiate(&mut self, module: &Module, imports: &[Import]) -> Result<InstanceId, Failure>;

    /// Calls an exported function whose parameters are of the types of `args`.
    ///
    /// # Errors
    /// Whatever the guest does; [`Failure::Missing`] where there is no such function or its type
    /// is another.
    fn call(&mut self, instance: InstanceId, export: &str, args: &[Value]) -> Result<Vec<Value>, Failure>;

    /// A memory that an instance exports.
    fn memory(&mut self, instance: InstanceId, export: &str) -> Option<Memory>;

    /// The value of a global that an instance exports, if it is one of the four Wasm values.
    fn global(&mut self, instance: InstanceId, export: &str) -> Option<Value>;

    /// Makes an unshared memory.
    ///
    /// # Errors
    /// [`Failure::Refused`] where there is no room, [`Failure::Unsupported`] where the engine has
    /// no such memories.
    fn create_memory(&mut self, memory: MemoryType) -> Result<MemoryId, Failure>;

    /// The size of an unshared memory, in bytes.
    fn size(&mut self, memory: MemoryId) -> u64;

    /// Grows an unshared memory by `pages` pages. Returns its former size, in pages, or nothing
    /// where it could not be grown.
    fn grow(&mut self, memory: MemoryId, pages: u64) -> Option<u64>;

    /// Copies bytes out of an unshared memory.
    ///
    /// # Errors
    /// [`OutOfBounds`]; nothing was copied.
    fn read(&mut self, memory: MemoryId, at: u64, into: &mut [u8]) -> Result<(), OutOfBounds>;

    /// Copies bytes into an unshared memory.
    ///
    /// # Errors
    /// [`OutOfBounds`]; nothing was copied.
    fn write(&mut self, memory: MemoryId, at: u64, bytes: &[u8]) -> Result<(), OutOfBounds>;

    /// What stops a guest of this agent from another thread, if the engine can do that.
    fn stopper(&self) -> Option<Arc<dyn Stopper>> {
        None
    }
}

/// The host that guests of an agent call.
pub trait Host {
    /// Runs a host function. `agent` is the one whose guest called, with that guest on its stack.
    ///
    /// # Errors
    /// [`Interruption`]; it passes through the guest's frames and ends the outermost call.
    fn call(
        &self,
        agent: &mut dyn Agent,
        callback: u32,
        args: Vec<Value>,
    ) -> Result<Vec<Value>, Interruption>;
}

/// Why a host function does not return. It passes through the guest to whoever called it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Interruption {
    /// The host function threw.
    #[error("{error}: {message}")]
    Thrown {
        /// The class of the error.
        error: String,
        /// Its message.
        message: String,
    },
    /// The agent is to stop.
    #[error("the agent was stopped")]
    Stopped,
}

/// Stops an agent's guest.
pub trait Stopper: Send + Sync {
    /// Makes the guest that runs now, and every one that the agent calls from now on, end with
    /// [`Interruption::Stopped`] as soon as the engine can. Returns at once.
    fn stop(&self);
}

/// A memory that several agents can have at once.
pub trait SharedMemory: Any + Send + Sync {
    /// Its size, in bytes.
    fn size(&self) -> u64;

    /// Grows it by `pages` pages. Returns its former size, in pages, or nothing where it could not
    /// be grown.
    fn grow(&self, pages: u64) -> Option<u64>;

    /// Copies bytes out of it, each with an atomic access of no particular order.
    ///
    /// # Errors
    /// [`OutOfBounds`]; nothing was copied.
    fn read(&self, at: u64, into: &mut [u8]) -> Result<(), OutOfBounds>;

    /// Copies bytes into it, each with an atomic access of no particular order.
    ///
    /// # Errors
    /// [`OutOfBounds`]; nothing was copied.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<(), OutOfBounds>;

    /// Does a sequentially consistent operation on an aligned little-endian integer. Returns what
    /// was there before.
    ///
    /// # Errors
    /// [`OutOfBounds`], also for an address that is not aligned to the width.
    fn atomic(&self, at: u64, width: Width, operation: Atomic) -> Result<u64, OutOfBounds>;

    /// Waits until a [`SharedMemory::notify`] or a guest's `memory.atomic.notify` wakes this
    /// thread, in the same queue in which guests wait. Without `timeout`, for ever.
    ///
    /// # Errors
    /// [`Failure::Trap`] for a bad address, [`Failure::Unsupported`].
    fn wait(
        &self,
        _at: u64,
        _width: Width,
        _expected: u64,
        _timeout: Option<Duration>,
    ) -> Result<Woken, Failure> {
        Err(Failure::Unsupported { reason: "the engine's host cannot wait".to_owned() })
    }

    /// Wakes at most `count` waiters of an address. Returns how many there were.
    ///
    /// # Errors
    /// [`Failure::Trap`] for a bad address, [`Failure::Unsupported`].
    fn notify(&self, _at: u64, _count: u32) -> Result<u32, Failure> {
        Err(Failure::Unsupported { reason: "the engine's host cannot notify".to_owned() })
    }
}

/// The width of an atomic access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Width {
    W8,
    W16,
    W32,
    W64,
}

impl Width {
    /// In bytes.
    pub fn bytes(self) -> u64 {
        match self {
            Self::W8 => 1,
            Self::W16 => 2,
            Self::W32 => 4,
            Self::W64 => 8,
        }
    }
}

/// An atomic operation with its operands, of which the low bits count.
#[derive(Clone, Copy, Debug)]
pub struct Atomic {
    /// Which.
    pub action: AtomicOp,
    /// The value stored, added, ...; a compare-exchange's replacement.
    pub value: u64,
    /// What a compare-exchange compares with.
    pub expected: u64,
}

impl Atomic {
    /// What is stored over `old`; nothing where nothing is stored.
    pub fn apply(&self, old: u64) -> Option<u64> {
        Some(match self.action {
            AtomicOp::Load => return None,
            AtomicOp::Store | AtomicOp::Exchange => self.value,
            AtomicOp::Add => old.wrapping_add(self.value),
            AtomicOp::Sub => old.wrapping_sub(self.value),
            AtomicOp::And => old & self.value,
            AtomicOp::Or => old | self.value,
            AtomicOp::Xor => old ^ self.value,
            AtomicOp::CompareExchange => return (old == self.expected).then_some(self.value),
        })
    }
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Somebody notified.
    Ok,
    /// The value was another one: there was no wait.
    NotEqual,
    /// Nobody notified in time.
    TimedOut,
}

/// An access outside a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("outside the memory")]
pub struct OutOfBounds;

/// Why something did not complete.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The module is malformed or invalid.
    #[error("{message}")]
    Compile {
        /// The engine's words.
        message: String,
    },
    /// An import is of another type than the module wants.
    #[error("{message}")]
    Link {
        /// The engine's words.
        message: String,
    },
    /// A resource was not to be had.
    #[error("{message}")]
    Refused {
        /// The engine's words.
        message: String,
    },
    /// There is no such export, or it is of another type.
    #[error("{message}")]
    Missing {
        /// What is missing.
        message: String,
    },
    /// The guest trapped.
    #[error("{message}")]
    Trap {
        /// Its kind: `out-of-bounds`, `unaligned`, `unreachable`, `divide-by-zero`, ...
        kind: Option<&'static str>,
        /// The engine's words.
        message: String,
    },
    /// The call stack was exhausted.
    #[error("{message}")]
    Exhaustion {
        /// The engine's words.
        message: String,
    },
    /// A host function did not return.
    #[error(transparent)]
    Interrupted(#[from] Interruption),
    /// The engine cannot do this at all.
    #[error("{reason}")]
    Unsupported {
        /// Why.
        reason: String,
    },
}
