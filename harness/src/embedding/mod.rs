//! The host side of the API around an engine that has none: what the WebAssembly JS API and
//! ECMA-262 say about memories, their buffers, views and `Atomics`, and agents to use them.
//!
//! [`Embedding::run`] runs a plan. What the words of an observation's `observed_by` mean is in
//! `ops`; which texts are followed is said where they are, and for memories' buffers in `memory`.
//!
//! - Agents are threads, each with an [`Agent`](crate::engine::Agent) of its own; steps run one at
//!   a time in the plan's order (`run`).
//! - An agent whose guest loops is stopped by the engine. One that is parked in a wait, of a guest
//!   or of the host, is not: both are in the engine's queue of waiters, which only a notification
//!   or a timeout leaves. Such a thread is left behind, and [`Ended::Done`] says so.
//! - `turn` marks a point in the plan and does nothing, since there is no event loop. Whatever
//!   needs promises, resizable buffers or a transfer is unsupported.
//! - Guests are instrumented to count their growth (`instrument`) where a plan looks at buffers.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use self::module::Modules;
use self::pool::Pool;
use self::run::Run;
use crate::case::plan::{Feature, Op, Plan, Step};
use crate::engine::{Engine, probe};
use crate::protocol::{Support, True};

mod agent;
mod atomics;
mod buffer;
mod dataview;
mod element;
mod error;
mod handle;
mod instance;
pub mod instrument;
mod memory;
mod message;
mod module;
mod number;
mod ops;
mod pool;
mod realm;
mod run;
mod view;

pub use run::{Ended, Limits, Observer};

/// An engine with a host around it. It keeps threads and large modules between runs, and can do
/// several at once.
pub struct Embedding {
    engine: Arc<dyn Engine>,
    pool: Pool,
    modules: Arc<Modules>,
}

impl Embedding {
    /// Around an engine.
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine, pool: Pool::default(), modules: Arc::default() }
    }

    /// The engine.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    /// Every feature, probed where it is the engine's to have.
    pub fn features(&self) -> BTreeMap<Feature, Support> {
        let mut features = probe::features(self.engine.as_ref());
        for feature in Feature::ALL {
            features.entry(*feature).or_insert_with(|| self.host_feature(*feature));
        }
        features
    }

    fn host_feature(&self, feature: Feature) -> Support {
        let unsupported = |reason: &str| Support::Unsupported(reason.to_owned());
        match feature {
            Feature::Agents => Support::Supported(True),
            Feature::Terminate => {
                let agent = self.engine.agent(std::rc::Rc::new(Nobody));
                match agent.stopper() {
                    Some(_) => Support::Supported(True),
                    None => unsupported("the engine cannot stop a guest"),
                }
            }
            Feature::TerminateWaiting => unsupported("the engine cannot stop an agent that waits"),
            Feature::LargeMemory => large_memory(),
            _ => unsupported("the embedding has no JavaScript"),
        }
    }

    /// Runs a plan to its end. `observer` is called on the agents' threads, one call at a time, as
    /// soon as a step is done; after the return it is called no more.
    pub fn run(&self, plan: Plan, limits: &Limits, observer: Observer) -> Ended {
        let instrument = plan.steps.iter().chain(plan.callbacks.iter().flat_map(|c| &c.steps)).any(looks);
        let run = Run::new(plan, Arc::clone(&self.engine), Arc::clone(&self.modules), instrument, observer);
        for index in 0..run.agent_count() {
            let agents_run = Arc::clone(&run);
            let started = self.pool.run(Box::new(move || {
                let panicked = catch_unwind(AssertUnwindSafe(|| agent::work(&agents_run, index)));
                agents_run.ended(index, panicked.err().map(|panic| words(panic.as_ref())));
            }));
            if let Err(error) = started {
                run.ended(index, Some(format!("there is no thread: {error}")));
            }
        }
        run.conclude(limits)
    }
}

/// Whether a step's result depends upon which buffer is a memory's current one.
fn looks(step: &Step) -> bool {
    !matches!(
        step.op,
        Op::Memory { .. }
            | Op::Take { .. }
            | Op::Grow { .. }
            | Op::Compile { .. }
            | Op::Instantiate { .. }
            | Op::Call { .. }
            | Op::Receive { .. }
            | Op::Turn
            | Op::Terminate { .. }
            | Op::Join { .. }
    )
}

/// A buffer above 4 GiB takes address space, and memory only where it is written; still a machine
/// that has little is spared. `SAMEBYTES_LARGE_MEMORY` set to `1` or `0` decides.
fn large_memory() -> Support {
    const ENOUGH_KIB: u64 = 12 << 20;
    let available = || {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().trim_end_matches(" kB").parse::<u64>().ok()
    };
    match std::env::var("SAMEBYTES_LARGE_MEMORY").as_deref() {
        Ok("1") => Support::Supported(True),
        Err(_) if available().is_some_and(|kib| kib >= ENOUGH_KIB) => Support::Supported(True),
        _ => Support::Unsupported(
            "there is too little memory; SAMEBYTES_LARGE_MEMORY=1 asks for it".to_owned(),
        ),
    }
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no words".to_owned())
}

struct Nobody;

impl crate::engine::Host for Nobody {
    fn call(
        &self,
        _: &mut dyn crate::engine::Agent,
        _: u32,
        _: Vec<crate::value::Value>,
    ) -> Result<Vec<crate::value::Value>, crate::engine::Interruption> {
        Err(crate::engine::Interruption::Stopped)
    }
}

#[cfg(test)]
mod tests;
