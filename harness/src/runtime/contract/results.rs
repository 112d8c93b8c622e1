//! What steps give: values, traps, errors, callbacks, repetitions.

use serde_json::{Value, json};

use super::plans::{call, i32, instantiate, number, plan, value_of};
use super::session::Session;
use super::{Check, Lab, Stop, demand};
use crate::protocol::{MAX_RUNS, StepResult};
use crate::value::hex;

pub(super) const CHECKS: &[Check] = &[
    Check { name: "integers cross as signed decimals, whole", clause: "values", run: keeps_integers },
    Check {
        name: "floats cross as their bits, NaN as its bits or as nan",
        clause: "values",
        run: keeps_floats,
    },
    Check { name: "several results come in their order", clause: "results", run: gives_several },
    Check { name: "a trap is a trap, and its kind one of the list", clause: "results", run: traps },
    Check { name: "an exhausted stack is exhaustion", clause: "results", run: exhausts },
    Check {
        name: "an import that is missing is thrown, under an error's name",
        clause: "results",
        run: throws,
    },
    Check {
        name: "a step whose handle is missing is skipped, with the reason",
        clause: "results",
        run: skips_what_is_missing,
    },
    Check {
        name: "a callback's arguments and steps come before the call's result, with their invocation",
        clause: "the-order-of-steps",
        run: calls_back,
    },
    Check { name: "what a callback throws is what the call threw", clause: "results", run: throws_through },
    Check {
        name: "a kept result is taken as signed or unsigned, added to and converted",
        clause: "values",
        run: keeps_results,
    },
    Check {
        name: "equal rounds of a repeated step are folded",
        clause: "the-order-of-steps",
        run: folds_rounds,
    },
    Check { name: "rounds beyond 1024 runs are counted as unrecorded", clause: "results", run: caps_runs },
    Check { name: "a megabyte of a memory is one line", clause: "lines", run: writes_long_lines },
];

fn echoes(lab: &Lab, values: &[(&str, &str)]) -> Result<Vec<Value>, Stop> {
    let calls = values.iter().map(|(kind, text)| call(kind, json!([value_of(kind, text)]), &[*kind]));
    let plan = plan([instantiate()].into_iter().chain(calls).collect());
    let done = Session::open(lab)?.run(1, &plan)?;
    let mut came = Vec::new();
    for step in (1..).take(values.len()) {
        match done.of(step)? {
            StepResult::Returned { values } if values.len() == 1 => came.push(json!(values[0].value)),
            other => {
                return Err(Stop::failed(format!("step {step} returned a value"), json!(other).to_string()));
            }
        }
    }
    Ok(came)
}

fn keeps_integers(lab: &Lab) -> Result<(), Stop> {
    let values = [
        ("i32", "-2147483648"),
        ("i32", "2147483647"),
        ("i32", "-1"),
        ("i64", "9223372036854775807"),
        ("i64", "-9223372036854775808"),
        ("i64", "9007199254740993"),
    ];
    for ((kind, text), came) in values.iter().zip(echoes(lab, &values)?) {
        demand(came == value_of(kind, text), format!("{kind} {text}"), || came.to_string())?;
    }
    Ok(())
}

fn keeps_floats(lab: &Lab) -> Result<(), Stop> {
    let values = [
        ("f32", "0x3fc00000"),
        ("f32", "0x80000000"),
        ("f32", "0x00000001"),
        ("f64", "0x8000000000000000"),
        ("f64", "0x7ff0000000000000"),
        ("f64", "0x3ff0000000000001"),
    ];
    for ((kind, text), came) in values.iter().zip(echoes(lab, &values)?) {
        demand(came == value_of(kind, text), format!("{kind} {text}"), || came.to_string())?;
    }
    let nans = [("f32", "0x7fc00000"), ("f64", "0x7ff8000000000000")];
    for ((kind, text), came) in nans.iter().zip(echoes(lab, &nans)?) {
        let nan = [value_of(kind, text), value_of(kind, "nan")].contains(&came);
        demand(nan, format!("{kind} {text} or nan"), || came.to_string())?;
    }
    Ok(())
}

fn gives_several(lab: &Lab) -> Result<(), Stop> {
    let plan = plan(vec![instantiate(), call("several", json!([]), &["i32", "i64", "f64"])]);
    let values = json!([i32(1), value_of("i64", "-2"), value_of("f64", "0x3fe0000000000000")]);
    Session::open(lab)?.run(1, &plan)?.demand_returned(1, &values)
}

/// The kinds of traps that the contract names.
const KINDS: &[&str] = &[
    "out-of-bounds",
    "unaligned",
    "unreachable",
    "divide-by-zero",
    "integer-overflow",
    "invalid-conversion",
    "indirect-call",
    "table-out-of-bounds",
    "atomic-wait-non-shared",
    "null-reference",
];

fn traps(lab: &Lab) -> Result<(), Stop> {
    let load = call("load", json!([i32(65536)]), &["i32"]);
    let steps = vec![
        instantiate(),
        call("divide", json!([i32(0)]), &["i32"]),
        call("unreachable", json!([]), &[]),
        load,
    ];
    let done = Session::open(lab)?.run(1, &plan(steps))?;
    for step in 1..4 {
        match done.of(step)? {
            StepResult::Trap { kind, .. } => {
                let known = kind.as_deref().is_none_or(|kind| KINDS.contains(&kind));
                demand(known, "a kind of the list, or none", || json!(kind).to_string())?;
            }
            other => return Err(Stop::failed(format!("step {step}: trap"), json!(other).to_string())),
        }
    }
    Ok(())
}

fn exhausts(lab: &Lab) -> Result<(), Stop> {
    let plan = plan(vec![instantiate(), call("deep", json!([i32(0)]), &["i32"])]);
    let done = Session::open(lab)?.run(1, &plan)?;
    let result = done.of(1)?;
    demand(matches!(result, StepResult::Exhaustion { .. }), "exhaustion", || json!(result).to_string())
}

fn throws(lab: &Lab) -> Result<(), Stop> {
    let bare = json!({"op": "instantiate", "as": "c", "module": {"guest": "caller"}, "imports": []});
    let done = Session::open(lab)?.run(1, &plan(vec![bare]))?;
    match done.of(0)? {
        StepResult::Threw { error, .. } => {
            demand(!error.trim().is_empty(), "an error's name", || "an empty one".to_owned())
        }
        other => Err(Stop::failed("threw", json!(other).to_string())),
    }
}

fn skips_what_is_missing(lab: &Lab) -> Result<(), Stop> {
    let done = Session::open(lab)?.run(1, &plan(vec![call("seven", json!([]), &["i32"])]))?;
    match done.of(0)? {
        StepResult::Skipped { reason } if !reason.trim().is_empty() => Ok(()),
        other => Err(Stop::failed("skipped, with a reason", json!(other).to_string())),
    }
}

/// A plan with a callback, whose instance is `i`, that is called three times.
fn with_callback(steps: &Value, ending: &Value) -> Value {
    let import = json!({"module": "env", "name": "back", "callback": "back"});
    let caller = json!({"op": "instantiate", "as": "i", "module": {"guest": "caller"}, "imports": [import]});
    let calls = (1..4).map(|argument| call("go", json!([i32(argument)]), &["i32"]));
    let mut plan = plan([caller].into_iter().chain(calls).collect());
    plan["callbacks"] = json!([{
        "name": "back", "number": 10, "params": ["i32", "i64"], "results": ["i32"], "steps": steps, "ending": ending
    }]);
    plan
}

fn calls_back(lab: &Lab) -> Result<(), Stop> {
    let mut inner = call("seven", json!([]), &["i32"]);
    inner["number"] = json!(11);
    inner["agent"] = json!("main");
    let plan = with_callback(&json!([inner]), &json!({"returns": [i32(5)]}));
    let done = Session::open(lab)?.run(1, &plan)?;
    done.demand_returned(1, &json!([i32(5)]))?;
    done.demand_returned(10, &json!([i32(1), value_of("i64", "-1")]))?;
    done.demand_returned(11, &json!([i32(7)]))?;
    let order: Vec<_> = done.observations.iter().map(|seen| (seen.step, seen.invocation)).collect();
    let call = |step, nth| [(10, Some(nth)), (11, Some(nth)), (step, None)];
    let expected: Vec<_> = [(0, None)].into_iter().chain((0..3).flat_map(|nth| call(nth + 1, nth))).collect();
    demand(order == expected, format!("steps with invocations: {expected:?}"), || format!("{order:?}"))
}

fn throws_through(lab: &Lab) -> Result<(), Stop> {
    let done = Session::open(lab)?.run(1, &with_callback(&json!([]), &json!({"throws": "RangeError"})))?;
    match done.of(1)? {
        StepResult::Threw { error, .. } if error == "RangeError" => Ok(()),
        other => Err(Stop::failed("threw, error RangeError", json!(other).to_string())),
    }
}

fn keeps_results(lab: &Lab) -> Result<(), Stop> {
    let mut minus_two = call("i32", json!([i32(-2)]), &["i32"]);
    minus_two["as"] = json!("kept");
    let kept = json!({"kept": "kept", "type": "i32", "plus": -8});
    let wide = json!({"kept": "kept", "type": "i64", "unsigned": true, "plus": 3});
    let steps = vec![
        instantiate(),
        minus_two,
        call("i32", json!([kept]), &["i32"]),
        call("i64", json!([wide]), &["i64"]),
    ];
    let done = Session::open(lab)?.run(1, &plan(steps))?;
    done.demand_returned(2, &json!([i32(-10)]))?;
    done.demand_returned(3, &json!([value_of("i64", "4294967297")]))
}

fn repeated(lab: &Lab, export: &str, times: u32) -> Result<(Vec<u32>, u32), Stop> {
    let mut step = call(export, json!([]), &["i32"]);
    step["repeat"] = json!(times);
    let done = Session::open(lab)?.run(1, &plan(vec![instantiate(), step]))?;
    match done.of(1)? {
        StepResult::Repeated { runs, unrecorded } => {
            Ok((runs.iter().map(|run| run.rounds).collect(), *unrecorded))
        }
        other => Err(Stop::failed("repeated", json!(other).to_string())),
    }
}

fn folds_rounds(lab: &Lab) -> Result<(), Stop> {
    let (rounds, unrecorded) = repeated(lab, "seven", 3000)?;
    let came = || format!("rounds {rounds:?}, {unrecorded} unrecorded");
    demand(rounds == [3000] && unrecorded == 0, "one run of 3000 rounds", came)
}

fn caps_runs(lab: &Lab) -> Result<(), Stop> {
    let (rounds, unrecorded) = repeated(lab, "flip", 1500)?;
    let holds = rounds.len() == MAX_RUNS && rounds.iter().all(|&count| count == 1) && unrecorded == 476;
    let expected = format!("{MAX_RUNS} runs of one round, 476 unrecorded");
    demand(holds, expected, || format!("{} runs, {unrecorded} unrecorded", rounds.len()))
}

fn writes_long_lines(lab: &Lab) -> Result<(), Stop> {
    const PAGES: u32 = 16;
    let take = json!({"op": "take", "as": "m", "instance": "i", "export": "memory"});
    let grow = json!({"op": "grow", "memory": "m", "by": number(PAGES - 1)});
    let buffer = json!({"handle": "m", "buffer": true});
    let read = json!({"op": "read", "buffer": buffer, "at": number(0), "count": number(PAGES * 65536)});
    let done = Session::open(lab)?.run(1, &plan(vec![instantiate(), take, grow, read]))?;
    for step in 1..3 {
        done.of(step)?;
    }
    match done.of(3)? {
        StepResult::Threw { .. } => Err(Stop::Skipped("the memory could not be grown".to_owned())),
        _ => done.demand_returned(3, &json!([value_of("bytes", &hex(&vec![0; PAGES as usize * 65536]))])),
    }
}
