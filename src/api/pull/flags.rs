//! What a runner says about itself in the header `Flags`: a JSON object of `{"v": value, "ts": time}`. It is a courtesy: what
//! cannot be understood is passed over.

use actix_web::HttpRequest;
use domain::{
    ids::BackendId,
    pull::{Contact, Maintenance},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::api::{access, json::read};

/// The visit of a backend's runner to `path`.
pub fn contact<'a>(request: &HttpRequest, backend: BackendId, path: &'a str) -> Contact<'a> {
    let flags = access::header(request, "flags").and_then(|text| serde_json::from_str(&text).ok());
    let flags: Map<String, Value> = flags.unwrap_or_default();
    Contact {
        backend,
        path,
        seen_at: flags.get("last-seen-at").and_then(|flag| time(flag, "v")),
        maintenance: flags.get("mode").map(|flag| Maintenance {
            is_on: flag.get("v").and_then(Value::as_str) == Some("db-maintenance"),
            since: time(flag, "ts"),
        }),
    }
}

fn time(flag: &Value, key: &str) -> Option<Timestamp> {
    flag.get(key).and_then(|value| read::moment(value).ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn said(flags: &str) -> Contact<'static> {
        let request = TestRequest::default().insert_header(("Flags", flags)).to_http_request();
        contact(&request, BackendId(1), "/api/v2/jobs/")
    }

    #[test]
    fn maintenance_and_the_last_sign_of_life_are_heard() {
        let contact = said(
            r#"{"mode":{"v":"db-maintenance","ts":"2025-11-03T09:00:00Z"},
                "last-seen-at":{"v":"2025-11-03T10:00:00+00:00","ts":"2025-11-03T10:00:01Z"},
                "paused":{"v":"true","ts":"2025-11-03T09:00:00Z"}}"#
                .replace('\n', " ")
                .as_str(),
        );
        let since = Some("2025-11-03T09:00:00Z".parse().unwrap());
        assert_eq!(contact.maintenance, Some(Maintenance { is_on: true, since }));
        assert_eq!(contact.seen_at, Some("2025-11-03T10:00:00Z".parse().unwrap()));
        let over = said(r#"{"mode":{"v":null,"ts":"soon"}}"#).maintenance;
        assert_eq!(over, Some(Maintenance { is_on: false, since: None }));
    }

    #[test]
    fn what_makes_no_sense_says_nothing() {
        for text in ["", "[]", "{", "3", r#"{"last-seen-at":5}"#] {
            let contact = said(text);
            assert_eq!((contact.seen_at, contact.maintenance), (None, None), "{text}");
        }
    }
}
