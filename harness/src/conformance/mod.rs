//! The suite as a runtime project uses it: choose cases, plug engines in, and run everything as
//! tests or for a report. How a case is run and judged belongs to `suite` and `verdict`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Trial};

use crate::case::{Case, Problem};
use crate::engine::Engine;
use crate::expectations::Pattern;
use crate::runtime::{Cancel, Runtime};
use crate::suite::{self, Catalogue, Source, run_case};

mod report;
mod subject;
#[cfg(test)]
mod tests;
mod trials;
mod wanted;

pub use report::{CaseReport, Report};

use subject::Subject;
use wanted::Wanted;

/// The cases, the engines that they run in, and what is known of these.
///
/// Every method that chooses something may be called several times, and adds to what was chosen.
/// Mistakes, such as a folder that is not there, are told when the suite runs: as failed tests, or
/// in the [`Report`].
#[must_use = "a suite does nothing until it is run"]
pub struct Suite {
    source: Source,
    subjects: Vec<Subject>,
    only: Vec<String>,
    timeout: Duration,
    trials: Vec<Trial>,
}

impl Suite {
    /// The cases that travel inside this crate.
    pub fn bundled() -> Self {
        Self {
            source: Source::default(),
            subjects: Vec::new(),
            only: Vec::new(),
            timeout: suite::TIMEOUT,
            trials: Vec::new(),
        }
    }

    /// The cases of a folder instead: its `.yaml` files, with guests in `guests/` and known failures
    /// in `expectations/`.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        let mut suite = Self::bundled();
        suite.source.cases = Some(folder.into());
        suite
    }

    /// Adds the cases of a folder, which is laid out as for [`Suite::in_folder`].
    pub fn also_cases(mut self, folder: impl Into<PathBuf>) -> Self {
        self.source.also.push(folder.into());
        self
    }

    /// Adds known failures: a file, or all the files of a folder, as `cases/expectations/` of
    /// samebytes has them. A file is called like the engine, by the name that [`Engine::runtime`]
    /// returns: `wasmi.yaml`.
    pub fn expectations(mut self, path: impl Into<PathBuf>) -> Self {
        self.source.expectations.push(path.into());
        self
    }

    /// Keeps the cases whose id holds the text, or is matched by it as a glob: `visibility/`,
    /// `*grow*`. Of several, one is enough.
    pub fn only(mut self, pattern: impl Into<String>) -> Self {
        self.only.push(pattern.into());
        self
    }

    /// How long one case may take; ten seconds, unless this says otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs the cases in this engine too. Its tests begin with the name that [`Engine::runtime`]
    /// returns.
    pub fn with_engine(mut self, engine: impl Engine + 'static) -> Self {
        self.subjects.push(Subject::of_engine(Arc::new(engine)));
        self
    }

    /// Runs the cases in what `start` starts, under a name of its own.
    #[doc(hidden)]
    pub fn with_runtime(
        mut self,
        name: &str,
        required: bool,
        start: impl Fn() -> Result<Box<dyn Runtime>, String> + Send + Sync + 'static,
    ) -> Self {
        self.subjects.push(Subject::new(name, required, Box::new(start)));
        self
    }

    /// Adds tests that are no cases.
    #[doc(hidden)]
    pub fn with_trials(mut self, trials: impl IntoIterator<Item = Trial>) -> Self {
        self.trials.extend(trials);
        self
    }

    /// Runs as a test binary, with the arguments of this process, and ends the process: exit code 0
    /// if every test passed, 101 if not. It speaks what `cargo test` and `cargo nextest` do: a
    /// filter, `--exact`, `--skip`, `--list`, `--ignored`, `--test-threads`, ...
    ///
    /// There is a test for each case and engine, `NAME::category::file[k=v]`; one for each case that
    /// several engines can run, `agreement::category::file`, which holds them against each other;
    /// and `suite::every_case_can_be_read`. What an engine lacks is ignored, with the reason in
    /// brackets before the name.
    pub fn run_tests(self) -> ! {
        let args = Arguments::from_args();
        let trials = self.trials(&args);
        libtest_mimic::run(&args, trials).exit()
    }

    fn trials(mut self, args: &Arguments) -> Vec<Trial> {
        let wanted = Wanted::new(args);
        let others = std::mem::take(&mut self.trials);
        let catalogue = self.read(wanted.wants_every_document(), &|path| wanted.may_need(path));
        let mut trials = trials::trials(catalogue, self.subjects, self.timeout, &wanted);
        trials.extend(others);
        trials
    }

    /// Runs everything in this process, one case after the other, for those who do not want a test
    /// binary.
    pub fn run(self) -> Report {
        let catalogue = self.read(true, &|_| true);
        let mut report = Report::new(&catalogue);
        for subject in &self.subjects {
            let mut runtime = match subject.start() {
                Ok(runtime) => runtime,
                Err(reason) => {
                    report.problems.push(format!("{}: {reason}", subject.name));
                    continue;
                }
            };
            for case in &catalogue.cases {
                let ran = run_case(runtime.as_mut(), case, self.timeout, 1, &Cancel::default());
                if let Some(ran) = ran {
                    let run = ran.held_against(&catalogue.expectations, runtime.as_ref(), case, 0);
                    report.cases.push(CaseReport::new(&subject.name, case, &run));
                }
            }
        }
        report
    }

    /// Reads the documents that are wanted and keeps the cases that were chosen.
    fn read(&self, whole: bool, wanted: &dyn Fn(&str) -> bool) -> Catalogue {
        let mut catalogue = self.source.read_documents(wanted);
        if whole {
            let unmatched = catalogue.unmatched();
            catalogue.problems.extend(
                unmatched.into_iter().map(|entry| {
                    Problem::of_file(entry.place, format!("no case is called `{}`", entry.cases))
                }),
            );
        }
        let patterns: Vec<Pattern> = self
            .only
            .iter()
            .filter_map(|text| match Pattern::new(text) {
                Ok(pattern) => Some(pattern),
                Err(error) => {
                    catalogue.problems.push(Problem::of_file("only(...)", error.to_string()));
                    None
                }
            })
            .collect();
        if !self.only.is_empty() {
            let chosen = |case: &Arc<Case>| patterns.iter().any(|pattern| pattern.finds(&case.id));
            catalogue.cases.retain(chosen);
        }
        catalogue
    }
}
