//! Takes steps away that do not matter. It knows nothing of bugs or runtimes: it gets a plan and a
//! question, and looks for a smaller plan of which the answer is still yes.

use std::collections::BTreeSet;

use super::parts::{all_steps, without};
use crate::case::plan::{Op, Plan, Step};

/// A smaller plan, and what it cost to find.
#[derive(Clone, Debug, PartialEq)]
pub struct Minimized {
    /// The plan.
    pub plan: Plan,
    /// How often the question was asked.
    pub asked: u32,
    /// All that could be tried was tried.
    pub exhausted: bool,
}

struct Search<'q> {
    vital: u32,
    asked: u32,
    budget: u32,
    may_go: &'q dyn Fn(&Step) -> bool,
    question: &'q mut dyn FnMut(&Plan) -> bool,
}

/// Looks for a plan without steps that do not matter. `vital` is the step or callback that must stay,
/// as must all that may not go. The question is asked `budget` times at most; the seed itself is taken for a yes.
pub fn minimize(
    seed: &Plan,
    vital: u32,
    budget: u32,
    may_go: &dyn Fn(&Step) -> bool,
    question: &mut dyn FnMut(&Plan) -> bool,
) -> Minimized {
    let mut search = Search { vital, asked: 0, budget, may_go, question };
    let mut plan = seed.clone();
    loop {
        let smaller = search_steps(&mut search, &plan);
        let smaller = search.with_fewer_rounds(smaller);
        let smaller = search.with_fewer_turns(smaller);
        let same = smaller == plan;
        plan = smaller;
        if same || search.is_spent() {
            return Minimized { plan, asked: search.asked, exhausted: same };
        }
    }
}

/// Delta debugging: halves first, then ever smaller runs of neighbours, the last ones first, since
/// what comes late is needed least.
fn search_steps(search: &mut Search<'_>, plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let mut size = all_steps(&plan).len().div_ceil(2);
    while size > 0 {
        let mut end = all_steps(&plan).len();
        while end > 0 && !search.is_spent() {
            let begin = end.saturating_sub(size);
            let chosen = all_steps(&plan);
            let chosen =
                chosen[begin..end].iter().filter(|step| step.number != search.vital && (search.may_go)(step));
            let gone: BTreeSet<u32> = chosen.map(|step| step.number).collect();
            if let Some(smaller) = without(&plan, &gone, search.vital)
                && smaller != plan
                && search.ask(&smaller)
            {
                plan = smaller;
            }
            end = begin.min(all_steps(&plan).len());
        }
        size /= 2;
    }
    plan
}

impl Search<'_> {
    fn is_spent(&self) -> bool {
        self.asked >= self.budget
    }

    fn ask(&mut self, plan: &Plan) -> bool {
        if self.is_spent() {
            return false;
        }
        self.asked += 1;
        (self.question)(plan)
    }

    /// Once is enough for most that is done again and again.
    fn with_fewer_rounds(&mut self, mut plan: Plan) -> Plan {
        let repeated = |step: &&Step| step.repeat > 1;
        let numbers: Vec<u32> =
            all_steps(&plan).into_iter().filter(repeated).map(|step| step.number).collect();
        for number in numbers {
            let mut fewer = plan.clone();
            fewer.callbacks.iter_mut().for_each(|callback| once(&mut callback.steps, number));
            once(&mut fewer.steps, number);
            if self.ask(&fewer) {
                plan = fewer;
            }
        }
        plan
    }

    /// An agent's steps that can as well be done when it had its last turn are done then.
    fn with_fewer_turns(&mut self, mut plan: Plan) -> Plan {
        let mut at = 1;
        while at < plan.steps.len() {
            match moved_up(&plan.steps, at) {
                Some(steps)
                    if plan.steps.iter().all(|step| (self.may_go)(step) || step.number == self.vital) =>
                {
                    let fewer = Plan { steps, ..plan.clone() };
                    if self.ask(&fewer) {
                        plan = fewer;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        plan
    }
}

/// The steps, that one being moved behind the last step of its agent's before it. None where it is
/// there already, or something that it waits for would come after it.
fn moved_up(steps: &[Step], at: usize) -> Option<Vec<Step>> {
    let step = steps.get(at)?;
    let last = steps[..at].iter().rposition(|other| other.agent == step.agent)?;
    let awaited = |other: &Step| match step.op {
        Op::Receive { post, .. } => other.number == post,
        Op::Join { started } => other.number == started,
        _ => false,
    };
    if last + 1 == at || steps[last].start.is_some() || steps[last + 1..at].iter().any(awaited) {
        return None;
    }
    let mut moved = steps.to_vec();
    let step = moved.remove(at);
    moved.insert(last + 1, step);
    Some(moved)
}

fn once(steps: &mut [Step], number: u32) {
    for step in steps {
        if step.number == number {
            step.repeat = 1;
        }
        step.op.blocks_mut().into_iter().for_each(|steps| once(steps, number));
    }
}

#[cfg(test)]
mod tests;
