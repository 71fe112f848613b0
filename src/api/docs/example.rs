//! What a body looks like: the example that its description gives, or one made from its schema.

use serde_json::{Map, Value, json};

/// How deep a schema is followed; one that refers to itself would not end.
const DEEPEST: usize = 8;

/// The example of the first media type, as indented JSON; empty if there is no body.
pub fn of_content(document: &Value, content: &Value) -> String {
    let Some((kind, content)) = content.as_object().and_then(|content| content.iter().next()) else {
        return String::new();
    };
    if kind != "application/json" {
        return String::new();
    }
    let example = match content.get("example") {
        Some(example) => example.clone(),
        None => of_schema(document, &content["schema"], DEEPEST),
    };
    match &example {
        Value::Null => String::new(),
        example => serde_json::to_string_pretty(example).unwrap_or_default(),
    }
}

fn of_schema(document: &Value, schema: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        return document
            .pointer(pointer)
            .map_or(Value::Null, |schema| of_schema(document, schema, depth - 1));
    }
    match first_type(schema) {
        "object" => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields: Map<String, Value> =
                fields.map(|(name, schema)| (name.clone(), of_schema(document, schema, depth - 1))).collect();
            Value::Object(fields)
        }
        "array" => json!([of_schema(document, &schema["items"], depth - 1)]),
        "string" => json!("…"),
        "integer" | "number" => json!(0),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

/// A nullable field has two types.
fn first_type(schema: &Value) -> &str {
    let named = schema["type"].as_str();
    named.or_else(|| schema["type"].as_array()?.iter().find_map(|name| name.as_str())).unwrap_or_default()
}
