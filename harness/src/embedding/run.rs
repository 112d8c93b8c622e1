//! What the agents of one run have in common: whose turn it is, what was started, what is in the
//! mail, and who is gone.
//!
//! Steps run one at a time in the plan's order: the turn is the index of the step that may run. An
//! agent waits for the turn of its next step outside any lock of an engine. Everything an agent
//! observes passes through [`Run::observe`], which drops what comes from an agent that was
//! terminated or from a run that is over.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::message::Packet;
use super::module::{Compiled, Modules};
use crate::case::plan::{MAIN, Op, Plan};
use crate::engine::{Engine, Failure, Stopper};
use crate::protocol::{Observation, ObservedBy, StepResult};

/// Where observations go, on the thread of the agent that made them.
pub type Observer = Arc<dyn Fn(Observation) + Send + Sync>;

/// How long an agent that was told to stop is waited for. A guest that loops stops within
/// microseconds; one that is parked never does.
const STOPPING: Duration = Duration::from_secs(1);

/// How often a run with an interrupt looks at it.
const INTERRUPT_POLL: Duration = Duration::from_millis(20);

/// One run of a plan.
pub struct Run {
    pub plan: Plan,
    pub engine: Arc<dyn Engine>,
    modules: Arc<Modules>,
    /// Whether guests count their growth.
    instrument: bool,
    observer: Observer,
    guests: Vec<OnceLock<Result<Arc<Compiled>, Failure>>>,
    /// By agent; set once, and looked at without a lock.
    stopped: Vec<AtomicBool>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    turn: usize,
    over: bool,
    failed: Option<String>,
    retire: bool,
    agents: Vec<AgentState>,
    /// Started steps that have ended; false where their agent went before it was done.
    finished: HashMap<u32, bool>,
    /// By the number of the step that posts; nothing where it failed.
    mail: HashMap<u32, VecDeque<Option<Packet>>>,
    invocations: HashMap<u32, u32>,
}

#[derive(Default)]
struct AgentState {
    stopper: Option<Arc<dyn Stopper>>,
    /// It does no further steps: it was terminated, or it failed.
    gone: bool,
    /// Its thread is through with the run.
    ended: bool,
    /// The started step that it is in.
    busy: Option<u32>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every step was done.
    Done {
        /// A thread was left behind, parked where nothing reaches it: this process should not be
        /// trusted with another case.
        retire: bool,
    },
    /// The deadline passed first. A thread may have been left behind.
    TimedOut,
    /// It was interrupted. A thread may have been left behind.
    Interrupted,
    /// The adapter or the embedding panicked.
    Failed {
        /// With these words.
        message: String,
    },
}

/// When a run is given up.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// So long after it began.
    pub deadline: Option<Duration>,
    /// When this becomes true.
    pub interrupt: Option<Arc<AtomicBool>>,
}

/// What came of stopping an agent.
pub enum Terminated {
    /// Its thread has ended.
    Ended,
    /// It could not be stopped and was left behind.
    Left,
}

impl Run {
    pub fn new(
        plan: Plan,
        engine: Arc<dyn Engine>,
        modules: Arc<Modules>,
        instrument: bool,
        observer: Observer,
    ) -> Arc<Self> {
        let count = plan.agents.len() + 1;
        let state = State {
            turn: 0,
            over: false,
            failed: None,
            retire: false,
            agents: (0..count).map(|_| AgentState::default()).collect(),
            finished: HashMap::new(),
            mail: HashMap::new(),
            invocations: HashMap::new(),
        };
        Arc::new(Self {
            guests: plan.guests.iter().map(|_| OnceLock::new()).collect(),
            stopped: (0..count).map(|_| AtomicBool::new(false)).collect(),
            plan,
            engine,
            modules,
            instrument,
            observer,
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    pub fn agent_count(&self) -> usize {
        self.stopped.len()
    }

    pub fn agent_name(&self, agent: usize) -> &str {
        agent.checked_sub(1).map_or(MAIN, |worker| &self.plan.agents[worker])
    }

    fn agent_index(&self, name: &str) -> Option<usize> {
        (0..self.agent_count()).find(|index| self.agent_name(*index) == name)
    }

    pub fn is_stopped(&self, agent: usize) -> bool {
        self.stopped[agent].load(Ordering::SeqCst)
    }

    /// A guest of the plan, compiled by whichever agent needs it first.
    pub fn guest(&self, name: &str) -> Option<Result<Arc<Compiled>, Failure>> {
        let index = self.plan.guests.iter().position(|guest| guest.name == name)?;
        // Guests with the same bytes are one module.
        let wasm = &self.plan.guests[index].wasm;
        let index = self.plan.guests.iter().position(|guest| guest.wasm == *wasm).unwrap_or(index);
        let compile = || self.modules.compile(self.engine.as_ref(), wasm, self.instrument);
        Some(self.guests[index].get_or_init(compile).clone())
    }

    /// Which call of a callback this is.
    pub fn invocation(&self, callback: u32) -> u32 {
        let mut state = self.lock();
        let count = state.invocations.entry(callback).or_default();
        *count += 1;
        *count - 1
    }

    pub fn observe(
        &self,
        agent: usize,
        step: u32,
        invocation: Option<u32>,
        observed_by: ObservedBy,
        result: StepResult,
    ) {
        let state = self.lock();
        if !state.over && !state.agents[agent].gone {
            let agent = self.agent_name(agent).to_owned();
            (self.observer)(Observation { step, agent, invocation, observed_by, result });
        }
    }

    pub fn set_stopper(&self, agent: usize, stopper: Option<Arc<dyn Stopper>>) {
        let mut state = self.lock();
        if self.is_stopped(agent)
            && let Some(stopper) = &stopper
        {
            stopper.stop();
        }
        state.agents[agent].stopper = stopper;
    }

    /// Waits until it is a step's turn; false where the agent is to end instead.
    pub fn turn(&self, agent: usize, index: usize) -> bool {
        let mut state = self.lock();
        while state.turn < index && !self.is_stopped(agent) && !state.over {
            state = self.wait(state);
        }
        state.turn == index && !self.is_stopped(agent) && !state.over
    }

    /// The step at this index is done, or was started.
    pub fn advance(&self, index: usize) {
        let mut state = self.lock();
        if state.turn == index {
            state.turn += 1;
            self.pass_over(&mut state);
        }
        self.changed.notify_all();
    }

    /// Passes over the steps of agents that are gone.
    fn pass_over(&self, state: &mut State) {
        while let Some(step) = self.plan.steps.get(state.turn) {
            let Some(agent) = self.agent_index(&step.agent) else {
                state.failed.get_or_insert(format!("step {}: there is no agent {}", step.number, step.agent));
                return;
            };
            if !state.agents[agent].gone || state.over {
                return;
            }
            if step.start.is_some() {
                state.finished.insert(step.number, false);
            }
            if matches!(step.op, Op::Post { .. }) {
                state.mail.entry(step.number).or_default().push_back(None);
            }
            let reason = format!("{} was terminated", step.agent);
            let (observed_by, result) = (ObservedBy::Embedding, StepResult::Skipped { reason });
            let agent = step.agent.clone();
            (self.observer)(Observation { step: step.number, agent, invocation: None, observed_by, result });
            state.turn += 1;
        }
    }

    /// An agent begins a step that is not waited for.
    pub fn begin(&self, agent: usize, step: u32) {
        self.lock().agents[agent].busy = Some(step);
    }

    /// The started step is done.
    pub fn finish(&self, agent: usize, step: u32) {
        let mut state = self.lock();
        state.agents[agent].busy = None;
        if !state.agents[agent].gone {
            state.finished.insert(step, true);
        }
        self.changed.notify_all();
    }

    /// Waits for a started step; true where it was done, false where its agent went, and nothing
    /// where the waiting agent is to end.
    pub fn join(&self, agent: usize, step: u32) -> Option<bool> {
        let mut state = self.lock();
        loop {
            if self.is_stopped(agent) || state.over {
                return None;
            }
            if let Some(done) = state.finished.get(&step) {
                return Some(*done);
            }
            state = self.wait(state);
        }
    }

    /// Puts a message into the mail; nothing where it could not be posted.
    pub fn post(&self, step: u32, packet: Option<Packet>) {
        self.lock().mail.entry(step).or_default().push_back(packet);
        self.changed.notify_all();
    }

    /// Takes a message out of the mail. The outer nothing: the agent is to end. The inner one:
    /// there is no message and none can come, since nobody else is at work.
    pub fn receive(&self, agent: usize, step: u32) -> Option<Option<Packet>> {
        let mut state = self.lock();
        loop {
            if self.is_stopped(agent) || state.over {
                return None;
            }
            if let Some(packet) = state.mail.get_mut(&step).and_then(VecDeque::pop_front) {
                return Some(packet);
            }
            let others = state.agents.iter().enumerate().any(|(other, agent_state)| {
                other != agent && agent_state.busy.is_some() && !agent_state.gone
            });
            // An agent in a started step leaves the turn to others, who may post.
            let own = state.agents[agent].busy.is_some() && state.turn < self.plan.steps.len();
            if !others && !own {
                return Some(None);
            }
            state = self.wait(state);
        }
    }

    /// Stops an agent and waits until it has ended, or long enough to know that it will not.
    pub fn terminate(&self, target: &str) -> Option<Terminated> {
        let target = self.agent_index(target)?;
        let mut state = self.lock();
        self.stop(&mut state, target);
        let deadline = Instant::now() + STOPPING;
        while !state.agents[target].ended && !state.over && Instant::now() < deadline {
            state = self.wait_until(state, Some(deadline));
        }
        Some(if state.agents[target].ended {
            Terminated::Ended
        } else {
            state.retire = true;
            Terminated::Left
        })
    }

    fn stop(&self, state: &mut State, agent: usize) {
        self.stopped[agent].store(true, Ordering::SeqCst);
        let agent_state = &mut state.agents[agent];
        agent_state.gone = true;
        if let Some(stopper) = &agent_state.stopper {
            stopper.stop();
        }
        if let Some(step) = agent_state.busy {
            state.finished.insert(step, false);
        }
        self.changed.notify_all();
    }

    /// The thread of an agent is through with the run.
    pub fn ended(&self, agent: usize, panicked: Option<String>) {
        let mut state = self.lock();
        let agent_state = &mut state.agents[agent];
        agent_state.ended = true;
        agent_state.stopper = None;
        if let Some(message) = panicked {
            let message = format!("{} panicked: {message}", self.agent_name(agent));
            state.failed.get_or_insert(message);
        }
        self.changed.notify_all();
    }

    fn wait_until<'a>(
        &self,
        state: MutexGuard<'a, State>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        match deadline {
            None => self.wait(state),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Waits for the end of the run and clears up after it.
    pub fn conclude(&self, limits: &Limits) -> Ended {
        let deadline = limits.deadline.map(|deadline| Instant::now() + deadline);
        let mut state = self.lock();
        self.pass_over(&mut state);
        let ended = loop {
            if let Some(message) = &state.failed {
                break Ended::Failed { message: message.clone() };
            }
            if state.turn >= self.plan.steps.len() {
                break Ended::Done { retire: false };
            }
            if limits.interrupt.as_ref().is_some_and(|interrupt| interrupt.load(Ordering::SeqCst)) {
                break Ended::Interrupted;
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                break Ended::TimedOut;
            }
            let poll = limits.interrupt.as_ref().map(|_| Instant::now() + INTERRUPT_POLL);
            state = self.wait_until(state, [deadline, poll].into_iter().flatten().min());
        };
        state.over = true;
        for agent in 0..self.agent_count() {
            // An agent between steps sees for itself that the run is over.
            let parked = ended == Ended::Done { retire: false } && state.agents[agent].busy.is_none();
            if !state.agents[agent].ended && !parked {
                self.stop(&mut state, agent);
            }
        }
        self.changed.notify_all();
        let patience = Instant::now() + STOPPING;
        // Whoever could not be terminated before is not waited for again.
        while !state.retire && state.agents.iter().any(|agent| !agent.ended) && Instant::now() < patience {
            state = self.wait_until(state, Some(patience));
        }
        let left = state.agents.iter().any(|agent| !agent.ended);
        match ended {
            Ended::Done { .. } => Ended::Done { retire: left },
            other => other,
        }
    }
}
