//! `samebytes bisect`: the first version of a runtime that differs.

use std::time::Duration;

use clap::Args;
use semver::Version;

use super::running::seconds;
use super::{CliError, ExitCode, SuiteArgs, add_lines, code_of, print};
use crate::case::Case;
use crate::report::{Page, Tone};
use crate::repro::bisect::{Answer, Found, bisect as search};
use crate::repro::script::Symptom;
use crate::repro::{Side, find, right};
use crate::runtime::Cancel;
use crate::runtime::select;
use crate::store::{Build, Installed, Spec, Store, StoreError};
use crate::verdict::judge;

/// How often a version is asked that seems to be good, since not every bug shows every time.
const TRIES: u32 = 3;

/// The arguments of `bisect`.
#[derive(Args, Clone, Debug)]
pub(super) struct BisectArgs {
    /// The case's id, or a part of it that no other case has
    case: String,
    /// The runtime: node, bun, bun-baseline or deno
    #[arg(long, value_name = "NAME")]
    runtime: String,
    /// A version that is right
    #[arg(long, value_name = "VERSION")]
    good: Version,
    /// A version that is wrong. It may be the older one: then the version is found that mends it
    #[arg(long, value_name = "VERSION")]
    bad: Version,
    /// Try only what is in the store, and ask npm for nothing
    #[arg(long)]
    offline: bool,
    /// How long the case may take in a version
    #[arg(long, value_name = "SECS", value_parser = seconds, default_value = "10")]
    timeout: Duration,
    #[command(flatten)]
    suite: SuiteArgs,
}

/// Looks for the version.
pub(super) fn bisect(args: &BisectArgs) -> Result<ExitCode, CliError> {
    let suite = args.suite.read();
    let case = super::show::find(&suite, &args.case)?;
    let Some(build) = Build::by_name(&args.runtime) else {
        return complain(
            ExitCode::BadInput,
            &format!(
                "`{}` has no versions in the store; node, bun, bun-baseline and deno have",
                args.runtime
            ),
        );
    };
    if args.good == args.bad {
        return complain(ExitCode::BadInput, "--good and --bad are the same version");
    }
    let store = match Store::of_user() {
        Ok(store) => store,
        Err(error) => return complain(ExitCode::NoRuntime, &error.to_string()),
    };
    let cancel = Cancel::default();
    let handler = cancel.clone();
    ctrlc::set_handler(move || handler.cancel())?;
    let mut work = Work { args, case, build, store, cancel, wrong: None };
    match work.run() {
        Ok(page) => {
            print(&page)?;
            Ok(code_of(&suite))
        }
        Err((code, text)) => complain(code, &text),
    }
}

fn complain(code: ExitCode, text: &str) -> Result<ExitCode, CliError> {
    let mut page = Page::new();
    page.add(Tone::Bad, "error: ");
    add_lines(&mut page, text);
    page.print_to_stderr();
    Ok(code)
}

struct Work<'a> {
    args: &'a BisectArgs,
    case: &'a Case,
    build: Build,
    store: Store,
    cancel: Cancel,
    /// The step at which the bad version is wrong, and in which way.
    wrong: Option<(u32, Symptom)>,
}

type Stop = (ExitCode, String);

impl Work<'_> {
    fn run(&mut self) -> Result<Page, Stop> {
        let (good, bad) = (self.args.good.clone(), self.args.bad.clone());
        let versions = self.versions()?;
        // What is wrong is known only once the bad one was seen.
        match self.ask(&bad)? {
            Answer::Bad => {}
            Answer::Good => {
                let build = self.build;
                let text = match self.ask(&good)? {
                    Answer::Bad => format!(
                        "{build}@{bad} is good and {build}@{good} is bad: --good and --bad are the wrong way round"
                    ),
                    _ => format!("{build}@{bad} is not bad"),
                };
                return Err((ExitCode::News, text));
            }
            Answer::Unknown => {
                return Err((ExitCode::NoRuntime, format!("nothing can be said of {}@{bad}", self.build)));
            }
        }
        match self.ask(&good)? {
            Answer::Good => {}
            Answer::Bad => return Err((ExitCode::News, format!("{}@{good} is not good", self.build))),
            Answer::Unknown => {
                return Err((ExitCode::NoRuntime, format!("nothing can be said of {}@{good}", self.build)));
            }
        }
        let mut stop = None;
        let found = search(versions.len(), &mut |index| match self.ask(&versions[index]) {
            Ok(answer) => Some(answer),
            Err(error) => {
                stop = Some(error);
                None
            }
        });
        match (found, stop) {
            (Some(found), _) => Ok(self.page(&found, &versions)),
            (None, stop) => Err(stop.unwrap_or((ExitCode::Interrupted, "interrupted".to_owned()))),
        }
    }

    /// The versions from the good one to the bad one, in that order.
    fn versions(&self) -> Result<Vec<Version>, Stop> {
        let Self { args, build, store, cancel, .. } = self;
        let there = if args.offline {
            let entries = store.entries().map_err(|error| self.of_store(&error))?;
            entries.into_iter().filter(|entry| entry.build == *build).map(|entry| entry.version).collect()
        } else {
            store.available(*build, &cancel.flag()).map_err(|error| self.of_store(&error))?
        };
        let (low, high) =
            if args.good < args.bad { (&args.good, &args.bad) } else { (&args.bad, &args.good) };
        let mut versions: Vec<Version> = there;
        versions.retain(|version| version.pre.is_empty() && low < version && version < high);
        versions.push(low.clone());
        versions.push(high.clone());
        versions.sort();
        versions.dedup();
        if args.good > args.bad {
            versions.reverse();
        }
        Ok(versions)
    }

    fn of_store(&self, error: &StoreError) -> Stop {
        match error {
            StoreError::Cancelled => (ExitCode::Interrupted, "interrupted".to_owned()),
            error => (ExitCode::NoRuntime, format!("{}: {error}", self.build)),
        }
    }

    /// What a version does. It is said as soon as it is known.
    fn ask(&mut self, version: &Version) -> Result<Answer, Stop> {
        let (answer, remark) = match self.side(version)? {
            Ok(mut side) => self.look(&mut side)?,
            Err(remark) => (Answer::Unknown, remark),
        };
        let (tone, word) = match answer {
            Answer::Good => (Tone::Good, "good"),
            Answer::Bad => (Tone::Bad, "bad"),
            Answer::Unknown => (Tone::Notice, "skipped"),
        };
        let mut page = Page::new();
        page.add(tone, &format!("{word:<8}")).add(Tone::Plain, &format!("{}@{version}", self.build));
        if !remark.is_empty() {
            page.add(Tone::Dim, &format!("  {remark}"));
        }
        page.end().print_to_stderr();
        Ok(answer)
    }

    /// The version, running; or why it cannot be had.
    fn side(&self, version: &Version) -> Result<Result<Side, String>, Stop> {
        let spec = Spec::exactly(self.build, version.clone());
        let entry = if self.args.offline {
            self.store.find(&spec).map_err(|error| self.of_store(&error))?
        } else {
            match self.store.install(&spec, &self.cancel.flag(), &mut |_| {}) {
                Ok(Installed::Fresh(entry) | Installed::There(entry) | Installed::Unasked(entry, _)) => {
                    Some(entry)
                }
                Err(error @ (StoreError::Cancelled | StoreError::Full { .. } | StoreError::NoNpm)) => {
                    return Err(self.of_store(&error));
                }
                Err(error) => return Ok(Err(error.to_string())),
            }
        };
        let Some(entry) = entry else { return Ok(Err("it is not in the store".to_owned())) };
        Ok(Side::start(select::of_entry(&entry), self.args.timeout, &self.cancel)
            .map_err(|error| error.to_string()))
    }

    fn look(&mut self, side: &mut Side) -> Result<(Answer, String), Stop> {
        if let Some(lack) = side.lacks(self.case) {
            return Ok((Answer::Unknown, lack));
        }
        let interrupted = || (ExitCode::Interrupted, "interrupted".to_owned());
        for _ in 0..TRIES {
            let record = side.run(self.case, &self.cancel).ok_or_else(interrupted)?;
            let judgement = judge(self.case, &record);
            let reason = judgement.reason.unwrap_or_default();
            let found = find(self.case, &record, None).ok().map(|found| (found.step, found.symptom));
            match (found, self.wrong) {
                (Some(found), None) => {
                    self.wrong = Some(found);
                    return Ok((Answer::Bad, format!("{}: {reason}", judgement.verdict)));
                }
                (Some(found), Some(wrong)) if found == wrong => {
                    return Ok((Answer::Bad, format!("{}: {reason}", judgement.verdict)));
                }
                // Something else may be wrong with it, while this step does as it should.
                (_, Some((step, symptom))) if !right(self.case, &record, step, symptom) => {
                    return Ok((
                        Answer::Unknown,
                        format!("{}, otherwise than the bad one: {reason}", judgement.verdict),
                    ));
                }
                _ => {}
            }
        }
        Ok((Answer::Good, String::new()))
    }

    fn page(&self, found: &Found, versions: &[Version]) -> Page {
        let build = self.build;
        let later = self.args.good < self.args.bad;
        let text = match *found {
            Found::At(bad) => {
                let (good, bad) = (&versions[bad - 1], &versions[bad]);
                match later {
                    true => format!("{build}@{bad} is the first bad version; {build}@{good} is good"),
                    false => format!("{build}@{good} is the first good version; {build}@{bad} is bad"),
                }
            }
            Found::Between(good, bad) => {
                let (good, bad) = (&versions[good], &versions[bad]);
                let (first, last, word) = if later { (good, bad, "bad") } else { (bad, good, "good") };
                format!(
                    "the first {word} version is after {build}@{first}, and {build}@{last} at the latest; nothing can be said of those between"
                )
            }
        };
        let mut page = Page::new();
        page.add(Tone::Bold, &self.case.id).end();
        page.wrapped(Tone::Plain, 0, 0, &text);
        page
    }
}
