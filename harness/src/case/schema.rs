//! The JSON Schema of the case language, out of the same definitions that decode it.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::decode::Decode;
use super::document::Document;

/// The schema of a case, for editors. It is checked in as `cases/case.schema.json`.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), "A samebytes case".into());
    schema.to_value()
}

/// The schema of a mapping, while it is built.
pub struct Object {
    description: String,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl Object {
    /// Without keys.
    pub fn new(description: &str) -> Self {
        Self { description: description.trim().to_owned(), properties: Map::new(), required: Vec::new() }
    }

    /// Add a key.
    pub fn property<T: Decode>(&mut self, generator: &mut SchemaGenerator, key: &str, description: &str) {
        let inner = T::schema(generator);
        let schema = match inner.as_object() {
            // Beside a reference, draft 7 ignores everything.
            Some(object) if object.contains_key("$ref") => {
                json_schema!({"description": description.trim(), "allOf": [inner]})
            }
            _ => {
                let mut schema = inner;
                schema.insert("description".to_owned(), description.trim().into());
                schema
            }
        };
        self.properties.insert(key.to_owned(), schema.to_value());
        if T::absent().is_none() {
            self.required.push(key.into());
        }
    }

    /// The schema.
    pub fn finish(self) -> Schema {
        let mut schema = json_schema!({
            "description": self.description,
            "type": "object",
            "properties": self.properties,
            "additionalProperties": false,
        });
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), Value::Array(self.required));
        }
        schema
    }
}
