//! What handles stand for, which agent has them, and what is under way between agents.

use std::collections::{BTreeMap, BTreeSet};

use super::operands::Returns;
use crate::case::names::view_name;
use crate::case::node::Span;
use crate::case::plan::{Via, ViewType};
use crate::value::ValType;

/// What is known of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryKind {
    /// Are its addresses 64 bits?
    pub address64: bool,
    /// Is it shared?
    pub shared: bool,
    /// The pages that it has at least, where that is known.
    pub initial: Option<u64>,
}

/// What a handle stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A memory.
    Memory(MemoryKind),
    /// An `ArrayBuffer` or `SharedArrayBuffer`.
    Buffer,
    /// A typed array or a `DataView`.
    View(ViewType),
    /// A module of this guest.
    Module(String),
    /// An instance of this guest, which can reach these callbacks.
    Instance(String, BTreeSet<String>),
    /// A promise.
    Promise,
    /// A received or cloned structure.
    Structure(Box<Shape>),
    /// Something whose making was already reported.
    Unknown,
}

impl Kind {
    /// With its article, for messages.
    pub fn describe(&self) -> String {
        match self {
            Self::Memory(_) => "a memory".to_owned(),
            Self::Buffer => "a buffer".to_owned(),
            Self::View(view) => {
                let name = view_name(*view);
                format!("{} {name}", if name.starts_with('I') { "an" } else { "a" })
            }
            Self::Module(_) => "a module".to_owned(),
            Self::Instance(..) => "an instance".to_owned(),
            Self::Promise => "a promise".to_owned(),
            Self::Structure(_) => "a structure".to_owned(),
            Self::Unknown => "something".to_owned(),
        }
    }
}

/// What is known of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// What a handle stands for.
    Handle(Kind),
    /// A value.
    Value,
    /// An object.
    Object(Vec<(String, Shape)>),
    /// An array.
    Array(Vec<Shape>),
}

impl Shape {
    /// What a name for the whole stands for.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Handle(kind) => kind.clone(),
            shape => Kind::Structure(Box::new(shape.clone())),
        }
    }
}

/// A result that a step kept.
#[derive(Clone, Debug)]
pub struct KeptInfo {
    /// Its type; none where the call itself was in error.
    pub ty: Option<ValType>,
    /// The step.
    pub step: u32,
}

/// What is known of an agent.
#[derive(Clone, Debug, Default)]
pub struct Agent {
    /// Its handles, and where each was made.
    pub handles: BTreeMap<String, (Kind, Span)>,
    /// The results that it kept.
    pub kept: BTreeMap<String, KeptInfo>,
    /// The started step that it is busy with.
    pub busy: Option<String>,
    /// Was it stopped?
    pub terminated: bool,
    /// Did it do anything, or was anything sent to it?
    pub touched: bool,
}

/// A step that was started.
#[derive(Clone, Debug)]
pub struct Started {
    /// Its number.
    pub number: u32,
    /// Who does it.
    pub agent: String,
    /// What it returns.
    pub returns: Returns,
    /// Does it allocate?
    pub allocates: bool,
    /// Is it over: joined, or stopped?
    pub over: bool,
    /// Where it was started.
    pub span: Span,
}

/// A message under way.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The step that sent it.
    pub step: u32,
    /// Who sent it.
    pub from: String,
    /// Whom to.
    pub to: String,
    /// How.
    pub via: Via,
    /// What it is.
    pub shape: Shape,
}

/// All that changes from step to step.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The agents.
    pub agents: BTreeMap<String, Agent>,
    /// The started steps, by name.
    pub started: BTreeMap<String, Started>,
    /// The messages that nobody received yet, oldest first.
    pub posted: Vec<Posted>,
}
