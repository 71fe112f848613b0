//! Damaged project files: whatever the damage, an answer comes and not a panic.

use std::path::Path;
use std::time::{Duration, Instant};

/// A small generator of numbers (Marsaglia's xorshift), so that every run does the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

const PIECES: [&str; 40] = [
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    ":",
    ": ",
    "-",
    "- ",
    "#",
    " #",
    "'",
    "\"",
    "\\",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!x ",
    "|",
    ">-\n",
    "? ",
    "---\n",
    "...",
    "<<: ",
    "~",
    "1.0",
    "0x",
    "2024-13-01",
    "\u{7}",
    "\u{feff}",
    "é",
    "😀",
    "run: ",
    "run_all:",
    "*",
    "%",
];

fn damaged(text: &str, numbers: &mut Numbers) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(characters.len() + 1);
        match numbers.below(4) {
            0 => drop(characters.drain(at..(at + 1 + numbers.below(5)).min(characters.len()))),
            1 if !characters.is_empty() => {
                let from = numbers.below(characters.len());
                let copy: Vec<char> =
                    characters[from..(from + numbers.below(40)).min(characters.len())].to_vec();
                characters.splice(at..at, copy);
            }
            2 => characters.truncate(at.max(characters.len() / 2)),
            _ => drop(characters.splice(at..at, PIECES[numbers.below(PIECES.len())].chars())),
        }
    }
    characters.into_iter().collect()
}

#[test]
fn damaged_files_are_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    let texts: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let mut numbers = Numbers(0x5eed);
    let mut accepted = 0;
    for round in 0..6000 {
        let text = damaged(&texts[round % texts.len()], &mut numbers);
        let started = Instant::now();
        match pipeline::parse(&text) {
            Ok(pipeline) => {
                accepted += 1;
                assert!(!pipeline.offered().is_empty());
            }
            Err(error) => assert!(!error.message.is_empty()),
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{text:?}");
        assert!(!pipeline::report::text("x", &text).is_empty());
        let lines: Vec<String> = pipeline::highlight(&text)
            .iter()
            .map(|line| line.iter().map(|token| token.text.as_str()).collect())
            .collect();
        assert_eq!(lines.join("\n"), text);
    }
    assert!(accepted > 100, "only {accepted} were accepted, so little was tried");
}
