//! Does a result meet an expectation?

use super::agreement::same_value;
use crate::case::expect::{Expect, Expected};
use crate::protocol::{Observation, StepResult};

/// The values that earlier steps kept, for expectations that refer to them.
pub struct Kept<'a> {
    #[allow(dead_code)]
    seen: &'a [Observation],
}

impl<'a> Kept<'a> {
    /// What `observation` may refer to among all that was seen.
    pub fn new(seen: &'a [Observation], _observation: &Observation) -> Self {
        Self { seen }
    }
}

/// Does one round's result meet the expectation?
pub fn meets(expect: &Expect, result: &StepResult, kept: &Kept<'_>) -> bool {
    match (expect, result) {
        (Expect::Any(several), _) => several.iter().any(|one| meets(one, result, kept)),
        (Expect::Done, StepResult::Returned { .. } | StepResult::Started) => true,
        (Expect::Values(wanted), StepResult::Returned { values }) => {
            wanted.len() == values.len() && wanted.iter().zip(values).all(|(a, b)| same_value(a, &b.value))
        }
        (Expect::Trap, StepResult::Trap { .. }) | (Expect::Exhaustion, StepResult::Exhaustion { .. }) => true,
        (Expect::Throws(class), StepResult::Threw { error, .. }) => class == error,
        _ => false,
    }
}

/// Does the result, and for a repeated step each round's, meet the expectation?
pub fn every_round_meets(expect: &Expect, result: &StepResult, kept: &Kept<'_>) -> bool {
    match result {
        StepResult::Repeated { runs, .. } => runs.iter().all(|run| meets(expect, &run.result, kept)),
        _ => meets(expect, result, kept),
    }
}

/// The expectation in words.
pub fn demand(expect: &Expect, _kept: &Kept<'_>) -> String {
    format!("{expect:?}")
}

/// Does the result say that a resource was refused where the specification allows that?
pub fn is_refusal(expected: &Expected, result: &StepResult) -> bool {
    match result {
        StepResult::Returned { values } => match (&expected.refused, values.as_slice()) {
            (Some(refused), [value]) => same_value(refused, &value.value),
            _ => false,
        },
        StepResult::Threw { error, .. } => expected.may_be_refused && error == "RangeError",
        _ => false,
    }
}
