//! Ctrl-C.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// Is there such a process, other than one that has ended and was not yet asked about?
pub(super) fn is_running(pid: i32) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'),
        Err(_) if Path::new("/proc/self/stat").exists() => false,
        Err(_) => Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok()),
    }
}

#[test]
fn ctrl_c_reports_what_ran_and_leaves_no_process_behind() {
    let home = home();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port().to_string();
    let mut command = samebytes(&home);
    command.arg("run").arg("--cases").arg(fixtures().join("faults"));
    command.args(["--runtime", &runtime("hang", "hang"), "--timeout", "3600"]);
    command.env("SAMEBYTES_FIXTURE_PORT", port).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("samebytes starts");
    let mut pids = String::new();
    listener.accept().expect("the runner tells").0.read_to_string(&mut pids).expect("its process ids");
    let pids: Vec<i32> = pids.split_whitespace().map(|pid| pid.parse().expect("a number")).collect();
    assert!(pids.len() == 2 && pids.iter().all(|pid| is_running(*pid)), "{pids:?}");

    let own = Pid::from_raw(child.id().cast_signed()).expect("a process id");
    kill_process(own, Signal::INT).expect("it can be interrupted");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(text(&output).contains("interrupted: 1 case"), "{}", text(&output));
    // Being killed takes the system a moment.
    let patience = Instant::now() + Duration::from_secs(20);
    while pids.iter().any(|pid| is_running(*pid)) {
        assert!(Instant::now() < patience, "left behind: {pids:?}");
        std::thread::yield_now();
    }
}
