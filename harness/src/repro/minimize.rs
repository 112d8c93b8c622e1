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
    question: &'q mut dyn FnMut(&Plan) -> bool,
}

/// Looks for a plan without steps that do not matter. `vital` is the step or callback that must stay.
/// The question is asked `budget` times at most; the seed itself is taken for a yes.
pub fn minimize(seed: &Plan, vital: u32, budget: u32, question: &mut dyn FnMut(&Plan) -> bool) -> Minimized {
    let mut search = Search { vital, asked: 0, budget, question };
    let mut plan = seed.clone();
    loop {
        let smaller = search_steps(&mut search, &plan);
        let smaller = search.with_fewer_rounds(smaller);
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
            let numbers: Vec<u32> = all_steps(&plan).iter().map(|step| step.number).collect();
            let gone: BTreeSet<u32> =
                numbers[begin..end].iter().copied().filter(|number| *number != search.vital).collect();
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
}

fn once(steps: &mut [Step], number: u32) {
    for step in steps {
        if step.number == number {
            step.repeat = 1;
        }
        if let Op::Using { steps, .. } = &mut step.op {
            once(steps, number);
        }
    }
}

#[cfg(test)]
mod tests;
