//! What a job used while it ran, as the controller measured it.

use serde::Serialize;
use serde_json::Value;

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Metrics {
    mean_cpu: String,
    peak_cpu: String,
    mean_memory: String,
    peak_memory: String,
    /// The peak is above 100%: the job used several cores.
    spans_cores: bool,
}

impl Metrics {
    pub fn new(metrics: Option<&Value>) -> Metrics {
        let number = |key: &str| metrics.and_then(|metrics| metrics.get(key)).and_then(number);
        let percent = |key: &str| number(key).map_or_else(dash, |value| format!("{}%", grouped(value)));
        let megabytes = |key: &str| number(key).map_or_else(dash, |value| format!("{} MB", grouped(value)));
        Metrics {
            mean_cpu: percent("cpu_mean"),
            peak_cpu: percent("cpu_peak"),
            mean_memory: megabytes("mem_mb_mean"),
            peak_memory: megabytes("mem_mb_peak"),
            spans_cores: number("cpu_peak").is_some_and(|peak| peak > 100.0),
        }
    }
}

fn dash() -> String {
    "-".to_owned()
}

/// A number, also where it was written as text.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|number| number.is_finite())
}

/// A whole number, halves rounded up, with a comma between thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", (value + 0.5).floor());
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits.as_str()),
    };
    let mut text = String::from(sign);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_whole_and_grouped() {
        for (value, text) in [
            (0.0, "0"),
            (0.5, "1"),
            (2.4, "2"),
            (999.5, "1,000"),
            (1_234_567.0, "1,234,567"),
            (-1_200.0, "-1,200"),
        ] {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn what_was_not_measured_is_a_dash() {
        let nothing = Metrics::new(None);
        assert_eq!((nothing.mean_cpu.as_str(), nothing.peak_memory.as_str()), ("-", "-"));
        let some = Metrics::new(Some(&json!({"cpu_peak": 240.2, "cpu_mean": null, "mem_mb_peak": 12_345})));
        assert_eq!((some.peak_cpu.as_str(), some.mean_cpu.as_str()), ("240%", "-"));
        assert_eq!(some.peak_memory, "12,345 MB");
        assert!(some.spans_cores);
    }
}
