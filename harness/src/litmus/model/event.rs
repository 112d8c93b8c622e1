//! Events: what the agents' operations do to shared memory, with the values that they read and write.

use crate::litmus::program::Order;

/// One event of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whose it is.
    pub who: Who,
    /// What it is, for people.
    pub what: What,
    /// The bytes that it reads or writes, if it does.
    pub range: Option<Range>,
    /// How it is ordered. What is neither a read nor a write has an order that says nothing.
    pub order: Order,
    /// `[[NoTear]]` in ECMA-262, `notears` in the threads proposal.
    pub no_tear: bool,
    /// What it reads.
    pub read: Option<u128>,
    /// What it writes.
    pub write: Option<u128>,
    /// Whether it may read what was overwritten by others: the length of the buffer that JavaScript
    /// sees.
    pub stale: bool,
    /// What it does to a list of waiters.
    pub waiting: Option<Waiting>,
}

/// Whose an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Before everything.
    Beginning,
    /// An agent's, by its number.
    Agent(usize),
    /// After everything.
    End,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The value at the beginning.
    Initial,
    /// A read.
    Load,
    /// A write.
    Store,
    /// A read and a write in one.
    ReadModifyWrite,
    /// A fence.
    Fence,
    /// The comparison of a wait, and where it was equal, the enlisting.
    Wait,
    /// A waiter goes on because it was woken.
    Woken,
    /// A waiter goes on because its time is over.
    TimedOut,
    /// A notification.
    Notify,
    /// A growth.
    Grow,
    /// The memory's size is asked for.
    Size,
    /// The value at the end.
    Final,
}

/// Some bytes of a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// The location's number; one past the last is the length of the memory.
    pub location: usize,
    /// The first byte.
    pub start: u8,
    /// How many.
    pub bytes: u8,
}

impl Range {
    pub(super) fn covers(&self, location: usize, byte: u8) -> bool {
        self.location == location && self.start <= byte && byte < self.start + self.bytes
    }
}

/// What an event does to the waiters at a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Where they wait: the location and the byte.
    pub at: (usize, u8),
    /// What is done.
    pub does: Does,
}

/// What is done to a list of waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// The agent enlists.
    Enlist,
    /// The agent leaves, since it was woken.
    Wake,
    /// The agent leaves, since its time is over.
    Leave,
    /// So many are woken of at most so many.
    Notify { woken: u32, most: u32 },
    /// The list is entered and left as it is.
    Look,
}

impl Event {
    /// Whether it is sequentially consistent; only reads and writes are.
    pub fn is_seqcst(&self) -> bool {
        self.order == Order::SeqCst && self.range.is_some()
    }

    /// The byte that it reads there. The byte is in its range, and it is a read.
    pub(super) fn byte_read(&self, byte: u8) -> u8 {
        self.byte(self.read, byte)
    }

    /// The byte that it writes there. The byte is in its range, and it is a write.
    pub(super) fn byte_written(&self, byte: u8) -> u8 {
        self.byte(self.write, byte)
    }

    fn byte(&self, value: Option<u128>, byte: u8) -> u8 {
        let start = self.range.map_or(0, |range| range.start);
        value.map_or(0, |value| (value >> (8 * u32::from(byte - start))) as u8)
    }

    pub(super) fn writes_to(&self, location: usize, byte: u8) -> bool {
        self.write.is_some() && self.range.is_some_and(|range| range.covers(location, byte))
    }
}
