//! Candidate executions: one way through each agent's program, put together.

use std::collections::BTreeMap;

use super::event::{Event, Range, What, Who};
use super::relation::{MOST_EVENTS, Relation};
use super::run::{LENGTH_BYTES, Run, Supply, no_tear, runs};
use super::{Axiom, Forbidden, Outcomes, TooLarge, Verdict, reads, waiters};
use crate::litmus::program::{Location, Op, Order, Outcome, Test};

/// The most combinations of ways through the agents' programs.
const MOST_COMBINATIONS: usize = 4_000_000;

/// Finds a verdict for every outcome that the programs can give.
pub(super) fn outcomes(test: &Test) -> Result<Outcomes, TooLarge> {
    let programs = all_runs(test)?;
    let combinations = programs.iter().try_fold(1_usize, |product, runs| product.checked_mul(runs.len()));
    if combinations.is_none_or(|combinations| combinations > MOST_COMBINATIONS) {
        return Err(TooLarge::Combinations);
    }
    let initial = Supply::of(test);
    let mut found = Found::default();
    let mut chosen = vec![0; programs.len()];
    loop {
        let picked: Vec<&Run> = programs.iter().zip(&chosen).map(|(runs, &at)| &runs[at]).collect();
        let mut supply = initial.clone();
        supply.add(picked.iter().copied());
        // Most combinations are of values that do not fit together.
        if picked.iter().all(|run| supply.covers(run)) {
            if picked.iter().any(|run| run.stuck) {
                found.judge(test, &picked, None)?;
            } else {
                for end in finals(test, &supply)? {
                    found.judge(test, &picked, Some(&end))?;
                }
            }
        }
        // The next combination, as an odometer counts.
        let Some(wheel) = (0..chosen.len()).rev().find(|&wheel| chosen[wheel] + 1 < programs[wheel].len())
        else {
            break;
        };
        chosen[wheel] += 1;
        chosen[wheel + 1..].fill(0);
    }
    Ok(Outcomes { verdicts: found.verdicts, stuck: found.stuck })
}

/// The ways through all programs, with every value that can come to be: values that one round of
/// writes makes possible make others possible in the next. In an execution that does not take values
/// out of thin air, no value needs more rounds than there are writes.
fn all_runs(test: &Test) -> Result<Vec<Vec<Run>>, TooLarge> {
    let mut supply = Supply::of(test);
    let rounds: usize = test.agents.iter().map(|agent| writes(&agent.body)).sum();
    for _ in 0..rounds {
        let before = supply.clone();
        for agent in 0..test.agents.len() {
            let runs = runs(test, agent, &before)?;
            supply.add(&runs);
        }
        if supply == before {
            break;
        }
    }
    (0..test.agents.len()).map(|agent| runs(test, agent, &supply)).collect()
}

fn writes(body: &[Op]) -> usize {
    body.iter()
        .map(|op| match op {
            Op::Store { .. } | Op::Rmw { .. } | Op::CompareExchange { .. } | Op::Grow { .. } => 1,
            Op::If { then, otherwise, .. } => writes(then) + writes(otherwise),
            _ => 0,
        })
        .sum()
}

/// The reads when all is over, as if an agent made them.
fn finals(test: &Test, supply: &Supply) -> Result<Vec<Run>, TooLarge> {
    let mut runs = vec![Run { events: Vec::new(), registers: Vec::new(), stuck: false }];
    for &location in &test.finals {
        let range = Range { location, start: 0, bytes: test.locations[location].bytes };
        let values = supply.values(range)?;
        let with = |run: &Run, value| {
            let mut run = run.clone();
            run.events.push(whole(
                &test.locations[location],
                range,
                What::Final,
                Who::End,
                Some(value),
                None,
            ));
            run
        };
        runs = runs.iter().flat_map(|run| values.iter().map(move |&value| with(run, value))).collect();
    }
    Ok(runs)
}

/// An access of the harness's own to a whole location: what was there before, what is there after.
fn whole(
    location: &Location,
    range: Range,
    what: What,
    who: Who,
    read: Option<u128>,
    write: Option<u128>,
) -> Event {
    let no_tear = no_tear(location, 0, range.bytes, Order::Plain);
    Event {
        who,
        what,
        range: Some(range),
        order: Order::Plain,
        no_tear,
        read,
        write,
        stale: false,
        waiting: None,
    }
}

fn initial(test: &Test) -> Vec<Event> {
    let mut events: Vec<Event> = test
        .locations
        .iter()
        .enumerate()
        .map(|(number, location)| {
            let range = Range { location: number, start: 0, bytes: location.bytes };
            whole(location, range, What::Initial, Who::Beginning, None, Some(location.initial))
        })
        .collect();
    let length = Location { name: String::new(), bytes: LENGTH_BYTES, initial: 0, misaligned: 0 };
    let range = Range { location: test.locations.len(), start: 0, bytes: LENGTH_BYTES };
    events.push(whole(&length, range, What::Initial, Who::Beginning, None, Some(0)));
    events
}

#[derive(Default)]
struct Found {
    verdicts: BTreeMap<Outcome, Verdict>,
    stuck: Option<Verdict>,
}

impl Found {
    /// Takes note of the verdict for these ways through the programs and for what is there in the
    /// end, unless an agent never comes to it.
    fn judge(&mut self, test: &Test, picked: &[&Run], end: Option<&Run>) -> Result<(), TooLarge> {
        let outcome = end.map(|end| outcome(test, picked, end));
        let known = match &outcome {
            Some(outcome) => self.verdicts.get(outcome),
            None => self.stuck.as_ref(),
        };
        if matches!(known, Some(Verdict::Allowed(_))) {
            return Ok(());
        }
        let mut events = initial(test);
        for run in picked.iter().copied().chain(end) {
            events.extend(run.events.iter().cloned());
        }
        drop_unused_length(&mut events, test.locations.len());
        if events.len() > MOST_EVENTS {
            return Err(TooLarge::Events);
        }
        let Some(verdict) = verdict(&events) else { return Ok(()) };
        match outcome {
            Some(outcome) => {
                let before = self.verdicts.remove(&outcome);
                self.verdicts.insert(outcome, join(before, verdict));
            }
            None => self.stuck = Some(join(self.stuck.take(), verdict)),
        }
        Ok(())
    }
}

fn join(before: Option<Verdict>, now: Verdict) -> Verdict {
    match (before, now) {
        (Some(Verdict::Forbidden(mut all)), Verdict::Forbidden(more)) => {
            for (count, more) in all.violated.iter_mut().zip(more.violated) {
                *count += more;
            }
            Verdict::Forbidden(all)
        }
        (_, now) => now,
    }
}

fn outcome(test: &Test, picked: &[&Run], end: &Run) -> Outcome {
    let registers = (0..test.registers.len()).map(|register| {
        // Each register is one agent's; everywhere else it is 0.
        picked.iter().map(|run| u128::from(run.registers[register])).max().unwrap_or(0)
    });
    let finals = end.events.iter().filter_map(|event| event.read);
    registers.chain(finals).collect()
}

fn drop_unused_length(events: &mut Vec<Event>, length: usize) {
    let of_length = |event: &Event| event.range.is_some_and(|range| range.location == length);
    if events.iter().filter(|event| of_length(event)).count() == 1 {
        events.retain(|event| !of_length(event));
    }
}

/// The verdict for the outcome that these events give; `None` if no writes compose what is read.
fn verdict(events: &[Event]) -> Option<Verdict> {
    let parts = reads::parts(events)?;
    let mut violated = [0; Axiom::COUNT];
    let before = from_program(events);
    let orders = waiters::orders(events);
    if orders.is_empty() {
        violated[Axiom::WaiterLists as usize] = 1;
    }
    for pairs in orders {
        let mut before = before.clone();
        for (first, second) in pairs {
            before.add(first, second);
        }
        if before.has_cycle() {
            violated[Axiom::WaiterLists as usize] += 1;
        } else if let Some(execution) = reads::execution(events, &parts, &before, &mut violated) {
            return Some(Verdict::Allowed(Box::new(execution)));
        }
    }
    Some(Verdict::Forbidden(Forbidden { violated }))
}

/// What happens before what whatever is read: each agent's own order, the beginning, the end.
fn from_program(events: &[Event]) -> Relation {
    let mut before = Relation::new(events.len());
    for first in 0..events.len() {
        for second in 0..events.len() {
            let holds = match (events[first].who, events[second].who) {
                (Who::Beginning, Who::Beginning) | (Who::End, Who::End) => false,
                (Who::Beginning, _) | (_, Who::End) => true,
                (Who::Agent(a), Who::Agent(b)) => a == b && first < second,
                _ => false,
            };
            if holds {
                before.add(first, second);
            }
        }
    }
    before
}
