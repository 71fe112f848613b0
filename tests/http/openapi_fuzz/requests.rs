//! The requests: ways to say who asks, addresses, headers and bodies, each varied while the rest is right.

use reqwest::Method;
use serde_json::{Value, json};

use super::World;

pub struct Operation {
    pub method: Method,
    path: String,
    /// The answers that the document names.
    pub statuses: Vec<u16>,
    header_names: Vec<String>,
    takes_backend: bool,
    /// A body that could be right.
    example: Option<Value>,
}

#[derive(Debug, Clone)]
pub struct Prepared {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

pub fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().expect("operations").clone();
        let path = path.clone();
        methods.into_iter().map(move |(method, operation)| read(&path, &method, &operation))
    };
    paths.iter().flat_map(of_path).collect()
}

fn read(path: &str, method: &str, operation: &Value) -> Operation {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let headers = parameters.iter().filter(|parameter| parameter["in"] == "header");
    let security = operation["security"].to_string();
    let content = operation["requestBody"]["content"].as_object();
    Operation {
        method: method.to_uppercase().parse().expect("a method"),
        path: path.to_owned(),
        statuses: operation["responses"]
            .as_object()
            .expect("answers")
            .keys()
            .map(|status| status.parse().expect("a number"))
            .collect(),
        header_names: headers.map(|header| header["name"].as_str().expect("a name").to_owned()).collect(),
        takes_backend: security.contains("backend"),
        example: content
            .and_then(|content| content.values().next())
            .map(|content| content["example"].clone()),
    }
}

/// Everything that is sent to one operation.
pub fn all(operation: &Operation, world: &World) -> Vec<Prepared> {
    let right = right(operation, world);
    let mut requests = vec![right.clone()];
    for headers in credentials(world) {
        for path in paths(operation, world) {
            requests.push(right.clone().with_path(&path).by(&headers));
        }
    }
    for query in QUERIES {
        let asked = right.clone().with_path(&format!("{}?{query}", right.path));
        requests.extend(credentials(world).iter().map(|headers| asked.clone().by(headers)));
    }
    for name in operation.header_names.iter().map(String::as_str).chain(["accept", "content-type", "origin"])
    {
        for value in HEADER_VALUES {
            requests
                .push(right.clone().without(name).with_headers(&[(name.to_owned(), (*value).to_owned())]));
        }
        requests.push(right.clone().without(name));
    }
    if operation.method == Method::POST {
        requests.extend(bodies(operation).into_iter().map(|body| Prepared { body, ..right.clone() }));
    }
    requests
}

impl Prepared {
    fn with_path(mut self, path: &str) -> Prepared {
        self.path = path.to_owned();
        self
    }

    fn with_headers(mut self, headers: &[(String, String)]) -> Prepared {
        self.headers.extend_from_slice(headers);
        self
    }

    /// Sent by somebody else.
    fn by(self, credentials: &[(String, String)]) -> Prepared {
        self.without("authorization").without("cookie").without("x-csrftoken").with_headers(credentials)
    }

    fn without(mut self, name: &str) -> Prepared {
        self.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A request as a client would send it.
fn right(operation: &Operation, world: &World) -> Prepared {
    let mut headers =
        if operation.takes_backend { vec![header("authorization", &world.token)] } else { session(world) };
    headers.push(header("content-type", "application/json"));
    for name in &operation.header_names {
        let value = match name.to_ascii_lowercase().as_str() {
            "content-disposition" => "attachment; filename=\"output/a.csv\"",
            _ => "checker",
        };
        headers.push(header(name, value));
    }
    let body = operation.example.as_ref().map(Value::to_string).unwrap_or_default();
    Prepared { path: path(operation, world, None), headers, body: body.into_bytes() }
}

fn session(world: &World) -> Vec<(String, String)> {
    let token = "a".repeat(32);
    let cookie = format!("sessionid={}; csrftoken={token}", world.session);
    vec![header("cookie", &cookie), header("x-csrftoken", &token)]
}

fn credentials(world: &World) -> Vec<Vec<(String, String)>> {
    let authorization = |value: &str| vec![header("authorization", value)];
    vec![
        vec![],
        authorization(""),
        authorization(&world.token),
        authorization("no token"),
        authorization("checker:"),
        authorization("checker:no token"),
        authorization("\u{fc}:\u{fc}"),
        authorization(&"x".repeat(4_000)),
        session(world),
        vec![header("cookie", &format!("sessionid={}", world.session))],
        vec![header("cookie", "sessionid=\u{fc}; csrftoken=x")],
    ]
}

/// The address with everything in it, and with each nonsense in it.
fn paths(operation: &Operation, world: &World) -> Vec<String> {
    let mut paths = vec![path(operation, world, None)];
    if operation.path.contains('{') {
        paths.extend(SEGMENTS.iter().map(|segment| path(operation, world, Some(segment))));
        paths.push(path(operation, world, Some(&"x".repeat(2_000))));
    }
    paths.push(format!("{}/", path(operation, world, None).trim_end_matches('/')));
    paths
}

fn path(operation: &Operation, world: &World, nonsense: Option<&str>) -> String {
    let id = match operation.path.as_str() {
        path if path.contains("/snapshots/") => world.snapshot.to_string(),
        path if path.contains("/file/") => world.file.clone(),
        _ => world.release.clone(),
    };
    let fill = |right: &str| nonsense.unwrap_or(right).to_owned();
    operation
        .path
        .replace("{name}", &fill("asthma-main"))
        .replace("{id}", &fill(&id))
        .replace("{username}", &fill("checker"))
}

const SEGMENTS: &[&str] = &[
    "nothing",
    "0",
    "99999999999999999999",
    "-1",
    "%20",
    "%F0%9F%98%80",
    "%C3%28",
    "%27%3B--",
    "a%2Fb",
    "%0d%0a",
];

const QUERIES: &[&str] =
    &["_=17", "format=xml", "backend=%00", "backend=test&backend=", "page=-1", "page=%ff", "a=1&&=&b"];

const HEADER_VALUES: &[&str] = &[
    "",
    "x",
    "*/*",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "attachment; filename=",
    "attachment; filename=\"../../x\"",
    "attachment; filename*=UTF-8''%00%ff",
    "\u{fc}\u{1f600}",
    "https://evil.example",
];

/// Stand for what [`Value`] cannot hold.
const SURROGATE: &str = "a lone surrogate";
const ENDLESS: &str = "a number without end";
const NESTED: &str = "a deep nest";

fn nonsense() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(2.5),
        json!(9_007_199_254_740_993_i64),
        json!(ENDLESS),
        json!(""),
        json!(" "),
        json!("\0"),
        json!("x".repeat(5_000)),
        json!("\u{202e}\u{2028}\u{1f600}"),
        json!(SURROGATE),
        json!(NESTED),
        json!("../../etc/passwd"),
        json!("0001-01-01T00:00:00-23:59"),
        json!([]),
        json!([null, {}, [[]]]),
        json!({}),
        json!({"\0": "\0"}),
    ]
}

fn bodies(operation: &Operation) -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        &b""[..],
        b" ",
        b"{",
        b"nul",
        b"NaN",
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf{}",
        b"{\"a\": 1, \"a\": 2}",
        b"a=1&b=%ff",
        b"--x\r\nContent-Disposition: form-data\r\n",
    ]
    .map(<[u8]>::to_vec)
    .into();
    bodies.extend(nonsense().iter().map(written));
    if let Some(example) = &operation.example {
        for pointer in pointers(example) {
            for value in nonsense() {
                let mut body = example.clone();
                if let Some(place) = body.pointer_mut(&pointer) {
                    *place = value;
                }
                bodies.push(written(&body));
            }
            bodies.push(written(&without(example, &pointer)));
        }
    }
    bodies
}

fn written(value: &Value) -> Vec<u8> {
    let nest = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
    value
        .to_string()
        .replace(SURROGATE, "\\ud800")
        .replace(&format!("\"{ENDLESS}\""), &"9".repeat(400))
        .replace(&format!("\"{NESTED}\""), &nest)
        .into_bytes()
}

/// Where there is something in a body.
fn pointers(value: &Value) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, value) in inner {
        let name = name.replace('~', "~0").replace('/', "~1");
        found.push(format!("/{name}"));
        found.extend(pointers(value).into_iter().map(|rest| format!("/{name}{rest}")));
    }
    found
}

fn without(example: &Value, pointer: &str) -> Value {
    let mut body = example.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    match body.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            fields.remove(name);
        }
        Some(Value::Array(items)) => items.clear(),
        _ => {}
    }
    body
}
