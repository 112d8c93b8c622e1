//! Which runtimes are meant: by name, by command, or whatever this machine has.

use std::env;
use std::path::{Path, PathBuf};

use super::{Cancel, Limits, MaterialiseError, Spawned, Unavailable, runner_entry};

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
    #[error("`{0}` has no name: write NAME or NAME=COMMAND")]
    Name(String),
    /// The command is empty or has an open quote.
    #[error("the command of runtime `{name}` cannot be split into words: {reason}")]
    Command {
        /// The runtime.
        name: String,
        /// Why.
        reason: String,
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

/// What the user asked for, in `NAME` or `NAME=COMMAND` form, or the default set if that is nothing.
///
/// # Errors
///
/// If one means nothing, or two have the same name. A runtime that this machine does not have is no
/// error yet.
pub fn choose(asked: &[String]) -> Result<Vec<Choice>, ChoiceError> {
    if asked.is_empty() {
        return Ok(default_set());
    }
    let mut choices: Vec<Choice> = Vec::new();
    for text in asked {
        let choice = parse(text)?;
        if choices.iter().any(|other| other.name == choice.name) {
            return Err(ChoiceError::Twice(choice.name));
        }
        choices.push(choice);
    }
    Ok(choices)
}

/// wasmtime and the JavaScript runtimes, those that are not on PATH as missing.
pub fn default_set() -> Vec<Choice> {
    let own = Choice { name: WASMTIME.to_owned(), launch: Launch::Wasmtime, required: false };
    let others = KNOWN.iter().map(|known| Choice {
        name: known.name.to_owned(),
        launch: launch_known(*known),
        required: false,
    });
    [own].into_iter().chain(others).collect()
}

fn parse(text: &str) -> Result<Choice, ChoiceError> {
    let (name, command) = match text.split_once('=') {
        Some((name, command)) => (name.trim(), Some(command)),
        None => (text.trim(), None),
    };
    if name.is_empty() || name.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(ChoiceError::Name(text.to_owned()));
    }
    let launch = match command {
        Some(command) => {
            let bad = |reason| ChoiceError::Command { name: name.to_owned(), reason };
            let words = shell_words::split(command).map_err(|error| bad(error.to_string()))?;
            if words.is_empty() {
                return Err(bad("it is empty".to_owned()));
            }
            Launch::Runner(words)
        }
        None if name == WASMTIME => Launch::Wasmtime,
        None => match KNOWN.iter().find(|known| known.name == name) {
            Some(known) => launch_known(*known),
            None => Launch::Missing {
                reason: format!(
                    "no runtime is known as `{name}`; known are wasmtime, node, bun and deno, and any other is given as --runtime {name}=COMMAND"
                ),
            },
        },
    };
    Ok(Choice { name: name.to_owned(), launch, required: true })
}

fn launch_known(known: Known) -> Launch {
    match find_on_path(known.name) {
        Some(program) => {
            let words = [program.display().to_string()].into_iter();
            Launch::Runner(words.chain(known.args.iter().map(|&arg| arg.to_owned())).collect())
        }
        None => {
            Launch::Missing { reason: format!("`{}` is not on PATH; get it from {}", known.name, known.get) }
        }
    }
}

/// The program's path, if PATH leads to it.
pub fn find_on_path(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file))
        .find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

impl Choice {
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
                Ok(vec![own.display().to_string(), "executor".to_owned(), WASMTIME.to_owned()])
            }
            Launch::Runner(words) => {
                let entry = runner_entry()?.display().to_string();
                Ok(words.iter().cloned().chain([entry]).collect())
            }
        }
    }

    /// The command as the user may type it, without the runner's place on this machine.
    pub fn command_text(&self) -> String {
        match &self.launch {
            Launch::Missing { .. } => String::new(),
            Launch::Wasmtime => "samebytes executor wasmtime".to_owned(),
            Launch::Runner(words) => format!("{} node-runner/main.js", shell_words::join(words)),
        }
    }

    /// Starts the runtime in a process of its own.
    ///
    /// # Errors
    ///
    /// If it cannot be had; see [`StartError`].
    pub fn start(&self, limits: Limits, cancel: &Cancel) -> Result<Spawned, StartError> {
        Ok(Spawned::start(self.argv()?, limits, cancel)?)
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
    fn an_open_quote_and_an_empty_command_are_errors() {
        assert!(matches!(choose_texts(&["x='a"]), Err(ChoiceError::Command { .. })));
        assert!(matches!(choose_texts(&["x="]), Err(ChoiceError::Command { .. })));
        assert!(matches!(choose_texts(&["=node"]), Err(ChoiceError::Name(_))));
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
