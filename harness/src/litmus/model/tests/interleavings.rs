//! Sequential consistency by brute force: every interleaving of the agents, one operation at a time.

use std::collections::BTreeSet;

use super::*;
use crate::litmus::program::Outcome;

/// Everything that interleaving can give, of operations on whole locations.
pub(super) fn interleaved(test: &Test) -> BTreeSet<Outcome> {
    let mut outcomes = BTreeSet::new();
    let memory = test.locations.iter().map(|location| location.initial as u64).collect();
    let todo = test.agents.iter().map(|agent| agent.body.iter().rev().cloned().collect()).collect();
    go(test, State { memory, todo, registers: vec![0; test.registers.len()] }, &mut outcomes);
    outcomes
}

#[derive(Clone)]
struct State {
    memory: Vec<u64>,
    todo: Vec<Vec<Op>>,
    registers: Vec<u64>,
}

fn go(test: &Test, state: State, outcomes: &mut BTreeSet<Outcome>) {
    let mut done = true;
    for agent in 0..state.todo.len() {
        let mut next = state.clone();
        let Some(op) = next.todo[agent].pop() else { continue };
        done = false;
        next.step(agent, op);
        go(test, next, outcomes);
    }
    if done {
        let registers = state.registers.iter().map(|&value| u128::from(value));
        let finals = test.finals.iter().map(|&location| u128::from(state.memory[location]));
        outcomes.insert(registers.chain(finals).collect());
    }
}

impl State {
    fn value(&self, operand: Operand) -> u64 {
        match operand {
            Operand::Constant(value) => value,
            Operand::Register(register) => self.registers[register],
        }
    }

    fn step(&mut self, agent: usize, op: Op) {
        match op {
            Op::Load { into, access } => self.registers[into] = self.memory[access.location],
            Op::Store { access, value } => self.memory[access.location] = self.value(value),
            Op::Rmw { into, op, access, value } => {
                let (former, value) = (self.memory[access.location], self.value(value));
                self.registers[into] = former;
                self.memory[access.location] = match op {
                    RmwOp::Add => u64::from((former as u32).wrapping_add(value as u32)),
                    RmwOp::Sub => u64::from((former as u32).wrapping_sub(value as u32)),
                    RmwOp::And => former & value,
                    RmwOp::Or => former | value,
                    RmwOp::Xor => former ^ value,
                    RmwOp::Exchange => value,
                };
            }
            Op::CompareExchange { into, access, expected, replacement } => {
                let former = self.memory[access.location];
                if former == self.value(expected) {
                    self.memory[access.location] = self.value(replacement);
                }
                self.registers[into] = former;
            }
            Op::If { register, equals, then, otherwise } => {
                let body = if self.registers[register] == equals { then } else { otherwise };
                self.todo[agent].extend(body.into_iter().rev());
            }
            other => panic!("not interleaved: {other:?}"),
        }
    }
}
