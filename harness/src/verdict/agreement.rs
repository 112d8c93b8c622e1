//! Runtimes against each other: do their outcomes for one case agree, and if not, does the
//! specification let them differ?
//!
//! What says nothing about the bytes is left out: a trap's kind, messages, who observed it, how
//! JavaScript saw a value where only one side has JavaScript, and the order in which agents that ran
//! at the same time reported.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::check;
use crate::case::Case;
use crate::protocol::{Observation, Run, Seen, StepResult};
use crate::runtime::Record;
use crate::value::{Float, Value};

/// How runtimes compare over one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// All outcomes are the same.
    Agree,
    /// They differ within what the specification allows.
    Allowed,
    /// They differ beyond it.
    Diverge,
    /// They differ where specifications or engines contradict each other.
    Contested,
    /// There is one outcome.
    Single,
    /// There is none.
    None,
}

impl Agreement {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Allowed => "allowed",
            Self::Diverge => "diverge",
            Self::Contested => "contested",
            Self::Single => "single",
            Self::None => "none",
        }
    }
}

/// A comparison of one case over runtimes.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What it comes to.
    pub agreement: Agreement,
    /// Which records agree with each other, by their places in what was given; in that order.
    pub groups: Vec<Vec<usize>>,
    /// The steps at which the groups differ beyond what the specification allows, each with the
    /// number of the callback's call where it is in one.
    pub differing: Vec<StepKey>,
}

/// A step, and for one in a callback which call of it.
pub type StepKey = (u32, Option<u32>);

/// Compares records, each with a place that `groups` is to name it by. Leave out those that are no
/// outcome (see [`super::Verdict::is_outcome`]).
pub fn compare(case: &Case, records: &[(usize, &Record)]) -> Comparison {
    let mut groups: Vec<Vec<(usize, Outcome)>> = Vec::new();
    for &(place, record) in records {
        let outcome = Outcome::new(record);
        let fits = |group: &&mut Vec<(usize, Outcome)>| group.iter().all(|(_, other)| outcome.same(other));
        match groups.iter_mut().find(fits) {
            Some(group) => group.push((place, outcome)),
            None => groups.push(vec![(place, outcome)]),
        }
    }
    let mut differing = BTreeSet::new();
    let mut ends_differ = false;
    for (index, left) in groups.iter().enumerate() {
        for right in &groups[index + 1..] {
            let (left, right) = (&left[0].1, &right[0].1);
            ends_differ |= !left.same_end(right);
            differing.extend(left.beyond_allowed(right, case));
        }
    }
    let agreement = match groups.as_slice() {
        [] => Agreement::None,
        [only] if only.len() == 1 => Agreement::Single,
        [_] => Agreement::Agree,
        _ if differing.is_empty() && !ends_differ => Agreement::Allowed,
        _ if case.contested.is_some() => Agreement::Contested,
        _ => Agreement::Diverge,
    };
    let groups = groups.iter().map(|group| group.iter().map(|(place, _)| *place).collect()).collect();
    Comparison { agreement, groups, differing: differing.into_iter().collect() }
}

/// A record whose observations are found by step, in whatever order they came.
struct Outcome<'r> {
    record: &'r Record,
    steps: BTreeMap<StepKey, &'r Observation>,
}

impl<'r> Outcome<'r> {
    fn new(record: &'r Record) -> Self {
        let steps = record.observations.iter().map(|o| ((o.step, o.invocation), o)).collect();
        Self { record, steps }
    }

    fn same_end(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.record.end) == std::mem::discriminant(&other.record.end)
    }

    fn same(&self, other: &Self) -> bool {
        self.same_end(other)
            && self.steps.len() == other.steps.len()
            && self.steps.iter().all(|(key, mine)| {
                other.steps.get(key).is_some_and(|theirs| same_result(&mine.result, &theirs.result))
            })
    }

    /// The steps at which two outcomes differ although what is expected there does not allow both.
    fn beyond_allowed(&self, other: &Self, case: &Case) -> Vec<StepKey> {
        let keys: BTreeSet<StepKey> = self.steps.keys().chain(other.steps.keys()).copied().collect();
        let beyond = |key: &StepKey| match (self.steps.get(key), other.steps.get(key)) {
            (Some(mine), Some(theirs)) => {
                let allowed = self.is_allowed(mine, case) && other.is_allowed(theirs, case);
                !allowed && !same_result(&mine.result, &theirs.result)
            }
            _ => true,
        };
        keys.into_iter().filter(beyond).collect()
    }

    fn is_allowed(&self, observation: &Observation, case: &Case) -> bool {
        case.expected.get(&observation.step).is_some_and(|expected| {
            let kept = check::Kept::new(&self.record.observations, observation);
            check::every_round_meets(&expected.expect, &observation.result, &kept)
        })
    }
}

/// Do two results say the same about the bytes?
pub fn same_result(left: &StepResult, right: &StepResult) -> bool {
    use StepResult as R;
    match (left, right) {
        (R::Returned { values: left }, R::Returned { values: right }) => {
            left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same_seen(a, b))
        }
        (R::Threw { error: left, .. }, R::Threw { error: right, .. }) => left == right,
        (R::Repeated { runs: a, unrecorded: b }, R::Repeated { runs: c, unrecorded: d }) => {
            b == d && same_runs(a, c)
        }
        (R::Trap { .. }, R::Trap { .. })
        | (R::Exhaustion { .. }, R::Exhaustion { .. })
        | (R::Started, R::Started)
        | (R::Unsupported { .. }, R::Unsupported { .. })
        | (R::Skipped { .. }, R::Skipped { .. }) => true,
        _ => false,
    }
}

/// Compares round by round, since neighbours are folded by what is not compared, too.
fn same_runs(left: &[Run], right: &[Run]) -> bool {
    let (mut left, mut right) = (left.iter(), right.iter());
    let (mut a, mut b) = (left.next(), right.next());
    let (mut used_a, mut used_b) = (0, 0);
    loop {
        match (a, b) {
            (None, None) => return true,
            (Some(run_a), Some(run_b)) => {
                if !same_result(&run_a.result, &run_b.result) {
                    return false;
                }
                let step = (run_a.rounds - used_a).min(run_b.rounds - used_b);
                used_a += step;
                used_b += step;
                if used_a == run_a.rounds {
                    (a, used_a) = (left.next(), 0);
                }
                if used_b == run_b.rounds {
                    (b, used_b) = (right.next(), 0);
                }
            }
            _ => return false,
        }
    }
}

fn same_seen(left: &Seen, right: &Seen) -> bool {
    let views = match (&left.js, &right.js) {
        (Some(left), Some(right)) => same_value(left, right),
        _ => true,
    };
    views && same_value(&left.value, &right.value)
}

/// Equal bits, a NaN of unknown bits being like any NaN.
pub fn same_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::F32(a), Value::F32(b)) => same_float(*a, *b, is_nan32),
        (Value::F64(a), Value::F64(b)) | (Value::Number(a), Value::Number(b)) => same_float(*a, *b, is_nan64),
        _ => left == right,
    }
}

fn same_float<T: Copy + PartialEq>(left: Float<T>, right: Float<T>, is_nan: fn(T) -> bool) -> bool {
    match (left, right) {
        (Float::Bits(a), Float::Bits(b)) => a == b,
        (Float::Nan, Float::Nan) => true,
        (Float::Bits(bits), Float::Nan) | (Float::Nan, Float::Bits(bits)) => is_nan(bits),
    }
}

fn is_nan32(bits: u32) -> bool {
    f32::from_bits(bits).is_nan()
}

fn is_nan64(bits: u64) -> bool {
    f64::from_bits(bits).is_nan()
}
