//! Links into Honeycomb, where the runners' telemetry is, for people who may use the staff area.
//! A query travels in the address as JSON; its keys and their order are those that Honeycomb itself writes.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// How far back "previous runs" look, in seconds: 28 days.
const HISTORY_SECONDS: u32 = 28 * 24 * 60 * 60;
/// Telemetry that arrives a little before or after the recorded times still belongs to them, in seconds.
const MARGIN: i64 = 60;
/// What is still going on is expected to go on for this long, in seconds.
const HORIZON: i64 = 60 * 60;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonitoringLink {
    pub label: &'static str,
    pub href: String,
}

/// The part of time to look at, in UNIX seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    start: i64,
    end: i64,
}

impl Window {
    /// `has_ended`: whether the status is `failed` or `succeeded`.
    pub fn new(
        created_at: Timestamp,
        completed_at: Option<Timestamp>,
        has_ended: bool,
        now: Timestamp,
    ) -> Window {
        let end = match completed_at {
            Some(at) => at.as_second() + MARGIN,
            None if has_ended => now.as_second(),
            None => now.as_second() + HORIZON,
        };
        Window { start: created_at.as_second() - MARGIN, end }
    }
}

/// The trace of a job, if a valid trace id was recorded for it.
pub fn job_trace(base: &str, trace_context: Option<&Value>, window: Window) -> Option<MonitoringLink> {
    let trace_id = trace_id(trace_context?.get("traceparent")?.as_str()?)?;
    let Window { start, end } = window;
    Some(MonitoringLink {
        label: "Job Trace",
        href: format!("{base}/trace?trace_id={trace_id}&trace_start_ts={start}&trace_end_ts={end}"),
    })
}

/// What a job used while it ran.
pub fn job_metrics(base: &str, job: &str, window: Window) -> MonitoringLink {
    let mut query = Query::within(window);
    query.calculations =
        vec![json!({"op": "MAX", "column": "cpu_percentage"}), json!({"op": "MAX", "column": "memory_used"})];
    query.filters = vec![equals("name", "METRICS"), equals("job", job)];
    MonitoringLink { label: "Job Metrics", href: query.stacked_link(base) }
}

/// Which jobs of a job request ran side by side.
pub fn job_request(base: &str, job_request: &str, window: Window) -> MonitoringLink {
    let mut query = Query::within(window);
    query.breakdowns = vec!["job.id", "name"];
    query.calculations = vec![json!({"op": "CONCURRENCY"})];
    query.orders = vec![json!({"op": "CONCURRENCY", "order": "descending"})];
    query.filters = vec![equals("scope", "ticks"), equals("job.request", job_request)];
    MonitoringLink { label: "Job Request", href: query.stacked_link(base) }
}

/// How long the same action took before.
pub fn previous_runs(base: &str, workspace: &str, action: &str) -> MonitoringLink {
    let mut query = Query::of(Span::Last { time_range: HISTORY_SECONDS });
    query.calculations = vec![json!({"op": "HEATMAP", "column": "duration_minutes"})];
    query.filters = vec![
        equals("scope", "jobs"),
        equals("job.workspace", workspace),
        equals("job.action", action),
        equals("name", "EXECUTING"),
    ];
    MonitoringLink { label: "Previous runs of this action", href: query.link(base) }
}

#[derive(Serialize)]
struct Query {
    granularity: u32,
    breakdowns: Vec<&'static str>,
    calculations: Vec<Value>,
    filters: Vec<Value>,
    filter_combination: &'static str,
    orders: Vec<Value>,
    havings: Vec<Value>,
    limit: u32,
    #[serde(flatten)]
    span: Span,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Span {
    Between { start_time: i64, end_time: i64 },
    Last { time_range: u32 },
}

impl Query {
    fn of(span: Span) -> Query {
        Query {
            granularity: 0,
            breakdowns: Vec::new(),
            calculations: Vec::new(),
            filters: Vec::new(),
            filter_combination: "AND",
            orders: Vec::new(),
            havings: Vec::new(),
            limit: 1_000,
            span,
        }
    }

    fn within(window: Window) -> Query {
        Query::of(Span::Between { start_time: window.start, end_time: window.end })
    }

    fn link(&self, base: &str) -> String {
        let json = json!(self).to_string();
        let query: String = url::form_urlencoded::byte_serialize(json.as_bytes()).collect();
        format!("{base}?query={query}")
    }

    fn stacked_link(&self, base: &str) -> String {
        format!("{}&useStackedGraphs&omitMissingValues", self.link(base))
    }
}

fn equals(column: &str, value: &str) -> Value {
    json!({"column": column, "op": "=", "value": value})
}

/// The trace id of a W3C `traceparent`: `<version>-<32 hex>-<16 hex>-<flags>`. Ids of zeros only, and the version `ff`,
/// are invalid.
fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.trim().splitn(5, '-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let has_more = parts.next().is_some();
    let is_hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let is_valid = is_hex(version, 2)
        && version != "ff"
        && !(version == "00" && has_more)
        && is_hex(trace, 32)
        && !is_zero(trace)
        && is_hex(span, 16)
        && !is_zero(span)
        && is_hex(flags, 2);
    is_valid.then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://ui.example/environments/production";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The query of a link, and the flags after it.
    fn query_of(link: &str) -> (Value, String) {
        let (address, flags) = link.split_once('&').unwrap_or((link, ""));
        let pairs = address.strip_prefix(BASE).and_then(|rest| rest.strip_prefix('?')).unwrap();
        let (name, json) = url::form_urlencoded::parse(pairs.as_bytes()).next().unwrap();
        assert_eq!(name, "query");
        (serde_json::from_str(&json).unwrap(), flags.to_owned())
    }

    #[test]
    fn the_window_leaves_a_minute_at_both_ends_and_an_hour_for_what_goes_on() {
        let moment = at("2022-06-15T13:00:00Z");
        assert_eq!(
            Window::new(moment, Some(moment), true, moment),
            Window { start: 1_655_297_940, end: 1_655_298_060 }
        );
        assert_eq!(Window::new(moment, None, false, moment).end, 1_655_301_600);
        assert_eq!(Window::new(moment, None, true, moment).end, 1_655_298_000);
    }

    #[test]
    fn a_trace_is_linked_only_with_a_valid_id() {
        let window = Window { start: 1, end: 2 };
        let link = |traceparent: &str| job_trace(BASE, Some(&json!({"traceparent": traceparent})), window);
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(
            link(&format!("00-{id}-b7ad6b7169203331-01")).map(|link| link.href),
            Some(format!("{BASE}/trace?trace_id={id}&trace_start_ts=1&trace_end_ts=2"))
        );
        for bad in [
            "",
            "rubbish",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd-b7ad6b7169203331-01",
        ] {
            assert_eq!(link(bad), None, "{bad}");
        }
        assert_eq!(job_trace(BASE, None, window), None);
        assert_eq!(job_trace(BASE, Some(&json!({})), window), None);
        assert_eq!(job_trace(BASE, Some(&json!(["traceparent"])), window), None);
    }

    #[test]
    fn query_links_carry_all_keys_in_order() {
        let link = job_request(BASE, "k3jq7xw2mzdn5p6a", Window { start: 1, end: 2 }).href;
        let (query, flags) = query_of(&link);
        assert_eq!(
            query.to_string(),
            r#"{"granularity":0,"breakdowns":["job.id","name"],"calculations":[{"op":"CONCURRENCY"}],"#
                .to_owned()
                + r#""filters":[{"column":"scope","op":"=","value":"ticks"},"#
                + r#"{"column":"job.request","op":"=","value":"k3jq7xw2mzdn5p6a"}],"filter_combination":"AND","#
                + r#""orders":[{"op":"CONCURRENCY","order":"descending"}],"havings":[],"limit":1000,"#
                + r#""start_time":1,"end_time":2}"#
        );
        assert_eq!(flags, "useStackedGraphs&omitMissingValues");
    }

    #[test]
    fn the_history_of_an_action_covers_28_days_and_has_no_flags() {
        let link = previous_runs(BASE, "a workspace", "act&ion").href;
        assert!(link.contains("a+workspace"), "{link}");
        let (query, flags) = query_of(&link);
        assert_eq!(query["time_range"], 2_419_200);
        assert_eq!(query["filters"][2]["value"], "act&ion");
        assert_eq!(query.get("start_time"), None);
        assert_eq!(flags, "");
    }

    #[test]
    fn the_metrics_of_a_job_are_two_maxima() {
        let (query, flags) =
            query_of(&job_metrics(BASE, "od6um3nidaonay5k", Window { start: 1, end: 2 }).href);
        assert_eq!(query["calculations"][1], json!({"op": "MAX", "column": "memory_used"}));
        assert_eq!(query["filters"][1], json!({"column": "job", "op": "=", "value": "od6um3nidaonay5k"}));
        assert_eq!(flags, "useStackedGraphs&omitMissingValues");
    }
}
