//! Cases one after the other in one process.

use serde_json::json;

use super::plans::{call, i32, instantiate, plan, seven};
use super::session::Session;
use super::{Check, Lab, Stop};
use crate::protocol::StepResult;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "a case finds fresh globals and memories",
        clause: "between-cases",
        run: makes_instances_anew,
    },
    Check {
        name: "a case does not see the handles of the one before",
        clause: "between-cases",
        run: forgets_handles,
    },
    Check {
        name: "a case runs after one that trapped",
        clause: "the-order-of-steps",
        run: runs_after_a_trap,
    },
    Check {
        name: "a case runs after one that exhausted the stack",
        clause: "the-order-of-steps",
        run: runs_after_exhaustion,
    },
    Check { name: "a hundred cases run one after the other", clause: "requests", run: runs_a_hundred },
];

fn makes_instances_anew(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let store = call("store", json!([i32(100), i32(7)]), &[]);
    let load = call("load", json!([i32(100)]), &["i32"]);
    let plan = plan(vec![instantiate(), load, call("next", json!([]), &["i32"]), store]);
    for sequence in 1..3 {
        let done = session.run(sequence, &plan)?;
        done.demand_returned(1, &json!([i32(0)]))?;
        done.demand_returned(2, &json!([i32(1)]))?;
    }
    Ok(())
}

fn forgets_handles(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    session.run(1, &seven())?;
    let done = session.run(2, &plan(vec![call("seven", json!([]), &["i32"])]))?;
    match done.of(0)? {
        StepResult::Skipped { .. } => Ok(()),
        other => Err(Stop::failed("skipped: this case made no instance", json!(other).to_string())),
    }
}

fn runs_after_a_trap(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let trap = call("unreachable", json!([]), &[]);
    let done = session.run(1, &plan(vec![instantiate(), trap, call("seven", json!([]), &["i32"])]))?;
    done.demand_returned(2, &json!([i32(7)]))?;
    session.run(2, &seven())?.demand_returned(1, &json!([i32(7)]))
}

fn runs_after_exhaustion(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let deep = call("deep", json!([i32(0)]), &["i32"]);
    let done = session.run(1, &plan(vec![instantiate(), deep, call("seven", json!([]), &["i32"])]))?;
    done.demand_returned(2, &json!([i32(7)]))?;
    session.run(2, &seven())?.demand_returned(1, &json!([i32(7)]))
}

fn runs_a_hundred(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let plan = seven();
    for sequence in 1..=100 {
        session.run(sequence, &plan)?.demand_returned(1, &json!([i32(7)]))?;
    }
    Ok(())
}
