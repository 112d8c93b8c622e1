//! What one agent may do by itself: every way through its program, for every value that a read may
//! come to see. Which of those values fit together is decided elsewhere.

use super::TooLarge;
use super::event::{Does, Event, Range, Waiting, What, Who};
use crate::litmus::program::{Access, Host, Location, Op, Operand, Order, RmwOp, Test};

/// The most values that a single read is tried with, and the most ways through one agent's program.
const MOST_WAYS: usize = 100_000;

/// One way through a program.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// What it did, in its order.
    pub events: Vec<Event>,
    /// All registers of the test; those of other agents are 0.
    pub registers: Vec<u64>,
    /// Whether the agent waits for ever.
    pub stuck: bool,
}

/// The bytes that may come to stand in each byte of each location, the memory's length being the
/// last of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Supply {
    bytes: Vec<Vec<Bytes>>,
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bytes([u64; 4]);

impl Bytes {
    fn of(byte: u8) -> Self {
        let mut bytes = Self::default();
        bytes.insert(byte);
        bytes
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn contains(self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn iter(self) -> impl Iterator<Item = u8> + Clone {
        (0..=u8::MAX).filter(move |&byte| self.contains(byte))
    }
}

/// How many bytes the length has, as a location.
pub(super) const LENGTH_BYTES: u8 = 4;

impl Supply {
    /// What is there at the beginning.
    pub fn of(test: &Test) -> Self {
        let byte = |location: &Location, at| Bytes::of((location.initial >> (8 * u32::from(at))) as u8);
        let mut bytes: Vec<Vec<Bytes>> = test
            .locations
            .iter()
            .map(|location| (0..location.bytes).map(|at| byte(location, at)).collect())
            .collect();
        bytes.push(vec![Bytes::of(0); usize::from(LENGTH_BYTES)]);
        Self { bytes }
    }

    /// Adds what these runs write.
    pub fn add<'r>(&mut self, runs: impl IntoIterator<Item = &'r Run>) {
        for event in runs.into_iter().flat_map(|run| &run.events) {
            let (Some(range), Some(_)) = (event.range, event.write) else { continue };
            for byte in range.start..range.start + range.bytes {
                self.bytes[range.location][usize::from(byte)].insert(event.byte_written(byte));
            }
        }
    }

    /// Whether every byte that the run reads is here.
    pub fn covers(&self, run: &Run) -> bool {
        run.events.iter().filter(|event| event.read.is_some()).all(|event| {
            event.range.is_none_or(|range| {
                (range.start..range.start + range.bytes)
                    .all(|byte| self.bytes[range.location][usize::from(byte)].contains(event.byte_read(byte)))
            })
        })
    }

    /// Every value that may be read there.
    pub fn values(&self, range: Range) -> Result<Vec<u128>, TooLarge> {
        let mut values = vec![0_u128];
        for at in 0..range.bytes {
            let choices = self.bytes[range.location][usize::from(range.start + at)];
            if values.len() * choices.len() > MOST_WAYS {
                return Err(TooLarge::Values);
            }
            let extend = |value: &u128| {
                let value = *value;
                choices.iter().map(move |byte| value | u128::from(byte) << (8 * u32::from(at)))
            };
            values = values.iter().flat_map(extend).collect();
        }
        Ok(values)
    }
}

/// Every way through the program of an agent.
pub(super) fn runs(test: &Test, agent: usize, supply: &Supply) -> Result<Vec<Run>, TooLarge> {
    let mut walk = Walk { test, agent, supply, done: Vec::new() };
    let begin = State {
        run: Run { events: Vec::new(), registers: vec![0; test.registers.len()], stuck: false },
        todo: test.agents[agent].body.iter().rev().collect(),
    };
    let mut states = vec![begin];
    while let Some(mut state) = states.pop() {
        match state.todo.pop() {
            Some(op) => walk.step(op, state, &mut states)?,
            None => walk.done.push(state.run),
        }
        if walk.done.len() + states.len() > MOST_WAYS {
            return Err(TooLarge::Ways);
        }
    }
    Ok(walk.done)
}

struct Walk<'t> {
    test: &'t Test,
    agent: usize,
    supply: &'t Supply,
    done: Vec<Run>,
}

#[derive(Clone)]
struct State<'t> {
    run: Run,
    todo: Vec<&'t Op>,
}

impl State<'_> {
    fn operand(&self, operand: Operand) -> u64 {
        match operand {
            Operand::Constant(value) => value,
            Operand::Register(register) => self.run.registers[register],
        }
    }

    fn then(&self, event: Event) -> Self {
        let mut next = self.clone();
        next.run.events.push(event);
        next
    }

    fn set(mut self, register: usize, value: u128) -> Self {
        self.run.registers[register] = value as u64;
        self
    }
}

impl<'t> Walk<'t> {
    fn step(&mut self, op: &'t Op, state: State<'t>, next: &mut Vec<State<'t>>) -> Result<(), TooLarge> {
        match op {
            Op::Load { into, access } => {
                for value in self.values(access)? {
                    next.push(state.then(self.read(What::Load, access, value)).set(*into, value));
                }
            }
            Op::Store { access, value } => {
                let value = u128::from(state.operand(*value)) & mask(access.bytes);
                next.push(state.then(self.write(access, value)));
            }
            Op::Rmw { into, op, access, value } => {
                let operand = u128::from(state.operand(*value));
                for read in self.values(access)? {
                    let write = apply(*op, read, operand) & mask(access.bytes);
                    next.push(state.then(self.both(access, read, write)).set(*into, read));
                }
            }
            Op::CompareExchange { into, access, expected, replacement } => {
                let expected = u128::from(state.operand(*expected)) & mask(access.bytes);
                let replacement = u128::from(state.operand(*replacement)) & mask(access.bytes);
                for read in self.values(access)? {
                    let access = Access { order: Order::SeqCst, ..*access };
                    let event = match read == expected {
                        true => self.both(&access, read, replacement),
                        false => self.read(What::Load, &access, read),
                    };
                    next.push(state.then(event).set(*into, read));
                }
            }
            Op::Fence => next.push(state.then(self.event(What::Fence))),
            Op::Wait { into, access, expected, timeout } => {
                self.wait(*into, access, *expected, timeout.is_some(), &state, next)?;
            }
            Op::Notify { into, access, count } => {
                let at = (access.location, access.offset);
                let most = (*count).min(self.waiters(at));
                for woken in 0..=most {
                    let waiting = Waiting { at, does: Does::Notify { woken, most: *count } };
                    let event = Event { waiting: Some(waiting), ..self.event(What::Notify) };
                    next.push(state.then(event).set(*into, u128::from(woken)));
                }
            }
            Op::Grow { into, pages } => {
                for read in self.supply.values(self.length())? {
                    let write = (read + u128::from(*pages)) & mask(LENGTH_BYTES);
                    let event = Event {
                        range: Some(self.length()),
                        order: Order::SeqCst,
                        no_tear: true,
                        read: Some(read),
                        write: Some(write),
                        ..self.event(What::Grow)
                    };
                    next.push(state.then(event).set(*into, read));
                }
            }
            Op::Size { into } => {
                let stale = self.test.agents[self.agent].host == Host::Js;
                for read in self.supply.values(self.length())? {
                    let event = Event {
                        range: Some(self.length()),
                        order: if stale { Order::Plain } else { Order::SeqCst },
                        no_tear: true,
                        read: Some(read),
                        stale,
                        ..self.event(What::Size)
                    };
                    next.push(state.then(event).set(*into, read));
                }
            }
            Op::If { register, equals, then, otherwise } => {
                let holds = state.run.registers[*register] == *equals;
                let mut state = state;
                state.todo.extend(if holds { then } else { otherwise }.iter().rev());
                next.push(state);
            }
        }
        Ok(())
    }

    fn wait(
        &mut self,
        into: usize,
        access: &Access,
        expected: u64,
        timed: bool,
        state: &State<'t>,
        next: &mut Vec<State<'t>>,
    ) -> Result<(), TooLarge> {
        let access = Access { order: Order::SeqCst, ..*access };
        let at = (access.location, access.offset);
        let waiting = |does| Some(Waiting { at, does });
        for value in self.values(&access)? {
            let read = self.read(What::Wait, &access, value);
            if value != u128::from(expected) & mask(access.bytes) {
                // ECMAScript compares within the critical section, the threads proposal only enlists there.
                let looks = self.test.agents[self.agent].host == Host::Js;
                let read = Event { waiting: waiting(Does::Look).filter(|_| looks), ..read };
                next.push(state.then(read).set(into, 1));
                continue;
            }
            let enlisted = state.then(Event { waiting: waiting(Does::Enlist), ..read });
            let woken = Event { waiting: waiting(Does::Wake), ..self.event(What::Woken) };
            next.push(enlisted.then(woken).set(into, 0));
            if timed {
                let left = Event { waiting: waiting(Does::Leave), ..self.event(What::TimedOut) };
                next.push(enlisted.then(left).set(into, 2));
            } else {
                let mut stuck = enlisted;
                stuck.run.stuck = true;
                stuck.todo.clear();
                next.push(stuck);
            }
        }
        Ok(())
    }

    /// How many waits there are at a byte in the programs of the others.
    fn waiters(&self, at: (usize, u8)) -> u32 {
        fn count(body: &[Op], at: (usize, u8)) -> u32 {
            body.iter()
                .map(|op| match op {
                    Op::Wait { access, .. } => u32::from((access.location, access.offset) == at),
                    Op::If { then, otherwise, .. } => count(then, at) + count(otherwise, at),
                    _ => 0,
                })
                .sum()
        }
        let others = self.test.agents.iter().enumerate().filter(|(agent, _)| *agent != self.agent);
        others.map(|(_, agent)| count(&agent.body, at)).sum()
    }

    fn length(&self) -> Range {
        Range { location: self.test.locations.len(), start: 0, bytes: LENGTH_BYTES }
    }

    fn values(&self, access: &Access) -> Result<Vec<u128>, TooLarge> {
        self.supply.values(range(access))
    }

    fn event(&self, what: What) -> Event {
        Event {
            who: Who::Agent(self.agent),
            what,
            range: None,
            order: Order::Plain,
            no_tear: false,
            read: None,
            write: None,
            stale: false,
            waiting: None,
        }
    }

    fn access(&self, what: What, access: &Access) -> Event {
        Event {
            range: Some(range(access)),
            order: access.order,
            no_tear: no_tear(
                &self.test.locations[access.location],
                access.offset,
                access.bytes,
                access.order,
            ),
            ..self.event(what)
        }
    }

    fn read(&self, what: What, access: &Access, value: u128) -> Event {
        Event { read: Some(value), ..self.access(what, access) }
    }

    fn write(&self, access: &Access, value: u128) -> Event {
        Event { write: Some(value), ..self.access(What::Store, access) }
    }

    fn both(&self, access: &Access, read: u128, write: u128) -> Event {
        let access = Access { order: Order::SeqCst, ..*access };
        Event { read: Some(read), write: Some(write), ..self.access(What::ReadModifyWrite, &access) }
    }
}

fn range(access: &Access) -> Range {
    Range { location: access.location, start: access.offset, bytes: access.bytes }
}

/// Whether such an access is one that does not tear: an atomic one, or an aligned one of at most four bytes.
pub(super) fn no_tear(location: &Location, offset: u8, bytes: u8, order: Order) -> bool {
    let aligned = (u32::from(location.misaligned) + u32::from(offset)).is_multiple_of(u32::from(bytes));
    order == Order::SeqCst || (bytes <= 4 && aligned)
}

fn mask(bytes: u8) -> u128 {
    if bytes >= 16 { u128::MAX } else { (1 << (8 * u32::from(bytes))) - 1 }
}

fn apply(op: RmwOp, read: u128, operand: u128) -> u128 {
    match op {
        RmwOp::Add => read.wrapping_add(operand),
        RmwOp::Sub => read.wrapping_sub(operand),
        RmwOp::And => read & operand,
        RmwOp::Or => read | operand,
        RmwOp::Xor => read ^ operand,
        RmwOp::Exchange => operand,
    }
}
