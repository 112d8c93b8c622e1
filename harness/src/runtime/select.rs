//! Which runtimes are meant: by name, by version out of the store, by command, or whatever this
//! machine has on PATH. Nothing is fetched here.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;

use crate::machine::program_on_path;
use crate::store::{Build, Damage, Entry, Spec, SpecError, Store};

use super::{Cancel, Invocation, Limits, MaterialiseError, Spawned, Unavailable, Variant, runner_entry};

/// What stands before a command that speaks the protocol by itself and takes no runner.
pub const EXECUTOR: &str = "executor:";

/// The engine that this crate embeds.
pub const WASMTIME: &str = "wasmtime";

/// A JavaScript runtime that is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name, and the name of its program.
    pub name: &'static str,
    /// What stands between the program and the runner's entry file.
    pub args: &'static [&'static str],
    /// Where to get it.
    pub get: &'static str,
}

/// The JavaScript runtimes that are looked for on PATH.
pub const KNOWN: &[Known] = &[
    Known { name: "node", args: &[], get: "https://nodejs.org/en/download" },
    Known { name: "bun", args: &[], get: "https://bun.com/docs/installation" },
    Known {
        name: "deno",
        args: &["run", "-A"],
        get: "https://docs.deno.com/runtime/getting_started/installation/",
    },
];

/// A runtime that somebody asked for, or that belongs to the default set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its label in every report.
    pub name: String,
    /// How it is started.
    pub launch: Launch,
    /// Told to run guests otherwise than it does by itself.
    pub variant: Option<Variant>,
    /// Asked for by name: it is an error if it cannot be had.
    pub required: bool,
}

/// How a runtime is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Launch {
    /// The engine embedded in this crate.
    Wasmtime,
    /// This command, to which the path of the runner's entry file is appended.
    Runner(Vec<String>),
    /// This command as it is: an executor that is not the JavaScript runner.
    Executor(Vec<String>),
    /// Not on this machine.
    Missing {
        /// What is missing and how to get it.
        reason: String,
    },
}

/// A `--runtime` that means nothing.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ChoiceError {
    /// No name.
    #[error(
        "`{0}` has no name: write NAME, NAME@VERSION or NAME=COMMAND, the first two with +VARIANT if wanted"
    )]
    Name(String),
    /// A version that is none.
    #[error(transparent)]
    Version(SpecError),
    /// The command is empty or has an open quote.
    #[error("the command of runtime `{name}` cannot be split into words: {reason}")]
    Command {
        /// The runtime.
        name: String,
        /// Why.
        reason: String,
    },
    /// A variant that is none of the runtime's.
    #[error("`{runtime}` has no variant `{name}`{}", known_variants(.runtime))]
    Variant {
        /// The runtime.
        runtime: String,
        /// The name.
        name: String,
    },
    /// Two runtimes of one name.
    #[error("two runtimes are called `{0}`; the name is what reports call it, so each needs its own")]
    Twice(String),
}

/// A runtime cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It is not on this machine.
    #[error("{0}")]
    Missing(String),
    /// The runner's files cannot be written.
    #[error(transparent)]
    Runner(#[from] MaterialiseError),
    /// Our own binary cannot be found, to be started as an executor.
    #[error("cannot find the program that is running: {0}")]
    Own(std::io::Error),
    /// It does not introduce itself.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What the user asked for, in `NAME`, `NAME@VERSION`, `NAME=COMMAND` or `NAME=executor:COMMAND` form, or the default
/// set if that is nothing.
///
/// # Errors
///
/// If one means nothing, or two have the same name. A runtime that this machine does not have is no
/// error yet.
pub fn choose(asked: &[String]) -> Result<Vec<Choice>, ChoiceError> {
    if asked.is_empty() {
        return Ok(default_set());
    }
    distinct(asked.iter().map(|text| parse(text)).collect::<Result<_, _>>()?)
}

/// The same, if each has a name of its own.
///
/// # Errors
///
/// If two have one name.
pub fn distinct(choices: Vec<Choice>) -> Result<Vec<Choice>, ChoiceError> {
    let mut names = BTreeSet::new();
    match choices.iter().find(|choice| !names.insert(choice.name.as_str())) {
        Some(twin) => Err(ChoiceError::Twice(twin.name.clone())),
        None => Ok(choices),
    }
}

/// wasmtime and the JavaScript runtimes, those that are not on PATH as missing.
pub fn default_set() -> Vec<Choice> {
    let own = Choice { name: WASMTIME.to_owned(), launch: Launch::Wasmtime, variant: None, required: false };
    let others = KNOWN.iter().map(|known| Choice {
        name: known.name.to_owned(),
        launch: launch_known(*known),
        variant: None,
        required: false,
    });
    [own].into_iter().chain(others).collect()
}

fn known_variants(runtime: &str) -> String {
    match Variant::names(runtime).as_slice() {
        [] => String::new(),
        names => format!("; there is {}", names.join(", ")),
    }
}

/// One runtime, in the form that [`choose`] takes.
///
/// # Errors
///
/// If it means nothing.
pub fn parse(text: &str) -> Result<Choice, ChoiceError> {
    let (name, command) = match text.split_once('=') {
        Some((name, command)) => (name.trim(), Some(command)),
        None => (text.trim(), None),
    };
    if let (None, Some((runtime, name))) = (command, name.split_once('+')) {
        let choice = parse(runtime)?;
        let kind = choice.kind();
        let unknown = || ChoiceError::Variant { runtime: kind.to_owned(), name: name.to_owned() };
        let variant = Variant::by_name(kind, name).ok_or_else(unknown)?;
        return Ok(choice.with(variant));
    }
    if name.is_empty() || name.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(ChoiceError::Name(text.to_owned()));
    }
    if command.is_none() && name.contains('@') {
        return match Spec::parse(name) {
            Ok(spec) => Ok(in_store(&spec)),
            Err(error @ SpecError::Unknown { .. }) => Ok(missing(name, error.to_string())),
            Err(error) => Err(ChoiceError::Version(error)),
        };
    }
    let launch = match command {
        Some(command) => {
            let bad = |reason| ChoiceError::Command { name: name.to_owned(), reason };
            let (launch, command): (fn(_) -> _, _) = match command.trim_start().strip_prefix(EXECUTOR) {
                Some(command) => (Launch::Executor, command),
                None => (Launch::Runner, command),
            };
            let words = shell_words::split(command).map_err(|error| bad(error.to_string()))?;
            if words.is_empty() {
                return Err(bad("it is empty".to_owned()));
            }
            launch(words)
        }
        None if name == WASMTIME => Launch::Wasmtime,
        None => match KNOWN.iter().find(|known| known.name == name) {
            Some(known) => launch_known(*known),
            None => Launch::Missing {
                reason: format!(
                    "no runtime is known as `{name}`; known are wasmtime, node, bun and deno, the latter three also as NAME@VERSION from the store, and any other is given as --runtime {name}=COMMAND, or {name}=executor:COMMAND where it takes no JavaScript"
                ),
            },
        },
    };
    Ok(Choice { name: name.to_owned(), launch, variant: None, required: true })
}

fn launch_known(known: Known) -> Launch {
    match program_on_path(&format!("{}{}", known.name, env::consts::EXE_SUFFIX)) {
        Some(program) => {
            let words = [program.display().to_string()].into_iter();
            Launch::Runner(words.chain(known.args.iter().map(|&arg| arg.to_owned())).collect())
        }
        None => {
            let Known { name, get, .. } = known;
            let reason = format!(
                "`{name}` is not on PATH; get it from {get}, or by `samebytes runtimes install {name}@latest` for --runtime {name}@latest"
            );
            Launch::Missing { reason }
        }
    }
}

/// The highest version in the store that is meant, under its exact name.
fn in_store(spec: &Spec) -> Choice {
    match Store::of_user().and_then(|store| store.find(spec)) {
        Ok(Some(entry)) => of_entry(&entry),
        Ok(None) => {
            let reason = format!("it is not in the store; `samebytes runtimes install {spec}` puts it there");
            missing(&spec.to_string(), reason)
        }
        Err(error) => missing(&spec.to_string(), error.to_string()),
    }
}

/// A runtime in the store.
pub fn of_entry(entry: &Entry) -> Choice {
    let name = entry.label();
    let known = KNOWN.iter().find(|known| known.name == entry.build.runtime());
    match entry.program() {
        Ok(program) => {
            let args = known.map_or(&[][..], |known| known.args).iter().map(|&arg| arg.to_owned());
            let words = [program.display().to_string()].into_iter().chain(args).collect();
            Choice { name, launch: Launch::Runner(words), variant: None, required: true }
        }
        Err(damage) => missing(&name, damaged(entry, &damage)),
    }
}

/// What is wrong with an entry, and how to repair it.
pub fn damaged(entry: &Entry, damage: &Damage) -> String {
    format!("it is damaged in the store: {damage}; `samebytes runtimes install {}` repairs it", entry.spec())
}

fn missing(name: &str, reason: String) -> Choice {
    Choice { name: name.to_owned(), launch: Launch::Missing { reason }, variant: None, required: true }
}

impl Choice {
    /// Is this what such a `--runtime` would choose? `node@24` chooses `node@24.21.0`.
    pub fn is_called(&self, text: &str) -> bool {
        self.name == text || parse(text).is_ok_and(|choice| choice.name == self.name)
    }

    /// What its name says it is: `bun` of `bun-baseline@1.3.5`.
    pub fn kind(&self) -> &str {
        let name = self.name.split(['@', '+']).next().unwrap_or_default();
        match Build::by_name(name) {
            Some(build) => build.runtime(),
            None => name,
        }
    }

    /// A variant of it, with a name of its own.
    #[must_use]
    pub fn with(self, variant: Variant) -> Self {
        Self { name: format!("{}+{}", self.name, variant.name), variant: Some(variant), ..self }
    }

    /// The name of the variant, if it is one.
    pub fn variant(&self) -> Option<&str> {
        Some(self.variant.as_ref()?.name.as_str())
    }

    fn arguments(&self) -> impl Iterator<Item = &String> {
        self.variant.iter().flat_map(|variant| &variant.arguments)
    }

    /// The whole command line.
    ///
    /// # Errors
    ///
    /// If the runtime is missing, or the runner's files cannot be written.
    pub fn argv(&self) -> Result<Vec<String>, StartError> {
        match &self.launch {
            Launch::Missing { reason } => Err(StartError::Missing(reason.clone())),
            Launch::Wasmtime => {
                let own = env::current_exe().map_err(StartError::Own)?;
                let words = [own.display().to_string(), "executor".to_owned(), WASMTIME.to_owned()];
                Ok(words.into_iter().chain(self.arguments().cloned()).collect())
            }
            Launch::Runner(words) => {
                let entry = runner_entry()?.display().to_string();
                Ok(words.iter().chain(self.arguments()).cloned().chain([entry]).collect())
            }
            Launch::Executor(words) => Ok(words.iter().chain(self.arguments()).cloned().collect()),
        }
    }

    /// The command as the user may type it, without the runner's place on this machine.
    pub fn command_text(&self) -> String {
        match &self.launch {
            Launch::Missing { .. } => String::new(),
            Launch::Wasmtime => {
                let words = ["samebytes", "executor", WASMTIME].into_iter();
                shell_words::join(words.chain(self.arguments().map(String::as_str)))
            }
            Launch::Runner(words) | Launch::Executor(words) => {
                let entry = match self.launch {
                    Launch::Runner(_) => " node-runner/main.js",
                    _ => "",
                };
                let variables = self.variant.iter().flat_map(|variant| &variant.environment);
                let variables =
                    variables.map(|(name, value)| format!("{name}={} ", shell_words::quote(value)));
                let program = words.first().map_or_else(String::new, |program| self.program_text(program));
                let arguments = words.iter().skip(1).chain(self.arguments());
                let arguments = arguments.map(|word| format!(" {}", shell_words::quote(word)));
                let (variables, arguments) = (variables.collect::<String>(), arguments.collect::<String>());
                format!("{variables}{program}{arguments}{entry}")
            }
        }
    }

    /// A program as somebody types it, on this machine or on another.
    fn program_text(&self, program: &str) -> String {
        let path = Path::new(program);
        if Store::of_user().is_ok_and(|store| path.starts_with(store.folder())) {
            let spec = self.name.split('+').next().unwrap_or_default();
            return format!("$(samebytes runtimes where {spec})");
        }
        match path.file_name().and_then(|name| name.to_str()) {
            Some(name) if program_on_path(name).is_some_and(|found| found == path) => name.to_owned(),
            _ => shell_words::quote(program).into_owned(),
        }
    }

    /// Starts the runtime in a process of its own.
    ///
    /// # Errors
    ///
    /// If it cannot be had; see [`StartError`].
    pub fn start(&self, limits: Limits, cancel: &Cancel) -> Result<Spawned, StartError> {
        let variant = self.variant.clone();
        let environment = variant.map(|variant| variant.environment).unwrap_or_default();
        let variant = self.variant().map(str::to_owned);
        let invocation = Invocation { argv: self.argv()?, environment, variant };
        Ok(Spawned::start(invocation, limits, cancel)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose_texts(texts: &[&str]) -> Result<Vec<Choice>, ChoiceError> {
        choose(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_command_is_split_as_a_shell_splits_words() {
        let choices = choose_texts(&["old=\"/with space/bun\" --flag='a b'"]).expect("valid");
        let words = vec!["/with space/bun".to_owned(), "--flag=a b".to_owned()];
        assert_eq!(choices[0].launch, Launch::Runner(words));
        assert!(choices[0].required);
    }

    #[test]
    fn an_executor_is_started_as_it_is_and_a_runner_with_its_entry_file() {
        let choices = choose_texts(&["py=executor:python3 'my executor.py'", "js=node"]).expect("valid");
        assert_eq!(choices[0].argv().expect("words"), ["python3", "my executor.py"]);
        assert!(choices[0].command_text().ends_with("python3 'my executor.py'"));
        assert_eq!(choices[1].argv().expect("words").len(), 2);
        assert!(choices[1].command_text().ends_with("node node-runner/main.js"));
        assert!(matches!(choose_texts(&["x=executor:"]), Err(ChoiceError::Command { .. })));
    }

    #[test]
    fn an_open_quote_and_an_empty_command_are_errors() {
        assert!(matches!(choose_texts(&["x='a"]), Err(ChoiceError::Command { .. })));
        assert!(matches!(choose_texts(&["x="]), Err(ChoiceError::Command { .. })));
        assert!(matches!(choose_texts(&["=node"]), Err(ChoiceError::Name(_))));
    }

    #[test]
    fn a_name_with_a_command_may_look_like_a_version() {
        let choices = choose_texts(&["node@24=/opt/node"]).expect("valid");
        assert_eq!(choices[0].name, "node@24");
        assert_eq!(choices[0].launch, Launch::Runner(vec!["/opt/node".to_owned()]));
        assert!(choices[0].is_called("node@24") && !choices[0].is_called("node"));
    }

    #[test]
    fn a_version_that_is_none_is_an_error_and_an_unknown_name_is_missing() {
        assert!(matches!(choose_texts(&["node@lts"]), Err(ChoiceError::Version(_))));
        assert!(matches!(choose_texts(&["node@"]), Err(ChoiceError::Version(_))));
        let choices = choose_texts(&["spidernode@1"]).expect("no usage error");
        assert!(matches!(&choices[0].launch, Launch::Missing { .. }), "{choices:?}");
    }

    #[test]
    fn a_variant_has_a_name_of_its_own() {
        let choices = choose_texts(&["wasmtime", "wasmtime+winch"]).expect("valid");
        assert_eq!((choices[1].name.as_str(), choices[1].variant()), ("wasmtime+winch", Some("winch")));
        assert!(choices[1].argv().expect("ours").ends_with(&["--variant".into(), "winch".into()]));
        let error = choose_texts(&["wasmtime+liftoff"]).expect_err("V8's");
        assert!(error.to_string().contains("there is winch, pulley"), "{error}");
    }

    #[test]
    fn two_runtimes_of_one_name_are_an_error() {
        assert_eq!(choose_texts(&["a=x", "a=y"]), Err(ChoiceError::Twice("a".into())));
    }

    #[test]
    fn an_unknown_name_is_a_missing_runtime_that_says_how_to_give_one() {
        let choices = choose_texts(&["spidernode"]).expect("no usage error");
        let Launch::Missing { reason } = &choices[0].launch else { panic!("{choices:?}") };
        assert!(reason.contains("spidernode=COMMAND"), "{reason}");
    }
}
