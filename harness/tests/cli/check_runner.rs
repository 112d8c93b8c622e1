//! `check-runner`: good executors pass, and each fault is named by the check that is about it.

use std::collections::BTreeSet;

use super::*;

/// Every fault of `runners/proxy.js`, and the check that must name it.
const FAULTS: &[(&str, &str)] = &[
    ("has-no-platform", "hello is answered with the protocol's version, a runtime, an engine and a platform"),
    ("has-no-space", "hello is answered with the protocol's version, a runtime, an engine and a platform"),
    ("leaves-out-a-feature", "every feature has an answer: true, or the reason why not"),
    ("agrees-to-every-version", "a version of the protocol that it does not speak is not agreed to"),
    ("has-no-simd", "simd is there if it is claimed"),
    ("exits-with-3-after-bye", "bye ends it with code 0, in silence"),
    ("announces-its-end", "the end of stdin ends it with code 0, in silence"),
    ("fails-without-hello", "the end of stdin before hello ends it with code 0, in silence"),
    ("passes-over-unreadable-lines", "an unreadable line ends it: exiting, and another code than 0"),
    (
        "passes-over-unknown-requests",
        "a request of an unknown type ends it: exiting, and another code than 0",
    ),
    ("goes-on-after-what-is-wrong", "a request of an unknown type ends it: exiting, and another code than 0"),
    ("takes-a-second-hello", "a second hello ends it: exiting, and another code than 0"),
    ("dies-of-empty-lines", "an empty line is passed over"),
    ("dies-of-long-lines", "a line of eight megabytes is read, and characters that a pipe cut in two"),
    ("knows-no-other-keys", "keys that the contract does not name are ignored"),
    ("swaps-neighbours", "every step is observed once, in the written order, by main"),
    ("observes-twice", "every step is observed once, in the written order, by main"),
    ("observes-at-the-end", "a step's observation is out before the next step is done"),
    (
        "is-always-a-host",
        "compile, instantiate and call are observed by engine, a buffer's length by host or embedding",
    ),
    ("has-32-bit-sequences", "a sequence number above 32 bits comes back as it was sent"),
    ("forgets-what-waits", "a case that waits in the pipe is run after the one before it"),
    (
        "closes-nothing-of-a-plan-with-an-error",
        "an operation that it does not know is an error, before anything of the case runs",
    ),
    ("refuses-each", "an operation that the contract names is never an error"),
    ("rounds-integers", "integers cross as signed decimals, whole"),
    ("has-no-negative-zero", "floats cross as their bits, NaN as its bits or as nan"),
    ("turns-results-round", "several results come in their order"),
    ("names-traps-anew", "a trap is a trap, and its kind one of the list"),
    ("takes-exhaustion-for-a-trap", "an exhausted stack is exhaustion"),
    ("does-not-name-errors", "an import that is missing is thrown, under an error's name"),
    ("returns-what-is-missing", "a step whose handle is missing is skipped, with the reason"),
    (
        "has-no-invocations",
        "a callback's arguments and steps come before the call's result, with their invocation",
    ),
    ("calls-every-error-error", "what a callback throws is what the call threw"),
    ("keeps-only-signed", "a kept result is taken as signed or unsigned, added to and converted"),
    ("does-not-fold", "equal rounds of a repeated step are folded"),
    ("counts-nothing-unrecorded", "rounds beyond 1024 runs are counted as unrecorded"),
    ("keeps-globals", "a case finds fresh globals and memories"),
    ("remembers-handles", "a case does not see the handles of the one before"),
    ("is-always-main", "a worker's steps are done in their turn and observed as its own"),
    (
        "does-not-say-started",
        "a started step is observed as started, and its result under the number of the join",
    ),
    ("does-not-retire", "a case that terminated an agent retires the executor, which ends when it is told"),
];

fn check(args: &[&str]) -> Output {
    samebytes(&home()).arg("check-runner").args(args).output().expect("samebytes runs")
}

/// Holds our own executor behind the proxy to the contract, or to the one check.
fn check_proxied(fault: &str, only: Option<&str>) -> (Value, Output) {
    let proxy = fixtures().join("runners/proxy.js").display().to_string();
    let mut args = vec!["--json", "-", "--timeout", "20"];
    args.extend(only.into_iter().flat_map(|name| ["--only", name]));
    args.extend(["node", &proxy, fault, env!("CARGO_BIN_EXE_samebytes"), "executor", "wasmtime"]);
    let output = check(&args);
    (json_of(&output), output)
}

fn names(report: &Value, result: &str) -> BTreeSet<String> {
    let checks = report["checks"].as_array().expect("checks").iter();
    let found = checks.filter(|check| check["result"] == result);
    found.map(|check| check["name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Some of the faults, so that several tests share the work.
fn named_by_their_checks(part: usize) {
    for (fault, name) in FAULTS.iter().skip(part).step_by(4) {
        let (report, output) = check_proxied(fault, Some(name));
        assert!(names(&report, "fail").contains(*name), "{fault}: {}", text(&output));
        assert_eq!(output.status.code(), Some(NEWS), "{fault}");
    }
}

#[test]
fn each_fault_is_named_by_its_check_1() {
    named_by_their_checks(0);
}

#[test]
fn each_fault_is_named_by_its_check_2() {
    named_by_their_checks(1);
}

#[test]
fn each_fault_is_named_by_its_check_3() {
    named_by_their_checks(2);
}

#[test]
fn each_fault_is_named_by_its_check_4() {
    named_by_their_checks(3);
}

#[test]
fn a_fault_of_one_kind_fails_no_other_check() {
    let only = |name: &str| BTreeSet::from([name.to_owned()]);
    let (report, _) = check_proxied("rounds-integers", None);
    assert_eq!(names(&report, "fail"), only("integers cross as signed decimals, whole"));
    let (report, _) = check_proxied("prints-too", None);
    let stdout = "nothing but the protocol reached standard output behind a handshake";
    assert_eq!(names(&report, "fail"), only(stdout));
}

#[test]
fn our_own_executor_passes_every_check_behind_a_proxy_too() {
    let (report, output) = check_proxied("none", None);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert_eq!(names(&report, "skipped"), BTreeSet::new(), "wasmtime has all that is asked for");
    assert!(names(&report, "pass").len() > 40);
    assert_eq!(report["handshake"]["runtime"]["name"], "wasmtime");
}

#[test]
fn wasmtime_and_the_runner_under_node_pass_every_check() {
    for runtime in ["wasmtime", "node"] {
        let output = check(&["--runtime", runtime, "--timeout", "60"]);
        assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    }
}

#[test]
fn a_failed_check_says_what_was_sent_and_what_came_and_what_was_expected() {
    let name = "integers cross as signed decimals, whole";
    let (report, _) = check_proxied("rounds-integers", Some(name));
    let failed = report["checks"].as_array().expect("checks").iter().find(|check| check["name"] == name);
    let failed = failed.expect("the check");
    assert_eq!(failed["clause"], "node-runner/README.md#values");
    assert_eq!(failed["expected"], "i64 9223372036854775807");
    assert!(failed["came"].as_str().is_some_and(|came| came.contains("9223372036854775808")), "{failed:#}");
    let lines: Vec<&str> =
        failed["conversation"].as_array().expect("lines").iter().filter_map(Value::as_str).collect();
    assert!(lines.iter().any(|line| line.starts_with("> {\"type\":\"case\"")), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("< sb") && line.contains("observation")), "{lines:?}");
}

#[test]
fn every_clause_is_a_section_of_the_contract() {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("node-runner/README.md");
    let contract = fs::read_to_string(contract).expect("the contract");
    let anchors: BTreeSet<String> = contract
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-"))
        .collect();
    for check in samebytes::runtime::contract::checks() {
        assert!(anchors.contains(check.clause), "{} is in no section `{}`", check.name, check.clause);
    }
}

#[test]
fn a_command_that_cannot_be_started_ends_with_3_and_none_with_2() {
    for (args, code) in [
        (&["no-such-program"][..], NO_RUNTIME),
        (&["--runtime", "no-such-runtime"][..], NO_RUNTIME),
        (&[][..], BAD_INPUT),
        (&["'open"][..], BAD_INPUT),
        (&["--runtime", "node", "node"][..], BAD_INPUT),
        (&["--only", "no check is called this", "node"][..], BAD_INPUT),
    ] {
        let output = check(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", text(&output));
        assert!(String::from_utf8_lossy(&output.stderr).contains("error: "), "{args:?}: {}", text(&output));
    }
}

#[test]
fn whoever_says_nothing_fails_once_and_the_rest_is_skipped() {
    let output = check(&["--json", "-", "--timeout", "5", "node -e 0"]);
    let report = json_of(&output);
    assert_eq!(output.status.code(), Some(NEWS));
    let hello = "hello is answered with the protocol's version, a runtime, an engine and a platform";
    assert!(names(&report, "fail").contains(hello), "{report:#}");
    assert!(names(&report, "skipped").len() > 30, "{report:#}");
}

#[test]
fn an_executor_that_is_no_javascript_runs_cases_beside_a_runner() {
    let home = home();
    let executor =
        format!("other=executor:{} executor wasmtime", shell_words::quote(env!("CARGO_BIN_EXE_samebytes")));
    let mut command = samebytes(&home);
    command.args(["run", "visibility/grow-seen-by-other-agent", "--json", "-", "--runtime", &executor]);
    let output = command.output().expect("samebytes runs");
    let report = json_of(&output);
    assert_eq!(output.status.code(), Some(EXPECTED), "{}", text(&output));
    assert_eq!(report["summary"]["verdicts"]["pass"], 1);
    let shown = report["runtimes"][0]["command"].as_str().unwrap_or_default();
    assert!(shown.ends_with("executor wasmtime"), "nothing is appended: {shown}");
}
