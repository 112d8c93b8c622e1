//! A litmus test as everything after the reading sees it: locations, agents, straight-line
//! programs, and which outcome is of interest. Where it comes from is the language's, which outcomes
//! are allowed is the model's, and how it is run very often is the run's.

/// A litmus test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Its id: `litmus/sb[order=plain,host=wasm]`.
    pub id: String,
    /// What its outcome of interest would mean, as a sentence.
    pub title: String,
    /// The clauses of the specifications that it is about.
    pub spec: Vec<String>,
    /// What the agents race on. Locations may not overlap; accesses of other widths inside one
    /// location are how a test mixes sizes.
    pub locations: Vec<Location>,
    /// The agents, two to four.
    pub agents: Vec<Agent>,
    /// The names of all registers, in the order of the agents and of the programs' texts; a
    /// [`Register`] is a place in this list.
    pub registers: Vec<String>,
    /// Locations whose value, read when all agents are done, belongs to the outcome.
    pub finals: Vec<usize>,
    /// The outcome of interest.
    pub interest: Condition,
}

/// A few bytes of shared memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its name.
    pub name: String,
    /// How many bytes it has: 1, 2, 4, 8 or 16.
    pub bytes: u8,
    /// Their value at the beginning, little-endian.
    pub initial: u128,
    /// How many bytes past an address that is aligned to its size (and to a cache line) it begins.
    pub misaligned: u8,
}

/// One thread's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// In what language it runs.
    pub host: Host,
    /// What it does.
    pub body: Vec<Op>,
}

/// In what language an agent's program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// WebAssembly's instructions.
    Wasm,
    /// JavaScript's typed arrays, `DataView` (for what is not aligned) and `Atomics`.
    Js,
}

/// A place in [`Test::registers`]. A register that an agent never came to is 0.
pub type Register = usize;

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Reads.
    Load { into: Register, access: Access },
    /// Writes.
    Store { access: Access, value: Operand },
    /// Reads and writes in one; always sequentially consistent.
    Rmw { into: Register, op: RmwOp, access: Access, value: Operand },
    /// Writes `replacement` if it reads `expected`; always sequentially consistent.
    CompareExchange { into: Register, access: Access, expected: Operand, replacement: Operand },
    /// `atomic.fence`; WebAssembly alone has it.
    Fence,
    /// Waits where the location holds `expected`. The register gets 0 (woken), 1 (not equal) or 2
    /// (timed out), as `memory.atomic.wait32` has it.
    Wait { into: Register, access: Access, expected: u64, timeout: Option<Nanoseconds> },
    /// Wakes at most `count` waiters. The register gets how many.
    Notify { into: Register, access: Access, count: u32 },
    /// Grows the memory. The register gets the former size in pages, counted from the size at the
    /// test's beginning: 0 where this was the first growth.
    Grow { into: Register, pages: u32 },
    /// The size of the memory in pages, counted from the size at the test's beginning. In JavaScript
    /// it is that of the buffer that the memory hands out.
    Size { into: Register },
    /// One of two programs, by what a register holds.
    If { register: Register, equals: u64, then: Vec<Op>, otherwise: Vec<Op> },
}

/// A duration in nanoseconds.
pub type Nanoseconds = u64;

/// What bytes an operation touches and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Which location.
    pub location: usize,
    /// Bytes from the location's beginning.
    pub offset: u8,
    /// How many bytes: 1, 2, 4 or 8.
    pub bytes: u8,
    /// How it is ordered.
    pub order: Order,
}

/// How an access is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// `unord` in the threads proposal, `Unordered` in ECMAScript.
    Plain,
    /// `seqcst`, `SeqCst`.
    SeqCst,
}

/// What a read-modify-write does with its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RmwOp {
    Add,
    Sub,
    And,
    Or,
    Xor,
    Exchange,
}

/// A value that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Itself; the low bytes count.
    Constant(u64),
    /// What a register holds: a dependency.
    Register(Register),
}

/// An outcome: what every register holds at the end, then the value of each of [`Test::finals`].
pub type Outcome = Vec<u128>;

/// A question about an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of these values, each a place in the [`Outcome`].
    All(Vec<(usize, u128)>),
    /// Any of these.
    Any(Vec<Condition>),
}

impl Condition {
    /// Whether the outcome is one of those asked for.
    pub fn holds(&self, outcome: &[u128]) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|&(place, value)| outcome.get(place) == Some(&value)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(outcome)),
        }
    }
}
