//! Workers, and what reaches standard output beside the protocol. This group comes last: it tells of
//! all conversations.

use serde_json::{Value, json};

use super::plans::{call, i32, instantiate, plan};
use super::session::Session;
use super::{Check, Lab, Stop, demand};
use crate::case::plan::Feature;
use crate::protocol::StepResult;

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "a worker's steps are done in their turn and observed as its own",
        clause: "the-order-of-steps",
        run: takes_turns,
    },
    Check {
        name: "a started step is observed as started, and its result under the number of the join",
        clause: "the-order-of-steps",
        run: joins,
    },
    Check {
        name: "a case that terminated an agent retires the executor, which ends when it is told",
        clause: "responses",
        run: retires,
    },
    Check {
        name: "nothing but the protocol reached standard output behind a handshake",
        clause: "lines",
        run: keeps_stdout_clean,
    },
];

fn on_worker(mut step: Value) -> Value {
    step["agent"] = json!("worker");
    step
}

fn with_worker(steps: Vec<Value>) -> Value {
    let mut plan = plan(steps);
    plan["agents"] = json!(["worker"]);
    plan["needs"] = json!(["agents"]);
    plan
}

fn next() -> Value {
    call("next", json!([]), &["i32"])
}

fn takes_turns(lab: &Lab) -> Result<(), Stop> {
    lab.needs(&[Feature::Agents])?;
    let steps = vec![
        on_worker(instantiate()),
        instantiate(),
        on_worker(next()),
        next(),
        on_worker(next()),
        next(),
        next(),
    ];
    let done = Session::open(lab)?.run(1, &with_worker(steps))?;
    for (step, value) in [(2, 1), (3, 1), (4, 2), (5, 2), (6, 3)] {
        done.demand_returned(step, &json!([i32(value)]))?;
    }
    let order: Vec<(u32, &str)> = done.observations.iter().map(|seen| (seen.step, &*seen.agent)).collect();
    let agents = ["worker", "main", "worker", "main", "worker", "main", "main"];
    let expected: Vec<(u32, &str)> = (0..).zip(agents).collect();
    demand(order == expected, format!("{expected:?}"), || format!("{order:?}"))
}

fn joins(lab: &Lab) -> Result<(), Stop> {
    lab.needs(&[Feature::Agents])?;
    let mut started = on_worker(call("seven", json!([]), &["i32"]));
    started["start"] = json!({"join": 3});
    let join = json!({"op": "join", "started": 1});
    let steps = vec![on_worker(instantiate()), started, instantiate(), join, next()];
    let done = Session::open(lab)?.run(1, &with_worker(steps))?;
    let first = done.of(1)?;
    demand(matches!(first, StepResult::Started), "step 1: started", || json!(first).to_string())?;
    done.demand_returned(3, &json!([i32(7)]))?;
    done.demand_returned(4, &json!([i32(1)]))
}

fn retires(lab: &Lab) -> Result<(), Stop> {
    lab.needs(&[Feature::Agents, Feature::Terminate])?;
    let mut endless = on_worker(call("endless", json!([]), &[]));
    endless["start"] = json!({"join": null});
    let terminate = json!({"op": "terminate", "target": "worker"});
    let plan = with_worker(vec![on_worker(instantiate()), endless, terminate, on_worker(next())]);
    let mut session = Session::open(lab)?;
    let done = session.run(1, &plan)?;
    done.demand_returned(2, &json!([]))?;
    let last = done.of(3)?;
    demand(matches!(last, StepResult::Skipped { .. }), "step 3, of an agent that is gone: skipped", || {
        json!(last).to_string()
    })?;
    demand(done.retire, "retire: true", || "retire: false".to_owned())?;
    session.send(&json!({"type": "bye"}));
    session.expect_good_end()
}

fn keeps_stdout_clean(lab: &Lab) -> Result<(), Stop> {
    // There is something to tell only of an executor that got as far as a handshake.
    Session::open(lab)?;
    match lab.stray.borrow().as_ref() {
        Some(text) => {
            Err(Stop::failed("lines with the nonce alone, from the handshake on", format!("`{text}`")))
        }
        None => Ok(()),
    }
}
