//! Faulty engines made out of any engine: guests whose instructions are rewritten before they are
//! sent do what an engine with that fault would do with the guests as they are.
//!
//! Each file here is one part of an engine that can be wrong. How a module is rewritten is
//! [`rewrite`]'s affair; which mutants of other kinds exist is said in the folder above.

use wasmparser::Operator;

mod access;
mod address;
mod atomic;
mod bounds;
mod bulk;
mod float;
mod hot;
mod keep;
mod program;
mod rewrite;
mod scalar;
mod size;
#[cfg(test)]
mod tests;
mod vector;

use access::Access;
use rewrite::{Replacement, Site};

/// What a fault does with one instruction; nothing where it leaves it alone.
type OfInstruction = Box<dyn Fn(&Site<'_>) -> Option<Replacement> + Send + Sync>;

/// What a fault does with a module as a whole; nothing where it leaves it alone.
type OfModule = fn(&[u8]) -> Option<Vec<u8>>;

enum Change {
    Instructions(OfInstruction),
    Module(OfModule),
}

/// A fault of an engine.
pub(super) struct Fault {
    pub name: String,
    pub description: String,
    /// The clause that it violates.
    pub clause: &'static str,
    change: Change,
    /// Whether instances are to remember their memories' sizes when they are made.
    remembers: bool,
}

impl Fault {
    fn new(
        name: impl Into<String>,
        clause: &'static str,
        description: impl Into<String>,
        change: impl Fn(&Site<'_>) -> Option<Replacement> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            clause,
            change: Change::Instructions(Box::new(change)),
            remembers: false,
        }
    }

    /// A fault of instructions with an address: `body` gives the locals and the body of a function
    /// that stands for the instruction.
    fn access(
        name: impl Into<String>,
        clause: &'static str,
        description: impl Into<String>,
        body: impl Fn(&Access) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, clause, description, move |site| {
            let access = Access::of(site.operator, site.memories)?;
            Some(Replacement::Function(format!("{} {}", access.signature(), body(&access)?)))
        })
    }

    /// A fault of one instruction that is known by its name: `body` is what the function that
    /// stands for it consists of.
    fn instruction(
        instruction: &'static str,
        name: &'static str,
        clause: &'static str,
        description: &'static str,
        body: &'static str,
    ) -> Self {
        Self::new(name, clause, description, move |site| {
            (access::mnemonic(site.operator) == instruction).then(|| Replacement::Function(body.to_owned()))
        })
    }

    fn module(name: &'static str, clause: &'static str, description: &'static str, change: OfModule) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            clause,
            change: Change::Module(change),
            remembers: false,
        }
    }

    /// The same fault, of instances that remember their memories' sizes from when they are made.
    fn remembering(self) -> Self {
        Self { remembers: true, ..self }
    }

    /// The module as an engine with this fault would run it; nothing where the fault would not
    /// show in it, or where it is no module.
    pub fn apply(&self, wasm: &[u8]) -> Option<Vec<u8>> {
        match &self.change {
            Change::Instructions(change) => rewrite::rewrite(wasm, self.remembers, change).ok().flatten(),
            Change::Module(change) => change(wasm),
        }
    }
}

/// Every fault.
pub(super) fn faults() -> Vec<Fault> {
    [
        scalar::faults(),
        address::faults(),
        bounds::faults(),
        float::faults(),
        vector::faults(),
        atomic::faults(),
        size::faults(),
        bulk::faults(),
        keep::faults(),
        hot::faults(),
        program::faults(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The type of the addresses of a memory.
fn address_type(site: &Site<'_>, memory: u32) -> &'static str {
    match site.memories.get(memory as usize) {
        Some(memory) if memory.memory64 => "i64",
        _ => "i32",
    }
}

/// An expression of a memory's address type as an i64.
fn widened(address: &str, expression: &str) -> String {
    if address == "i64" { expression.to_owned() } else { format!("(i64.extend_i32_u {expression})") }
}

/// An i64 as a memory's address type.
fn narrowed(address: &str, expression: &str) -> String {
    if address == "i64" { expression.to_owned() } else { format!("(i32.wrap_i64 {expression})") }
}

/// The memory of a `memory.size` or `memory.grow`.
fn grown_memory(operator: &Operator<'_>) -> Option<u32> {
    match operator {
        Operator::MemoryGrow { mem } => Some(*mem),
        _ => None,
    }
}
