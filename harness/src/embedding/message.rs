//! Structures in transit between agents:
//! [StructuredSerialize](https://html.spec.whatwg.org/multipage/structured-data.html), for what a
//! plan can send.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use super::buffer::{Block, Buffer};
use super::error::{Stop, Thrown};
use super::handle::{Handle, Tree};
use super::memory::MemoryObject;
use super::module::Compiled;
use super::view::View;
use crate::case::plan::ViewType;
use crate::engine::{Agent, Memory, SharedMemory};
use crate::value::Value;

/// A serialized structure. Objects that occur twice in it occur once in `objects`.
pub struct Packet {
    objects: Vec<Object>,
    root: Node,
}

enum Node {
    Object(usize),
    Record(Vec<(String, Node)>),
    Array(Vec<Node>),
    Value(Value),
}

enum Object {
    Memory { memory: Arc<dyn SharedMemory>, address64: bool },
    Shared { memory: Arc<dyn SharedMemory>, length: u64 },
    SharedBytes { bytes: Arc<Mutex<Vec<u8>>>, length: u64 },
    Bytes(Vec<u8>),
    View { buffer: usize, ty: ViewType, offset: u64, length: u64 },
    Module(Arc<Compiled>),
}

fn clone_error(message: &str) -> Stop {
    Thrown::new("DataCloneError", message).into()
}

/// Serializes, and transfers what `transfer` names.
pub fn serialize(agent: &mut dyn Agent, root: &Handle, transfer: &[Handle]) -> Result<Packet, Stop> {
    for (index, handle) in transfer.iter().enumerate() {
        match handle {
            _ if transfer[..index].iter().any(|other| other.is(handle)) => {
                return Err(clone_error("the object is transferred twice"));
            }
            Handle::Buffer(buffer) if !buffer.is_shared() => {}
            _ => return Err(clone_error("the object cannot be transferred")),
        }
    }
    let mut writer = Writer { objects: Vec::new(), known: HashMap::new() };
    let root = writer.node(agent, root)?;
    for handle in transfer {
        let Handle::Buffer(buffer) = handle else { continue };
        if buffer.is_detached() {
            return Err(clone_error("the buffer is detached"));
        }
        // DetachArrayBuffer without the key "WebAssembly.Memory".
        if buffer.is_engines() {
            return Err(Thrown::type_error("a memory's buffer cannot be transferred").into());
        }
        buffer.detach();
    }
    Ok(Packet { objects: writer.objects, root })
}

struct Writer {
    objects: Vec<Object>,
    known: HashMap<*const (), usize>,
}

impl Writer {
    fn node(&mut self, agent: &mut dyn Agent, handle: &Handle) -> Result<Node, Stop> {
        Ok(Node::Object(match handle {
            Handle::Memory(memory) => match &memory.memory {
                Memory::Shared(shared) => {
                    let object = Object::Memory { memory: Arc::clone(shared), address64: memory.address64 };
                    self.add(Rc::as_ptr(memory).cast(), object)
                }
                Memory::Unshared(_) => return Err(clone_error("an unshared memory cannot be cloned")),
            },
            Handle::Buffer(buffer) => self.buffer(agent, buffer)?,
            Handle::View(view) => {
                if view.buffer.is_detached() {
                    return Err(clone_error("the view's buffer is detached"));
                }
                let buffer = self.buffer(agent, &view.buffer)?;
                let (ty, offset, length) = (view.ty, view.offset, view.length);
                self.add(Rc::as_ptr(view).cast(), Object::View { buffer, ty, offset, length })
            }
            Handle::Module(module) => {
                self.add(Arc::as_ptr(module).cast(), Object::Module(Arc::clone(module)))
            }
            Handle::Instance(_) => return Err(clone_error("an instance cannot be cloned")),
            Handle::Tree(tree) => return self.tree(agent, tree),
        }))
    }

    fn tree(&mut self, agent: &mut dyn Agent, tree: &Tree) -> Result<Node, Stop> {
        Ok(match tree {
            Tree::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok((name.clone(), self.node(agent, value)?)));
                Node::Record(fields.collect::<Result<_, Stop>>()?)
            }
            Tree::Array(items) => {
                Node::Array(items.iter().map(|item| self.node(agent, item)).collect::<Result<_, Stop>>()?)
            }
            Tree::Value(value) => Node::Value(value.clone()),
        })
    }

    fn buffer(&mut self, agent: &mut dyn Agent, buffer: &Rc<Buffer>) -> Result<usize, Stop> {
        let length = buffer.fixed_length();
        let object = match &buffer.block {
            _ if buffer.is_detached() => return Err(clone_error("the buffer is detached")),
            Block::Shared(memory) => Object::Shared { memory: Arc::clone(memory), length },
            Block::Owned { bytes, shared: true } => Object::SharedBytes { bytes: Arc::clone(bytes), length },
            Block::Memory(_) | Block::Owned { .. } => Object::Bytes(buffer.read(agent, 0, length)?),
        };
        Ok(self.add(Rc::as_ptr(buffer).cast(), object))
    }

    fn add(&mut self, identity: *const (), object: Object) -> usize {
        *self.known.entry(identity).or_insert_with(|| {
            self.objects.push(object);
            self.objects.len() - 1
        })
    }
}

/// Makes the structure's objects in the receiving agent. `adopt` gives a Memory object for a
/// shared memory, with the agent's current buffer of it.
pub fn deserialize(
    packet: &Packet,
    mut adopt: impl FnMut(&Arc<dyn SharedMemory>, bool) -> Rc<MemoryObject>,
) -> Result<Handle, Stop> {
    let mut handles: Vec<Handle> = Vec::with_capacity(packet.objects.len());
    for object in &packet.objects {
        handles.push(match object {
            Object::Memory { memory, address64 } => Handle::Memory(adopt(memory, *address64)),
            Object::Shared { memory, length } => {
                Handle::Buffer(Buffer::new(Block::Shared(Arc::clone(memory)), *length))
            }
            Object::SharedBytes { bytes, length } => {
                let block = Block::Owned { bytes: Arc::clone(bytes), shared: true };
                Handle::Buffer(Buffer::new(block, *length))
            }
            Object::Bytes(bytes) => Handle::Buffer(Buffer::owned(bytes.clone(), false)),
            Object::View { buffer, ty, offset, length } => match &handles[*buffer] {
                Handle::Buffer(buffer) => {
                    let (buffer, ty, offset, length) = (Rc::clone(buffer), *ty, *offset, *length);
                    Handle::View(Rc::new(View { buffer, ty, offset, length }))
                }
                _ => return Err(clone_error("a view without a buffer")),
            },
            Object::Module(module) => Handle::Module(Arc::clone(module)),
        });
    }
    Ok(unpack(&packet.root, &handles))
}

fn unpack(node: &Node, handles: &[Handle]) -> Handle {
    match node {
        Node::Object(index) => handles[*index].clone(),
        Node::Record(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), unpack(value, handles)));
            Handle::Tree(Rc::new(Tree::Record(fields.collect())))
        }
        Node::Array(items) => {
            Handle::Tree(Rc::new(Tree::Array(items.iter().map(|item| unpack(item, handles)).collect())))
        }
        Node::Value(value) => Handle::Tree(Rc::new(Tree::Value(value.clone()))),
    }
}
