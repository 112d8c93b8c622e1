//! The JSON Schema that is checked in, against the code and against documents.

#[test]
fn the_checked_in_schema_is_up_to_date() {
    let wanted = serde_json::to_string_pretty(&crate::case::schema()).unwrap();
    let found = include_str!("../../../../cases/case.schema.json");
    assert!(
        found.trim_end() == wanted,
        "cases/case.schema.json is not what the code says: `samebytes schema > cases/case.schema.json` renews it"
    );
}

#[test]
fn every_verb_is_in_the_schema_with_the_keys_that_all_have() {
    let schema = crate::case::schema();
    let verbs = schema["definitions"]["Step"]["properties"].as_object().unwrap();
    let names: Vec<&str> = verbs.keys().map(String::as_str).collect();
    assert_eq!(names, crate::case::verbs::Verb::NAMES);
    for definition in ["Memory", "Call", "Using", "Turn"] {
        let keys = schema["definitions"][definition]["properties"].as_object().unwrap();
        for key in ["agent", "expect", "start", "repeat", "refused"] {
            assert!(keys.contains_key(key), "{definition} has no {key}");
        }
        assert_eq!(schema["definitions"][definition]["additionalProperties"], false);
    }
}
