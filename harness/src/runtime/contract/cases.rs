//! A case: its steps in order, its one closing line, and plans that cannot be run.

use serde_json::{Value, json};

use super::plans::{call, i32, instantiate, number, plan, seven};
use super::session::{Session, shown};
use super::{Check, Lab, Stop, demand};
use crate::protocol::{Observation, ObservedBy, Response, StepResult};

pub(super) const CHECKS: &[Check] = &[
    Check { name: "an export is called and returns its value", clause: "results", run: calls_an_export },
    Check {
        name: "every step is observed once, in the written order, by main",
        clause: "the-order-of-steps",
        run: observes_in_order,
    },
    Check {
        name: "a step's observation is out before the next step is done",
        clause: "lines",
        run: observes_as_it_happens,
    },
    Check {
        name: "compile, instantiate and call are observed by engine, a buffer's length by host or embedding",
        clause: "results",
        run: tells_who_observed,
    },
    Check {
        name: "a sequence number above 32 bits comes back as it was sent",
        clause: "requests",
        run: |lab| Session::open(lab)?.run(0x1_0000_0001, &seven())?.demand_returned(1, &json!([i32(7)])),
    },
    Check {
        name: "a case that waits in the pipe is run after the one before it",
        clause: "requests",
        run: runs_what_waits,
    },
    Check {
        name: "an operation that it does not know is an error, before anything of the case runs",
        clause: "responses",
        run: refuses_unknown_operations,
    },
    Check {
        name: "an operation that the contract names is never an error",
        clause: "responses",
        run: knows_every_operation,
    },
];

fn calls_an_export(lab: &Lab) -> Result<(), Stop> {
    let done = Session::open(lab)?.run(1, &seven())?;
    // Whoever cannot do this much is no executor, so unsupported is no answer.
    let without = |stop| match stop {
        Stop::Skipped(reason) => Stop::failed("an instance, and a call that returns 7", reason),
        failed @ Stop::Failed { .. } => failed,
    };
    done.demand_returned(0, &json!([])).map_err(without)?;
    done.demand_returned(1, &json!([i32(7)])).map_err(without)
}

fn observes_in_order(lab: &Lab) -> Result<(), Stop> {
    let calls = (0..5).map(|_| call("next", json!([]), &["i32"]));
    let plan = plan([instantiate()].into_iter().chain(calls).collect());
    let done = Session::open(lab)?.run(1, &plan)?;
    for step in 1..6 {
        done.demand_returned(step, &json!([i32(i32::try_from(step).unwrap_or_default())]))?;
    }
    let order: Vec<(u32, &str)> = done.observations.iter().map(|seen| (seen.step, &*seen.agent)).collect();
    let expected: Vec<(u32, &str)> = (0..6).map(|step| (step, "main")).collect();
    demand(order == expected, format!("{expected:?}"), || format!("{order:?}"))
}

fn observes_as_it_happens(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let steps = vec![instantiate(), call("seven", json!([]), &["i32"]), call("endless", json!([]), &[])];
    session.send(&json!({"type": "case", "sequence": 1, "plan": plan(steps)}));
    for step in 0..2 {
        let expected = format!("the observation of step {step}, while a later step runs and does not end");
        match session.message(&expected)? {
            Response::Observation { observation, .. } if observation.step == step => {}
            other => return Err(Stop::failed(expected, shown(&other))),
        }
    }
    Ok(())
}

fn tells_who_observed(lab: &Lab) -> Result<(), Stop> {
    let memory = json!({"op": "memory", "as": "m", "descriptor": [["initial", number(1)]]});
    let size = json!({"op": "size", "memory": "m"});
    let compile = json!({"op": "compile", "as": "c", "module": {"guest": "guest"}});
    let plan = plan(vec![compile, instantiate(), call("seven", json!([]), &["i32"]), memory, size]);
    let done = Session::open(lab)?.run(1, &plan)?;
    for Observation { step, observed_by, .. } in &done.observations {
        let (expected, holds) = match step {
            0..=2 => ("engine", *observed_by == ObservedBy::Engine),
            // Whoever passes on what the engine makes may say so.
            3 => continue,
            _ => ("host or embedding", *observed_by != ObservedBy::Engine),
        };
        demand(holds, format!("step {step} observed by {expected}"), || json!(observed_by).to_string())?;
    }
    Ok(())
}

fn runs_what_waits(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let plan = seven();
    for sequence in [3, 8] {
        session.send(&json!({"type": "case", "sequence": sequence, "plan": plan}));
    }
    session.send(&json!({"type": "bye"}));
    for sequence in [3, 8] {
        session.outcome(sequence, &plan)?.demand_returned(1, &json!([i32(7)]))?;
    }
    session.expect_good_end()
}

fn refuses_unknown_operations(lab: &Lab) -> Result<(), Stop> {
    let mut session = Session::open(lab)?;
    let levitate = json!({"op": "levitate", "as": "x"});
    session.send(&json!({"type": "case", "sequence": 1, "plan": plan(vec![instantiate(), levitate])}));
    let expected = "error, with sequence 1 and a message";
    match session.message(expected)? {
        Response::Error { sequence: 1, message } if !message.trim().is_empty() => {}
        other => return Err(Stop::failed(expected, shown(&other))),
    }
    session.run(2, &seven())?.demand_returned(1, &json!([i32(7)]))
}

/// A step of every operation that needs no feature, none of which can be done, since there are no handles.
fn idle_steps() -> Vec<Value> {
    let buffer = json!({"handle": "absent"});
    vec![
        json!({"op": "take", "as": "a", "instance": "absent", "export": "memory"}),
        json!({"op": "size", "memory": "absent"}),
        json!({"op": "grow", "memory": "absent", "by": number(1)}),
        json!({"op": "buffer", "as": "b", "memory": "absent"}),
        json!({"op": "same", "left": buffer, "right": buffer}),
        json!({"op": "property", "of": buffer, "property": "byteLength"}),
        json!({"op": "detached", "buffer": buffer}),
        json!({"op": "view", "as": "v", "type": "Uint8Array", "buffer": buffer}),
        json!({"op": "subarray", "as": "v", "view": "absent"}),
        json!({"op": "slice", "as": "v", "of": buffer}),
        json!({"op": "get", "view": "absent", "index": number(0)}),
        json!({"op": "put", "view": "absent", "index": number(0), "value": number(0)}),
        json!({"op": "set", "view": "absent", "source": {"values": [number(1)]}}),
        json!({"op": "fill", "view": "absent", "value": number(0)}),
        json!({"op": "copy-within", "view": "absent", "target": number(0), "begin": number(0)}),
        json!({"op": "data-get", "view": "absent", "offset": number(0), "element": "int8", "little": true}),
        json!({"op": "data-put", "view": "absent", "offset": number(0), "element": "int8", "value": number(0), "little": true}),
        json!({"op": "read", "buffer": buffer, "at": number(0), "count": number(1)}),
        json!({"op": "write", "buffer": buffer, "at": number(0), "bytes": "00"}),
        json!({"op": "digest", "buffer": buffer}),
        json!({"op": "each", "view": "absent", "method": "for-each", "steps": []}),
        json!({"op": "decode", "of": buffer}),
        json!({"op": "encode-into", "view": "absent", "text": "x"}),
        json!({"op": "atomic", "action": "load", "view": "absent", "index": number(0)}),
        json!({"op": "wait", "view": "absent", "index": number(0), "value": number(0), "timeout": number(0)}),
        json!({"op": "notify", "view": "absent", "index": number(0)}),
        json!({"op": "compile", "as": "c", "module": {"handle": "absent"}}),
        json!({"op": "call", "instance": "absent", "export": "seven", "args": [], "results": ["i32"]}),
    ]
}

fn knows_every_operation(lab: &Lab) -> Result<(), Stop> {
    let plan = plan(idle_steps());
    let done = Session::open(lab)?.run(1, &plan)?;
    for (number, step) in idle_steps().iter().enumerate() {
        let found = done.observations.iter().find(|seen| seen.step as usize == number);
        let expected =
            format!("`{}` skipped or unsupported with a reason, its handle being absent", step["op"]);
        match found.map(|seen| &seen.result) {
            Some(StepResult::Skipped { reason } | StepResult::Unsupported { reason }) => {
                demand(!reason.trim().is_empty(), expected, || "an empty reason".to_owned())?;
            }
            other => return Err(Stop::failed(expected, json!(other).to_string())),
        }
    }
    Ok(())
}
