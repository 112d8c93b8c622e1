//! From a typed document to a plan: every name, type and order is checked before anything runs.
//!
//! The verbs' meanings are in `ops` (host objects), `script` (what only JavaScript has), `instances`
//! (guests) and `travel` (messages and agents); `handles` and `arguments` are what all of them look things up with.

mod arguments;
mod callbacks;
mod expectations;
mod guests;
mod handles;
mod instances;
mod kinds;
mod operands;
mod ops;
mod script;
mod travel;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use self::callbacks::CallbackState;
use self::guests::GuestInfo;
use self::kinds::{Agent, Kind, Started, State};
use self::operands::Returns;
use super::decode::Report;
use super::document::Document;
use super::expect::Expected;
use super::names::Name;
use super::node::Span;
use super::plan::{Feature, Guest, MAIN, Op, Plan, Start, Step};
use super::problem::{did_you_mean, one_of, quoted};
use super::step::{Broken, StepForm};
use super::verbs::{Common, Verb};

/// How many workers a case may have.
const MOST_AGENTS: usize = 32;

/// A step as it is written, for reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepInfo {
    /// The line in the file, from 1.
    pub line: usize,
    /// The verb; `callback` for the arguments of a callback's calls.
    pub verb: String,
    /// The step on one line.
    pub text: String,
    /// The claims that it decides for the case; where no step does, the whole case decides.
    pub decides: Vec<u32>,
}

/// What a document comes to.
pub struct Resolved {
    /// What is run.
    pub plan: Plan,
    /// What is expected, by step number.
    pub expected: BTreeMap<u32, Expected>,
    /// The steps, by number.
    pub steps: BTreeMap<u32, StepInfo>,
    /// The text of the guests that are written as text.
    pub wat: BTreeMap<String, String>,
}

/// What an operation comes to.
struct Done {
    op: Op,
    returns: Returns,
    allocates: bool,
}

impl Done {
    fn returning(op: Op, returns: Returns) -> Self {
        Self { op, returns, allocates: false }
    }

    fn nothing(op: Op) -> Self {
        Self::returning(op, Returns::Nothing)
    }

    fn allocating(self) -> Self {
        Self { allocates: true, ..self }
    }
}

/// Where a step stands.
#[derive(Clone, Copy)]
enum Scope<'a> {
    /// Among the case's steps.
    Top,
    /// In a block that one agent runs without entering its event loop.
    Block { agent: &'a str, what: &'static str },
}

struct Resolver<'d> {
    report: &'d mut Report,
    guests: BTreeMap<String, Option<GuestInfo>>,
    state: State,
    callbacks: BTreeMap<String, CallbackState<'d>>,
    needs: BTreeSet<Feature>,
    expected: BTreeMap<u32, Expected>,
    steps: BTreeMap<u32, StepInfo>,
    /// The claims that the case says something about.
    claims: BTreeSet<u32>,
    next: u32,
    /// Was a wrong `post` reported? Then a `receive` may rightly find nothing.
    post_lost: bool,
}

/// Resolve a document. `None` if anything is wrong with it, which `report` then says.
pub fn resolve(
    id: &str,
    document: &Document,
    files: &dyn Fn(&str) -> Option<Vec<u8>>,
    report: &mut Report,
) -> Option<Resolved> {
    let before = report.problems.len();
    let needs: Vec<Feature> = document.needs.iter().flatten().map(|need| need.value).collect();
    let guests = load_guests(document, &needs, files, report);
    let mut resolver = Resolver {
        report,
        guests,
        state: State::default(),
        callbacks: BTreeMap::new(),
        needs: needs.into_iter().collect(),
        expected: BTreeMap::new(),
        steps: BTreeMap::new(),
        claims: document.claims.iter().flat_map(|claims| claims.by_claim.keys().copied()).collect(),
        next: 1,
        post_lost: false,
    };
    resolver.agents(document);
    resolver.number_callbacks(document);
    let mut steps = resolver.steps(&document.steps, Scope::Top);
    resolver.unjoined(&mut steps);
    let callbacks = resolver.finish_callbacks();
    let Resolver { report, guests, needs, expected, steps: infos, .. } = resolver;
    if report.problems.len() > before {
        return None;
    }
    let mut wat = BTreeMap::new();
    let mut binaries = Vec::new();
    for (name, guest) in guests {
        let guest = guest?;
        wat.extend(guest.wat.map(|text| (name.clone(), text)));
        binaries.push(Guest { name, wasm: guest.wasm });
    }
    let plan = Plan {
        id: id.to_owned(),
        agents: document.agents.iter().flatten().map(|agent| agent.text.clone()).collect(),
        needs: needs.into_iter().collect(),
        guests: binaries,
        callbacks,
        steps,
    };
    Some(Resolved { plan, expected, steps: infos, wat })
}

/// The name of the only guest, in plans.
const ONLY_GUEST: &str = "guest";

fn load_guests(
    document: &Document,
    needs: &[Feature],
    files: &dyn Fn(&str) -> Option<Vec<u8>>,
    report: &mut Report,
) -> BTreeMap<String, Option<GuestInfo>> {
    let mut guests = BTreeMap::new();
    if let Some(form) = &document.guest {
        let span = document.title.span.clone();
        guests.insert(ONLY_GUEST.to_owned(), guests::guest(form, &span, needs, files, report));
    }
    for (key, form) in document.guests.iter().flat_map(|table| &table.0) {
        if !super::names::is_name(&key.text) {
            report.error(&key.span, format!("{} is not a name", quoted(&key.text)));
        }
        if document.guest.is_some() {
            report.error(&key.span, "a case has either `guest` or `guests`");
        }
        guests.insert(key.text.clone(), guests::guest(form, &key.span, needs, files, report));
    }
    guests
}

impl<'d> Resolver<'d> {
    fn error(&mut self, span: &Span, message: impl Into<String>) {
        self.report.error(span, message);
    }

    fn agents(&mut self, document: &Document) {
        self.state.agents.insert(MAIN.to_owned(), Agent::default());
        let agents = document.agents.as_deref().unwrap_or_default();
        for (at, agent) in agents.iter().enumerate() {
            if at == MOST_AGENTS {
                self.error(&agent.span, format!("a case has at most {MOST_AGENTS} workers"));
            }
            if agent.text == MAIN {
                self.error(&agent.span, "`main` is always there and not listed");
            } else if self.state.agents.insert(agent.text.clone(), Agent::default()).is_some() {
                self.error(&agent.span, format!("the agent {} is listed twice", quoted(&agent.text)));
            }
        }
        if !agents.is_empty() {
            self.needs.insert(Feature::Agents);
        }
    }

    fn steps(&mut self, forms: &'d [StepForm], scope: Scope<'_>) -> Vec<Step> {
        let steps: Vec<Option<Step>> = forms.iter().map(|form| self.step(form, scope)).collect();
        steps.into_iter().flatten().collect()
    }

    fn step(&mut self, form: &'d StepForm, scope: Scope<'_>) -> Option<Step> {
        let number = self.next;
        self.next += 1;
        let verb = match &form.verb {
            Ok(verb) => verb,
            Err(broken) => {
                self.broken(number, broken);
                self.next += form.nested;
                return None;
            }
        };
        let place = super::problem::Place::new(&self.report.source, form.span.clone());
        let common = verb.common();
        let info = StepInfo {
            line: place.line(),
            verb: verb.name().to_owned(),
            text: form.text.clone(),
            decides: self.decides(&common),
        };
        self.steps.insert(number, info);
        let agent = self.who(form, verb, &common, scope);
        self.suits_scope(form, verb, &common, scope);
        let repeat = self.repeat(verb, &common);
        let Some(agent) = agent else {
            // Go on with an agent that has everything, to find what else is wrong below.
            self.define_unknown(MAIN, verb);
            self.next += form.nested;
            return None;
        };
        let after = self.next + form.nested;
        let done = self.operation(number, &agent, form, verb, &common);
        self.next = after;
        let Some(done) = done else {
            self.define_unknown(&agent, verb);
            self.post_lost |= matches!(verb, Verb::Post(_));
            if let Some(start) = &common.start {
                self.start(start, number, &agent, Returns::Unknown, false);
            }
            return None;
        };
        self.has_one_block(form, &done.op, &common);
        if let Some(start) = &common.start {
            if let Some(expect) = &common.expect {
                self.error(&expect.span, "a started step's expectation stands at its `join`");
            }
            if let Some(refused) = &common.refused {
                self.error(&refused.span, "a started step's `refused` stands at its `join`");
            }
            self.start(start, number, &agent, done.returns, done.allocates);
        } else {
            let expected = self.expectation(&agent, &common, &done)?;
            self.expected.extend(expected.map(|expected| (number, expected)));
        }
        let start = common.start.is_some().then_some(Start { join: None });
        Some(Step { number, agent, start, repeat, op: done.op })
    }

    /// Who does a step, if that agent can.
    fn who(&mut self, form: &StepForm, verb: &Verb, common: &Common, scope: Scope<'_>) -> Option<String> {
        if let Scope::Block { agent, what } = scope {
            if let Some(named) = &common.agent {
                self.error(&named.span, format!("the steps of {what} run on the agent that runs it"));
            }
            return Some(agent.to_owned());
        }
        let span = common.agent.as_ref().map_or(&form.span, |agent| &agent.span);
        let name = common.agent.as_ref().map_or(MAIN, |agent| agent.text.as_str());
        self.agent_exists(name, span).then_some(())?;
        let agent = self.state.agents.get_mut(name)?;
        agent.touched = true;
        let (busy, terminated) = (agent.busy.clone(), agent.terminated);
        if terminated {
            self.error(span, format!("the agent `{name}` was terminated"));
            return None;
        }
        if let (Some(busy), false) = (busy, matches!(verb, Verb::Join(_))) {
            let help = format!("`join: {{started: {busy}}}` comes first");
            self.report.error_with_help(span, format!("the agent `{name}` is busy with `{busy}`"), help);
            return None;
        }
        Some(name.to_owned())
    }

    fn agent_exists(&mut self, name: &str, span: &Span) -> bool {
        if self.state.agents.contains_key(name) {
            return true;
        }
        let known = || self.state.agents.keys().map(String::as_str);
        let help =
            did_you_mean(name, known()).unwrap_or_else(|| format!("the agents are {}", one_of(known())));
        self.report.error_with_help(span, format!("there is no agent {}", quoted(name)), help);
        false
    }

    /// Refuse what cannot be done where the step stands.
    fn suits_scope(&mut self, form: &StepForm, verb: &Verb, common: &Common, scope: Scope<'_>) {
        let name = verb.name();
        if let Scope::Block { what, .. } = scope {
            let refused = matches!(
                verb,
                Verb::Post(_)
                    | Verb::Receive(_)
                    | Verb::Settle(_)
                    | Verb::Pending(_)
                    | Verb::Turn(_)
                    | Verb::Join(_)
                    | Verb::Terminate(_)
            );
            if refused {
                self.error(
                    &form.span,
                    format!("`{name}` cannot stand in {what}: the event loop is out of reach there"),
                );
            }
            if let Some(start) = &common.start {
                self.error(&start.span, format!("a step of {what} cannot be started and left"));
            }
            return;
        }
        let waits = matches!(verb, Verb::Join(_) | Verb::Terminate(_) | Verb::Post(_) | Verb::Receive(_));
        if let (Some(start), true) = (&common.start, waits) {
            self.error(&start.span, format!("`{name}` cannot be started and left"));
        }
    }

    fn repeat(&mut self, verb: &Verb, common: &Common) -> u32 {
        let Some(repeat) = &common.repeat else { return 1 };
        let once = matches!(verb, Verb::Join(_) | Verb::Terminate(_) | Verb::Post(_) | Verb::Receive(_));
        if once {
            self.error(&repeat.span, format!("`{}` cannot be repeated", verb.name()));
        } else if repeat.value == 0 {
            self.error(&repeat.span, "a step is repeated at least once");
        }
        repeat.value
    }

    /// Steps within a step are known by their numbers alone, so they run once, and in one place.
    fn has_one_block(&mut self, form: &StepForm, op: &Op, common: &Common) {
        let blocks = op.blocks().len();
        if blocks > 1 {
            self.error(&form.span, "steps stand in one place within a step");
        }
        if let (Some(repeat), 1, false) = (&common.repeat, blocks, matches!(op, Op::Using { .. })) {
            self.error(&repeat.span, "a step with steps within it cannot be repeated");
        }
    }

    /// The claims that a step decides, which are claims of its case.
    fn decides(&mut self, common: &Common) -> Vec<u32> {
        let Some(decides) = &common.decides else { return Vec::new() };
        for claim in &decides.0 {
            if !self.claims.contains(&claim.value) {
                let message = format!("the case's `claims` do not say how it bears on {}", claim.value);
                self.error(&claim.span, message);
            } else if common.expect.is_none() {
                self.error(&claim.span, "a step that decides a claim says what is expected of it");
            }
        }
        decides.0.iter().map(|claim| claim.value).collect()
    }

    fn start(&mut self, name: &Name, number: u32, agent: &str, returns: Returns, allocates: bool) {
        let started = Started {
            number,
            agent: agent.to_owned(),
            returns,
            allocates,
            over: false,
            span: name.span.clone(),
        };
        if self.state.started.insert(name.text.clone(), started).is_some() {
            self.error(&name.span, format!("a step was started as {} before", quoted(&name.text)));
        }
        if let Some(agent) = self.state.agents.get_mut(agent) {
            agent.busy = Some(name.text.clone());
        }
    }

    /// Link the started steps to their joins, and report those that nobody waits for.
    fn unjoined(&mut self, steps: &mut [Step]) {
        let left: Vec<(String, Span)> = self
            .state
            .started
            .iter()
            .filter(|(_, started)| !started.over)
            .map(|(name, started)| (name.clone(), started.span.clone()))
            .collect();
        for (name, span) in left {
            self.error(&span, format!("{} is never joined", quoted(&name)));
        }
        let joins: Vec<(u32, u32)> = steps
            .iter()
            .filter_map(|step| match step.op {
                Op::Join { started } => Some((started, step.number)),
                _ => None,
            })
            .collect();
        for step in steps {
            if let Some(start) = &mut step.start {
                start.join = joins.iter().find(|(started, _)| *started == step.number).map(|(_, join)| *join);
            }
        }
    }

    /// Give a name to what a step makes.
    fn define(&mut self, agent: &str, name: &Name, kind: Kind) {
        let Some(owner) = self.state.agents.get_mut(agent) else { return };
        let previous = owner.handles.insert(name.text.clone(), (kind, name.span.clone()));
        // What is unknown was reported, and may have been meant to have another name.
        if let Some((previous, span)) = previous.filter(|(kind, _)| *kind != Kind::Unknown) {
            let line = super::problem::Place::new(&self.report.source, span).line();
            let what = previous.describe();
            self.error(
                &name.span,
                format!("{agent} has {} already: {what}, line {line}", quoted(&name.text)),
            );
        }
    }

    /// Give names to what a wrong step would have made, so that they are not reported as unknown.
    fn define_unknown(&mut self, agent: &str, verb: &Verb) {
        let Some(owner) = self.state.agents.get_mut(agent) else { return };
        for name in verb.makes() {
            owner.handles.entry(name.text.clone()).or_insert((Kind::Unknown, name.span.clone()));
        }
        if let Verb::Call(super::verbs::keys::Call { name: Some(name), .. }) = verb {
            let kept = kinds::KeptInfo { ty: None, step: 0 };
            owner.kept.entry(name.text.clone()).or_insert(kept);
        }
    }

    /// A step that could not be decoded: what it would have made is there, and unknown.
    fn broken(&mut self, number: u32, broken: &Broken) {
        self.post_lost = true;
        for agent in self.state.agents.values_mut() {
            for name in &broken.names {
                agent.handles.entry(name.text.clone()).or_insert((Kind::Unknown, name.span.clone()));
                let kept = kinds::KeptInfo { ty: None, step: 0 };
                agent.kept.entry(name.text.clone()).or_insert(kept);
            }
        }
        if let Some(start) = &broken.start {
            // By nobody: whoever it was is not busy with it.
            self.start(start, number, "", Returns::Unknown, false);
        }
    }

    fn operation(
        &mut self,
        number: u32,
        agent: &str,
        form: &'d StepForm,
        verb: &'d Verb,
        common: &Common,
    ) -> Option<Done> {
        match verb {
            Verb::Compile(keys) => self.compile(agent, keys),
            Verb::Instantiate(keys) => self.instantiate(agent, keys),
            Verb::Call(keys) => self.call(number, agent, keys),
            Verb::Using(keys) => self.using(agent, keys),
            Verb::Post(keys) => self.post(number, agent, keys, common),
            Verb::Receive(keys) => self.receive(agent, form, keys),
            Verb::Join(keys) => self.join(keys),
            Verb::Terminate(keys) => self.terminate(agent, keys),
            Verb::StructuredClone(keys) => self.structured_clone(agent, keys),
            Verb::Each(keys) => self.each(agent, keys),
            Verb::Decode(keys) => self.decode(agent, keys),
            Verb::EncodeInto(keys) => self.encode_into(agent, keys),
            verb => self.host_operation(agent, form, verb),
        }
    }
}

/// How many numbers steps take.
fn numbers(forms: &[StepForm]) -> u32 {
    forms.iter().map(|form| 1 + form.nested).sum()
}

/// The words of a set, each once.
fn once<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    words.into_iter().filter(|word| seen.insert(*word)).collect()
}
