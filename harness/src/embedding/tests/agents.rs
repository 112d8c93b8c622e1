//! Agents: waiting, waking, joining, and being stopped.

use std::sync::atomic::AtomicBool;

use super::*;

const WAITER: &str = r#"
    (module
      (import "env" "memory" (memory 1 1 shared))
      (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
      (func (export "notify") (result i32) (memory.atomic.notify (i32.const 0) (i32.const 1)))
      (func (export "wake") (result i32)
        (loop (br_if 0 (i32.eqz (memory.atomic.notify (i32.const 0) (i32.const 1))))) (i32.const 1))
      (func (export "tell-and-wait") (result i32)
        (i32.atomic.store (i32.const 4) (i32.const 1))
        (drop (memory.atomic.notify (i32.const 4) (i32.const 1)))
        (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
      (func (export "spin") (result i32) (loop (br 0)) (i32.const 0)))"#;

/// A worker with the shared memory, an instance, and a view of 32-bit elements; main has them too.
fn together(mut steps: Vec<Json>) -> Case {
    let mut all = vec![
        shared("mem", 1, 1),
        post(json!({"handle": {"handle": "mem"}})),
        receive(json!({"as": "mem"}), 1),
        instance("inst", "g", "mem"),
        by("worker", instance("inst", "g", "mem")),
        view("v", "Int32Array", "mem"),
        by("worker", view("v", "Int32Array", "mem")),
    ];
    all.append(&mut steps);
    Case::of(all).guest("g", WAITER).worker()
}

fn host_wait() -> Json {
    json!({"op": "wait", "view": "v", "index": n(0.0), "value": n(0.0)})
}

fn host_notify() -> Json {
    json!({"op": "notify", "view": "v", "index": n(0.0), "count": n(1.0), "until": 1})
}

/// Parks the worker in a guest's wait: once main is told, nothing can stop the worker before it is
/// there.
fn park_worker() -> [Json; 2] {
    let mut wait = host_wait();
    wait["index"] = n(1.0);
    [start(Some(10), by("worker", call("inst", "tell-and-wait", &[]))), wait]
}

fn join(started: u32) -> Json {
    json!({"op": "join", "started": started})
}

#[test]
fn a_host_wakes_a_guest_and_a_host() {
    for (wait, woken) in [(call("inst", "wait", &[]), "0"), (host_wait(), "\"ok\"")] {
        let case = together(vec![start(Some(9), by("worker", wait)), host_notify(), join(7)]);
        assert_eq!(case.run()[7..], ["started", "1", woken]);
    }
}

#[test]
fn a_guest_wakes_a_host_and_a_guest() {
    for (wait, woken) in [(call("inst", "wait", &[]), "0"), (host_wait(), "\"ok\"")] {
        let case = together(vec![start(Some(9), by("worker", wait)), call("inst", "wake", &[]), join(7)]);
        assert_eq!(case.run()[7..], ["started", "1", woken]);
    }
}

#[test]
fn the_result_of_a_started_step_is_observed_once_under_its_joins_number() {
    let case = together(vec![start(Some(8), by("worker", call("inst", "notify", &[]))), join(7)]);
    let seen = case.observe();
    let joined: Vec<_> = seen.iter().filter(|o| o.step == 8).collect();
    assert_eq!(joined.len(), 1);
    assert_eq!((joined[0].agent.as_str(), show(joined[0]).as_str()), ("worker", "0"));
}

#[test]
fn a_looping_guest_is_terminated_and_its_steps_are_passed_over() {
    let case = together(vec![
        start(None, by("worker", call("inst", "spin", &[]))),
        json!({"op": "terminate", "target": "worker"}),
        by("worker", call("inst", "notify", &[])),
        call("inst", "notify", &[]),
    ]);
    assert_eq!(case.run()[7..], ["started", "done", "skipped", "0"]);
}

#[test]
fn an_agent_that_is_between_steps_is_terminated_too() {
    let case = together(vec![json!({"op": "terminate", "target": "worker"}), call("inst", "notify", &[])]);
    assert_eq!(case.run()[7..], ["done", "0"]);
}

#[test]
fn an_agent_parked_in_a_wait_cannot_be_terminated_and_retires_the_executor() {
    let [park, told] = park_worker();
    let case = together(vec![park, told, json!({"op": "terminate", "target": "worker"}), join(7)]);
    let (ended, seen) = case.limited(&Limits::default());
    assert_eq!(ended, Ended::Done { retire: true });
    let seen: Vec<_> = seen.iter().map(show).collect();
    assert_eq!(seen[7], "started");
    assert_eq!(seen[9..], ["unsupported", "skipped"]);
}

#[test]
fn a_guest_that_never_returns_is_stopped_at_the_deadline() {
    const SPIN: &str = r#"(module (func (export "spin") (result i32) (loop (br 0)) (i32.const 0)))"#;
    let case = Case::of([alone("inst", "g"), call("inst", "spin", &[]), alone("inst", "g")]).guest("g", SPIN);
    let (ended, seen) = case.limited(&Limits { deadline: Some(Duration::from_millis(300)), interrupt: None });
    assert_eq!(ended, Ended::TimedOut);
    assert!(seen.len() <= 1, "the call has no result: {seen:?}");
}

#[test]
fn an_agent_parked_for_ever_ends_as_timed_out() {
    let [park, told] = park_worker();
    let case = together(vec![park, told, join(7)]);
    let (ended, seen) = case.limited(&Limits { deadline: Some(Duration::from_secs(2)), interrupt: None });
    assert_eq!(ended, Ended::TimedOut);
    assert!(seen.iter().all(|observation| observation.step < 9), "{seen:?}");
}

#[test]
fn an_interrupt_ends_a_run() {
    const SPIN: &str = r#"(module (func (export "spin") (result i32) (loop (br 0)) (i32.const 0)))"#;
    let case = Case::of([alone("inst", "g"), call("inst", "spin", &[])]).guest("g", SPIN);
    let interrupt = Some(Arc::new(AtomicBool::new(true)));
    let (ended, _) = case.limited(&Limits { deadline: None, interrupt });
    assert_eq!(ended, Ended::Interrupted);
}

#[test]
fn an_embedding_runs_one_plan_after_another() {
    let embedding = Embedding::new(Arc::new(Wasmtime::new().unwrap()));
    let plan = together(vec![call("inst", "notify", &[])]).plan();
    for _ in 0..20 {
        let ended = embedding.run(plan.clone(), &Limits::default(), Arc::new(|_| {}));
        assert_eq!(ended, Ended::Done { retire: false });
    }
}

#[test]
fn a_panic_in_an_adapter_fails_the_case_and_not_the_process() {
    struct Panics(Wasmtime);
    impl Engine for Panics {
        fn runtime(&self) -> (String, String) {
            self.0.runtime()
        }
        fn compile(&self, _: &[u8]) -> Result<crate::engine::Module, crate::engine::Failure> {
            panic!("out of luck")
        }
        fn agent(&self, host: std::rc::Rc<dyn crate::engine::Host>) -> Box<dyn crate::engine::Agent> {
            self.0.agent(host)
        }
    }
    let embedding = Embedding::new(Arc::new(Panics(Wasmtime::new().unwrap())));
    let plan = Case::of([alone("inst", "g"), alone("inst", "g")]).guest("g", "(module)").plan();
    let ended = embedding.run(plan, &Limits::default(), Arc::new(|_| {}));
    assert_eq!(ended, Ended::Failed { message: "main panicked: out of luck".to_owned() });
}
