//! Every mistake, at its place and in words that help.

use super::*;

const HEAD: &str = "title: t\nspec: https://example.org\n";

/// The problems as `line:column message [help]`.
fn errors(text: &str) -> Vec<String> {
    let loaded = loaded(text);
    assert!(loaded.cases.is_empty() || loaded.problems.is_empty());
    let show = |problem: &Problem| {
        let place = problem.place.as_ref().map(|place| format!("{}:{} ", place.line(), place.column()));
        let help = problem.help.as_ref().map(|help| format!(" [{help}]"));
        format!("{}{}{}", place.unwrap_or_default(), problem.message, help.unwrap_or_default())
    };
    loaded.problems.iter().map(show).collect()
}

/// The problems of these steps (the first is in line 4), with a guest that has everything.
fn step_errors(steps: &str) -> Vec<String> {
    let steps: String = steps.lines().map(|line| format!("  - {line}\n")).collect();
    let guest = r#"agents: [worker, other]
guest: {wat: '(module (memory (export "memory") 1) (global (export "g") i32 (i32.const 0))
    (func (export "add") (param i32 i32) (result i32) (local.get 0))
    (func (export "f") (param f32) (result f64) (f64.const 0))
    (func (export "wide") (param i64) (result i64) (local.get 0))
    (func (export "two") (result i32 i32) (i32.const 0) (i32.const 1))
    (func (export "none"))
    (func (export "v") (param externref)))'}"#;
    errors(&format!(
        "steps:\n  - instantiate: {{as: i}}\n  - take: {{export: i.memory, as: mem}}\n{steps}{HEAD}{guest}\n"
    ))
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_once() {
    let text = format!(
        "{HEAD}nedes: [thread]\nneeds: [thread, js]\nagents: worker\nsteps:\n  - memry: {{as: m}}\n  - grow: {{memory: m, bye: 1}}\n"
    );
    assert_eq!(
        errors(&text),
        [
            "3:1 unknown key `nedes` [did you mean `needs`?]",
            "4:9 `thread` is not a feature [did you mean `threads`?]",
            "5:9 a list is wanted here, not a single value",
            "7:5 unknown verb `memry` [did you mean `memory`?]",
            "8:11 the key `by` is missing here",
            "8:23 unknown key `bye` [did you mean `by`?]",
        ]
    );
}

#[test]
fn a_problem_is_shown_with_its_line_and_a_caret() {
    let loaded = loaded(&format!("{HEAD}steps:\n  - turn: {{agnet: main}}\n"));
    insta::assert_snapshot!(loaded.problems[0], @r"
    error: unknown key `agnet`
     --> cases/t/case.yaml:4:12
      |
    4 |   - turn: {agnet: main}
      |            ^^^^^
      = help: did you mean `agent`?
    ");
}

#[test]
fn missing_repeated_and_empty_keys_are_reported() {
    assert_eq!(
        errors("title: a\ntitle: b\nsteps:\n  - turn:\n"),
        ["1:1 the key `spec` is missing here", "2:1 the key `title` stands here twice"]
    );
    assert_eq!(errors(&format!("{HEAD}steps:\n")), ["3:1 `steps` has no value"]);
    assert_eq!(errors(&format!("{HEAD}steps: []\n")), ["1:8 this case has no steps"]);
    assert_eq!(errors("[1]\n"), ["1:1 a mapping is wanted here, not a list"]);
}

#[test]
fn a_step_has_one_verb_and_its_keys_inside() {
    assert_eq!(
        errors(&format!(
            "{HEAD}steps:\n  - turn: {{}}\n    expect: done\n  - turn: {{}}\n    size: {{memory: m}}\n  - {{}}\n"
        )),
        [
            "5:5 `expect` belongs inside: `turn: {...}`",
            "7:5 a step has one verb; this one begins a step of its own",
            "8:5 a step has a verb",
        ]
    );
}

#[test]
fn agents_and_handles_are_known_or_explained() {
    assert_eq!(
        step_errors(
            "size: {agent: wroker, memory: mem}\nsize: {agent: worker, memory: mem}\nsize: {memory: men}\nsize: {memory: i}\nget: {view: mem, index: 0}\nview: {as: w, type: Int8Array, over: mem}\nread: {buffer: w, at: 0, count: 1}"
        ),
        [
            "4:19 there is no agent `wroker` [did you mean `worker`?]",
            "5:35 `mem` is a memory of agent main; worker has not received it",
            "6:20 main has no handle `men` [did you mean `mem`?]",
            "7:20 `i` is an instance, and a memory is wanted",
            "8:17 `mem` is a memory, and a typed array is wanted",
            "10:20 `w` is an Int8Array, and a buffer is wanted [its buffer is `w.buffer`]",
        ]
    );
    assert_eq!(
        step_errors("buffer: {memory: mem, as: i}"),
        ["4:31 main has `i` already: an instance, line 2"]
    );
}

#[test]
fn calls_are_checked_against_the_guests_signatures() {
    assert_eq!(
        step_errors(
            "call: {export: i.ad, args: [1, 2]}\ncall: {export: i.add, args: [1]}\ncall: {export: i.add, args: [1, 0x100000000]}\ncall: {export: i.add, args: [-2147483649, 1.5]}\ncall: {export: i.f, args: [nan:0x7f800000]}\ncall: {export: i.wide, args: [18446744073709551616]}\ncall: {export: i.g}\ncall: {export: i.v, args: [0]}\ncall: {export: mem.x}"
        ),
        [
            "4:20 `i` has no export `ad` [did you mean `add`?]",
            "5:34 `i.add` takes (i32 i32), and one value is given",
            "6:37 0x100000000 is out of the range of an i32: -2147483648 to 4294967295",
            "7:34 -2147483649 is out of the range of an i32: -2147483648 to 4294967295",
            "7:47 `1.5` is not an i32",
            "8:32 `nan:0x7f800000` are not the bits of an f32 NaN",
            "9:35 18446744073709551616 is out of the range of an i64: -9223372036854775808 to 18446744073709551615",
            "10:20 this export is a global, and a function is wanted",
            "11:20 this function has vectors or references, which cannot cross a call from JavaScript [let them travel through memory]",
            "12:20 `mem` is a memory, and an instance is wanted",
        ]
    );
    assert_eq!(step_errors("call: {export: add}"), ["4:20 `add` is not an export [write `instance.export`]"]);
}

#[test]
fn expectations_are_typed_by_the_operation() {
    assert_eq!(
        step_errors(
            "call: {export: i.two, expect: 1}
call: {export: i.none, expect: 1}
size: {memory: mem, expect: on}
buffer: {memory: mem, as: b, expect: arraybuffer}
read: {buffer: mem, at: 0, count: 2, expect: \"00\"}
size: {memory: mem, expect: {js: 1}}
call: {export: i.none, expect: {throws: RangError}}
size: {memory: mem, expect: {throws: Error, js: 1}}
turn: {expect: {at-least: 1}}
detached: {buffer: mem, expect: {at-least: 1}}
resizable: {of: mem, expect: 1}"
        )
        .iter()
        .map(|line| line.split(" [`done` expects").next().unwrap())
        .collect::<Vec<_>>(),
        [
            "4:35 this step returns 2 values, and one is expected",
            "5:36 this step returns nothing, and one is expected",
            "6:33 this step returns a number, never `on`",
            "7:42 this step never returns `arraybuffer` [did you mean `ArrayBuffer`?]",
            "8:50 2 bytes are read, and 1 are expected",
            "9:33 `js` is for what a guest returns",
            "10:45 `RangError` is not an error class [did you mean `RangeError`?]",
            "11:34 `throws` stands alone in an expectation",
            "12:20 this step returns nothing, and one is expected",
            "13:37 this step does not return an integer that could be so",
            "14:34 this step returns a boolean, never `1`",
        ]
    );
}

#[test]
fn a_wrong_step_hides_nothing_and_blames_nothing_below() {
    assert_eq!(
        step_errors(
            "memory: {as: other, initial: 1, shared: perhaps}
buffer: {memory: other, as: buf}
byte-length: {of: buf}
call: {export: i.add, args: 1, as: p, start: s}
call: {export: i.wide, args: [$p]}
join: {started: s, expect: yes}
post: {to: worker, message: other, via: pigeon}
receive: {agent: worker, as: got}
size: {agent: worker, memory: got}
size: {memory: nothing}"
        ),
        [
            "4:45 `true` or `false` is wanted here, not `perhaps`",
            "7:33 a list is wanted here, not a single value",
            "10:45 `pigeon` is not a way to travel [one of `message`, `channel`, `worker-data`]",
            "13:20 main has no handle `nothing`",
        ]
    );
}

#[test]
fn kept_results_are_known_and_of_the_right_type() {
    assert_eq!(
        step_errors(
            "call: {export: i.add, args: [1, 2], as: p}\ncall: {export: i.wide, args: [$p]}\ncall: {export: i.add, args: [$q, $p+x]}\ncall: {export: i.two, as: t}\nsize: {memory: p}\ncall: {export: i.add, args: [$p.unsigned-4, $p], expect: $p+8}"
        ),
        [
            "5:35 `$p` is an i32, and an i64 is wanted",
            "6:34 main kept no result as `q` [did you mean `p`?]",
            "6:38 `$p+x` is not `$name`, `$name.unsigned` or `$name+8`",
            "7:31 only a single result can be kept, and this call has 2",
            "8:20 `p` is a kept result: write `$p`",
        ]
    );
}

#[test]
fn messages_are_matched_with_who_receives_them() {
    assert_eq!(
        step_errors(
            "receive: {agent: worker, as: m}\npost: {to: worker, message: {a: mem, b: [mem.buffer]}}\nreceive: {agent: worker, as: {a: m, c: x}}\npost: {to: worker, message: mem}\nreceive: {agent: worker, as: {a: y}}\npost: {agent: worker, to: other, message: mem}\npost: {to: main, message: mem}\npost: {to: worker, via: worker-data, message: mem}\npost: {to: worker, message: [nothing, 1]}"
        ),
        [
            "4:5 no message is under way to worker: its `post` comes before",
            "6:41 the message has no `c` [did you mean `a`?]",
            "8:34 the message is a memory here, and cannot be taken apart so",
            "9:31 two workers reach each other only by a channel [write `via: channel`]",
            "9:47 `mem` is a memory of agent main; worker has not received it",
            "10:16 main cannot post to itself",
            "11:29 worker data is given when the worker is made: nothing may concern `worker` before",
            "12:34 main has no handle `nothing`",
        ]
    );
}

#[test]
fn started_steps_are_joined_once_and_keep_their_agent_busy() {
    assert_eq!(
        step_errors(
            "call: {export: i.none, start: a, expect: done}\nturn:\njoin: {started: b}\njoin: {started: a, expect: 1}\njoin: {started: a}\ncall: {export: i.none, start: c}"
        ),
        [
            "4:46 a started step's expectation stands at its `join`",
            "5:5 the agent `main` is busy with `a` [`join: {started: a}` comes first]",
            "6:21 no step was started as `b` [did you mean `a`?]",
            "7:32 this step returns nothing, and one is expected [`done` expects that it completes, `trap` and `{throws: ...}` that it does not]",
            "8:21 `a` is joined already",
            "9:35 `c` is never joined",
        ]
    );
    assert_eq!(
        step_errors(
            "terminate: {target: main}\nterminate: {target: worker}\nturn: {agent: worker}\npost: {to: worker, message: 1}"
        ),
        [
            "4:25 only another agent can be terminated, and never `main`",
            "6:19 the agent `worker` was terminated",
            "7:16 the agent `worker` was terminated",
        ]
    );
}

#[test]
fn text_errors_of_a_guest_stand_at_their_place_in_the_yaml() {
    let text = format!(
        "{HEAD}guest:\n  wat: |\n    (module\n      (func (export \"é\") (i32.cons 1)))\nsteps:\n  - turn:\n"
    );
    assert_eq!(errors(&text), ["6:27 unknown operator or unexpected token"]);
    assert_eq!(errors(&text.replace('é', "e")), errors(&text), "a column counts characters");
    let text = format!("{HEAD}guest:\n  wat: |\n\n\n    (module\n\n      (oops))\nsteps:\n  - turn:\n");
    assert_eq!(errors(&text)[0].split(' ').next(), Some("9:8"));
    let text = format!("{HEAD}guest: {{wat: '(module (oops))'}}\nsteps:\n  - turn:\n");
    assert_eq!(errors(&text)[0].split(' ').next(), Some("3:24"));
    let text = format!("{HEAD}guest: {{file: bad.wat}}\nsteps:\n  - turn:\n");
    let source = Source::embedded("t/case.yaml", text.as_bytes());
    let loaded = load([source], &|name| (name == "bad.wat").then(|| b"(module\n  (oops))".to_vec()));
    assert!(loaded.problems[0].to_string().contains("--> guests/bad.wat:2:4\n"), "{}", loaded.problems[0]);
}

#[test]
fn guests_are_valid_and_their_features_are_listed() {
    let case = |needs: &str, wat: &str| {
        errors(&format!("{HEAD}needs: [{needs}]\nguest:\n  wat: |\n    {wat}\nsteps:\n  - turn:\n"))
    };
    let invalid = case("", "(module (func (result i32)))");
    assert!(invalid[0].starts_with("6:5 the guest is not a valid module: type mismatch"), "{invalid:?}");
    let shared = "(module (memory 1 1 shared))";
    assert_eq!(case("", shared), ["6:5 the guest uses threads: add it to `needs`"]);
    assert!(case("threads", shared).is_empty());
    let both =
        "(module (memory i64 1 1 shared) (func (memory.fill (i64.const 0) (i32.const 0) (i64.const 0))))";
    assert_eq!(
        case("", both),
        [
            "6:5 the guest uses threads: add it to `needs`",
            "6:5 the guest uses memory64: add it to `needs`",
            "6:5 the guest uses bulk-memory: add it to `needs`",
        ]
    );
    assert_eq!(
        case("", "(module (func (result v128) (v128.const i32x4 0 0 0 0)))"),
        ["6:5 the guest uses simd: add it to `needs`"]
    );
    assert!(case("", "(module (type (struct)))")[0].contains("a feature that cases cannot have"));
    assert!(
        case("", "(module (func (export \"s\") (param i32) (result i32) (i32.extend8_s (local.get 0))))")
            .is_empty()
    );
}

#[test]
fn guest_files_are_found_or_reported() {
    let case = |file: &str| errors(&format!("{HEAD}guest: {{file: {file}}}\nsteps:\n  - turn:\n"));
    assert_eq!(case("none.wat"), ["3:15 there is no `guests/none.wat`"]);
    assert_eq!(case("../secret.wat"), ["3:15 this path leads out of guests/"]);
    assert_eq!(
        errors(&format!("{HEAD}guest: {{}}\nsteps:\n  - turn:\n")),
        ["1:8 a guest has either `wat` or `file`"]
    );
}

#[test]
fn imports_are_complete_and_of_the_right_kind() {
    let case = |import: &str| {
        errors(&format!(
            "{HEAD}callbacks: {{back: {{returns: 1}}}}\nguest:\n  wat: (module (import \"env\" \"memory\" (memory 1)) (import \"env\" \"f\" (func (result i32))) (import \"env\" \"g\" (global i32)))\nsteps:\n  - memory: {{as: mem, initial: 1}}\n  - buffer: {{memory: mem, as: buf}}\n  - instantiate: {{as: i, import: {import}}}\n"
        ))
    };
    assert!(case("{env.memory: mem, env.f: back, env.g: 0xffffffff}").is_empty());
    assert_eq!(
        case("{env.memory: buf, env.f: bakc, env.g: 1.5, env.h: 1}"),
        [
            "3:13 no guest imports the callback `back`",
            "9:47 `buf` is a buffer, and a memory is wanted",
            "9:59 there is no callback `bakc` [did you mean `back`?]",
            "9:72 `1.5` is not an i32",
            "9:77 the guest does not import `env.h` [did you mean `env.f`?]",
        ]
    );
    assert_eq!(
        case("{env.f: back, env.g: 1}"),
        [
            "9:23 the guest imports `env.memory`, a memory, and is not given it [add it: `import: {env.memory: ...}`]"
        ]
    );
}

#[test]
fn callbacks_run_on_whoever_calls() {
    let case = |steps: &str, callback: &str| {
        errors(&format!(
            "{HEAD}guest:\n  wat: (module (import \"e\" \"f\" (func $f (param i32) (result i64))) (func (export \"go\") (drop (call $f (i32.const 1)))))\ncallbacks:\n  f:\n{callback}steps:\n{steps}"
        ))
    };
    let steps = "  - memory: {as: mem, initial: 1}\n  - instantiate: {as: i, import: {e.f: f}}\n  - call: {export: i.go}\n  - size: {memory: late}\n";
    assert_eq!(
        case(
            steps,
            "    returns: 1\n    steps:\n      - grow: {memory: men, by: 1}\n      - turn:\n      - size: {agent: main, memory: mem}\n"
        ),
        [
            "9:24 main has no handle `men` [did you mean `mem`?]",
            "10:9 `turn` cannot stand in a callback: the event loop is out of reach there",
            "11:23 the steps of a callback run on the agent that runs it",
            "16:20 main has no handle `late`",
        ]
    );
    assert_eq!(
        case("  - instantiate: {as: i, import: {e.f: f}}\n", "    expect: [1, 2]\n"),
        [
            "7:13 this step returns one value, and 2 are expected [`done` expects that it completes, `trap` and `{throws: ...}` that it does not]"
        ]
    );
    assert_eq!(
        case("  - instantiate: {as: i, import: {e.f: f}}\n", "    expect: 1\n"),
        ["6:3 this callback returns i64: `returns` is missing"]
    );
}

#[test]
fn parameters_are_known_used_and_give_different_ids() {
    assert_eq!(
        errors(
            "title: t ${b}\nspec: https://example.org\nparams: {a: [1, 2], c: [3]}\nsteps:\n  - memory: {as: m, initial: \"${a}\"}\n"
        ),
        ["1:8 there is no parameter `b` [did you mean `a`?]", "3:21 the parameter `c` is not used"]
    );
    assert_eq!(
        errors(
            "title: t ${a}\nspec: https://example.org\nparams:\n  - {a: 1, b: 2}\n  - {a: 1, b: 3}\n  - {a: 2}\nsteps:\n  - turn:\n"
        ),
        ["6:5 the parameter `b` is missing here"]
    );
    assert_eq!(
        errors(
            "title: t ${a} ${b}\nspec: https://example.org\nparams:\n  - {a: 1, b: 2}\n  - {a: 1, b: 3}\nsteps:\n  - turn:\n"
        ),
        ["5:9 two cases would be named `[a=1]`"]
    );
}

#[test]
fn a_mistake_of_one_case_among_many_names_that_case() {
    assert_eq!(
        errors(&format!("{HEAD}params: {{n: [1, x]}}\nsteps:\n  - memory: {{as: m, initial: \"${{n}}\"}}\n")),
        ["5:30 `x` is not a value that JavaScript takes here (in t/case[n=x])"]
    );
}

#[test]
fn a_digest_of_too_much_is_refused_where_the_size_is_known() {
    assert_eq!(
        step_errors(
            "memory: {as: big, initial: 1025}\ndigest: {buffer: big}\ndigest: {buffer: big, at: 0, count: 67108864}\ndigest: {buffer: big, at: 0, count: 67108865}"
        ),
        [
            "5:22 a digest covers at most 64 MiB [give a smaller range: `at` and `count`]",
            "7:41 a digest covers at most 64 MiB [give a smaller range: `at` and `count`]",
        ]
    );
}

#[test]
fn claims_say_how_the_case_bears_on_them() {
    let with = |claims: &str| errors(&format!("{HEAD}claims: {claims}\nsteps:\n  - turn:\n"));
    assert_eq!(
        with("[1, 2]"),
        ["3:9 `claims` says how the case bears on each claim [`claims: {3: refutes, 1: supports}`]"]
    );
    assert_eq!(with("{one: refutes}"), ["3:10 the number of a claim is wanted here"]);
    assert_eq!(
        with("{1: refuses}"),
        ["3:13 `refuses` is not a way to bear on a claim [did you mean `refutes`?]"]
    );
}

#[test]
fn a_step_decides_claims_of_its_case_by_what_is_expected_of_it() {
    let with = |step: &str| errors(&format!("{HEAD}claims: {{1: refutes}}\nsteps:\n  - turn: {{{step}}}\n"));
    assert_eq!(with("expect: done, decides: 1"), Vec::<String>::new());
    assert_eq!(with("decides: [1]"), ["5:22 a step that decides a claim says what is expected of it"]);
    assert_eq!(with("expect: done, decides: 2"), ["5:35 the case's `claims` do not say how it bears on 2"]);
}
