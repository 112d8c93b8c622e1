//! Which plans a fault of a host can show in at all: those with a step that does what the fault is
//! about. A mutant meets no other cases, as a guest mutant meets none whose guests it leaves alone.
//!
//! Too narrow a reach can only lose kills; it never makes one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::host_faults;
use crate::case::plan::{Op, Plan, Step};

/// Can the host mutant of this name show in this plan?
pub(super) fn reaches(name: &str, plan: &Plan) -> bool {
    let steps = host_faults().get(name).map_or(&[][..], |fault| &fault.steps);
    steps.is_empty() || operations(plan).iter().any(|operation| steps.contains(operation))
}

/// The operations of a plan by their names on the wire, in callbacks and blocks too.
fn operations(plan: &Plan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut look_at = |steps: &[Step]| collect(steps, &mut names);
    look_at(&plan.steps);
    for callback in &plan.callbacks {
        look_at(&callback.steps);
    }
    names
}

fn collect(steps: &[Step], names: &mut BTreeSet<String>) {
    for step in steps {
        names.extend(name(&step.op));
        if let Op::Using { steps, .. } = &step.op {
            collect(steps, names);
        }
    }
}

fn name(op: &Op) -> Option<String> {
    match serde_json::to_value(op).ok()?.get_mut("op")?.take() {
        Value::String(name) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Source;

    #[test]
    fn what_the_catalogue_calls_a_step_is_one_that_some_case_has() {
        let suite = Source::default().read();
        let known: BTreeSet<String> = suite.cases.iter().flat_map(|case| operations(&case.plan)).collect();
        for (name, fault) in host_faults() {
            for step in &fault.steps {
                assert!(known.contains(step), "{name}: no case has a step `{step}`");
            }
        }
    }

    #[test]
    fn a_step_within_a_callback_or_a_block_counts() {
        let suite = Source::default().read();
        let operations = |part: &str| {
            let case = suite.cases.iter().find(|case| case.id.contains(part)).expect("a case");
            operations(&case.plan)
        };
        assert!(operations("view-detachment/grow-in-a-callback").contains("grow"));
        assert!(operations("ownership/using-gives-back").contains("read"));
    }

    #[test]
    fn a_fault_of_atomics_reaches_only_what_uses_them() {
        let suite = Source::default().read();
        for case in &suite.cases {
            let reached = reaches("atomics-sub-adds", &case.plan);
            assert_eq!(reached, operations(&case.plan).contains("atomic"), "{}", case.id);
            assert!(reaches("buffer-never-refreshed", &case.plan), "{}", case.id);
        }
    }
}
