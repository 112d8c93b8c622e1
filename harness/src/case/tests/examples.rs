//! What is documented loads: the README's example, and every verb of its table.

use super::*;
use crate::case::expect::KeptResult;
use crate::case::plan::{Feature, Import, ImportSource, Kept, Op, Operand, OperandType};
use crate::case::verbs::Verb;
use crate::value::{Float, Value};

fn readme() -> &'static str {
    include_str!("../../../../cases/README.md")
}

#[test]
fn the_example_of_the_readme_loads() {
    let example = readme().split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let cases = cases(example);
    let [case] = &cases[..] else { panic!() };
    assert_eq!((case.id.as_str(), case.category.as_str()), ("t/case", "t"));
    assert_eq!(case.plan.steps.len(), 7);
    assert_eq!(case.plan.needs, [Feature::Threads, Feature::Agents]);
    assert!(matches!(&case.plan.steps[2].op, Op::Receive { post: 2, from, .. } if from == "main"));
    let expected = Expected {
        expect: Expect::Values(vec![Matcher::Is(Value::I32(1))]),
        refused: Some(Value::I32(-1)),
        may_be_refused: false,
    };
    assert_eq!(case.expected[&6], expected);
    assert_eq!(case.steps[&7].text, "call: {agent: worker, export: there.size, expect: 4}");
    assert_eq!(case.steps[&7].line, 19);
}

#[test]
fn every_verb_is_in_the_readmes_table() {
    let table: Vec<&str> = readme().lines().filter(|line| line.starts_with("| `")).collect();
    for verb in Verb::NAMES {
        let found = table.iter().any(|line| {
            line.split('|')
                .nth(1)
                .is_some_and(|cell| cell.split(',').any(|word| word.trim() == format!("`{verb}`")))
        });
        assert!(found, "cases/README.md says nothing of `{verb}`");
    }
}

const ALL_VERBS: &str = r#"
title: Every verb
spec: https://example.org
agents: [worker]
guest:
  wat: (module (memory (export "memory") 1 2) (func (export "f") (param i32) (result i32) (local.get 0)))
steps:
  - compile: {as: module}
  - instantiate: {module: module, as: i}
  - take: {export: i.memory, as: own}
  - memory: {as: mem, initial: 1, maximum: 4, shared: true}
  - memory: {as: wide, initial: 1, address: i64}
  - size: {memory: mem, expect: 1}
  - grow: {memory: mem, by: 1, expect: 1}
  - grow: {memory: wide, by: 1, expect: 1}
  - buffer: {memory: mem, as: buf, expect: SharedArrayBuffer}
  - to-resizable: {memory: own, as: resizable, expect: ArrayBuffer}
  - resize: {buffer: resizable, to: 131072, expect: done}
  - to-fixed-length: {memory: own, as: fixed}
  - same: {objects: [buf, mem.buffer], expect: true}
  - byte-length: {of: mem, expect: 131072}
  - byte-offset: {of: buf, expect: undefined}
  - length: {of: buf}
  - max-byte-length: {of: buf}
  - resizable: {of: fixed, expect: false}
  - growable: {of: buf, expect: false}
  - detached: {buffer: fixed, expect: false}
  - view: {as: ints, type: Int32Array, over: mem, offset: 0, length: 4}
  - view: {as: floats, type: Float32Array, over: own}
  - view: {as: bigs, type: BigInt64Array, over: own}
  - view: {as: data, type: DataView, over: ints.buffer}
  - subarray: {as: sub, view: ints, begin: 1, end: 2}
  - slice: {as: copy, of: ints, begin: 0}
  - slice: {as: bytes, of: own}
  - get: {view: floats, index: 0, expect: 1.5}
  - get: {view: ints, index: 9, expect: undefined}
  - put: {view: bigs, index: 0, value: -1}
  - set: {view: ints, values: [1, 2], offset: 1}
  - set: {view: ints, from: sub}
  - fill: {view: ints, value: 7, begin: 0, end: 2}
  - copy-within: {view: ints, target: 0, begin: 1, end: 2}
  - data-get: {view: data, offset: 0, type: big-int64, order: little, expect: -1}
  - data-put: {view: data, offset: 0, type: uint8, value: 255}
  - read: {buffer: mem, at: 0, count: 2, expect: "07 07"}
  - write: {buffer: mem, at: 0, bytes: 00ff}
  - digest: {buffer: mem}
  - atomic: {action: compare-exchange, view: ints, index: 0, value: 1, expected: 0, expect: 0}
  - atomic: {action: load, view: ints, index: 0}
  - wait: {view: ints, index: 0, value: 9, timeout: 1, expect: {any: [not-equal, timed-out]}}
  - notify: {view: ints, index: 0, count: 1, expect: 0}
  - wait-async: {as: promise, view: ints, index: 0, value: 0, expect: async}
  - pending: {promise: promise, expect: true}
  - settle: {promise: promise, expect: ok}
  - call: {export: i.f, args: [0x80000000], as: ptr, expect: -2147483648}
  - post: {to: worker, message: {module: module, list: [mem, buf]}, via: worker-data}
  - receive: {agent: worker, as: {module: module, list: [mem, buf]}, via: worker-data}
  - instantiate: {agent: worker, module: module, as: i}
  - call: {agent: worker, export: i.f, args: [1], start: busy}
  - turn:
  - join: {started: busy, expect: 1}
  - terminate: {target: worker}
  - structured-clone: {as: clone, message: buf}
  - transfer: {as: moved, buffer: bytes, length: 8}
  - using: {dispose: {export: i.f, args: [1]}, steps: [{size: {memory: mem}}, {turn: {}}]}
  - view: {as: octets, type: Uint8Array, over: own}
  - put: {view: octets, index: 0, value: {value-of: 1, steps: [{grow: {memory: own, by: 0}}]}}
  - each: {view: octets, method: map, at: 1, as: mapped, steps: [], expect: [1, undefined]}
  - decode: {of: octets, expect: "text"}
  - encode-into: {view: octets, text: text, expect: [4, 4]}
  - call: {export: i.f, args: [$ptr.unsigned+8], expect: $ptr+8}
"#;

#[test]
fn every_verb_loads() {
    let text = ALL_VERBS.replace(", {turn: {}}", "");
    let [case] = &cases(&text)[..] else { panic!() };
    for verb in Verb::NAMES {
        assert!(case.steps.values().any(|step| step.verb == *verb), "`{verb}` is not tried");
    }
    let op = |verb: &str| {
        let number =
            case.steps.iter().find(|(_, step)| step.verb == verb).map(|(number, _)| *number).unwrap();
        case.plan.steps.iter().find(|step| step.number == number).unwrap()
    };
    // A plain integer becomes what the target needs.
    let wide =
        case.plan.steps.iter().find(|step| matches!(&step.op, Op::Grow { memory, .. } if memory == "wide"));
    let Some(Op::Grow { by, .. }) = wide.map(|step| &step.op) else { panic!() };
    assert_eq!(*by, Operand::Literal(Value::BigInt("1".into())));
    let Op::Put { value, .. } = &op("put").op else { panic!() };
    assert_eq!(*value, Operand::Literal(Value::BigInt("-1".into())));
    assert_eq!(
        case.expected[&op("get").number].expect,
        Expect::Values(vec![Matcher::Is(Value::F32(Float::Bits(1.5f32.to_bits())))])
    );
    // A started step's result and expectation come under its join.
    let started = case.plan.steps.iter().find(|step| step.start.is_some()).unwrap();
    assert_eq!(started.start.unwrap().join, Some(op("join").number));
    assert!(!case.expected.contains_key(&started.number) && case.expected.contains_key(&op("join").number));
    // Kept results: bits for a guest, and the step for an expectation.
    let last = case.plan.steps.last().unwrap();
    let Op::Call { call, .. } = &last.op else { panic!() };
    let kept = Kept { kept: "ptr".into(), ty: OperandType::I32, unsigned: true, plus: 8 };
    assert_eq!(call.args, [Operand::Kept(kept)]);
    let first = op("call").number;
    let kept = KeptResult { step: first, ty: OperandType::I32, unsigned: false, plus: 8 };
    assert_eq!(case.expected[&last.number].expect, Expect::Values(vec![Matcher::Kept(kept)]));
    // What the verbs need is added.
    for need in
        [Feature::Agents, Feature::Js, Feature::WaitAsync, Feature::ResizableBuffer, Feature::Transfer]
    {
        assert!(case.plan.needs.contains(&need), "{need}");
    }
    for need in [Feature::Using, Feature::Terminate, Feature::Threads, Feature::Memory64] {
        assert!(case.plan.needs.contains(&need), "{need}");
    }
    assert!(!case.plan.needs.contains(&Feature::SharedMemory64));
    // Steps of a `using` block are numbered where they stand, and the plan survives its wire form.
    let Op::Using { steps, .. } = &op("using").op else { panic!() };
    assert_eq!(steps[0].number, op("using").number + 1);
    let wire = serde_json::to_string(&case.plan).unwrap();
    assert_eq!(serde_json::from_str::<plan::Plan>(&wire).unwrap(), case.plan);
}

#[test]
fn a_using_block_cannot_enter_the_event_loop() {
    let loaded = loaded(ALL_VERBS);
    let [problem] = &loaded.problems[..] else { panic!("{:?}", loaded.problems) };
    assert_eq!(
        problem.message,
        "`turn` cannot stand in a `using` block: the event loop is out of reach there"
    );
}

#[test]
fn parameters_make_many_cases_and_stay_numbers() {
    let cases = cases(include_str!("valid.yaml"));
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["t/case[pages=1,view=Int32Array]", "t/case[pages=0x2,view=Int32Array]"]);
    assert_eq!(cases[1].title, "A document with 0x2 pages and Int32Array");
    let Op::Memory { descriptor, .. } = &cases[1].plan.steps[0].op else { panic!() };
    assert_eq!(descriptor[0], ("initial".to_owned(), Operand::Literal(Value::number(2.0))));
    let rows = "params: [{a: x, b: 1}, {a: y, b: 2}]\ntitle: t ${b}\nspec: https://example.org\nsteps:\n  - turn: \n";
    let titles: Vec<(String, String)> = self::cases(&rows.replace("${b}", "${a} ${b}"))
        .into_iter()
        .map(|case| (case.id, case.title))
        .collect();
    let pair = |id: &str, title: &str| (id.to_owned(), title.to_owned());
    assert_eq!(titles, [pair("t/case[a=x]", "t x 1"), pair("t/case[a=y]", "t y 2")]);
}

#[test]
fn callbacks_are_numbered_after_the_steps_and_typed_by_their_import() {
    let case = cases(include_str!("valid.yaml")).remove(0);
    let [callback] = &case.plan.callbacks[..] else { panic!() };
    let last = case.plan.steps.last().unwrap().number;
    assert_eq!(callback.number, last + 1);
    assert_eq!(callback.steps.iter().map(|step| step.number).collect::<Vec<_>>(), [last + 2, last + 3]);
    assert_eq!(case.steps[&callback.number].verb, "callback");
    assert_eq!(
        case.expected[&callback.number].expect,
        Expect::Values(vec![Matcher::Is(Value::I32(7)), Matcher::Is(Value::I64(-1))])
    );
    let imports = case.plan.steps.iter().find_map(|step| match &step.op {
        Op::Instantiate { imports, .. } => Some(imports),
        _ => None,
    });
    let global =
        Import { module: "env".into(), name: "base".into(), source: ImportSource::Value(Value::I32(16)) };
    assert!(imports.unwrap().contains(&global));
}

#[test]
fn every_case_of_the_suite_loads() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = directory(&root.join("cases")).unwrap();
    assert!(!sources.is_empty());
    for source in &sources {
        let Content::Bytes(bytes) = &source.content else { panic!("{}", source.shown) };
        let first = std::str::from_utf8(bytes).unwrap().lines().next();
        assert_eq!(first, Some("# yaml-language-server: $schema=../case.schema.json"), "{}", source.shown);
    }
    let loaded = load(sources, &|name| std::fs::read(root.join("guests").join(name)).ok());
    let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}
