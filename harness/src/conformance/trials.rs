//! The suite as tests: one per case and runtime, and one per case that holds the runtimes against
//! each other.
//!
//! Whatever is ignored is so by the static flag, with its reason in brackets before its name: what a
//! runtime lacks, or that it is absent. A known failure has its link there.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use super::subject::Subject;
use super::wanted::{EVERY_CASE, Wanted};
use crate::case::Case;
use crate::event::CaseRun;
use crate::expectations::{Expectations, Status};
use crate::protocol::Handshake;
use crate::runtime::{Cancel, Runtime, unmet_need};
use crate::shown::escaped;
use crate::suite::{Catalogue, compare_runs, run_case};
use crate::verdict::Verdict;

/// A runtime that cases are run in, once it was started.
struct Ready {
    subject: Subject,
    state: Result<Handshake, String>,
    variant: Option<String>,
    /// What each case came to here, so that comparing it does not run it again.
    runs: HashMap<String, OnceLock<Result<CaseRun, String>>>,
}

struct Tests {
    subjects: Vec<Ready>,
    expectations: Expectations,
    timeout: Duration,
}

/// All tests that may be wanted.
pub fn trials(
    catalogue: Catalogue,
    subjects: Vec<Subject>,
    timeout: Duration,
    wanted: &Wanted,
) -> Vec<Trial> {
    let Catalogue { cases, expectations, problems, .. } = catalogue;
    let compares = cases.iter().any(|case| wanted.may_run(&trial_name("agreement", &case.id)));
    let needed = |subject: &Subject| {
        compares
            || wanted.may_run(&available_name(subject))
            || cases.iter().any(|case| wanted.may_run(&trial_name(&subject.name, &case.id)))
    };
    // Side by side, since each takes a moment to introduce itself.
    let started: Vec<Option<Result<Box<dyn Runtime>, String>>> = thread::scope(|scope| {
        let threads: Vec<_> =
            subjects.iter().map(|subject| needed(subject).then(|| scope.spawn(|| subject.start()))).collect();
        let result = |thread: ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err("starting it panicked".to_owned()))
        };
        threads.into_iter().map(|thread| thread.map(result)).collect()
    });
    let subjects = subjects.into_iter().zip(started).filter_map(|(subject, started)| {
        let (state, variant) = match started? {
            Ok(runtime) => {
                let known = (Ok(runtime.handshake().clone()), runtime.variant().map(str::to_owned));
                subject.keep(runtime);
                known
            }
            Err(reason) => (Err(reason), None),
        };
        let runs = cases.iter().map(|case| (case.id.clone(), OnceLock::new())).collect();
        Some(Ready { subject, state, variant, runs })
    });
    let tests = Arc::new(Tests { subjects: subjects.collect(), expectations, timeout });

    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let mut trials = vec![Trial::test(EVERY_CASE, move || match problems.as_slice() {
        [] => Ok(()),
        problems => Err(problems.join("\n").into()),
    })];
    for (place, ready) in tests.subjects.iter().enumerate() {
        trials.extend(availability(ready));
        if ready.state.is_ok() {
            trials.extend(cases.iter().map(|case| case_trial(&tests, place, case)));
        }
    }
    if compares && tests.subjects.len() > 1 {
        trials.extend(cases.iter().map(|case| agreement_trial(&tests, case)));
    }
    trials
}

fn trial_name(first: &str, case: &str) -> String {
    format!("{first}::{}", case.replace('/', "::"))
}

fn available_name(subject: &Subject) -> String {
    format!("{}::available", subject.name)
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
fn availability(ready: &Ready) -> Option<Trial> {
    let name = available_name(&ready.subject);
    match ready.state.clone() {
        Ok(_) => ready.subject.required.then(|| Trial::test(name, || Ok(()))),
        Err(reason) if ready.subject.required => {
            Some(Trial::test(name, move || Err(escaped(&reason).into())))
        }
        Err(reason) => Some(Trial::test(name, || Ok(())).with_kind(kind(&reason)).with_ignored_flag(true)),
    }
}

fn case_trial(tests: &Arc<Tests>, place: usize, case: &Arc<Case>) -> Trial {
    let ready = &tests.subjects[place];
    let handshake = ready.state.as_ref().ok();
    let known = handshake
        .and_then(|handshake| tests.expectations.find(handshake, ready.variant.as_deref(), &case.id));
    let unmet = handshake.and_then(|handshake| unmet_need(&case.plan, handshake));
    let (shared, of) = (Arc::clone(tests), Arc::clone(case));
    let trial = Trial::test(trial_name(&ready.subject.name, &case.id), move || {
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

fn agreement_trial(tests: &Arc<Tests>, case: &Arc<Case>) -> Trial {
    let able = |ready: &Ready| {
        ready.state.as_ref().is_ok_and(|handshake| unmet_need(&case.plan, handshake).is_none())
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
        let name = |place: &usize| shared.subjects[*place].subject.name.as_str();
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
        let ready = &self.subjects[place];
        let cell = ready.runs.get(&case.id).ok_or("no such case")?;
        let result = cell.get_or_init(|| {
            let mut runtime = ready.subject.take()?;
            let ran = run_case(runtime.as_mut(), case, self.timeout, 1, &Cancel::default());
            let run = ran.map(|ran| ran.held_against(&self.expectations, runtime.as_ref(), case, place));
            ready.subject.keep(runtime);
            run.ok_or_else(|| "interrupted".to_owned())
        });
        result.as_ref().map_err(|reason| reason.as_str().into())
    }

    fn complaint(&self, place: usize, case: &Case, run: &CaseRun) -> String {
        let judgement = &run.judgement;
        let mut text = format!("{} in {}: ", judgement.verdict, self.subjects[place].subject.name);
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
