//! The axioms by name, with the clauses that they come from.

/// What an execution must obey, in the order in which candidates are held against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Axiom {
    /// The events at a list of waiters have an order in which notifications wake whoever waits.
    WaiterLists,
    /// happens-before is a strict partial order.
    HappensBefore,
    /// No byte is read from a later write, nor from one that was overwritten before.
    CoherentReads,
    /// A read that does not tear takes bytes of one write of its range at most.
    TearFreeReads,
    /// A total order of all events exists.
    SequentiallyConsistentAtomics,
}

impl Axiom {
    pub(super) const COUNT: usize = 5;

    /// All of them.
    pub const ALL: [Self; Self::COUNT] = [
        Self::WaiterLists,
        Self::HappensBefore,
        Self::CoherentReads,
        Self::TearFreeReads,
        Self::SequentiallyConsistentAtomics,
    ];

    /// Its name, as ECMA-262 has it where it has one.
    pub fn name(self) -> &'static str {
        match self {
            Self::WaiterLists => "Consistent Suspensions",
            Self::HappensBefore => "Happens-Before",
            Self::CoherentReads => "Coherent Reads",
            Self::TearFreeReads => "Tear Free Reads",
            Self::SequentiallyConsistentAtomics => "Sequentially Consistent Atomics",
        }
    }

    /// What it demands, as a sentence.
    pub fn demand(self) -> &'static str {
        match self {
            Self::WaiterLists => {
                "the waits and notifications of a location have an order in which each notification \
                 wakes those who wait longest"
            }
            Self::HappensBefore => "nothing happens before itself",
            Self::CoherentReads => {
                "no read takes a byte from a write that happens after it, nor from one that another \
                 write replaced before"
            }
            Self::TearFreeReads => {
                "an aligned read of at most four bytes, or an atomic one, takes bytes of at most one \
                 such write of its own range"
            }
            Self::SequentiallyConsistentAtomics => {
                "a total order of all events exists in which no atomic write stands between a write \
                 and the read that synchronizes with it or comes after it"
            }
        }
    }

    /// The clause that demands it.
    pub fn clause(self) -> &'static str {
        match self {
            Self::WaiterLists => "https://webassembly.github.io/threads/core/exec/relaxed.html#consistency",
            Self::HappensBefore => "https://tc39.es/ecma262/#sec-valid-executions",
            Self::CoherentReads => "https://tc39.es/ecma262/#sec-coherent-reads",
            Self::TearFreeReads => "https://tc39.es/ecma262/#sec-tear-free-aligned-reads",
            Self::SequentiallyConsistentAtomics => "https://tc39.es/ecma262/#sec-memory-order",
        }
    }
}
