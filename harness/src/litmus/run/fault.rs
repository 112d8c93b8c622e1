//! Faults of engines that litmus tests must notice. Each is put into the instructions of the test
//! alone: the barrier and the counting around them stay whole.

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Atomic accesses are compiled as plain ones, fences as nothing.
    PlainAtomics,
    /// A waiter is not told of a notify.
    LostNotify,
    /// The size of the memory is what it was before the instance began.
    StaleSize,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PlainAtomics, Self::LostNotify, Self::StaleSize];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::PlainAtomics => "plain-atomics",
            Self::LostNotify => "lost-notify",
            Self::StaleSize => "stale-size",
        }
    }

    /// The fault of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}
