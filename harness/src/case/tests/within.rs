//! Steps within steps: in the conversion of an argument, in the callback of a method, in a block.

use super::*;
use crate::case::plan::{Converting, EachMethod, Feature, Op, Operand, SetSource};
use crate::value::{Float, Value};

/// A case of these steps, with a memory `mem` and a view `v` of the type.
fn with(ty: &str, steps: &str) -> String {
    let steps: String = steps.lines().map(|line| format!("  - {line}\n")).collect();
    format!(
        "title: t\nspec: https://example.org\nsteps:\n  - memory: {{as: mem, initial: 1}}\n  - view: {{as: v, type: {ty}, over: mem}}\n{steps}"
    )
}

fn case(ty: &str, steps: &str) -> Case {
    cases(&with(ty, steps)).remove(0)
}

fn problems(ty: &str, steps: &str) -> Vec<String> {
    loaded(&with(ty, steps)).problems.into_iter().map(|problem| problem.message).collect()
}

fn converting(operand: &Operand) -> &Converting {
    match operand {
        Operand::Converting(converting) => converting,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_conversion_is_typed_by_its_target_and_its_steps_are_numbered_after_the_step() {
    let case = case(
        "BigInt64Array",
        "put: {view: v, index: 0, value: {value-of: 7, steps: [{grow: {memory: mem, by: 1, expect: 1}}, {size: {memory: mem}}]}}\nsize: {memory: mem}",
    );
    let Op::Put { value, .. } = &case.plan.steps[2].op else { panic!() };
    let Converting { value_of, steps } = converting(value);
    assert_eq!(**value_of, Operand::Literal(Value::BigInt("7".into())));
    assert_eq!(steps.iter().map(|step| step.number).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(case.plan.steps[3].number, 6);
    assert_eq!(case.steps[&4].verb, "grow");
    assert_eq!(
        case.expected[&4].expect,
        Expect::Values(vec![Matcher::Is(Value::Number(Float::Bits(1f64.to_bits())))])
    );
    assert!(case.plan.needs.contains(&Feature::Js));
    let wire = serde_json::to_string(&case.plan).unwrap();
    assert!(
        wire.contains(r#""value":{"value-of":{"type":"bigint","value":"7"},"steps":[{"number":4"#),
        "{wire}"
    );
    assert_eq!(serde_json::from_str::<plan::Plan>(&wire).unwrap(), case.plan);
}

#[test]
fn every_argument_that_is_converted_may_run_steps() {
    let conversion = "{value-of: 0, steps: [{size: {memory: mem}}]}";
    for step in [
        "grow: {memory: mem, by: @}",
        "resize: {buffer: mem, to: @}",
        "view: {as: w, type: DataView, over: mem, offset: @}",
        "view: {as: w, type: DataView, over: mem, length: @}",
        "subarray: {as: w, view: v, begin: @}",
        "subarray: {as: w, view: v, end: @}",
        "slice: {as: w, of: v, begin: @}",
        "slice: {as: w, of: v, end: @}",
        "put: {view: v, index: 0, value: @}",
        "set: {view: v, values: [1, @]}",
        "set: {view: v, from: v, offset: @}",
        "fill: {view: v, value: @}",
        "fill: {view: v, value: 1, begin: @}",
        "fill: {view: v, value: 1, end: @}",
        "copy-within: {view: v, target: @, begin: 0}",
        "copy-within: {view: v, target: 0, begin: @}",
        "copy-within: {view: v, target: 0, begin: 0, end: @}",
        "atomic: {action: load, view: v, index: @}",
        "atomic: {action: add, view: v, index: 0, value: @}",
        "atomic: {action: compare-exchange, view: v, index: 0, value: 0, expected: @}",
        "wait: {view: v, index: @, value: 0}",
        "wait: {view: v, index: 0, value: @}",
        "wait: {view: v, index: 0, value: 0, timeout: @}",
        "wait-async: {as: p, view: v, index: 0, value: 0, timeout: @}",
        "notify: {view: v, index: @}",
        "notify: {view: v, index: 0, count: @}",
        "transfer: {as: b, buffer: mem, length: @}",
    ] {
        let case = case("Int32Array", &step.replace('@', conversion));
        let blocks = case.plan.steps[2].op.blocks();
        assert_eq!(blocks.iter().map(|steps| steps.len()).collect::<Vec<_>>(), [1], "{step}");
        let mut plan = case.plan.clone();
        assert_eq!(plan.steps[2].op.blocks_mut().len(), 1, "{step}");
    }
    let steps = format!("data-put: {{view: v, offset: {conversion}, type: int8, value: 1}}");
    assert_eq!(case("DataView", &steps).plan.steps[2].op.blocks().len(), 1);
    let steps = format!("data-put: {{view: v, offset: 0, type: int8, value: {conversion}}}");
    assert_eq!(case("DataView", &steps).plan.steps[2].op.blocks().len(), 1);
    let steps = format!("data-get: {{view: v, offset: {conversion}, type: int8}}");
    assert_eq!(case("DataView", &steps).plan.steps[2].op.blocks().len(), 1);
}

#[test]
fn an_argument_of_a_guest_may_run_steps_and_has_the_parameters_type() {
    let guest =
        "guest: {wat: '(module (func (export \"f\") (param i64)))'}\nsteps:\n  - instantiate: {as: i}\n";
    let text =
        with("Int8Array", "call: {export: i.f, args: [{value-of: -1, steps: [{size: {memory: mem}}]}]}")
            .replace("steps:\n", guest);
    // The block's own `steps` is in the flow of the line, and was left alone.
    let case = cases(&text).remove(0);
    let Op::Call { call, .. } = &case.plan.steps[3].op else { panic!() };
    assert_eq!(*converting(&call.args[0]).value_of, Operand::Literal(Value::I64(-1)));
}

#[test]
fn a_set_converts_single_values() {
    let case =
        case("Int8Array", "set: {view: v, values: [1, {value-of: 2, steps: [{size: {memory: mem}}]}, 3]}");
    let Op::Set { source: SetSource::Values(values), .. } = &case.plan.steps[2].op else { panic!() };
    assert!(matches!(values[..], [Operand::Literal(_), Operand::Converting(_), Operand::Literal(_)]));
}

#[test]
fn steps_within_a_step_cannot_enter_the_event_loop_or_name_an_agent() {
    let value = |step: &str| format!("put: {{view: v, index: 0, value: {{value-of: 1, steps: [{step}]}}}}");
    assert_eq!(
        problems("Int8Array", &value("{turn: {}}")),
        ["`turn` cannot stand in a conversion: the event loop is out of reach there"]
    );
    assert_eq!(
        problems("Int8Array", &value("{size: {agent: main, memory: mem}}")),
        ["the steps of a conversion run on the agent that runs it"]
    );
    assert_eq!(
        problems("Int8Array", "each: {view: v, method: map, steps: [{turn: {}}]}"),
        ["`turn` cannot stand in a method's callback: the event loop is out of reach there"]
    );
}

#[test]
fn steps_stand_in_one_place_within_a_step_that_is_done_once() {
    let conversion = "{value-of: 1, steps: [{size: {memory: mem}}]}";
    assert_eq!(
        problems("Int8Array", &format!("fill: {{view: v, value: {conversion}, begin: {conversion}}}")),
        ["steps stand in one place within a step"]
    );
    assert_eq!(
        problems("Int8Array", &format!("fill: {{view: v, value: {conversion}, repeat: 2}}")),
        ["a step with steps within it cannot be repeated"]
    );
    assert_eq!(
        problems("Int8Array", "each: {view: v, method: map, steps: [], repeat: 2}"),
        ["a step with steps within it cannot be repeated"]
    );
}

#[test]
fn what_is_wrong_in_a_conversion_is_reported_there() {
    let value = |value: &str| format!("put: {{view: v, index: 0, value: {value}}}");
    assert_eq!(
        problems("Int8Array", &value("{value-of: 1, steps: [{grow: {memory: men, by: 1}}]}")),
        ["main has no handle `men`"]
    );
    assert_eq!(
        problems("BigInt64Array", &value("{value-of: 1.5, steps: []}")),
        ["1.5 is wanted as a BigInt, and is not an integer"]
    );
    assert_eq!(problems("Int8Array", &value("{value-of: 1}")), ["the key `steps` is missing here"]);
    assert_eq!(problems("Int8Array", &value("{steps: []}")), ["the key `value-of` is missing here"]);
    assert_eq!(
        problems("Int8Array", "get: {view: v, index: {value-of: 1, steps: []}}"),
        ["a single value is wanted here, not a mapping"]
    );
}

#[test]
fn steps_after_a_wrong_step_with_steps_within_keep_their_numbers() {
    // The second mistake names the right line only if the numbers did not slip.
    let steps = "fill: {view: w, value: {value-of: 1, steps: [{size: {memory: mem}}]}}\nsize: {memory: men}";
    assert_eq!(problems("Int8Array", steps), ["main has no handle `w`", "main has no handle `men`"]);
}

#[test]
fn each_gives_elements_of_the_view_and_keeps_what_map_and_filter_make() {
    let case = case(
        "Float32Array",
        "each: {view: v, method: filter, at: 2, as: kept, steps: [], expect: [1.5, undefined]}\nget: {view: kept, index: 0, expect: 1.5}",
    );
    let Op::Each { method: EachMethod::Filter, at: 2, r#as: Some(name), .. } = &case.plan.steps[2].op else {
        panic!()
    };
    assert_eq!(name, "kept");
    let float = Value::F32(Float::Bits(1.5f32.to_bits()));
    assert_eq!(
        case.expected[&3].expect,
        Expect::Values(vec![Matcher::Is(float), Matcher::Is(Value::Undefined)])
    );
    assert_eq!(
        problems("Int8Array", "each: {view: v, method: find, as: kept, steps: []}"),
        ["only `map` and `filter` make a typed array"]
    );
    assert_eq!(
        problems("Int8Array", "each: {view: v, method: sort, steps: [], expect: [1]}"),
        ["this step returns nothing, and one is expected"]
    );
    assert_eq!(
        problems("DataView", "each: {view: v, method: map, steps: []}"),
        ["`v` is a DataView, and a typed array is wanted"]
    );
}

#[test]
fn text_stands_in_quotes_and_goes_into_octets() {
    let case = case(
        "Uint8Array",
        "decode: {of: mem, expect: \"1\"}\nencode-into: {view: v, text: 1, expect: [1, 1]}",
    );
    assert_eq!(case.expected[&3].expect, Expect::Values(vec![Matcher::Is(Value::String("1".into()))]));
    assert!(matches!(&case.plan.steps[3].op, Op::EncodeInto { text, .. } if text == "1"));
    assert_eq!(problems("Uint8Array", "decode: {of: v, expect: 1}"), ["a text stands in quotes: \"1\""]);
    assert_eq!(
        problems("Int8Array", "encode-into: {view: v, text: a}"),
        ["`v` is an Int8Array, and a Uint8Array is wanted"]
    );
    assert_eq!(
        problems("Uint8Array", "encode-into: {view: v, text: a, expect: 1}"),
        ["this step returns 2 values, and one is expected"]
    );
    assert!(problems("Buffer", "encode-into: {view: v, text: a}").is_empty());
}
