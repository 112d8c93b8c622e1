//! One agent at work: its steps when their turn comes, and the bodies of callbacks.

use std::rc::Rc;
use std::sync::Arc;

use super::error::Stop;
use super::number::to_wasm;
use super::realm::Realm;
use super::run::Run;
use crate::case::plan::{Call, CallbackEnding, Op, Operand, Step};
use crate::engine::{Agent, Host, Interruption};
use crate::protocol::{MAX_RUNS, ObservedBy, StepResult};
use crate::value::{ValType, Value};

/// The agent is to end; there is nothing more to observe.
struct Ended;

/// Does an agent's part of a run, on the thread that is to be the agent's.
pub fn work(run: &Arc<Run>, me: usize) {
    let realm = Rc::new(Realm::new(Arc::clone(run), me));
    let mut agent = run.engine.agent(Rc::clone(&realm) as Rc<dyn Host>);
    run.set_stopper(me, agent.stopper());
    let name = run.agent_name(me);
    for (index, step) in run.plan.steps.iter().enumerate().filter(|(_, step)| step.agent == name) {
        if !run.turn(me, index) {
            return;
        }
        let done = match step.start {
            None => realm.step(agent.as_mut(), step, None),
            Some(start) => {
                run.observe(me, step.number, None, ObservedBy::Embedding, StepResult::Started);
                run.begin(me, step.number);
                run.advance(index);
                let done = realm.outcome(agent.as_mut(), step);
                if let (Ok((by, result)), Some(join)) = (&done, start.join) {
                    run.observe(me, join, None, *by, result.clone());
                }
                run.finish(me, step.number);
                done.map(drop)
            }
        };
        if done.is_err() || run.is_stopped(me) {
            return;
        }
        run.advance(index);
    }
}

impl Realm {
    /// Does a step and observes it.
    fn step(&self, agent: &mut dyn Agent, step: &Step, invocation: Option<u32>) -> Result<(), Ended> {
        let (by, result) = self.outcome(agent, step)?;
        // What was joined has been observed by whoever did it.
        let joined = matches!((&step.op, &result), (Op::Join { .. }, StepResult::Returned { .. }));
        if !joined {
            self.run.observe(self.me, step.number, invocation, by, result);
        }
        Ok(())
    }

    /// What came of a step, all its rounds together.
    fn outcome(&self, agent: &mut dyn Agent, step: &Step) -> Result<(ObservedBy, StepResult), Ended> {
        if step.repeat <= 1 {
            return self.round(agent, step);
        }
        let mut runs = Runs::default();
        if let Op::Call { call, r#as: None } = &step.op {
            return match self.repeated_call(agent, call, step.repeat, &mut runs) {
                Ok(()) => {
                    Ok((runs.by, StepResult::Repeated { runs: runs.runs, unrecorded: runs.unrecorded }))
                }
                Err(stop) => stop.observation().ok_or(Ended),
            };
        }
        for round in 0..step.repeat {
            let (by, result) = self.round(agent, step)?;
            // What cannot be tried cannot be tried again either.
            if round == 0 && matches!(result, StepResult::Skipped { .. } | StepResult::Unsupported { .. }) {
                return Ok((by, result));
            }
            runs.add(by, result);
            if self.run.is_stopped(self.me) {
                return Err(Ended);
            }
        }
        Ok((runs.by, StepResult::Repeated { runs: runs.runs, unrecorded: runs.unrecorded }))
    }

    /// Calls an export again and again. What the rounds have in common is done once, so that a
    /// hundred thousand of them cost little more than the guest does.
    fn repeated_call(
        &self,
        agent: &mut dyn Agent,
        call: &Call,
        rounds: u32,
        runs: &mut Runs,
    ) -> Result<(), Stop> {
        let instance = self.instance(&call.instance)?;
        let args = call.args.iter().map(|arg| self.operand(arg)).collect::<Result<Vec<_>, _>>()?;
        let mut last = None;
        for _ in 0..rounds {
            let called = agent.call(instance.id, &call.export, &args);
            self.refresh(agent);
            if self.run.is_stopped(self.me) {
                return Err(Stop::Ended);
            }
            if last.as_ref().is_some_and(|last| *last == called) && runs.again() {
                continue;
            }
            let (by, result) = match &called {
                Ok(values) => {
                    let values = values.iter().cloned().map(Into::into).collect();
                    (ObservedBy::Engine, StepResult::Returned { values })
                }
                Err(failure) => Stop::from(failure.clone()).observation().ok_or(Stop::Ended)?,
            };
            if let (true, StepResult::Unsupported { reason }) = (last.is_none(), &result) {
                return Err(Stop::Unsupported(reason.clone()));
            }
            runs.add(by, result);
            last = Some(called);
        }
        Ok(())
    }

    fn round(&self, agent: &mut dyn Agent, step: &Step) -> Result<(ObservedBy, StepResult), Ended> {
        match self.perform(agent, step) {
            Ok((by, values)) => {
                let values = values.into_iter().map(Into::into).collect();
                Ok((by, StepResult::Returned { values }))
            }
            Err(stop) => stop.observation().ok_or(Ended),
        }
    }

    /// What a callback returns. An operand that a failed step left without a value is undefined.
    fn result(&self, operand: &Operand, ty: ValType) -> Result<Value, Interruption> {
        let value = self.operand(operand).unwrap_or(Value::Undefined);
        to_wasm(&value, ty)
            .map_err(|thrown| Interruption::Thrown { error: thrown.error, message: thrown.message })
    }
}

impl Host for Realm {
    fn call(
        &self,
        agent: &mut dyn Agent,
        callback: u32,
        args: Vec<Value>,
    ) -> Result<Vec<Value>, Interruption> {
        if self.run.is_stopped(self.me) {
            return Err(Interruption::Stopped);
        }
        self.refresh(agent);
        let run = Arc::clone(&self.run);
        let Some(callback) = run.plan.callbacks.get(callback as usize) else {
            return Err(Interruption::Stopped);
        };
        let invocation = Some(run.invocation(callback.number));
        let values = args.into_iter().map(Into::into).collect();
        let result = StepResult::Returned { values };
        run.observe(self.me, callback.number, invocation, ObservedBy::Engine, result);
        for step in &callback.steps {
            self.step(agent, step, invocation).map_err(|Ended| Interruption::Stopped)?;
            if run.is_stopped(self.me) {
                return Err(Interruption::Stopped);
            }
        }
        match &callback.ending {
            CallbackEnding::Throws(error) => {
                let message = format!("thrown by the callback {}", callback.name);
                Err(Interruption::Thrown { error: error.clone(), message })
            }
            CallbackEnding::Returns(operands) => {
                let values = operands.iter().zip(&callback.results);
                values.map(|(operand, ty)| self.result(operand, *ty)).collect()
            }
        }
    }
}

/// The rounds of a repeated step, equal neighbours folded.
struct Runs {
    by: ObservedBy,
    runs: Vec<crate::protocol::Run>,
    unrecorded: u32,
}

impl Default for Runs {
    fn default() -> Self {
        Self { by: ObservedBy::Engine, runs: Vec::new(), unrecorded: 0 }
    }
}

impl Runs {
    /// One more round like the last one, unless that is not recorded any more.
    fn again(&mut self) -> bool {
        let open = self.unrecorded == 0;
        match self.runs.last_mut().filter(|_| open) {
            Some(last) => {
                last.rounds += 1;
                true
            }
            None => false,
        }
    }

    /// The engine observed the whole only if it observed every round.
    fn add(&mut self, by: ObservedBy, result: StepResult) {
        if by != ObservedBy::Engine {
            self.by = by;
        }
        // A round beyond the recorded ones ends the last run for good.
        let full = self.runs.len() == MAX_RUNS;
        let open = self.unrecorded == 0;
        match self.runs.last_mut().filter(|last| open && *last.result == result) {
            Some(last) => last.rounds += 1,
            None if full => self.unrecorded += 1,
            None => self.runs.push(crate::protocol::Run { rounds: 1, result: Box::new(result) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returned(value: i32) -> StepResult {
        StepResult::Returned { values: vec![Value::I32(value).into()] }
    }

    #[test]
    fn equal_neighbours_are_folded() {
        let mut runs = Runs::default();
        for value in [1, 1, 2, 1] {
            runs.add(ObservedBy::Engine, returned(value));
        }
        let rounds: Vec<_> = runs.runs.iter().map(|run| run.rounds).collect();
        assert_eq!((rounds, runs.unrecorded), (vec![2, 1, 1], 0));
    }

    #[test]
    fn what_is_beyond_the_most_runs_is_only_counted() {
        let mut runs = Runs::default();
        for value in 0..MAX_RUNS as i32 + 2 {
            runs.add(ObservedBy::Engine, returned(value));
        }
        // Even a round like the last recorded one: it is no neighbour of it any more.
        runs.add(ObservedBy::Engine, returned(MAX_RUNS as i32 - 1));
        assert_eq!((runs.runs.len(), runs.unrecorded), (MAX_RUNS, 3));
        assert!(runs.runs.iter().all(|run| run.rounds == 1));
    }
}
