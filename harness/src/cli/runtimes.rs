//! `samebytes runtimes`: what is in the store of runtimes, and putting it there and taking it out.

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use super::{CliError, ExitCode, cancelled_by_ctrl_c, print, print_raw};
use crate::case::plan::Feature;
use crate::protocol::{Handshake, Support};
use crate::report::{Page, Tone};
use crate::runtime::select::{self, Choice, Launch, WASMTIME};
use crate::runtime::{Cancel, Limits, Runtime as _};
use crate::store::{Entry, Installed, Spec, Stage, Store, StoreError, Versions};

/// The commands about the store.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum RuntimesCommand {
    /// Fetch runtimes into the store
    ///
    /// The npm client on PATH fetches them, from the packages that carry their programs, with the
    /// registry, proxy and credentials that it is set up for. A runtime is run once, and is in the
    /// store whole or not at all. One that is there is not fetched again; one that is damaged is.
    /// The store is a folder in the user's cache; SAMEBYTES_STORE names another.
    Install {
        /// node@24, node@24.21.0, bun@latest, deno@2.9; bun-baseline@1.3.5 is for x64 processors
        /// without AVX2. The highest matching release is meant; a pre-release only if named in full
        #[arg(value_name = "NAME@VERSION", required = true, value_parser = Spec::parse)]
        specs: Vec<Spec>,
    },
    /// Show what is on PATH and in the store, with engines and features
    List {
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take runtimes out of the store
    Remove {
        /// As for `install`; node@24 removes every 24, node@latest only the highest that is there
        #[arg(value_name = "NAME@VERSION", required = true, value_parser = Spec::parse)]
        specs: Vec<Spec>,
    },
    /// Print the path of a runtime's program in the store
    Where {
        /// As for `install`; the highest matching version that is in the store
        #[arg(value_name = "NAME@VERSION", value_parser = Spec::parse)]
        spec: Spec,
    },
}

/// Does what is asked for.
pub(super) fn runtimes(command: &RuntimesCommand) -> Result<ExitCode, CliError> {
    let store = match Store::of_user() {
        Ok(store) => store,
        Err(error) => return Ok(complain("", &error)),
    };
    match command {
        RuntimesCommand::Install { specs } => install(&store, specs),
        RuntimesCommand::List { json } => list(&store, *json),
        RuntimesCommand::Remove { specs } => remove(&store, specs),
        RuntimesCommand::Where { spec } => place(&store, spec),
    }
}

/// Says what could not be done, and what the program ends with for that.
fn complain(of: &str, error: &dyn std::fmt::Display) -> ExitCode {
    let mut page = Page::new();
    page.add(Tone::Bad, "error: ");
    let of = if of.is_empty() { String::new() } else { format!("{of}: ") };
    page.line(Tone::Plain, &format!("{of}{error}"));
    page.print_to_stderr();
    ExitCode::NoRuntime
}

fn say(tone: Tone, word: &str, rest: &str) {
    let mut page = Page::new();
    page.add(tone, &format!("{word:<9}")).line(Tone::Plain, &format!(" {rest}"));
    page.print_to_stderr();
}

/// Puts runtimes into the store, each as far as it can be had.
pub(super) fn install(store: &Store, specs: &[Spec]) -> Result<ExitCode, CliError> {
    let cancel = cancelled_by_ctrl_c()?;
    let mut code = ExitCode::Expected;
    for spec in specs {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        let installed = store.install(spec, &cancel.flag(), &mut |stage| {
            bar.set_message(match stage {
                Stage::Resolving => format!("{spec}: asking npm for versions"),
                Stage::Fetching(version) => format!("{}@{version}: npm fetches it", spec.build),
                Stage::Trying(version) => format!("{}@{version}: trying it out", spec.build),
            });
        });
        bar.finish_and_clear();
        match installed {
            Ok(Installed::Fresh(entry)) => {
                say(Tone::Good, "installed", &format!("{}, {}", entry.label(), megabytes(entry.size())));
            }
            Ok(Installed::There(entry)) => say(Tone::Good, "there", &entry.label()),
            Ok(Installed::Unasked(entry, error)) => {
                let text = format!("{}; whether {spec} means a newer one is unknown: {error}", entry.label());
                say(Tone::Notice, "there", &text);
            }
            Err(StoreError::Cancelled) => {
                say(Tone::Notice, "interrupted", &format!("at {spec}"));
                return Ok(ExitCode::Interrupted);
            }
            Err(error) => code = code.max(complain(&spec.to_string(), &error)),
        }
    }
    Ok(code)
}

fn remove(store: &Store, specs: &[Spec]) -> Result<ExitCode, CliError> {
    let mut code = ExitCode::Expected;
    for spec in specs {
        let entries = store.entries().map(|entries| meant(spec, entries));
        match entries {
            Err(error) => code = code.max(complain(&spec.to_string(), &error)),
            Ok(entries) if entries.is_empty() => {
                code = code.max(complain(&spec.to_string(), &"it is not in the store"));
            }
            Ok(entries) => {
                for entry in entries {
                    match store.remove(&entry) {
                        Ok(()) => say(Tone::Good, "removed", &entry.label()),
                        Err(error) => code = code.max(complain(&entry.label(), &error)),
                    }
                }
            }
        }
    }
    Ok(code)
}

/// The entries to remove, of those that there are in ascending order.
fn meant(spec: &Spec, mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.retain(|entry| entry.build == spec.build && spec.matches(&entry.version));
    match spec.versions {
        Versions::Latest => entries.pop().into_iter().collect(),
        _ => entries,
    }
}

fn place(store: &Store, spec: &Spec) -> Result<ExitCode, CliError> {
    let entry = match store.find(spec) {
        Ok(Some(entry)) => entry,
        Ok(None) => {
            let text = format!("it is not in the store; `samebytes runtimes install {spec}` puts it there");
            return Ok(complain(&spec.to_string(), &text));
        }
        Err(error) => return Ok(complain(&spec.to_string(), &error)),
    };
    match entry.program() {
        Ok(program) => print_raw(format!("{}\n", program.display()).as_bytes()),
        Err(damage) => Ok(complain(&entry.label(), &select::damaged(&entry, &damage))),
    }
}

/// A line of the list.
struct Row {
    choice: Choice,
    /// Of the store's.
    entry: Option<Entry>,
    state: Result<Handshake, String>,
}

impl Row {
    fn new(choice: Choice, entry: Option<Entry>) -> Self {
        let verified = entry.as_ref().map_or(Ok(()), Entry::verify);
        let state = match (verified, &entry) {
            (Err(damage), Some(entry)) => Err(select::damaged(entry, &damage)),
            _ => match choice.start(Limits::default(), &Cancel::default()) {
                Ok(runtime) => Ok(runtime.handshake().clone()),
                Err(error) => Err(error.to_string()),
            },
        };
        Self { choice, entry, state }
    }

    fn place(&self) -> &'static str {
        match (&self.entry, self.choice.name.as_str()) {
            (Some(_), _) => "store",
            (None, WASMTIME) => "embedded",
            (None, _) => "path",
        }
    }

    fn program(&self) -> Option<&str> {
        match &self.choice.launch {
            Launch::Runner(words) | Launch::Executor(words) => words.first().map(String::as_str),
            _ => None,
        }
    }
}

fn list(store: &Store, as_json: bool) -> Result<ExitCode, CliError> {
    let entries = match store.entries() {
        Ok(entries) => entries,
        Err(error) => return Ok(complain("", &error)),
    };
    let on_path = select::default_set().into_iter().filter(|choice| is_there(&choice.launch));
    let of_store = entries.into_iter().map(|entry| (select::of_entry(&entry), Some(entry)));
    let choices: Vec<_> = on_path.map(|choice| (choice, None)).chain(of_store).collect();
    // Side by side, since each takes a moment to introduce itself.
    let rows: Vec<Row> = std::thread::scope(|scope| {
        let start = |(choice, entry)| scope.spawn(move || Row::new(choice, entry));
        let threads: Vec<_> = choices.into_iter().map(start).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    if as_json {
        let text = serde_json::to_string_pretty(&json_of(store, &rows))? + "\n";
        print_raw(text.as_bytes())?;
    } else {
        print(&page_of(store, &rows))?;
    }
    // Whatever is damaged or does not start was shown; the list itself is what was asked for.
    Ok(ExitCode::Expected)
}

fn is_there(launch: &Launch) -> bool {
    !matches!(launch, Launch::Missing { .. })
}

fn page_of(store: &Store, rows: &[Row]) -> Page {
    let mut page = Page::new();
    page.add(Tone::Bold, "store ").line(Tone::Plain, &store.folder().display().to_string());
    let width = rows.iter().map(|row| row.choice.name.len()).max().unwrap_or(0);
    let heads = [("embedded", "built in"), ("path", "on PATH"), ("store", "in the store")];
    for (place, head) in heads {
        let mut of_place = rows.iter().filter(|row| row.place() == place).peekable();
        if of_place.peek().is_some() || place == "store" {
            page.end().line(Tone::Bold, head);
        }
        if of_place.peek().is_none() && place == "store" {
            page.wrapped(
                Tone::Plain,
                0,
                2,
                "nothing; `samebytes runtimes install node@24` puts something there",
            );
        }
        for row in of_place {
            add_row(&mut page, row, width);
        }
    }
    page
}

fn add_row(page: &mut Page, row: &Row, width: usize) {
    let name = format!("  {:<width$}  ", row.choice.name);
    let place = match &row.entry {
        Some(entry) => megabytes(entry.size()),
        None => row.program().unwrap_or_default().to_owned(),
    };
    match &row.state {
        Ok(handshake) => {
            let Handshake { runtime, engine, .. } = handshake;
            let has = Feature::ALL.iter().filter(|feature| supports(handshake, feature));
            let lacks: Vec<&str> = Feature::ALL
                .iter()
                .filter(|feature| !supports(handshake, feature))
                .map(|feature| feature.name())
                .collect();
            let text =
                format!("{} {} ({} {})  {place}", runtime.name, runtime.version, engine.name, engine.version);
            page.add(Tone::Bold, &name).line(Tone::Plain, text.trim_end());
            let features = match (lacks.as_slice(), has.count()) {
                ([], _) => "has every feature".to_owned(),
                (lacks, has) => {
                    format!("has {has} of {} features; lacks {}", has + lacks.len(), lacks.join(", "))
                }
            };
            page.wrapped(Tone::Dim, 0, width + 4, &features);
        }
        Err(reason) => {
            page.add(Tone::Bad, &name).line(Tone::Plain, &place);
            page.wrapped(Tone::Bad, 0, width + 4, reason);
        }
    }
}

fn supports(handshake: &Handshake, feature: &Feature) -> bool {
    matches!(handshake.features.get(feature), Some(Support::Supported(_)))
}

fn json_of(store: &Store, rows: &[Row]) -> Value {
    let runtimes: Vec<Value> = rows
        .iter()
        .map(|row| {
            let mut fields = Map::new();
            fields.insert("name".into(), json!(row.choice.name));
            fields.insert("place".into(), json!(row.place()));
            fields.insert("program".into(), json!(row.program()));
            if let Some(entry) = &row.entry {
                fields.insert("bytes".into(), json!(entry.size()));
            }
            match &row.state {
                Ok(handshake) => {
                    fields.insert("runtime".into(), json!(handshake.runtime));
                    fields.insert("engine".into(), json!(handshake.engine));
                    fields.insert("platform".into(), json!(handshake.platform));
                    fields.insert("features".into(), json!(handshake.features));
                }
                Err(reason) => {
                    fields.insert("problem".into(), json!(reason));
                }
            }
            Value::Object(fields)
        })
        .collect();
    json!({"schema": 1, "store": store.folder(), "runtimes": runtimes})
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1e6)
}
