//! The objects that an agent's handles name.

use std::rc::Rc;
use std::sync::Arc;

use super::buffer::Buffer;
use super::instance::InstanceObject;
use super::memory::MemoryObject;
use super::module::Compiled;
use super::view::View;
use crate::value::Value;

/// An object of one agent.
#[derive(Clone)]
pub enum Handle {
    Memory(Rc<MemoryObject>),
    Buffer(Rc<Buffer>),
    View(Rc<View>),
    Module(Arc<Compiled>),
    Instance(Rc<InstanceObject>),
    /// A received structure.
    Tree(Rc<Tree>),
}

/// A plain structure.
pub enum Tree {
    Record(Vec<(String, Handle)>),
    Array(Vec<Handle>),
    Value(Value),
}

impl Handle {
    /// `===`
    pub fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(a), Self::Memory(b)) => Rc::ptr_eq(a, b),
            (Self::Buffer(a), Self::Buffer(b)) => Rc::ptr_eq(a, b),
            (Self::View(a), Self::View(b)) => Rc::ptr_eq(a, b),
            (Self::Module(a), Self::Module(b)) => Arc::ptr_eq(a, b),
            (Self::Instance(a), Self::Instance(b)) => Rc::ptr_eq(a, b),
            (Self::Tree(a), Self::Tree(b)) => match (a.as_ref(), b.as_ref()) {
                (Tree::Value(a), Tree::Value(b)) => a == b,
                _ => Rc::ptr_eq(a, b),
            },
            _ => false,
        }
    }

    /// What it is, for messages.
    pub fn what(&self) -> &'static str {
        match self {
            Self::Memory(_) => "a memory",
            Self::Buffer(_) => "a buffer",
            Self::View(_) => "a view",
            Self::Module(_) => "a module",
            Self::Instance(_) => "an instance",
            Self::Tree(_) => "a plain value",
        }
    }
}
