//! Memory objects and their current buffers.
//!
//! <https://webassembly.github.io/threads/js-api/#memories>, and for 64-bit memories
//! <https://webassembly.github.io/spec/js-api/#memories>. An agent has one current buffer for a
//! memory, whichever of its objects is asked (the Memory object cache). "Reset the Memory buffer"
//! runs after every growth by this agent, of the host or of a guest, by zero pages too: an unshared
//! buffer is detached, and both kinds get a new object. Another agent's growth resets nothing here:
//! the getter returns the agent's cached object, which keeps its length. Where Overview.md of the
//! threads proposal says otherwise (it compares lengths), this follows the JS API's text.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::buffer::{Block, Buffer};
use super::error::{Stop, Thrown};
use super::number::Js;
use crate::engine::{Agent, Engine, Memory, MemoryType, PAGE};

/// The most pages that a memory of each address type can be declared to have.
const MAX_PAGES_32: u64 = 1 << 16;
const MAX_PAGES_64: u64 = 1 << 48;

/// A `WebAssembly.Memory`. Two are the same if they are one `Rc`.
pub struct MemoryObject {
    pub memory: Memory,
    pub address64: bool,
    /// The agent's current buffer of this memory, which all its objects have in common.
    current: Rc<RefCell<Rc<Buffer>>>,
}

impl MemoryObject {
    /// An object for a memory that this agent has none for yet.
    pub fn new(agent: &mut dyn Agent, memory: Memory, address64: bool) -> Rc<Self> {
        let current = Rc::new(RefCell::new(make_buffer(agent, &memory)));
        Rc::new(Self { memory, address64, current })
    }

    /// Another object for the same memory, as a message gives.
    pub fn twin(&self) -> Rc<Self> {
        Rc::new(Self {
            memory: self.memory.clone(),
            address64: self.address64,
            current: Rc::clone(&self.current),
        })
    }

    pub fn is_shared(&self) -> bool {
        matches!(self.memory, Memory::Shared(_))
    }

    /// The `buffer` getter.
    pub fn buffer(&self) -> Rc<Buffer> {
        Rc::clone(&self.current.borrow())
    }

    /// [Reset the Memory buffer](https://webassembly.github.io/threads/js-api/#reset-the-memory-buffer)
    pub fn reset(&self, agent: &mut dyn Agent) {
        if !self.is_shared() {
            self.buffer().detach();
        }
        *self.current.borrow_mut() = make_buffer(agent, &self.memory);
    }

    /// `memory.grow(pages)`: the former size, in pages.
    pub fn grow(&self, agent: &mut dyn Agent, by: &Js) -> Result<Option<u64>, Thrown> {
        let pages = by.to_address(self.address64)?;
        let former = match &self.memory {
            Memory::Unshared(memory) => agent.grow(*memory, pages),
            Memory::Shared(memory) => memory.grow(pages),
        };
        if former.is_some() {
            self.reset(agent);
        }
        Ok(former)
    }
}

fn make_buffer(agent: &mut dyn Agent, memory: &Memory) -> Rc<Buffer> {
    match memory {
        Memory::Unshared(id) => Buffer::new(Block::Memory(*id), agent.size(*id)),
        Memory::Shared(shared) => Buffer::new(Block::Shared(Arc::clone(shared)), shared.size()),
    }
}

/// What a descriptor says, as Web IDL converts a dictionary: members in the order of their names,
/// other properties ignored.
pub fn descriptor(properties: &[(String, Js)]) -> Result<MemoryType, Thrown> {
    let get = |name: &str| {
        let property = properties.iter().rev().find(|(key, _)| key == name);
        property.map(|(_, value)| value).filter(|value| **value != Js::Undefined)
    };
    let address64 = match get("address") {
        None => false,
        Some(Js::String(text)) if text == "i32" => false,
        Some(Js::String(text)) if text == "i64" => true,
        Some(_) => return Err(Thrown::type_error("the address type is neither i32 nor i64")),
    };
    let initial = get("initial").ok_or_else(|| Thrown::type_error("the descriptor has no initial size"))?;
    let maximum = get("maximum");
    let shared = get("shared").is_some_and(Js::to_boolean);
    let minimum = initial.to_address(address64)?;
    let maximum = maximum.map(|value| value.to_address(address64)).transpose()?;
    if maximum.is_some_and(|maximum| maximum < minimum) {
        return Err(Thrown::range_error("the maximum is below the initial size"));
    }
    if shared && maximum.is_none() {
        return Err(Thrown::type_error("a shared memory needs a maximum"));
    }
    let limit = if address64 { MAX_PAGES_64 } else { MAX_PAGES_32 };
    if minimum.max(maximum.unwrap_or(0)) > limit {
        return Err(Thrown::range_error(format!("a memory has at most {limit} pages")));
    }
    Ok(MemoryType { minimum, maximum, shared, address64 })
}

/// Allocates what a descriptor says.
pub fn allocate(
    engine: &dyn Engine,
    agent: &mut dyn Agent,
    ty: MemoryType,
) -> Result<Rc<MemoryObject>, Stop> {
    let memory = if ty.shared {
        Memory::Shared(engine.shared_memory(ty)?)
    } else {
        Memory::Unshared(agent.create_memory(ty)?)
    };
    Ok(MemoryObject::new(agent, memory, ty.address64))
}

/// A buffer's length in pages.
pub fn pages(buffer: &Buffer) -> u64 {
    buffer.byte_length() / PAGE
}
