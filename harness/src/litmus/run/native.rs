//! The native baseline: the same walk, barrier and counting as Rust threads over atomic words, for
//! what the hardware shows and as the reference of speed. A loop that interprets operations, or
//! calls a closure for each, would be slower than any Wasm; so the loop is compiled for every
//! combination of operations that a [`Shape`] may have, and other tests have no native baseline:
//!
//! - locations of four bytes, aligned;
//! - each agent does one or two accesses, each a plain or sequentially consistent load or store of a
//!   constant, with a fence between them or not.
//!
//! That is SB, LB, MP, R, S, 2+2W, WRC, ISA2, IRIW, RWC and the coherence shapes without data or
//! control dependencies. Plain accesses are Rust's relaxed ones, which compile to the processor's
//! plain moves; they cannot be rarer or weaker than that without undefined behaviour.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::litmus::program::{Access, Op, Operand, Order, Test};

use super::job::{Entry, Job, Response, Slice};
use super::layout::{Layout, SLOTS, Word};
use super::pin::pin;
use super::settings::Random;

/// A test as the baseline takes it. Addresses are those of words of four bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shape {
    batch: usize,
    stride: usize,
    cells: Vec<(usize, u32)>,
    agents: Vec<Walk>,
    /// Where the words of an outcome are in the first instance, and how far on in the next.
    words: Vec<(usize, usize)>,
    size: usize,
    spins: u32,
}

/// What an agent does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    first: Step,
    fence: bool,
    second: Step,
    /// Where its first record is and how long a record is.
    record: (usize, usize),
    /// The instances that it counts.
    part: (usize, usize),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    kind: u8,
    cell: usize,
    value: u32,
    /// Where in the record the result goes.
    into: usize,
}

const NOTHING: u8 = 0;
const LOAD: u8 = 1;
const LOAD_SEQCST: u8 = 2;
const STORE: u8 = 3;
const STORE_SEQCST: u8 = 4;

impl Shape {
    /// The test as a shape, if it is one.
    pub(super) fn of(test: &Test, layout: &Layout) -> Option<Self> {
        let word = |at: u32| at as usize / 4;
        if layout.words.is_empty() || layout.words.len() > MOST_WORDS {
            return None;
        }
        if layout.orders.is_some() || test.locations.iter().any(|l| l.bytes != 4 || l.misaligned != 0) {
            return None;
        }
        let step = |op: &Op| -> Option<Step> {
            let cell = |access: &Access| {
                (access.bytes == 4)
                    .then(|| word(layout.cells[access.location]) + usize::from(access.offset) / 4)
            };
            match op {
                Op::Load { into, access } => {
                    let kind = if access.order == Order::SeqCst { LOAD_SEQCST } else { LOAD };
                    let into = word(layout.places[*into].at);
                    Some(Step { kind, cell: cell(access)?, value: 0, into })
                }
                Op::Store { access, value: Operand::Constant(value) } => {
                    let kind = if access.order == Order::SeqCst { STORE_SEQCST } else { STORE };
                    Some(Step { kind, cell: cell(access)?, value: *value as u32, into: 0 })
                }
                _ => None,
            }
        };
        let walk = |place: usize| -> Option<Walk> {
            let none = Some(Step::default());
            let (first, fence, second) = match test.agents[place].body.as_slice() {
                [first] => (step(first), false, none),
                [first, second] => (step(first), false, step(second)),
                [first, Op::Fence, second] => (step(first), true, step(second)),
                _ => return None,
            };
            let (at, length) = layout.records[place];
            let (from, to) = layout.part(place);
            let (record, part) = ((word(at), word(length)), (from as usize, to as usize));
            Some(Walk { first: first?, fence, second: second?, record, part })
        };
        let words = layout.words.iter().map(|of| match *of {
            Word::Register(register) => {
                let place = layout.places[register];
                let (at, length) = layout.records[place.agent];
                (word(at + place.at), word(length))
            }
            Word::Cell { location, .. } => (word(layout.cells[location]), word(layout.stride)),
        });
        Some(Self {
            batch: layout.batch as usize,
            stride: word(layout.stride),
            cells: layout
                .cells
                .iter()
                .zip(&test.locations)
                .map(|(&at, location)| (word(at), location.initial as u32))
                .collect(),
            agents: (0..test.agents.len()).map(walk).collect::<Option<_>>()?,
            words: words.collect(),
            size: layout.pages as usize * 16_384,
            spins: layout.spins,
        })
    }
}

/// A baseline made ready.
pub(super) struct Native {
    shape: Shape,
    memory: Vec<AtomicU32>,
    pin: bool,
}

/// What the agents meet at, far enough apart.
#[derive(Default)]
struct Control {
    arrived: Line,
    generation: Line,
    stop: Line,
    decision: Line,
}

#[derive(Default)]
#[repr(align(128))]
struct Line(AtomicU32);

impl Control {
    fn barrier(&self, agents: usize, spins: u32) {
        let generation = self.generation.0.load(Ordering::SeqCst);
        if self.arrived.0.fetch_add(1, Ordering::SeqCst) as usize == agents - 1 {
            self.decision.0.store(self.stop.0.load(Ordering::SeqCst), Ordering::SeqCst);
            self.arrived.0.store(0, Ordering::SeqCst);
            self.generation.0.fetch_add(1, Ordering::SeqCst);
            return;
        }
        loop {
            for _ in 0..spins {
                if self.generation.0.load(Ordering::SeqCst) != generation {
                    return;
                }
            }
            thread::yield_now();
        }
    }
}

impl Native {
    /// # Errors
    ///
    /// As an answer, where the test has no native baseline.
    pub(super) fn prepare(job: &Job) -> Result<Self, Response> {
        let Some(shape) = job.native.clone() else {
            let reason = "this test has no native baseline: it is for one or two plain or seq-cst loads and stores of four bytes an agent, unshuffled";
            return Err(Response::Unsupported { reason: reason.to_owned() });
        };
        let memory: Vec<AtomicU32> = (0..shape.size).map(|_| AtomicU32::new(0)).collect();
        check(&memory, &shape);
        (0..shape.batch).for_each(|instance| reset(&memory, &shape, instance));
        Ok(Self { shape, memory, pin: job.pin })
    }

    pub(super) fn slice(&self, batches: u32, patience: Duration) -> Slice {
        let Self { shape, memory, pin: pinned } = self;
        let (control, overflow) = (Control::default(), AtomicU64::new(0));
        let agents = shape.agents.len();
        let mut slice = Slice::default();
        thread::scope(|scope| {
            let (done, all) = std::sync::mpsc::channel::<()>();
            let threads: Vec<_> = (0..agents)
                .map(|place| {
                    let (control, overflow, done) = (&control, &overflow, done.clone());
                    scope.spawn(move || {
                        let _done = done;
                        if *pinned {
                            let _ = pin(place);
                        }
                        let mut table = Table::new(shape.words.len());
                        control.barrier(agents, shape.spins);
                        let begin = Instant::now();
                        let mut n = 0;
                        loop {
                            walk(memory, shape, &shape.agents[place]);
                            control.barrier(agents, shape.spins);
                            table.tally(memory, shape, place, overflow);
                            control.barrier(agents, shape.spins);
                            n += 1;
                            if n >= batches || control.decision.0.load(Ordering::SeqCst) != 0 {
                                return (n, begin.elapsed(), table);
                            }
                        }
                    })
                })
                .collect();
            drop(done);
            // Nothing is ever sent: the channel closes when the last agent is done.
            let _ = all.recv_timeout(patience);
            control.stop.0.store(1, Ordering::SeqCst);
            for thread in threads {
                if let Ok((n, took, table)) = thread.join() {
                    slice.batches = u64::from(n);
                    slice.nanoseconds =
                        slice.nanoseconds.max(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
                    slice.entries.extend(table.entries());
                }
            }
        });
        slice.overflow = overflow.into_inner();
        slice
    }
}

fn reset(memory: &[AtomicU32], shape: &Shape, instance: usize) {
    for &(cell, initial) in &shape.cells {
        // SAFETY: every caller has held the batch's last instance of each cell against the memory's end.
        let word = unsafe { memory.get_unchecked(cell + instance * shape.stride) };
        word.store(initial, Ordering::Relaxed);
    }
}

/// Holds the places that a batch comes to against the memory's end, so that its loops need not: Wasm has
/// no check in its loops either, but pages without access behind its memories.
///
/// # Panics
///
/// If one lies outside.
fn check(memory: &[AtomicU32], shape: &Shape) {
    let Some(last) = shape.batch.checked_sub(1) else { return };
    let inside = |at: usize| assert!(at < memory.len(), "a batch ends within the memory");
    for &(cell, _) in &shape.cells {
        inside(cell + last * shape.stride);
    }
    for agent in &shape.agents {
        let (record, length) = agent.record;
        for step in [agent.first, agent.second] {
            inside(step.cell + last * shape.stride);
            inside(record + last * length + step.into);
        }
        assert!(agent.part.1 <= shape.batch, "an agent counts instances of the batch");
    }
    for &(at, length) in &shape.words {
        inside(at + last * length);
    }
}

/// An agent's walk, by the first operation.
fn walk(memory: &[AtomicU32], shape: &Shape, agent: &Walk) {
    match agent.first.kind {
        LOAD => by_second::<LOAD>(memory, shape, agent),
        LOAD_SEQCST => by_second::<LOAD_SEQCST>(memory, shape, agent),
        STORE => by_second::<STORE>(memory, shape, agent),
        _ => by_second::<STORE_SEQCST>(memory, shape, agent),
    }
}

fn by_second<const A: u8>(memory: &[AtomicU32], shape: &Shape, agent: &Walk) {
    match agent.second.kind {
        NOTHING => by_fence::<A, NOTHING>(memory, shape, agent),
        LOAD => by_fence::<A, LOAD>(memory, shape, agent),
        LOAD_SEQCST => by_fence::<A, LOAD_SEQCST>(memory, shape, agent),
        STORE => by_fence::<A, STORE>(memory, shape, agent),
        _ => by_fence::<A, STORE_SEQCST>(memory, shape, agent),
    }
}

fn by_fence<const A: u8, const B: u8>(memory: &[AtomicU32], shape: &Shape, agent: &Walk) {
    if agent.fence {
        instances::<A, true, B>(memory, shape, agent);
    } else {
        instances::<A, false, B>(memory, shape, agent);
    }
}

#[inline(never)]
fn instances<const A: u8, const FENCE: bool, const B: u8>(memory: &[AtomicU32], shape: &Shape, agent: &Walk) {
    let (first, second, stride) = (agent.first, agent.second, shape.stride);
    let (record, length) = agent.record;
    let (mut p, mut q) = (0, record);
    // SAFETY: `check` was called with this memory and shape.
    let word = |at: usize| unsafe { memory.get_unchecked(at) };
    for _ in 0..shape.batch {
        let a = step::<A>(word(first.cell + p), first.value);
        if FENCE {
            fence(Ordering::SeqCst);
        }
        let b = step::<B>(word(second.cell + p), second.value);
        if A == LOAD || A == LOAD_SEQCST {
            word(q + first.into).store(a, Ordering::Relaxed);
        }
        if B == LOAD || B == LOAD_SEQCST {
            word(q + second.into).store(b, Ordering::Relaxed);
        }
        p += stride;
        q += length;
    }
}

#[inline(always)]
fn step<const KIND: u8>(cell: &AtomicU32, value: u32) -> u32 {
    match KIND {
        LOAD => return cell.load(Ordering::Relaxed),
        LOAD_SEQCST => return cell.load(Ordering::SeqCst),
        STORE => cell.store(value, Ordering::Relaxed),
        STORE_SEQCST => cell.store(value, Ordering::SeqCst),
        _ => {}
    }
    0
}

/// Words of an entry of the histogram: the count, and at most [`MOST_WORDS`] values.
const ENTRY: usize = 8;
/// The most words of an outcome that the baseline counts.
const MOST_WORDS: usize = 6;

/// A histogram like the one that the Wasm module keeps in the memory.
struct Table {
    words: usize,
    entries: Vec<u64>,
}

impl Table {
    fn new(words: usize) -> Self {
        Self { words, entries: vec![0; SLOTS as usize * ENTRY] }
    }

    /// Counts an agent's part, in code of its own for every number of words, as Wasm's is.
    fn tally(&mut self, memory: &[AtomicU32], shape: &Shape, place: usize, overflow: &AtomicU64) {
        match self.words {
            1 => self.count::<1>(memory, shape, place, overflow),
            2 => self.count::<2>(memory, shape, place, overflow),
            3 => self.count::<3>(memory, shape, place, overflow),
            4 => self.count::<4>(memory, shape, place, overflow),
            5 => self.count::<5>(memory, shape, place, overflow),
            _ => self.count::<6>(memory, shape, place, overflow),
        }
    }

    fn count<const WORDS: usize>(
        &mut self,
        memory: &[AtomicU32],
        shape: &Shape,
        place: usize,
        overflow: &AtomicU64,
    ) {
        let (from, to) = shape.agents[place].part;
        let mut places = [(0, 0); WORDS];
        places.copy_from_slice(&shape.words);
        let (entries, _) = self.entries.as_chunks_mut::<ENTRY>();
        for instance in from..to {
            // SAFETY: `check` was called with this memory and shape.
            let word = |at: usize| unsafe { memory.get_unchecked(at) };
            let values =
                places.map(|(at, length)| u64::from(word(at + instance * length).load(Ordering::Relaxed)));
            let hash = values.iter().fold(0_u64, |hash, value| hash.wrapping_mul(31).wrapping_add(*value));
            let mut slot = (hash.wrapping_mul(Random::STEP) >> (64 - SLOTS.trailing_zeros())) as usize;
            let mut tries = SLOTS;
            loop {
                let entry = &mut entries[slot];
                let same = entry[1..=WORDS] == values;
                if !same && entry[0] == 0 {
                    entry[1..=WORDS].copy_from_slice(&values);
                }
                if same || entry[0] == 0 {
                    entry[0] += 1;
                    break;
                }
                slot = (slot + 1) % SLOTS as usize;
                tries -= 1;
                if tries == 0 {
                    overflow.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            }
            reset(memory, shape, instance);
        }
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        let entries = self.entries.chunks(ENTRY).filter(|entry| entry[0] > 0);
        entries.map(|entry| Entry { count: entry[0], values: entry[1..=self.words].to_vec() })
    }
}
