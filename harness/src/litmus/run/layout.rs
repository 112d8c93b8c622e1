//! Where everything lies in the one memory of a run: control words, the orders, the instances of the
//! locations, the results, and the histograms. Every host's code is made of the same layout.

use crate::litmus::program::{Agent, Op, Register, Test};

use super::BuildError;
use super::settings::Settings;

/// Agents that have come to the barrier. Control words keep apart by two cache lines each.
pub(super) const ARRIVED: u32 = 0;
/// How often the barrier was opened.
pub(super) const GENERATION: u32 = 128;
/// Agents that sleep at the barrier.
pub(super) const SLEEPERS: u32 = 256;
/// Not 0 where the host wants an end.
pub(super) const STOP: u32 = 384;
/// What [`STOP`] was when the barrier was opened last, so that all agents decide alike.
pub(super) const DECISION: u32 = 512;
/// Pages that the memory had when the instance began, where a test grows it.
pub(super) const BASE: u32 = 640;
/// Outcomes that found no room in a histogram, a word of 64 bits.
pub(super) const OVERFLOW: u32 = 768;
/// For each agent a word: the size in pages that its last growth left.
pub(super) const GROWN: u32 = 832;
/// Written by agents that only let time pass.
pub(super) const UNUSED: u32 = 896;
const CONTROL_END: u32 = 1024;

/// Places in a histogram, a power of two.
pub(super) const SLOTS: u32 = 512;
/// How often a barrier is looked at before the agent sleeps: long enough for another agent that was
/// put aside for a moment, since whoever sleeps wakes when the race is over.
const SPINS: u32 = 200_000;
/// The same where agents have to share processors, so that the one which is waited for gets its turn.
const CROWDED_SPINS: u32 = 1_000;

const PAGE: u32 = 65_536;
/// The most that a run may take: a layout is for machines with little memory too.
const MOST: u64 = 256 << 20;

/// Where a register's value is kept for each instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Whose register it is.
    pub agent: usize,
    /// Bytes from the beginning of the agent's record.
    pub at: u32,
    /// Whether it has 64 bits rather than 32.
    pub wide: bool,
}

/// A word of an outcome: every value is one, but those of 16 bytes, which are two.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word {
    Register(Register),
    /// So many bytes of a location.
    Cell {
        location: usize,
        offset: u32,
        bytes: u8,
    },
}

/// Where everything lies.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub batch: u32,
    pub stride: u32,
    /// The address of each location in the first instance.
    pub cells: Vec<u32>,
    pub places: Vec<Place>,
    /// The address of each agent's first record, and how many bytes a record has.
    pub records: Vec<(u32, u32)>,
    /// The address of each agent's order.
    pub orders: Option<Vec<u32>>,
    pub words: Vec<Word>,
    /// The address of each agent's histogram.
    pub tables: Vec<u32>,
    pub pages: u32,
    /// Pages by which one instance may grow the memory.
    pub growth: u32,
    /// Whether agents meet before each instance.
    pub lockstep: bool,
    /// How often a barrier is looked at before an agent sleeps.
    pub spins: u32,
}

impl Layout {
    /// # Errors
    ///
    /// Where the settings need too much memory.
    pub(super) fn new(test: &Test, settings: &Settings) -> Result<Self, BuildError> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let growth: u32 = test.agents.iter().map(|agent| growth(&agent.body)).sum();
        let waits = test.agents.iter().any(|agent| any(&agent.body, &|op| matches!(op, Op::Wait { .. })));
        let grows = growth > 0
            || test
                .agents
                .iter()
                .any(|agent| any(&agent.body, &|op| matches!(op, Op::Size { .. } | Op::Grow { .. })));
        let batch = match (grows, waits) {
            (true, _) => settings.batch.clamp(1, (250 / growth.max(1)).max(1)),
            (false, true) => settings.batch.clamp(1, 64),
            (false, false) => settings.batch.max(1),
        };
        let misaligned = test.locations.iter().any(|location| location.misaligned > 0);
        let needed =
            test.locations.iter().map(|l| u32::from(l.bytes) + u32::from(l.misaligned)).max().unwrap_or(1);
        let unit = if misaligned { 64 } else { needed.next_power_of_two().max(8) };
        let stride = settings.stride.max(needed).next_multiple_of(unit);

        let mut end = u64::from(CONTROL_END);
        let mut take = |bytes: u64, align: u64| {
            let at = end.next_multiple_of(align);
            end = at + bytes;
            u32::try_from(at).map_err(|_| BuildError::TooLarge)
        };
        let orders = match settings.orders(test.agents.len(), 1) {
            Some(orders) => {
                Some(orders.iter().map(|_| take(u64::from(batch) * 4, 128)).collect::<Result<_, _>>()?)
            }
            None => None,
        };
        let mut cells = Vec::new();
        for (place, location) in test.locations.iter().enumerate() {
            let moved = u64::from(settings.offset).next_multiple_of(u64::from(unit.max(16))) * place as u64;
            let at = take(moved + u64::from(batch) * u64::from(stride) + 64, 4096)?;
            let moved = u32::try_from(moved).map_err(|_| BuildError::TooLarge)?;
            cells.push(at + moved + u32::from(location.misaligned));
        }
        let (places, lengths) = places(test)?;
        let mut records = Vec::new();
        for length in lengths {
            records.push((take(u64::from(batch) * u64::from(length), 4096)?, length));
        }
        let mut words: Vec<Word> = (0..test.registers.len()).map(Word::Register).collect();
        for &location in &test.finals {
            let bytes = test.locations[location].bytes;
            words.push(Word::Cell { location, offset: 0, bytes: bytes.min(8) });
            if bytes == 16 {
                words.push(Word::Cell { location, offset: 8, bytes: 8 });
            }
        }
        let table = u64::from(SLOTS) * 8 * (words.len() as u64 + 1);
        let tables = test.agents.iter().map(|_| take(table, 4096)).collect::<Result<_, _>>()?;
        if end > MOST {
            return Err(BuildError::TooLarge);
        }
        let pages = u32::try_from(end.div_ceil(u64::from(PAGE))).map_err(|_| BuildError::TooLarge)?;
        Ok(Self {
            batch,
            stride,
            cells,
            places,
            records,
            orders,
            words,
            tables,
            pages,
            growth: if grows { growth.max(1) } else { 0 },
            lockstep: grows || waits,
            spins: if test.agents.len() > processors { CROWDED_SPINS } else { SPINS },
        })
    }

    /// Does a test change the memory in a way that cannot be taken back?
    pub(super) fn grows(&self) -> bool {
        self.growth > 0
    }

    /// The most pages that the memory may come to have.
    pub(super) fn maximum(&self) -> u32 {
        self.pages + self.growth * self.batch
    }

    /// The instances that an agent counts and resets.
    pub(super) fn part(&self, agent: usize) -> (u32, u32) {
        let cut = |agent: usize| {
            let at = u64::from(self.batch) * agent as u64 / self.records.len() as u64;
            u32::try_from(at).unwrap_or(self.batch)
        };
        (cut(agent), cut(agent + 1))
    }
}

/// Where registers are kept, and how long each agent's record is.
fn places(test: &Test) -> Result<(Vec<Place>, Vec<u32>), BuildError> {
    let mut places = Vec::new();
    let mut lengths = vec![0_u32; test.agents.len()];
    let mut wide_first: Vec<(usize, usize, bool)> = Vec::new();
    for register in 0..test.registers.len() {
        let agent = test.agents.iter().position(|agent| width(agent, register).is_some());
        // A register that nobody writes stays 0, wherever it is kept.
        let agent = agent.unwrap_or(0);
        let owner = test.agents.get(agent).ok_or(BuildError::Empty)?;
        let wide = width(owner, register).unwrap_or(4) == 8;
        wide_first.push((register, agent, wide));
        places.push(Place { agent, at: 0, wide });
    }
    wide_first.sort_by_key(|&(register, _, wide)| (!wide, register));
    for (register, agent, wide) in wide_first {
        places[register].at = lengths[agent];
        lengths[agent] += if wide { 8 } else { 4 };
    }
    for (agent, length) in lengths.iter_mut().enumerate() {
        if places.iter().any(|place| place.agent == agent && place.wide) {
            *length = length.next_multiple_of(8);
        }
    }
    Ok((places, lengths))
}

/// How many bytes the widest write of a register by this agent has.
fn width(agent: &Agent, register: Register) -> Option<u8> {
    fn of(body: &[Op], register: Register) -> Option<u8> {
        body.iter().filter_map(|op| written(op, register)).max()
    }
    fn written(op: &Op, register: Register) -> Option<u8> {
        match op {
            Op::Load { into, access }
            | Op::Rmw { into, access, .. }
            | Op::CompareExchange { into, access, .. } => (*into == register).then_some(access.bytes),
            Op::Wait { into, .. } | Op::Notify { into, .. } | Op::Grow { into, .. } | Op::Size { into } => {
                (*into == register).then_some(4)
            }
            Op::Store { .. } | Op::Fence => None,
            Op::If { then, otherwise, .. } => of(then, register).max(of(otherwise, register)),
        }
    }
    of(&agent.body, register)
}

/// At most how many pages a program grows.
fn growth(body: &[Op]) -> u32 {
    let of = |op: &Op| match op {
        Op::Grow { pages, .. } => *pages,
        Op::If { then, otherwise, .. } => growth(then).max(growth(otherwise)),
        _ => 0,
    };
    body.iter().map(of).sum()
}

/// Does an operation like this occur in a program?
pub(super) fn any(body: &[Op], wanted: &dyn Fn(&Op) -> bool) -> bool {
    body.iter().any(|op| match op {
        Op::If { then, otherwise, .. } => wanted(op) || any(then, wanted) || any(otherwise, wanted),
        _ => wanted(op),
    })
}
