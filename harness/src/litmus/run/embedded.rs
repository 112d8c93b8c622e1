//! A test in the embedded wasmtime: a thread an agent, each with a store of its own over one shared
//! memory.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use wasmtime::{Config, Engine, Instance, MemoryType, Module, SharedMemory, Store};

use crate::engine::wasmtime::Variant;

use super::job::{AgentCode, Entry, Job, Response, Slice};
use super::pin::pin;

/// A test made ready.
pub(super) struct Embedded {
    engine: Engine,
    module: Module,
    job: Job,
    agents: Vec<String>,
    memory: Option<SharedMemory>,
}

/// The engine of a variant, with as little between the instructions as it allows.
///
/// # Errors
///
/// The reason why there is none.
pub(super) fn engine(variant: Variant) -> Result<Engine, String> {
    let mut config = Config::new();
    config.shared_memory(true).wasm_threads(true);
    variant.apply(&mut config).map_err(|error| format!("{error:#}"))?;
    Engine::new(&config).map_err(|error| format!("{error:#}"))
}

type Failure = wasmtime::Error;

impl Embedded {
    /// # Errors
    ///
    /// As an answer: `unsupported` where wasmtime cannot run such a test at all.
    pub(super) fn prepare(engine: &Engine, job: Job) -> Result<Self, Response> {
        let unsupported = |reason: String| Response::Unsupported { reason };
        let failed = |message: String| Response::Failed { message };
        let agents = job.agents.iter().map(|agent| match agent {
            AgentCode::Wasm(export) => Ok(export.clone()),
            AgentCode::Js(_) => Err(unsupported("it has no JavaScript".to_owned())),
        });
        let agents = agents.collect::<Result<Vec<_>, _>>()?;
        let wasm = BASE64_STANDARD.decode(&job.wasm).map_err(|error| failed(error.to_string()))?;
        let module = Module::from_binary(engine, &wasm).map_err(|error| unsupported(format!("{error:#}")))?;
        let mut embedded = Self { engine: engine.clone(), module, job, agents, memory: None };
        embedded.begin().map_err(|error| unsupported(format!("{error:#}")))?;
        Ok(embedded)
    }

    fn begin(&mut self) -> Result<(), Failure> {
        let memory = SharedMemory::new(&self.engine, MemoryType::shared(self.job.initial, self.job.maximum))?;
        let (mut store, instance) = self.instance(&memory)?;
        instance.get_typed_func::<(), ()>(&mut store, "reset")?.call(&mut store, ())?;
        self.memory = Some(memory);
        Ok(())
    }

    fn instance(&self, memory: &SharedMemory) -> Result<(Store<()>, Instance), Failure> {
        let mut store = Store::new(&self.engine, ());
        let instance = Instance::new(&mut store, &self.module, &[memory.clone().into()])?;
        Ok((store, instance))
    }

    /// Runs at most so many batches for about so long.
    pub(super) fn slice(&mut self, batches: u32, patience: Duration) -> Result<Slice, Failure> {
        let begin = Instant::now();
        let mut total = Slice::default();
        loop {
            if self.job.fresh {
                self.begin()?;
            }
            let rest = patience.saturating_sub(begin.elapsed());
            // What cannot be taken back is done once in each memory.
            self.run(if self.job.fresh { 1 } else { batches }, rest, &mut total)?;
            let over = total.batches >= u64::from(batches) || begin.elapsed() >= patience;
            if !self.job.fresh || over {
                return Ok(total);
            }
        }
    }

    fn run(&self, limit: u32, patience: Duration, total: &mut Slice) -> Result<(), Failure> {
        let Some(memory) = &self.memory else { return Ok(()) };
        let (mut store, instance) = self.instance(memory)?;
        instance.get_typed_func::<(), ()>(&mut store, "clear")?.call(&mut store, ())?;
        let stop = instance.get_typed_func::<(), ()>(&mut store, "stop")?;
        let limit = limit.cast_signed();
        let ends: Vec<Result<(i32, Duration), Failure>> = thread::scope(|scope| {
            let (done, all) = mpsc::channel::<()>();
            let threads: Vec<_> = self
                .agents
                .iter()
                .enumerate()
                .map(|(place, export)| {
                    let done = done.clone();
                    scope.spawn(move || {
                        let _done = done;
                        if self.job.pin {
                            let _ = pin(place);
                        }
                        self.agent(memory, export, limit)
                    })
                })
                .collect();
            drop(done);
            // Nothing is ever sent: the channel closes when the last agent is done.
            let _ = all.recv_timeout(patience);
            let stopped = stop.call(&mut store, ());
            let panicked = || Failure::msg("an agent's thread panicked");
            let mut ends: Vec<_> =
                threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked()))).collect();
            ends.extend(stopped.err().map(Err));
            ends
        });
        let ends = ends.into_iter().collect::<Result<Vec<_>, _>>()?;
        let took = ends.iter().map(|(_, took)| *took).max().unwrap_or_default();
        total.batches += ends.first().map_or(0, |&(batches, _)| u64::from(batches.cast_unsigned()));
        total.nanoseconds += u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.count(&mut store, instance, total)
    }

    fn agent(&self, memory: &SharedMemory, export: &str, limit: i32) -> Result<(i32, Duration), Failure> {
        let (mut store, instance) = match self.instance(memory) {
            Ok(made) => made,
            // The others wait at a barrier that this agent does not come to.
            Err(error) => give_up(&error),
        };
        let run = instance.get_typed_func::<i32, i32>(&mut store, export)?;
        let begin = Instant::now();
        match run.call(&mut store, limit) {
            Ok(batches) => Ok((batches, begin.elapsed())),
            Err(error) => give_up(&error),
        }
    }

    fn count(&self, store: &mut Store<()>, instance: Instance, total: &mut Slice) -> Result<(), Failure> {
        let peek = instance.get_typed_func::<i32, i64>(&mut *store, "peek")?;
        let mut word = |at: u32| peek.call(&mut *store, at.cast_signed()).map(i64::cast_unsigned);
        let Job { tables, slots, words, overflow, .. } = &self.job;
        total.overflow += word(*overflow)?;
        for table in tables {
            for slot in 0..*slots {
                let at = table + slot * 8 * (words + 1);
                let count = word(at)?;
                if count > 0 {
                    let values = (0..*words).map(|of| word(at + 8 + 8 * of)).collect::<Result<_, _>>()?;
                    total.entries.push(Entry { count, values });
                }
            }
        }
        Ok(())
    }
}

/// Ends this process, whose other agents nobody could free: the harness sees how, and starts another.
fn give_up(error: &Failure) -> ! {
    eprintln!("an agent failed: {error:#}");
    std::process::exit(1)
}
