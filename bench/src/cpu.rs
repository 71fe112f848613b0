//! Processor time that processes have used, from Linux's /proc: what a request costs, whatever else the machine is doing.

use std::fs;

/// Linux counts in hundredths of a second on every machine that matters.
const TICKS_PER_SECOND: f64 = 100.0;

/// Milliseconds of one process; none if it has ended.
pub fn of_process(process: u32) -> Option<f64> {
    Some(Stat::of(process)?.milliseconds)
}

/// Milliseconds of a process's children that are alive, together.
pub fn of_children(parent: u32) -> f64 {
    let Ok(folder) = fs::read_dir("/proc") else { return 0.0 };
    folder
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Stat::of)
        .filter(|stat| stat.parent == parent)
        .map(|stat| stat.milliseconds)
        .sum()
}

struct Stat {
    parent: u32,
    milliseconds: f64,
}

impl Stat {
    fn of(process: u32) -> Option<Stat> {
        let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The second field is the program's name in brackets, which may hold anything.
        let (_, fields) = text.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
        Some(Stat {
            parent: fields.get(1)?.parse().ok()?,
            milliseconds: (ticks(11)? + ticks(12)?) * 1_000.0 / TICKS_PER_SECOND,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_have_used_some_time_ourselves() {
        let started = std::time::Instant::now();
        while of_process(std::process::id()).is_none_or(|milliseconds| milliseconds <= 0.0) {
            assert!(started.elapsed().as_secs() < 20);
        }
    }
}
