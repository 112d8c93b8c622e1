//! Plans written as JSON, run in wasmtime, and what each step did as a line of text.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::*;
use crate::engine::wasmtime::Wasmtime;
use crate::protocol::{Observation, StepResult};

mod agents;
mod growth;
mod guests;
mod messages;
mod views;

/// A JavaScript number.
fn n(value: f64) -> Json {
    json!({"type": "number", "value": value.to_string()})
}

fn i(value: i32) -> Json {
    json!({"type": "i32", "value": value.to_string()})
}

fn big(value: &str) -> Json {
    json!({"type": "bigint", "value": value})
}

fn memory(name: &str, initial: u32, maximum: u32) -> Json {
    let (initial, maximum) = (n(initial.into()), n(maximum.into()));
    json!({"op": "memory", "as": name, "descriptor": [["initial", initial], ["maximum", maximum]]})
}

fn shared(name: &str, initial: u32, maximum: u32) -> Json {
    let mut step = memory(name, initial, maximum);
    let yes = json!(["shared", {"type": "boolean", "value": "true"}]);
    step["descriptor"].as_array_mut().unwrap().push(yes);
    step
}

fn view(name: &str, ty: &str, memory: &str) -> Json {
    json!({"op": "view", "as": name, "type": ty, "buffer": {"handle": memory}})
}

/// Instantiates a guest whose import `env.memory`, if it has one, is a memory.
fn instance(name: &str, guest: &str, memory: &str) -> Json {
    let import = json!({"module": "env", "name": "memory", "handle": memory});
    json!({"op": "instantiate", "as": name, "module": {"guest": guest}, "imports": [import]})
}

fn alone(name: &str, guest: &str) -> Json {
    json!({"op": "instantiate", "as": name, "module": {"guest": guest}, "imports": []})
}

fn call(instance: &str, export: &str, args: &[Json]) -> Json {
    json!({"op": "call", "instance": instance, "export": export, "args": args, "results": ["i32"]})
}

/// By a worker.
fn by(agent: &str, mut step: Json) -> Json {
    step["agent"] = json!(agent);
    step
}

fn start(join: Option<u32>, mut step: Json) -> Json {
    step["start"] = json!({ "join": join });
    step
}

fn post(message: Json) -> Json {
    json!({"op": "post", "to": "worker", "message": message, "via": "message"})
}

fn receive(pattern: Json, post: u32) -> Json {
    by("worker", json!({"op": "receive", "as": pattern, "from": "main", "via": "message", "post": post}))
}

/// A plan of these steps, numbered from 0; callbacks' steps are numbered where they are written.
struct Case {
    agents: &'static [&'static str],
    guests: Vec<(&'static str, &'static str)>,
    callbacks: Json,
    steps: Vec<Json>,
}

impl Case {
    fn of(steps: impl Into<Vec<Json>>) -> Self {
        Self { agents: &[], guests: Vec::new(), callbacks: json!([]), steps: steps.into() }
    }

    fn guest(mut self, name: &'static str, text: &'static str) -> Self {
        self.guests.push((name, text));
        self
    }

    fn worker(mut self) -> Self {
        self.agents = &["worker"];
        self
    }

    fn callbacks(mut self, callbacks: Json) -> Self {
        self.callbacks = callbacks;
        self
    }

    fn plan(&self) -> Plan {
        let steps: Vec<_> = (0..).zip(&self.steps).map(|(number, step)| number_step(number, step)).collect();
        let mut plan: Plan = serde_json::from_value(json!({
            "id": "a/case", "agents": self.agents, "needs": [], "guests": [],
            "callbacks": self.callbacks, "steps": steps,
        }))
        .expect("a plan");
        for (name, text) in &self.guests {
            let wasm = wat::parse_str(text).expect("a guest");
            plan.guests.push(crate::case::plan::Guest { name: (*name).to_owned(), wasm });
        }
        plan
    }

    fn limited(&self, limits: &Limits) -> (Ended, Vec<Observation>) {
        let embedding = Embedding::new(Arc::new(Wasmtime::new().unwrap()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let observer = Arc::clone(&seen);
        let ended = embedding.run(
            self.plan(),
            limits,
            Arc::new(move |observation| observer.lock().unwrap().push(observation)),
        );
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.sort_by_key(|observation| (observation.step, observation.invocation));
        (ended, seen)
    }

    /// What was observed, in the order of the steps' numbers.
    fn observe(&self) -> Vec<Observation> {
        let limits = Limits { deadline: Some(Duration::from_secs(60)), interrupt: None };
        let (ended, seen) = self.limited(&limits);
        assert_eq!(ended, Ended::Done { retire: false }, "{seen:#?}");
        seen
    }

    fn run(&self) -> Vec<String> {
        self.observe().iter().map(show).collect()
    }
}

fn number_step(number: u32, step: &Json) -> Json {
    let mut step = step.clone();
    step["number"] = json!(number);
    if step.get("agent").is_none() {
        step["agent"] = json!("main");
    }
    step
}

fn show(observation: &Observation) -> String {
    result(&observation.result)
}

fn result(result: &StepResult) -> String {
    match result {
        StepResult::Returned { values } => {
            let values: Vec<_> = values.iter().map(|seen| seen.value.to_string()).collect();
            if values.is_empty() { "done".to_owned() } else { values.join(" ") }
        }
        StepResult::Trap { kind, .. } => format!("trap {}", kind.as_deref().unwrap_or("?")),
        StepResult::Exhaustion { .. } => "exhaustion".to_owned(),
        StepResult::Threw { error, .. } => error.clone(),
        StepResult::Started => "started".to_owned(),
        StepResult::Unsupported { .. } => "unsupported".to_owned(),
        StepResult::Skipped { .. } => "skipped".to_owned(),
        StepResult::Repeated { runs, .. } => {
            let runs = runs.iter().map(|run| format!("{}x {}", run.rounds, self::result(&run.result)));
            runs.collect::<Vec<_>>().join(", ")
        }
    }
}
