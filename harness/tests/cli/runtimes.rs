//! The store of runtimes, with a stand-in for npm that keeps to what it is told to do wrong. What it
//! fetches is a script that hands over to the `node` on PATH.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use samebytes::store::{Build, Platform};

use super::interrupted::is_running;
use super::*;

/// The first word of `FAKE_NPM` is what it does.
const NPM: &str = r##"#!/bin/sh
echo "$*" >> "$FAKE_FOLDER/calls"
verb=$1 wanted= prefix= previous=
for word; do
    [ "$previous" = --prefix ] && prefix=$word
    case $word in *@[0-9]*) wanted=$word ;; esac
    previous=$word
done
package=${wanted%@*} version=${wanted##*@}
program=$prefix/node_modules/$package/$FAKE_PROGRAM
put() {
    mkdir -p "$(dirname "$program")"
    printf '#!/bin/sh\n[ "$1" = --version ] && { echo %s; exit; }\nexec node "$@"\n' "$1" > "$program"
}
if [ "$FAKE_NPM" = unreachable ]; then
    echo "npm error code ENOTFOUND" >&2
    echo "npm error network request to the registry failed" >&2
    exit 1
fi
if [ "$verb" = view ]; then
    echo '["24.21.0", "24.9.0", "25.0.0-rc.1", "22.1.0"]'
    exit
fi
case $FAKE_NPM in
good) put "v$version" ;;
liar) put v1.2.3 ;;
broken)
    put "v$version"
    printf '#!/bin/sh\nexit 7\n' > "$program"
    ;;
absent)
    echo "npm error code ETARGET" >&2
    exit 1
    ;;
full)
    put "v$version"
    echo "npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write" >&2
    ;;
full-and-fails)
    echo "npm error code ENOSPC" >&2
    exit 1
    ;;
dies)
    put "v$version"
    kill -9 $$
    ;;
hangs)
    put "v$version"
    echo $$ > "$FAKE_FOLDER/pid.new"
    mv "$FAKE_FOLDER/pid.new" "$FAKE_FOLDER/pid"
    while :; do sleep 1; done
    ;;
together)
    # Returns only once another one is here too.
    put "v$version"
    : > "$FAKE_FOLDER/here.$$"
    until [ "$(ls "$FAKE_FOLDER" | grep -c '^here')" -ge 2 ]; do sleep 0.01; done
    ;;
esac
"##;

/// A user's home with a store, and a folder with the stand-in.
struct World {
    home: TempDir,
    npm: TempDir,
}

impl World {
    fn new() -> Self {
        let npm = home();
        let script = npm.path().join("npm");
        fs::write(&script, NPM).expect("written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("allowed");
        Self { home: home(), npm }
    }

    fn with_entry() -> Self {
        let world = Self::new();
        let output = world.install("good", &["node@24"]);
        assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
        world
    }

    fn command(&self, npm: &str) -> Command {
        let package = Platform::here().package(Build::Node).expect("a package of Node for this machine");
        let path = std::env::var_os("PATH").expect("PATH");
        let path = [self.npm.path().to_owned()].into_iter().chain(std::env::split_paths(&path));
        let mut command = samebytes(&self.home);
        command.env("PATH", std::env::join_paths(path).expect("a PATH"));
        command.env("FAKE_NPM", npm).env("FAKE_FOLDER", self.npm.path()).env("FAKE_PROGRAM", package.program);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn install(&self, npm: &str, specs: &[&str]) -> Output {
        self.command(npm).args(["runtimes", "install"]).args(specs).output().expect("samebytes runs")
    }

    /// Runs with an npm that nobody may call.
    fn offline(&self, args: &[&str]) -> Output {
        let calls = self.calls();
        let output = self.command("unreachable").args(args).output().expect("samebytes runs");
        assert_eq!(self.calls(), calls, "npm was called: {}", text(&output));
        output
    }

    fn run(&self, runtime: &str) -> Output {
        let faults = fixtures().join("faults").display().to_string();
        self.offline(&["run", "--json", "-", "--cases", &faults, "--runtime", runtime])
    }

    fn calls(&self) -> usize {
        fs::read_to_string(self.npm.path().join("calls")).unwrap_or_default().lines().count()
    }

    /// What is in the store, beside its lock.
    fn stored(&self) -> Vec<String> {
        let names = fs::read_dir(self.home.path().join("samebytes/runtimes")).into_iter().flatten();
        let name = |entry: std::io::Result<fs::DirEntry>| {
            entry.expect("readable").file_name().into_string().expect("text")
        };
        let mut names: Vec<String> = names.map(name).filter(|name| name != "lock").collect();
        names.sort();
        names
    }

    fn entry(&self) -> PathBuf {
        self.home.path().join("samebytes/runtimes/node-24.21.0")
    }

    fn program(&self) -> PathBuf {
        let output = self.offline(&["runtimes", "where", "node@24"]);
        assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
        PathBuf::from(String::from_utf8(output.stdout).expect("text").trim_end())
    }

    /// Starts an install whose npm hangs, and waits until it does. Returns npm's process too.
    fn hanging(&self) -> (Child, Pid) {
        let mut command = self.command("hangs");
        let mut child = command.args(["runtimes", "install", "node@24.21.0"]).spawn().expect("it starts");
        let pid = loop {
            if let Ok(pid) = fs::read_to_string(self.npm.path().join("pid")) {
                break pid.trim().parse().expect("a number");
            }
            assert!(child.try_wait().expect("a child").is_none(), "it has ended");
            std::thread::yield_now();
        };
        (child, Pid::from_raw(pid).expect("a process id"))
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_range_becomes_an_exact_version_which_runs_without_npm() {
    let world = World::with_entry();
    assert_eq!(world.stored(), ["node-24.21.0"]);
    for runtime in ["node@24", "node@latest", "node@24.21.0"] {
        let output = world.run(runtime);
        assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
        assert_eq!(run_of(&json_of(&output), VICTIM, "node@24.21.0")["verdict"], "pass");
    }
}

#[test]
fn the_list_shows_what_is_in_the_store_with_its_engine_and_features() {
    let world = World::with_entry();
    let list = json_of(&world.offline(&["runtimes", "list", "--json"]));
    let rows = list["runtimes"].as_array().expect("a list");
    let row = rows.iter().find(|row| row["name"] == "node@24.21.0").unwrap_or_else(|| panic!("{list:#}"));
    assert_eq!(row["place"], "store");
    assert_eq!(row["engine"]["name"], "v8", "{list:#}");
    assert_eq!(row["features"]["threads"], true, "{list:#}");
    assert!(rows.iter().any(|row| row["name"] == "node" && row["place"] == "path"), "{list:#}");
    let output = world.offline(&["runtimes", "list"]);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("node@24.21.0") && shown.contains("v8"), "{shown}");
    let folder = world.home.path().join("samebytes/runtimes").display().to_string();
    assert_eq!(shown.matches(&folder).count(), 1, "{shown}");
}

#[test]
fn what_is_removed_is_gone_and_what_is_not_there_cannot_be_removed() {
    let world = World::with_entry();
    world.install("good", &["node@22"]);
    assert_eq!(world.stored(), ["node-22.1.0", "node-24.21.0"]);
    let output = world.offline(&["runtimes", "remove", "node@24"]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert_eq!(world.stored(), ["node-22.1.0"]);
    let output = world.offline(&["runtimes", "remove", "node@24"]);
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
}

#[test]
fn a_runtime_that_is_not_in_the_store_says_how_to_install_it() {
    let world = World::new();
    for output in [world.run("node@24"), world.offline(&["doctor", "--runtime", "node@24"])] {
        assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
        assert!(text(&output).contains("samebytes runtimes install node@24"), "{}", text(&output));
    }
}

#[test]
fn bad_names_and_versions_are_bad_usage() {
    let world = World::new();
    for args in [
        &["runtimes", "install", "node"][..],
        &["runtimes", "install", "node@lts"],
        &["run", "--runtime", "bun@x"],
    ] {
        let output = world.offline(args);
        assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    }
}

#[test]
fn whatever_goes_wrong_is_said_and_leaves_nothing() {
    let faults = [
        ("unreachable", "cannot reach its registry (ENOTFOUND): network request to the registry failed"),
        ("absent", "npm has no node@24.21.0"),
        ("liar", "it says it is `v1.2.3`"),
        ("broken", "--version ends with exit status: 7"),
        ("full", "is full"),
        ("full-and-fails", "is full"),
        ("dies", "npm fails: signal: 9"),
    ];
    for (npm, said) in faults {
        let world = World::new();
        let output = world.install(npm, &["node@24"]);
        assert_eq!(output.status.code(), Some(NO_RUNTIME), "{npm}: {}", text(&output));
        assert!(
            stderr(&output).contains("node@24: ") && stderr(&output).contains(said),
            "{npm}: {}",
            text(&output)
        );
        assert!(world.stored().is_empty(), "{npm}: {:?}", world.stored());
    }
}

#[test]
fn a_version_that_cannot_be_had_does_not_keep_the_others_from_it() {
    let world = World::new();
    let output = world.install("good", &["node@23", "node@22", "node@24"]);
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
    assert!(stderr(&output).contains("npm has no node@23"), "{}", text(&output));
    assert_eq!(world.stored(), ["node-22.1.0", "node-24.21.0"]);
}

#[test]
fn without_npm_nothing_is_fetched_and_what_is_there_stays_usable() {
    let world = World::new();
    let empty = home();
    let install = |world: &World, spec: &str| {
        let mut command = world.command("good");
        command.env("PATH", empty.path()).args(["runtimes", "install", spec]);
        command.output().expect("samebytes runs")
    };
    let output = install(&world, "node@24");
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
    assert!(stderr(&output).contains("npm, which fetches runtimes, is not on PATH"), "{}", text(&output));
    assert!(world.stored().is_empty());

    let world = World::with_entry();
    for spec in ["node@24.21.0", "node@24"] {
        let output = install(&world, spec);
        assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
        assert!(stderr(&output).contains("there"), "{}", text(&output));
    }
}

#[test]
fn a_store_that_cannot_be_written_is_an_error_that_names_it() {
    let world = World::new();
    let file = world.home.path().join("file");
    fs::write(&file, "").expect("written");
    let mut command = world.command("good");
    command.env("SAMEBYTES_STORE", &file).args(["runtimes", "install", "node@24"]);
    let output = command.output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
    assert!(stderr(&output).contains(&file.display().to_string()), "{}", text(&output));
}

#[test]
fn a_damaged_entry_is_named_with_its_repair_and_repaired() {
    let lose_half = |world: &World| {
        let program = world.program();
        let half = fs::metadata(&program).expect("there").len() / 2;
        fs::OpenOptions::new().write(true).open(&program).and_then(|file| file.set_len(half)).expect("cut");
    };
    let lose_note = |world: &World| fs::write(world.entry().join("entry.json"), "{\"sch").expect("written");
    let lose_program = |world: &World| fs::remove_file(world.program()).expect("removed");
    let damages: [&dyn Fn(&World); 3] = [&lose_half, &lose_note, &lose_program];
    for damage in damages {
        let world = World::with_entry();
        damage(&world);
        let output = world.run("node@24");
        assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
        assert!(text(&output).contains("damaged"), "{}", text(&output));
        assert!(text(&output).contains("samebytes runtimes install node@24.21.0"), "{}", text(&output));
        let output = world.install("good", &["node@24.21.0"]);
        assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
        assert_eq!(world.stored(), ["node-24.21.0"]);
        assert_eq!(world.run("node@24").status.code(), Some(EXPECTED));
    }
}

#[test]
fn changed_bytes_of_a_program_are_noticed_by_the_list_and_repaired() {
    let world = World::with_entry();
    let program = world.program();
    let changed = fs::read_to_string(&program).expect("text").replace("exec node", "exec edon");
    fs::write(&program, changed).expect("written");
    let list = json_of(&world.offline(&["runtimes", "list", "--json"]));
    let rows = list["runtimes"].as_array().expect("a list");
    let row = rows.iter().find(|row| row["name"] == "node@24.21.0").expect("a row");
    assert!(row["problem"].as_str().is_some_and(|text| text.contains("damaged")), "{list:#}");
    assert!(stderr(&world.install("good", &["node@24.21.0"])).contains("installed"));
    assert_eq!(world.run("node@24").status.code(), Some(EXPECTED));
}

#[test]
fn ctrl_c_ends_npm_and_leaves_nothing() {
    let world = World::new();
    let (child, npm) = world.hanging();
    let own = Pid::from_raw(child.id().cast_signed()).expect("a process id");
    kill_process(own, Signal::INT).expect("it can be interrupted");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(!is_running(npm.as_raw_nonzero().get()), "npm still runs");
    assert!(world.stored().is_empty(), "{:?}", world.stored());
}

#[test]
fn what_a_killed_install_left_is_removed_by_the_next() {
    let world = World::new();
    let (mut child, npm) = world.hanging();
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    kill_process(npm, Signal::KILL).expect("its npm can be killed");
    let patience = Instant::now() + Duration::from_secs(20);
    while is_running(npm.as_raw_nonzero().get()) {
        assert!(Instant::now() < patience, "npm still runs");
        std::thread::yield_now();
    }
    assert_eq!(world.stored().len(), 1, "{:?}", world.stored());
    let output = world.install("good", &["node@24"]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert_eq!(world.stored(), ["node-24.21.0"]);
}

#[test]
fn an_install_does_not_remove_what_another_works_on() {
    let world = World::new();
    let (mut child, _npm) = world.hanging();
    let output = world.install("good", &["node@22"]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert_eq!(world.stored().len(), 2, "{:?}", world.stored());
    let own = Pid::from_raw(child.id().cast_signed()).expect("a process id");
    kill_process(own, Signal::INT).expect("it can be interrupted");
    child.wait().expect("it ends");
    assert_eq!(world.stored(), ["node-22.1.0"]);
}

#[test]
fn two_installs_at_once_come_to_one_entry() {
    let world = World::new();
    let start = || {
        let mut command = world.command("together");
        command.args(["runtimes", "install", "node@24"]).spawn().expect("it starts")
    };
    let outputs = [start(), start()].map(|child| child.wait_with_output().expect("it ends"));
    for output in &outputs {
        assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(output));
    }
    let fresh = outputs.iter().filter(|output| stderr(output).contains("installed")).count();
    assert_eq!(fresh, 1, "{}{}", text(&outputs[0]), text(&outputs[1]));
    assert_eq!(world.stored(), ["node-24.21.0"]);
    assert_eq!(world.run("node@24").status.code(), Some(EXPECTED));
}
