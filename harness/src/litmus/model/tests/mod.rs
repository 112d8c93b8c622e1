//! The model against what is published of it, against interleavings, and against itself.

mod classic;
mod interleavings;
mod properties;

use super::{Axiom, Outcomes, Verdict, outcomes};
use crate::litmus::program::{Access, Agent, Condition, Host, Location, Op, Operand, Order, RmwOp, Test};

/// Locations of four bytes; a test's agents and their operations, with registers numbered as given.
fn test(locations: usize, agents: Vec<Vec<Op>>) -> Test {
    let location = |number: usize| Location {
        name: ["x", "y", "z", "w"][number].to_owned(),
        bytes: 4,
        initial: 0,
        misaligned: 0,
    };
    let registers = agents.iter().map(|body| registers(body)).max().unwrap_or(0);
    let agent = |(number, body)| Agent { name: format!("P{number}"), host: Host::Wasm, body };
    Test {
        id: "litmus/test".to_owned(),
        title: String::new(),
        spec: Vec::new(),
        locations: (0..locations).map(location).collect(),
        agents: agents.into_iter().enumerate().map(agent).collect(),
        registers: (0..registers).map(|register| format!("r{register}")).collect(),
        finals: Vec::new(),
        interest: Condition::Any(Vec::new()),
    }
}

fn registers(body: &[Op]) -> usize {
    let one = |op: &Op| match op {
        Op::Load { into, .. }
        | Op::Rmw { into, .. }
        | Op::CompareExchange { into, .. }
        | Op::Wait { into, .. }
        | Op::Notify { into, .. }
        | Op::Grow { into, .. }
        | Op::Size { into } => into + 1,
        Op::If { then, otherwise, .. } => registers(then).max(registers(otherwise)),
        Op::Store { .. } | Op::Fence => 0,
    };
    body.iter().map(one).max().unwrap_or(0)
}

const X: usize = 0;
const Y: usize = 1;
const PLAIN: Order = Order::Plain;
const SC: Order = Order::SeqCst;

fn access(location: usize, order: Order) -> Access {
    Access { location, offset: 0, bytes: 4, order }
}

fn store(location: usize, order: Order, value: u64) -> Op {
    Op::Store { access: access(location, order), value: Operand::Constant(value) }
}

fn load(into: usize, location: usize, order: Order) -> Op {
    Op::Load { into, access: access(location, order) }
}

fn add(into: usize, location: usize, value: u64) -> Op {
    Op::Rmw { into, op: RmwOp::Add, access: access(location, SC), value: Operand::Constant(value) }
}

fn compare_exchange(into: usize, location: usize, expected: u64, replacement: u64) -> Op {
    Op::CompareExchange {
        into,
        access: access(location, SC),
        expected: Operand::Constant(expected),
        replacement: Operand::Constant(replacement),
    }
}

fn of(test: &Test) -> Outcomes {
    outcomes(test).unwrap()
}

fn allowed(test: &Test) -> Vec<Vec<u128>> {
    of(test).allowed().cloned().collect()
}

/// The axiom that forbids an outcome.
fn axiom(test: &Test, outcome: &[u128]) -> Option<Axiom> {
    match of(test).verdicts.remove(outcome)? {
        Verdict::Allowed(_) => None,
        Verdict::Forbidden(forbidden) => Some(forbidden.axiom()),
    }
}

/// The axioms over a complete execution, written as the text has them.
fn checked(execution: &super::Execution) -> Result<(), &'static str> {
    let events = &execution.events;
    let hb = |a: usize, b: usize| execution.happens_before.holds(a, b);
    let place = |event: usize| execution.order.iter().position(|&other| other == event);
    let mo = |a: usize, b: usize| place(a) < place(b);
    let sw = |w: usize, r: usize| execution.synchronizes_with.contains(&(w, r));
    let all = 0..events.len();
    let sc = |event: usize| events[event].is_seqcst();
    let same = |a: usize, b: usize| events[a].range == events[b].range;
    for a in all.clone() {
        for b in all.clone() {
            if hb(a, b) && !mo(a, b) {
                return Err("the total order includes happens-before");
            }
        }
    }
    for source in &execution.sources {
        let (r, w) = (source.read, source.write);
        let range = events[r].range.ok_or("a read has a range")?;
        if !events[w].writes_to(range.location, source.byte) || r == w {
            return Err("a byte comes from a write to it");
        }
        if events[w].byte_written(source.byte) != events[r].byte_read(source.byte) {
            return Err("a byte is what was written");
        }
        if hb(r, w) {
            return Err("no read from a later write");
        }
        if sc(r) && sc(w) && same(r, w) && !hb(w, r) {
            return Err("atomic reads synchronize");
        }
        for v in all.clone().filter(|&v| events[v].write.is_some()) {
            if events[v].writes_to(range.location, source.byte) && hb(w, v) && hb(v, r) {
                return Err("no read of what is overwritten");
            }
            let between = sc(v) && mo(w, v) && mo(v, r);
            let forbidden = sw(w, r) && same(v, r)
                || hb(w, r) && hb(v, r) && sc(w) && same(w, v)
                || hb(w, r) && hb(w, v) && sc(r) && same(v, r);
            if between && forbidden {
                return Err("no atomic write in between");
            }
        }
    }
    for r in all.filter(|&r| events[r].no_tear) {
        let from = |s: &&super::Source| s.read == r && same(r, s.write) && events[s.write].no_tear;
        let mut writes: Vec<usize> = execution.sources.iter().filter(from).map(|s| s.write).collect();
        writes.dedup();
        writes.sort_unstable();
        writes.dedup();
        if writes.len() > 1 {
            return Err("no tearing");
        }
    }
    Ok(())
}
