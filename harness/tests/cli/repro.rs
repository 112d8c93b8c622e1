//! Reproductions and bisecting. The bad runtimes are the `node` on PATH with a fault loaded into it.

use std::os::unix::fs::PermissionsExt as _;

use samebytes::store::{Build, Platform};

use super::*;

fn preload(mutant: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("node-runner/mutants/preload.mjs");
    format!("file://{}?{mutant}", file.display())
}

fn bad(mutant: &str) -> String {
    format!("bad=node --import {}", shell_words::quote(&preload(mutant)))
}

/// A reproduction of a fixture case, and what was written.
struct Repro {
    output: Output,
    folder: TempDir,
}

impl Repro {
    fn of(case: &str, mutant: &str, more: &[&str]) -> Self {
        let folder = home();
        let mut command = samebytes(&folder);
        command.args(["repro", case, "--runtime", &bad(mutant), "--against", "node", "--out", "out"]);
        command.arg("--cases").arg(fixtures().join("repro")).args(more);
        Self { output: command.output().expect("samebytes runs"), folder }
    }

    fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    fn read(&self, name: &str) -> String {
        let file = self.folder.path().join("out").join(name);
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}: {}", text(&self.output)))
    }

    /// The script's exit code, from another folder, without and with the fault.
    fn codes(&self, mutant: &str) -> (Option<i32>, Option<i32>) {
        let elsewhere = home();
        let run = |args: &[&str]| {
            let script = self.folder.path().join("out/repro.mjs");
            let mut command = Command::new("node");
            command.args(args).arg(script).current_dir(elsewhere.path());
            command.output().expect("node runs").status.code()
        };
        (run(&[]), run(&["--import", &preload(mutant)]))
    }
}

#[test]
fn a_reproduction_is_what_matters_of_the_case_and_shows_it() {
    let repro = Repro::of("repro/zero", "grow-zero-keeps-buffer", &[]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("grow-zero-keeps-buffer"), (Some(0), Some(1)));
    let script = repro.read("repro.mjs");
    let code: Vec<&str> = script.lines().filter(|line| line.starts_with("const mem")).collect();
    assert_eq!(code, ["const mem = new WebAssembly.Memory({ initial: 1, maximum: 2 });"], "{script}");
    for gone in ["other", "size", "samebytes", "hex", "worker_threads"] {
        assert!(!script.contains(gone), "{gone}: {script}");
    }
    let issue = repro.read("ISSUE.md");
    for told in [" repro.mjs\n", "refresh-the-memory-buffer", "| no |", "expected true", "actual   false"] {
        assert!(issue.contains(told), "{told}: {issue}");
    }
}

#[test]
fn steps_that_do_not_matter_are_kept_where_that_is_asked_for() {
    let repro = Repro::of("repro/zero", "grow-zero-keeps-buffer", &["--no-minimize"]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    let script = repro.read("repro.mjs");
    assert!(script.contains("const other = ") && script.contains(".set([1, 2]);"), "{script}");
    assert_eq!(repro.codes("grow-zero-keeps-buffer"), (Some(0), Some(1)));
}

#[test]
fn agents_and_their_turns_are_part_of_the_script_and_unused_functions_are_not() {
    let repro = Repro::of("repro/posted", "post-copies-memory", &[]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("post-copies-memory"), (Some(0), Some(1)));
    let script = repro.read("repro.mjs");
    assert!(script.contains("until(") && script.contains("guest.load(5)"), "{script}");
    assert!(!script.contains("unused") && !script.contains("Nobody calls"), "{script}");
}

#[test]
fn a_script_of_what_does_not_end_ends() {
    let repro = Repro::of("repro/pending", "wait-async-never-settles", &["--timeout", "2"]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("wait-async-never-settles"), (Some(0), Some(1)));
    assert!(repro.read("ISSUE.md").contains("actual   it does not"));
}

#[test]
fn hostile_names_stay_text_in_the_script_and_in_the_issue() {
    let repro = Repro::of("repro/hostile", "grow-zero-keeps-buffer", &["--no-minimize"]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("grow-zero-keeps-buffer"), (Some(0), Some(1)));
    let issue = repro.read("ISSUE.md");
    let prose = outside_fences(&issue);
    assert!(prose.contains("\\<img") && prose.contains("\\@everyone"), "{issue}");
    assert!(prose.matches("<img").count() == prose.matches("\\<img").count(), "{issue}");
    assert!(prose.matches("@everyone").count() == prose.matches("\\@everyone").count(), "{issue}");
    assert!(!repro.read("repro.mjs").contains('\u{2028}'));
}

/// The text of Markdown that is no code. A fence is ended by a line of as many backticks or more.
fn outside_fences(text: &str) -> String {
    let (mut prose, mut fence) = (String::new(), 0);
    for line in text.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match fence {
            0 if ticks >= 3 => fence = ticks,
            0 => prose.extend([line, "\n"]),
            open if ticks >= open && line.chars().all(|c| c == '`') => fence = 0,
            _ => {}
        }
    }
    assert_eq!(fence, 0, "a block is left open: {text}");
    prose
}

#[test]
fn what_passes_cannot_be_reproduced() {
    let repro = Repro::of("repro/zero", "post-copies-memory", &[]);
    assert_eq!(repro.code(), Some(BAD_INPUT), "{}", text(&repro.output));
    assert!(text(&repro.output).contains("it passes there"), "{}", text(&repro.output));
    assert!(!repro.folder.path().join("out").exists());
}

#[test]
fn a_folder_that_cannot_be_written_and_a_missing_runtime_are_errors() {
    let folder = home();
    fs::write(folder.path().join("file"), "").expect("writable");
    let run = |runtime: &str, out: &str| {
        let mut command = samebytes(&folder);
        command.args(["repro", "repro/zero", "--runtime", runtime, "--against", "node", "--out", out]);
        command.arg("--cases").arg(fixtures().join("repro")).output().expect("samebytes runs")
    };
    let output = run(&bad("grow-zero-keeps-buffer"), "file/out");
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    assert!(text(&output).contains("cannot write"), "{}", text(&output));
    let output = run("bun@0.0.1", "out");
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
}

#[test]
fn a_folder_with_something_in_it_is_left_as_it_is() {
    let folder = home();
    fs::create_dir(folder.path().join("out")).expect("made");
    fs::write(folder.path().join("out/mine"), "").expect("writable");
    let mut command = samebytes(&folder);
    command.args(["repro", "repro/zero", "--runtime", &bad("grow-zero-keeps-buffer"), "--out", "out"]);
    let output = command.arg("--cases").arg(fixtures().join("repro")).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    assert!(text(&output).contains("out is there and is not empty"), "{}", text(&output));
    assert_eq!(fs::read_dir(folder.path().join("out")).expect("there").count(), 1);
}

#[test]
fn an_unknown_case_brings_the_one_that_is_meant() {
    let folder = home();
    for verb in [&["repro"][..], &["bisect", "--good", "20.0.0", "--bad", "21.0.0"]] {
        let mut command = samebytes(&folder);
        command.args(verb).args(["repro/zeor", "--runtime", "node"]);
        let output = command.arg("--cases").arg(fixtures().join("repro")).output().expect("samebytes runs");
        assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
        assert!(text(&output).contains("did you mean `repro/zero`?"), "{}", text(&output));
    }
}

#[test]
fn conversions_and_callbacks_are_plain_objects_and_functions() {
    let repro = Repro::of("repro/converted", "grow-zero-keeps-buffer", &[]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("grow-zero-keeps-buffer"), (Some(0), Some(1)));
    let script = repro.read("repro.mjs");
    assert!(script.contains("[0] = { valueOf() { mem.grow(0); return 7; } };"), "{script}");
    let repro = Repro::of("repro/called-back", "callbacks-see-zero-for-what-is-gone", &[]);
    assert_eq!(repro.code(), Some(EXPECTED), "{}", text(&repro.output));
    assert_eq!(repro.codes("callbacks-see-zero-for-what-is-gone"), (Some(0), Some(1)));
    let script = repro.read("repro.mjs");
    assert!(script.contains("  if (elements.length === 1) mem.grow(0);\n"), "{script}");
}

/// A program of that name and text in the folder.
fn program(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let file = folder.path().join(name);
    fs::write(&file, text).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("allowed");
    file
}

/// The folder first, then PATH.
fn path_with(folder: &TempDir) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").expect("PATH");
    let path = [folder.path().to_owned()].into_iter().chain(std::env::split_paths(&path));
    std::env::join_paths(path).expect("a PATH")
}

#[test]
fn a_script_that_does_not_show_the_bug_is_said_not_to() {
    let folder = home();
    // The fault is there for the runner alone.
    let fault = format!(
        "#!/bin/sh\ncase \"$*\" in *repro.mjs) exec node \"$@\" ;; esac\nexec node --import {} \"$@\"\n",
        shell_words::quote(&preload("grow-zero-keeps-buffer"))
    );
    let bad = program(&folder, "bad", &fault);
    let mut command = samebytes(&folder);
    command.args(["repro", "repro/zero", "--against", "node", "--out", "out", "--runtime"]);
    command.arg(format!("bad={}", shell_words::quote(&bad.display().to_string())));
    let output = command.arg("--cases").arg(fixtures().join("repro")).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let said = "what was written does not show what the case shows";
    assert!(text(&output).contains(said), "{}", text(&output));
}

/// `repro` for the embedded engine, with a stand-in for cargo that does this.
fn project(cargo: &str) -> (Output, TempDir) {
    let (folder, programs) = (home(), home());
    program(&programs, "cargo", &format!("#!/bin/sh\n{cargo}\n"));
    let mut command = samebytes(&folder);
    command.env("PATH", path_with(&programs)).env_remove("CARGO_TARGET_DIR");
    command.args(["repro", "repro/sum", "--runtime", "wasmtime", "--against", "node", "--out", "out"]);
    let output = command.arg("--cases").arg(fixtures().join("repro")).output().expect("samebytes runs");
    (output, folder)
}

#[test]
fn an_embedded_engine_gets_a_project_that_is_run() {
    let (output, folder) = project("grep -q 'value == 5' src/main.rs && echo actual 4 && exit 1");
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert!(text(&output).contains("shows it  wasmtime"), "{}", text(&output));
    let read = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).expect(name);
    assert!(read("Cargo.toml").contains("wasmtime = { version = \"=48."));
    let issue = read("ISSUE.md");
    for told in ["cargo run", "## src/main.rs", "```rust\n//! Two and two", "actual 4"] {
        assert!(issue.contains(told), "{told}: {issue}");
    }
}

#[test]
fn a_project_that_does_not_compile_shows_nothing() {
    let (output, _) = project("echo 'error: expected one of' >&2; exit 101");
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    assert!(text(&output).contains("exit code 101 error: expected one of"), "{}", text(&output));
}

/// A stand-in for npm: versions 20.0.0 to 20.7.0, of which those from 20.5.0 on have a fault, and
/// 20.3.0 cannot be had.
const NPM: &str = r##"#!/bin/sh
verb=$1 wanted= prefix= previous=
for word; do
    [ "$previous" = --prefix ] && prefix=$word
    case $word in *@[0-9]*) wanted=$word ;; esac
    previous=$word
done
if [ "$verb" = view ]; then
    echo '["20.0.0", "20.1.0", "20.2.0", "20.3.0", "20.4.0", "20.5.0-rc.1", "20.5.0", "20.6.0", "20.7.0", "21.0.0"]'
    exit
fi
package=${wanted%@*} version=${wanted##*@}
echo "$version" >> "$FAKE_FOLDER/fetched"
[ "$version" = "$FAKE_HANGS" ] && { echo half > "$prefix/half"; exec tail -f /dev/null; }
[ "$version" = 20.3.0 ] && { echo "npm error code ETARGET" >&2; exit 1; }
program=$prefix/node_modules/$package/$FAKE_PROGRAM
mkdir -p "$(dirname "$program")"
fault=
case $version in 20.[567].0) fault="--import $FAKE_FAULT" ;; esac
[ "$version" = "$FAKE_CRASHES" ] && fault="--eval 'process.exit(3)'"
printf '#!/bin/sh\n[ "$1" = --version ] && { echo v%s; exit; }\nexec node %s "$@"\n' "$version" "$fault" > "$program"
"##;

struct World {
    home: TempDir,
    npm: TempDir,
}

impl World {
    fn new() -> Self {
        let npm = home();
        program(&npm, "npm", NPM);
        Self { home: home(), npm }
    }

    fn command(&self, good: &str, bad: &str, more: &[&str]) -> Command {
        let package = Platform::here().package(Build::Node).expect("a package of Node for this machine");
        let mut command = samebytes(&self.home);
        command.env("PATH", path_with(&self.npm));
        command.env("FAKE_FOLDER", self.npm.path()).env("FAKE_PROGRAM", package.program);
        command.env("FAKE_FAULT", preload("grow-zero-keeps-buffer"));
        command.args(["bisect", "repro/zero", "--runtime", "node", "--good", good, "--bad", bad]);
        command.arg("--cases").arg(fixtures().join("repro")).args(more);
        command
    }

    fn bisect(&self, good: &str, bad: &str, more: &[&str]) -> Output {
        self.command(good, bad, more).output().expect("samebytes runs")
    }

    fn fetched(&self) -> Vec<String> {
        let text = fs::read_to_string(self.npm.path().join("fetched")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn bisecting_finds_the_first_bad_version_past_one_that_cannot_be_had() {
    let world = World::new();
    let output = world.bisect("20.0.0", "20.7.0", &[]);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    let said = text(&output);
    assert!(said.contains("node@20.5.0 is the first bad version; node@20.4.0 is good"), "{said}");
    assert!(said.contains("skipped node@20.3.0"), "{said}");
    // What is in the store is enough now, and what is not is not asked for.
    let fetched = world.fetched();
    let again = world.bisect("20.0.0", "20.7.0", &["--offline"]);
    assert!(text(&again).contains("node@20.5.0 is the first bad version"), "{}", text(&again));
    assert_eq!(world.fetched(), fetched);
}

#[test]
fn a_good_version_after_the_bad_one_means_the_one_that_mends_it() {
    let world = World::new();
    let output = world.bisect("20.4.0", "20.6.0", &[]);
    assert!(text(&output).contains("node@20.5.0 is the first bad version"), "{}", text(&output));
    let output = world.bisect("21.0.0", "20.5.0", &[]);
    let said = "node@21.0.0 is the first good version; node@20.7.0 is bad";
    assert!(text(&output).contains(said), "{}", text(&output));
}

#[test]
fn ends_that_are_not_what_they_are_said_to_be_are_news() {
    let world = World::new();
    let output = world.bisect("20.5.0", "20.7.0", &[]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    assert!(text(&output).contains("node@20.5.0 is not good"), "{}", text(&output));
    let output = world.bisect("20.0.0", "20.1.0", &[]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let output = world.bisect("20.0.0", "20.3.0", &[]);
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
}

#[test]
fn good_and_bad_the_wrong_way_round_are_said_to_be() {
    let output = World::new().bisect("20.6.0", "20.1.0", &[]);
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let said = "node@20.1.0 is good and node@20.6.0 is bad: --good and --bad are the wrong way round";
    assert!(text(&output).contains(said), "{}", text(&output));
    let output = World::new().bisect("20.6.0", "20.4.0", &["--offline"]);
    assert_eq!(output.status.code(), Some(NO_RUNTIME), "{}", text(&output));
    let output = World::new().bisect("20.5.0", "20.5.0", &[]);
    assert_eq!(output.status.code(), Some(BAD_INPUT), "{}", text(&output));
    assert!(text(&output).contains("--good and --bad are the same version"), "{}", text(&output));
}

#[test]
fn a_version_that_crashes_is_skipped() {
    let world = World::new();
    let output = world
        .command("20.1.0", "20.6.0", &[])
        .env("FAKE_CRASHES", "20.4.0")
        .output()
        .expect("samebytes runs");
    let said = text(&output);
    assert!(said.contains("skipped node@20.4.0"), "{said}");
    assert!(
        said.contains("the first bad version is after node@20.2.0, and node@20.5.0 at the latest"),
        "{said}"
    );
}

#[test]
fn an_interrupted_bisect_leaves_nothing_half_installed() {
    let world = World::new();
    let mut command = world.command("20.1.0", "20.6.0", &[]);
    command.env("FAKE_HANGS", "20.2.0").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("samebytes starts");
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while !world.fetched().contains(&"20.2.0".to_owned()) {
        assert!(std::time::Instant::now() < patience, "it never comes to 20.2.0: {:?}", world.fetched());
        std::thread::yield_now();
    }
    let own = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a process id");
    rustix::process::kill_process(own, rustix::process::Signal::INT).expect("it can be interrupted");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    let listed = samebytes(&world.home).args(["runtimes", "list"]).output().expect("samebytes runs");
    let there = text(&listed);
    assert!(there.contains("node@20.1.0") && !there.contains("20.2.0"), "{there}");
    let half = |folder: &Path| {
        fs::read_dir(folder).expect("a folder").flatten().any(|entry| entry.path().join("half").exists())
    };
    assert!(!half(&world.home.path().join("samebytes/runtimes")));
}
