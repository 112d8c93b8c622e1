//! One agent's state: its handles, kept results, Memory objects and watched instances.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::buffer::Buffer;
use super::error::{Stop, Thrown};
use super::handle::{Handle, Tree};
use super::instance::InstanceObject;
use super::memory::MemoryObject;
use super::number::Js;
use super::run::Run;
use super::view::View;
use crate::case::plan::{HandleRef, Kept, Message, Operand, OperandType, Pattern, Plan};
use crate::engine::{Agent, Memory};
use crate::value::{Float, Value};

/// An agent of a run. Nothing in it stays borrowed while a guest runs.
pub struct Realm {
    pub run: Arc<Run>,
    /// The agent's place among the run's.
    pub me: usize,
    handles: RefCell<HashMap<String, Handle>>,
    kept: RefCell<HashMap<String, Value>>,
    /// The [Memory object cache](https://webassembly.github.io/spec/js-api/#memory-object-cache),
    /// of shared memories: an unshared one is told by its instance.
    cache: RefCell<Vec<Rc<MemoryObject>>>,
    watched: RefCell<Vec<Rc<InstanceObject>>>,
}

impl Realm {
    pub fn new(run: Arc<Run>, me: usize) -> Self {
        Self {
            run,
            me,
            handles: RefCell::default(),
            kept: RefCell::default(),
            cache: RefCell::default(),
            watched: RefCell::default(),
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.run.plan
    }

    pub fn name(&self, name: &str, handle: Handle) {
        self.handles.borrow_mut().insert(name.to_owned(), handle);
    }

    pub fn keep(&self, name: &str, value: Value) {
        self.kept.borrow_mut().insert(name.to_owned(), value);
    }

    pub fn handle(&self, name: &str) -> Result<Handle, Stop> {
        let found = self.handles.borrow().get(name).cloned();
        found.ok_or_else(|| Stop::Skipped(format!("there is no `{name}`")))
    }

    pub fn memory(&self, name: &str) -> Result<Rc<MemoryObject>, Stop> {
        match self.handle(name)? {
            Handle::Memory(memory) => Ok(memory),
            other => Err(wrong(name, &other, "a memory")),
        }
    }

    pub fn view(&self, name: &str) -> Result<Rc<View>, Stop> {
        match self.handle(name)? {
            Handle::View(view) => Ok(view),
            other => Err(wrong(name, &other, "a view")),
        }
    }

    pub fn instance(&self, name: &str) -> Result<Rc<InstanceObject>, Stop> {
        match self.handle(name)? {
            Handle::Instance(instance) => Ok(instance),
            other => Err(wrong(name, &other, "an instance")),
        }
    }

    /// What a reference names.
    pub fn object(&self, reference: &HandleRef) -> Result<Handle, Stop> {
        let handle = self.handle(&reference.handle)?;
        match &handle {
            _ if !reference.buffer => Ok(handle),
            Handle::Memory(memory) => Ok(Handle::Buffer(memory.buffer())),
            Handle::View(view) => Ok(Handle::Buffer(Rc::clone(&view.buffer))),
            other => Err(wrong(&reference.handle, other, "something that has a buffer")),
        }
    }

    /// What a reference names where a buffer is wanted: a memory means its current one.
    pub fn buffer(&self, reference: &HandleRef) -> Result<Rc<Buffer>, Stop> {
        match self.object(reference)? {
            Handle::Buffer(buffer) => Ok(buffer),
            Handle::Memory(memory) => Ok(memory.buffer()),
            other => Err(wrong(&reference.handle, &other, "a buffer")),
        }
    }

    /// The value of an operand.
    pub fn operand(&self, operand: &Operand) -> Result<Value, Stop> {
        match operand {
            Operand::Converting(_) => Err(Stop::Unsupported(
                "an argument whose conversion runs steps needs a JavaScript host".to_owned(),
            )),
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Kept(kept) => {
                let found = self.kept.borrow().get(&kept.kept).cloned();
                let value = found.ok_or_else(|| Stop::Skipped(format!("there is no `${}`", kept.kept)))?;
                convert(&value, kept)
            }
        }
    }

    /// The value of an operand as JavaScript has it.
    pub fn js(&self, operand: &Operand) -> Result<Js, Stop> {
        Ok(Js::from(&self.operand(operand)?))
    }

    /// As [`Realm::js`]; an absent argument is undefined.
    pub fn optional(&self, operand: Option<&Operand>) -> Result<Js, Stop> {
        operand.map_or(Ok(Js::Undefined), |operand| self.js(operand))
    }

    /// The Memory object of a memory that an instance defines, or that was made.
    pub fn memory_object(&self, agent: &mut dyn Agent, memory: Memory, address64: bool) -> Rc<MemoryObject> {
        let object = MemoryObject::new(agent, memory, address64);
        self.remember(&object);
        object
    }

    /// Puts a new object into the cache.
    pub fn remember(&self, object: &Rc<MemoryObject>) {
        if object.is_shared() {
            self.cache.borrow_mut().push(Rc::clone(object));
        }
    }

    /// A new object for a shared memory that was received; its buffer is the agent's current one.
    pub fn adopt(
        &self,
        agent: &mut dyn Agent,
        memory: &Arc<dyn crate::engine::SharedMemory>,
        address64: bool,
    ) -> Rc<MemoryObject> {
        let known = self.cache.borrow().iter().find_map(|object| match &object.memory {
            Memory::Shared(known) if Arc::ptr_eq(known, memory) => Some(object.twin()),
            _ => None,
        });
        known.unwrap_or_else(|| self.memory_object(agent, Memory::Shared(Arc::clone(memory)), address64))
    }

    /// From now on the growth of this instance's memories is looked for.
    pub fn watch(&self, instance: &Rc<InstanceObject>) {
        self.watched.borrow_mut().push(Rc::clone(instance));
    }

    /// Resets the buffers of all memories that guests have grown.
    pub fn refresh(&self, agent: &mut dyn Agent) {
        for instance in self.watched.borrow().iter() {
            instance.refresh(agent);
        }
    }

    /// The structure that a plan wants to send.
    pub fn structure(&self, message: &Message) -> Result<Handle, Stop> {
        Ok(Handle::Tree(Rc::new(match message {
            Message::Handle(reference) => return self.object(reference),
            Message::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| Ok((name.clone(), self.structure(value)?)));
                Tree::Record(fields.collect::<Result<_, Stop>>()?)
            }
            Message::Array(items) => {
                Tree::Array(items.iter().map(|item| self.structure(item)).collect::<Result<_, Stop>>()?)
            }
            Message::Literal(value) => Tree::Value(value.clone()),
        })))
    }

    /// Names the parts of a received structure.
    pub fn take_apart(&self, pattern: &Pattern, handle: &Handle) -> Result<(), Stop> {
        let missing = || Stop::Skipped("the message has no such part".to_owned());
        let tree = if let Handle::Tree(tree) = handle { Some(tree.as_ref()) } else { None };
        match (pattern, tree) {
            (Pattern::As(name), tree) => {
                if let Some(Tree::Value(value)) = tree {
                    self.keep(name, value.clone());
                }
                self.name(name, handle.clone());
            }
            (Pattern::Object(wanted), Some(Tree::Record(fields))) => {
                for (name, part) in wanted {
                    let field = fields.iter().find(|(field, _)| field == name).ok_or_else(missing)?;
                    self.take_apart(part, &field.1)?;
                }
            }
            (Pattern::Array(wanted), Some(Tree::Array(items))) => {
                for (index, part) in wanted.iter().enumerate() {
                    self.take_apart(part, items.get(index).ok_or_else(missing)?)?;
                }
            }
            _ => return Err(missing()),
        }
        Ok(())
    }
}

fn wrong(name: &str, handle: &Handle, wanted: &str) -> Stop {
    Thrown::type_error(format!("`{name}` is {}, not {wanted}", handle.what())).into()
}

/// A kept value as an operand wants it.
fn convert(value: &Value, kept: &Kept) -> Result<Value, Stop> {
    let integer = match value {
        Value::I32(v) if kept.unsigned => Some(i128::from(*v as u32)),
        Value::I32(v) => Some(i128::from(*v)),
        Value::I64(v) if kept.unsigned => Some(i128::from(*v as u64)),
        Value::I64(v) => Some(i128::from(*v)),
        Value::BigInt(text) => text.parse().ok(),
        _ => None,
    };
    if let Some(integer) = integer {
        let sum = integer.wrapping_add(i128::from(kept.plus));
        return Ok(match kept.ty {
            OperandType::I32 => Value::I32(sum as i32),
            OperandType::I64 => Value::I64(sum as i64),
            OperandType::F32 => Value::F32(Float::Bits((sum as f32).to_bits())),
            OperandType::F64 => Value::F64(Float::Bits((sum as f64).to_bits())),
            OperandType::Number => Value::number(sum as f64),
            OperandType::BigInt => Value::BigInt(sum.to_string()),
        });
    }
    let same =
        matches!((value, kept.ty), (Value::F32(_), OperandType::F32) | (Value::F64(_), OperandType::F64));
    if same && kept.plus == 0 {
        return Ok(value.clone());
    }
    let number = Js::from(value).to_number()? + kept.plus as f64;
    Ok(match kept.ty {
        OperandType::I32 => Value::I32(super::number::wrap(number) as i32),
        OperandType::I64 => Value::I64(super::number::wrap(number) as i64),
        OperandType::F32 => Value::F32(Float::Bits((number as f32).to_bits())),
        OperandType::F64 => Value::F64(Float::Bits(number.to_bits())),
        OperandType::Number => Value::number(number),
        OperandType::BigInt => Value::BigInt((number as i128).to_string()),
    })
}
