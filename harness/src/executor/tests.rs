use std::io::{BufReader, Cursor};

use serde_json::{Value, json};

use super::*;
use crate::engine::wasmtime::Wasmtime;

#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the executor answers to these lines, its nonces taken off.
fn converse(requests: &[String]) -> (Result<(), Error>, Vec<Value>) {
    let pipe = Pipe::default();
    let input = BufReader::new(Cursor::new(requests.join("\n").into_bytes()));
    let served = serve_over(Arc::new(Wasmtime::new().unwrap()), input, pipe.clone());
    let text = String::from_utf8(pipe.0.lock().unwrap().clone()).unwrap();
    let answers = text.lines().map(|line| line.strip_prefix("n0nce ").expect("the nonce"));
    (served, answers.map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn hello() -> String {
    json!({"type": "hello", "protocol": VERSION, "nonce": "n0nce"}).to_string()
}

fn case(sequence: u64) -> String {
    let step = |number: u32, rest: Value| {
        let mut step = json!({"number": number, "agent": "main"});
        step.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        step
    };
    let plan = json!({
        "id": "a/case", "agents": [], "needs": [], "guests": [], "callbacks": [],
        "steps": [
            step(0, json!({"op": "memory", "as": "mem", "descriptor": [["initial", {"type": "number", "value": "1"}]]})),
            step(1, json!({"op": "size", "memory": "mem"})),
        ],
    });
    json!({"type": "case", "sequence": sequence, "plan": plan}).to_string()
}

#[test]
fn a_session_is_a_handshake_and_then_cases() {
    let bye = json!({"type": "bye"}).to_string();
    let (served, answers) = converse(&[hello(), case(7), case(8), bye, "after the end".to_owned()]);
    served.unwrap();
    assert_eq!(answers[0]["type"], "hello");
    assert_eq!(answers[0]["runtime"]["name"], "wasmtime");
    assert_eq!(answers[0]["engine"]["name"], "cranelift");
    assert_eq!(answers[0]["features"]["threads"], true);
    assert!(answers[0]["features"]["js"].is_string());
    assert_eq!(
        answers[2],
        json!({"type": "observation", "sequence": 7, "step": 1, "agent": "main", "observed_by": "embedding",
            "result": "returned", "values": [{"type": "number", "value": "1"}]})
    );
    assert_eq!(answers[3], json!({"type": "done", "sequence": 7, "retire": false}));
    assert_eq!(answers[6], json!({"type": "done", "sequence": 8, "retire": false}));
    assert_eq!(answers.len(), 7);
}

#[test]
fn the_end_of_the_input_is_a_bye() {
    let (served, answers) = converse(&[hello()]);
    served.unwrap();
    assert_eq!(answers.len(), 1);
}

#[test]
fn a_line_that_is_no_request_is_answered_with_an_exit() {
    let (served, answers) = converse(&[hello(), "{".to_owned()]);
    assert!(matches!(served, Err(Error::Malformed(_))), "{served:?}");
    assert_eq!(answers.last().unwrap()["type"], "exiting");
}

#[test]
fn a_plan_that_cannot_be_read_is_an_error_of_its_case_and_the_next_one_runs() {
    let unknown = case(3).replace("\"size\"", "\"levitate\"");
    let (served, answers) = converse(&[hello(), unknown, case(4)]);
    served.unwrap();
    assert_eq!((&answers[1]["type"], &answers[1]["sequence"]), (&json!("error"), &json!(3)));
    assert!(answers[1]["message"].as_str().unwrap().contains("levitate"), "{answers:?}");
    assert_eq!(answers.last().unwrap(), &json!({"type": "done", "sequence": 4, "retire": false}));
}

#[test]
fn a_second_hello_is_answered_with_an_exit() {
    let (served, answers) = converse(&[hello(), hello()]);
    assert!(matches!(served, Err(Error::SecondHello)), "{served:?}");
    assert_eq!(answers.last().unwrap()["reason"], "a second hello");
}

#[test]
fn another_version_of_the_protocol_is_refused() {
    let hello = json!({"type": "hello", "protocol": VERSION + 1, "nonce": "n0nce"}).to_string();
    let (served, answers) = converse(&[hello]);
    assert!(matches!(served, Err(Error::Version(_))), "{served:?}");
    assert_eq!(answers[0]["type"], "exiting");
}

#[test]
fn without_a_hello_nothing_is_said() {
    let (served, answers) = converse(&[case(1)]);
    assert!(matches!(served, Err(Error::NoHello)), "{served:?}");
    assert_eq!(answers, [] as [Value; 0]);
}
