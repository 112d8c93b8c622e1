//! `samebytes matrix`: a run that is killed is taken up again, and news is run again.

use std::net::TcpListener;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// `samebytes matrix` over the fault cases in the runner that counts.
fn matrix(home: &TempDir, more: &[&str]) -> Command {
    let runner = runtime("counting", "counting");
    let command = runner.split_once('=').expect("a command").1;
    let config = home.path().join("matrix.yaml");
    let command = Value::from(command);
    let text = format!("runtimes:\n  - runtime: counting\n    command: {command}\nconfirm: 2\n");
    fs::write(&config, text).expect("written");
    let mut command = samebytes(home);
    command.arg("matrix").arg("--config").arg(config).arg("--cases").arg(fixtures().join("faults"));
    command.args(["--json", "-"]).args(more).env("SAMEBYTES_FIXTURE_FILE", home.path().join("given"));
    command
}

fn given(home: &TempDir) -> Vec<String> {
    let text = fs::read_to_string(home.path().join("given")).expect("the runner ran");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_killed_run_is_taken_up_where_it_stopped() {
    let home = home();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port().to_string();
    let mut command = matrix(&home, &[]);
    command.env("SAMEBYTES_FIXTURE_PORT", port).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("samebytes starts");
    let mut runner = String::new();
    listener.accept().expect("the runner tells").0.read_to_string(&mut runner).expect("its process id");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let runner = Pid::from_raw(runner.parse().expect("a number")).expect("a process id");
    // Nobody is left to end it.
    let _ = kill_process(runner, Signal::KILL);
    assert_eq!(given(&home), ["faults/a-before", VICTIM]);

    let output = matrix(&home, &["--resume"]).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert_eq!(given(&home), ["faults/a-before", VICTIM, VICTIM, "faults/c-after"]);
    let report = json_of(&output);
    for case in ["faults/a-before", VICTIM, "faults/c-after"] {
        assert_eq!(run_of(&report, case, "counting")["verdict"], "pass", "{case}");
    }

    // A complete run leaves nothing to take up.
    let output = matrix(&home, &["--resume"]).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert_eq!(given(&home).len(), 4 + 3);
}

#[test]
fn news_is_run_again_to_tell_flaky_from_steady() {
    let home = home();
    let output = matrix(&home, &[]).env("SAMEBYTES_FIXTURE_WRONG", "1").output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(NEWS), "{}", text(&output));
    let report = json_of(&output);
    let run = run_of(&report, VICTIM, "counting");
    assert_eq!((&run["verdict"], &run["flaky"]), (&"fail".into(), &true.into()), "{run:#}");
    assert_eq!(given(&home), ["faults/a-before", VICTIM, VICTIM, VICTIM, "faults/c-after"]);
}

#[test]
fn a_matrix_that_means_nothing_is_refused_with_its_place() {
    let home = home();
    let config = home.path().join("matrix.yaml");
    fs::write(&config, "runtimes:\n  - {runtime: node, varaint: liftoff}\n").expect("written");
    let output =
        samebytes(&home).arg("matrix").arg("--config").arg(&config).output().expect("samebytes runs");
    assert_eq!(output.status.code(), Some(BAD_INPUT));
    assert!(text(&output).contains("matrix.yaml:2:21"), "{}", text(&output));
}
