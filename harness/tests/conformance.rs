//! The suite as tests: one trial per case and runtime, and one per case that holds the runtimes
//! against each other. wasmtime runs in this process, everything else in one of its own.
//!
//! Beside them a few litmus tests race in each runtime, `litmus::<runtime>::<test>`, always in a
//! process of their own.
//!
//! `SAMEBYTES_RUNTIMES` chooses runtimes instead of wasmtime and what is on PATH: entries as of
//! `samebytes run --runtime`, separated by commas or line ends (a word of a command that holds a
//! comma is quoted). `SAMEBYTES_REQUIRE` names those whose absence is a failure.
//!
//! Whatever is ignored is so by the static flag, with its reason in brackets before its name: what a
//! runtime lacks, or that it is absent. A known failure has its link there.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::process;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};

use samebytes::case::Case;
use samebytes::engine::wasmtime::{Variant, Wasmtime};
use samebytes::event::CaseRun;
use samebytes::expectations::{Expectations, Status};
use samebytes::litmus::run::{
    SMOKE, Session, Subject as Racer, Task, Verdict as Race, smoke_tasks, smoke_test,
};
use samebytes::protocol::Handshake;
use samebytes::report::escaped;
use samebytes::runtime::select::{self, Choice, Launch};
use samebytes::runtime::{Cancel, InProcess, Limits, Runtime, unmet_need};
use samebytes::suite::{Options, Source, compare_runs, run_case};
use samebytes::verdict::Verdict;

fn main() {
    let args = Arguments::from_args();
    let conclusion = match trials(&args) {
        Ok(trials) => libtest_mimic::run(&args, trials),
        Err(message) => {
            eprintln!("error: {message}");
            process::exit(2);
        }
    };
    conclusion.exit();
}

/// The trial that the bundled files have no mistakes.
const EVERY_CASE: &str = "suite::every_case_can_be_read";

/// A runtime that cases are run in.
struct Subject {
    choice: Choice,
    state: Result<Handshake, String>,
    /// Executors that nobody uses at the moment.
    idle: Mutex<Vec<Box<dyn Runtime>>>,
    /// What each case came to here, so that comparing it does not run it again.
    runs: HashMap<String, OnceLock<Result<CaseRun, String>>>,
}

struct Tests {
    subjects: Vec<Subject>,
    expectations: Expectations,
}

fn start(choice: &Choice) -> Result<Box<dyn Runtime>, String> {
    match choice.launch {
        Launch::Wasmtime => {
            let variant = choice.variant().and_then(Variant::by_name).unwrap_or(Variant::Cranelift);
            let engine = Wasmtime::variant(variant).map_err(|failure| format!("{failure:?}"))?;
            Ok(Box::new(InProcess::new(Arc::new(engine)).of_variant(choice.variant())))
        }
        _ => match choice.start(Limits::default(), &Cancel::default()) {
            Ok(spawned) => Ok(Box::new(spawned)),
            Err(error) => Err(error.to_string()),
        },
    }
}

fn trials(args: &Arguments) -> Result<Vec<Trial>, String> {
    let wanted = Wanted::new(args);
    let suite = Source::default().read_documents(&|path| wanted.may_need(path));
    let choices = choices()?;
    let mut required = list("SAMEBYTES_REQUIRE");
    // The page's tests want it; it runs no cases.
    required.retain(|name| name != "chromium");
    let chosen = |name: &&String| choices.iter().any(|choice| choice.is_called(name));
    if let Some(name) = required.iter().find(|name| !chosen(name)) {
        return Err(format!("SAMEBYTES_REQUIRE names `{name}`, which SAMEBYTES_RUNTIMES does not choose"));
    }
    let compares = suite.cases.iter().any(|case| wanted.may_run(&trial_name("agreement", &case.id)));
    let needed = |choice: &Choice| {
        compares
            || wanted.may_run(&available_name(choice))
            || SMOKE.iter().any(|(id, _)| wanted.may_run(&litmus_name(&choice.name, id)))
            || suite.cases.iter().any(|case| wanted.may_run(&trial_name(&choice.name, &case.id)))
    };
    // Side by side, since each takes a moment to introduce itself.
    let started: Vec<Option<Result<Box<dyn Runtime>, String>>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            choices.iter().map(|choice| needed(choice).then(|| scope.spawn(move || start(choice)))).collect();
        let result = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err("starting it panicked".to_owned()))
        };
        threads.into_iter().map(|thread| thread.map(result)).collect()
    });
    let subjects = choices.into_iter().zip(started).filter_map(|(choice, started)| {
        let (state, idle) = match started? {
            Ok(runtime) => (Ok(runtime.handshake().clone()), vec![runtime]),
            Err(reason) => (Err(reason), Vec::new()),
        };
        let runs = suite.cases.iter().map(|case| (case.id.clone(), OnceLock::new())).collect();
        Some(Subject { choice, state, idle: Mutex::new(idle), runs })
    });
    let tests = Arc::new(Tests { subjects: subjects.collect(), expectations: suite.expectations });

    let mut trials = Vec::new();
    let problems: Vec<String> = suite.problems.iter().map(ToString::to_string).collect();
    trials.push(Trial::test(EVERY_CASE, move || match problems.as_slice() {
        [] => Ok(()),
        problems => Err(problems.join("\n").into()),
    }));
    for (place, subject) in tests.subjects.iter().enumerate() {
        let required = required.iter().any(|name| subject.choice.is_called(name));
        trials.extend(availability(subject, required));
        if subject.state.is_ok() {
            trials.extend(suite.cases.iter().map(|case| case_trial(&tests, place, case)));
        }
    }
    for subject in &tests.subjects {
        if subject.state.is_ok() {
            let racer = Racer::of(&subject.choice, Some(Path::new(env!("CARGO_BIN_EXE_samebytes"))));
            trials.extend((0..SMOKE.len()).map(|place| litmus_trial(&racer, place)));
        }
    }
    if compares {
        trials.extend(suite.cases.iter().map(|case| agreement_trial(&tests, case)));
    }
    Ok(trials)
}

/// What the environment chooses, or the default set.
fn choices() -> Result<Vec<Choice>, String> {
    select::choose(&list("SAMEBYTES_RUNTIMES")).map_err(|error| format!("SAMEBYTES_RUNTIMES: {error}"))
}

/// The entries of a variable, separated by commas or line ends outside quotes.
fn list(variable: &str) -> Vec<String> {
    let text = env::var(variable).unwrap_or_default();
    let mut entries = vec![String::new()];
    let mut quote = None;
    for char in text.chars() {
        match (quote, char) {
            (None, ',' | '\n') => {
                entries.push(String::new());
                continue;
            }
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
        if let Some(entry) = entries.last_mut() {
            entry.push(char);
        }
    }
    entries.iter().map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect()
}

/// Which trials the arguments let run, as far as their names tell: a runtime without any is not
/// even started.
struct Wanted<'a> {
    filter: Option<&'a str>,
    exact: bool,
}

impl<'a> Wanted<'a> {
    fn new(args: &'a Arguments) -> Self {
        let filter = args.filter.as_deref();
        // An exact filter has the kind that a listing shows before the name.
        let name = filter.and_then(|text| text.strip_prefix('[')?.split_once("] ")).map(|(_, name)| name);
        Self { filter: if args.exact { name.or(filter) } else { filter }, exact: args.exact }
    }

    /// May a trial that is wanted need this document? nextest runs each trial in a process of its
    /// own, which must not read the whole suite.
    fn may_need(&self, document: &str) -> bool {
        let one = self.filter.filter(|name| self.exact && *name != EVERY_CASE);
        let Some((_, case)) = one.and_then(|name| name.split_once("::")) else { return true };
        let file = case.split('[').next().unwrap_or_default().replace("::", "/");
        document.strip_suffix(".yaml") == Some(&file)
    }

    fn may_run(&self, name: &str) -> bool {
        match self.filter {
            None => true,
            Some(filter) if self.exact => filter == name,
            // Part of a kind, which only a runtime can tell.
            Some(filter) if filter.contains(['[', ' ']) => true,
            Some(filter) => name.contains(filter),
        }
    }
}

fn trial_name(first: &str, case: &str) -> String {
    format!("{first}::{}", case.replace('/', "::"))
}

fn available_name(choice: &Choice) -> String {
    format!("{}::available", choice.name)
}

/// A reason, fit to stand in brackets before a name.
fn kind(reason: &str) -> String {
    let reason = escaped(reason).replace('[', "(").replace(']', ")");
    match reason.char_indices().nth(120) {
        Some((end, _)) => format!("{}...", &reason[..end]),
        None => reason,
    }
}

/// The trial that a runtime is there: one that is required, or one that is not there.
fn availability(subject: &Subject, required: bool) -> Option<Trial> {
    let name = available_name(&subject.choice);
    match subject.state.clone() {
        Ok(_) => required.then(|| Trial::test(name, || Ok(()))),
        Err(reason) if required => Some(Trial::test(name, move || Err(reason.into()))),
        Err(reason) => Some(Trial::test(name, || Ok(())).with_kind(kind(&reason)).with_ignored_flag(true)),
    }
}

fn case_trial(tests: &Arc<Tests>, place: usize, case: &Arc<Case>) -> Trial {
    let subject = &tests.subjects[place];
    let handshake = subject.state.as_ref().ok();
    let known = handshake
        .and_then(|handshake| tests.expectations.find(handshake, subject.choice.variant(), &case.id));
    let unmet = handshake.and_then(|handshake| unmet_need(&case.plan, handshake));
    let (shared, of) = (Arc::clone(tests), Arc::clone(case));
    let trial = Trial::test(trial_name(&subject.choice.name, &case.id), move || {
        let run = shared.run(place, &of)?;
        if run.status.is_news() {
            return Err(shared.complaint(place, &of, run).into());
        }
        match run.judgement.verdict {
            // It was not known before it ran, so it cannot be ignored; it is no pass either.
            Verdict::Unsupported if run.status != Status::Known => {
                Err(shared.complaint(place, &of, run).into())
            }
            _ => Ok(()),
        }
    });
    match (known, unmet) {
        // Known to fail in another way, it is run, so that the news is told.
        (known, Some((feature, reason))) if known.is_none_or(|e| e.verdict == Verdict::Unsupported) => {
            let link = known.map(|entry| format!(", known: {}", entry.link)).unwrap_or_default();
            trial.with_kind(kind(&format!("needs {feature}: {reason}{link}"))).with_ignored_flag(true)
        }
        (Some(entry), _) => trial.with_kind(kind(&format!("known {}: {}", entry.verdict, entry.link))),
        (None, _) => trial,
    }
}

fn litmus_name(runtime: &str, id: &str) -> String {
    format!("litmus::{runtime}::{}", id.strip_prefix("litmus/").unwrap_or(id))
}

/// One of the tests that race.
fn litmus_trial(racer: &Racer, place: usize) -> Trial {
    // Agents want the processors for themselves, and the oracle is asked once.
    static RACING: Mutex<()> = Mutex::new(());
    static TASKS: OnceLock<Vec<(Task, u64)>> = OnceLock::new();
    let (id, _) = SMOKE[place];
    let racer = racer.clone();
    let lacks_js = racer.script_command.is_none() && id.contains("=js");
    let trial = Trial::test(litmus_name(&racer.name, id), move || {
        let tasks = TASKS.get_or_init(smoke_tasks);
        let (task, iterations) =
            tasks.iter().find(|(task, _)| task.test.id == id).ok_or("the suite has no such litmus test")?;
        let _alone = RACING.lock().unwrap_or_else(PoisonError::into_inner);
        let cancel = Cancel::default();
        let invocation = racer.invocation.as_ref().map_err(|reason| reason.as_str())?;
        let mut session = Session::start(invocation, &cancel).map_err(|error| error.to_string())?;
        let run = smoke_test(&mut session, &racer.name, task, *iterations, &cancel);
        match &run.verdict {
            Race::Pass => Ok(()),
            verdict => {
                let bad = run.rows.iter().filter(|row| !row.allowed);
                let bad: Vec<String> =
                    bad.map(|row| format!("{} times {:?}", row.count, row.outcome)).collect();
                let reason = escaped(&verdict.reason().unwrap_or_default());
                Err(format!("{}: {reason} {}", verdict.name(), bad.join(", ")).into())
            }
        }
    });
    if lacks_js { trial.with_kind("it has no JavaScript").with_ignored_flag(true) } else { trial }
}

fn agreement_trial(tests: &Arc<Tests>, case: &Arc<Case>) -> Trial {
    let able = |subject: &Subject| {
        subject.state.as_ref().is_ok_and(|handshake| unmet_need(&case.plan, handshake).is_none())
    };
    let places: Vec<usize> =
        (0..tests.subjects.len()).filter(|&place| able(&tests.subjects[place])).collect();
    let enough = places.len() > 1;
    let (shared, of) = (Arc::clone(tests), Arc::clone(case));
    let trial = Trial::test(trial_name("agreement", &case.id), move || {
        let runs: Vec<CaseRun> =
            places.iter().map(|&place| shared.run(place, &of).cloned()).collect::<Result<_, _>>()?;
        let (comparison, is_news) = compare_runs(&of, &runs);
        if !is_news {
            return Ok(());
        }
        let name = |place: &usize| shared.subjects[*place].choice.name.as_str();
        let mut text = format!("{}\n{}\n", of.title, of.spec.join("\n"));
        for (step, _) in &comparison.differing {
            let written = of.steps.get(step).map_or("", |info| info.text.as_str());
            text.push_str(&format!("step {step} differs: {}\n", escaped(written.trim())));
        }
        for group in &comparison.groups {
            let names: Vec<&str> = group.iter().map(name).collect();
            let run = runs.iter().find(|run| group.contains(&run.runtime));
            let seen = run.map_or("", |run| run.judgement.reason.as_deref().unwrap_or("pass"));
            text.push_str(&format!("{}: {}\n", names.join(", "), escaped(seen)));
        }
        Err(text.into())
    });
    if enough { trial } else { trial.with_kind("fewer than two runtimes can run it").with_ignored_flag(true) }
}

impl Tests {
    /// Runs a case in a runtime, the first time that somebody asks.
    fn run(&self, place: usize, case: &Case) -> Result<&CaseRun, Failed> {
        let subject = &self.subjects[place];
        let cell = subject.runs.get(&case.id).ok_or("no such case")?;
        let result = cell.get_or_init(|| {
            let idle = || subject.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let taken = idle().pop();
            let mut runtime = match taken {
                Some(runtime) => runtime,
                None => start(&subject.choice)?,
            };
            let timeout = Options::default().timeout;
            let ran = run_case(runtime.as_mut(), case, timeout, 1, &Cancel::default());
            let run = ran.map(|ran| ran.held_against(&self.expectations, runtime.as_ref(), case, place));
            idle().push(runtime);
            run.ok_or_else(|| "interrupted".to_owned())
        });
        result.as_ref().map_err(|reason| reason.as_str().into())
    }

    fn complaint(&self, place: usize, case: &Case, run: &CaseRun) -> String {
        let judgement = &run.judgement;
        let mut text = format!("{} in {}: ", judgement.verdict, self.subjects[place].choice.name);
        text.push_str(&escaped(judgement.reason.as_deref().unwrap_or(run.status.name())));
        if let Some((step, info)) = judgement.step.and_then(|step| Some((step, case.steps.get(&step)?))) {
            let place = format!("{}:{}", case.source.file, info.line);
            text.push_str(&format!("\nstep {step}, {place}: {}", escaped(info.text.trim())));
        }
        text.push_str(&format!("\n{}\n{}", case.title, case.spec.join("\n")));
        if let Some(known) = &run.known {
            text.push_str(&format!("\nknown as {}: {} {}", known.verdict, known.reason, known.link));
        }
        text
    }
}
