//! What is in the sample's released files: one of every kind that a viewer has to cope with, made up here. Each is the same
//! every time it is made, so that rows and files agree.

use std::fmt::Write;

use super::pictures;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// 100,000 rows.
    LongTable,
    /// 300 columns.
    WideTable,
    /// Some rows, and cells with commas, quotes, line breaks and markup. Another number gives other figures.
    Table(u32),
    /// An SVG with a script in it.
    ScriptedDrawing,
    /// An HTML page with styles and scripts of its own, which tries what it must not be able to do.
    Report,
    /// A PDF.
    Document,
    /// A PNG.
    Picture,
    /// A JPEG.
    Photograph,
    Json,
    Text,
    Log,
    Nothing,
}

impl Content {
    pub fn bytes(self) -> std::io::Result<Vec<u8>> {
        Ok(match self {
            Content::LongTable => long_table().into_bytes(),
            Content::WideTable => wide_table().into_bytes(),
            Content::Table(seed) => table(seed).into_bytes(),
            Content::ScriptedDrawing => DRAWING.into(),
            Content::Report => REPORT.into(),
            Content::Document => pictures::pdf(&DOCUMENT),
            Content::Picture => return pictures::png(320, 200, chart),
            Content::Photograph => pictures::jpeg(40, 25, |x, y| ((x * 5 + y * 2) % 256) as u8),
            Content::Json => json().into_bytes(),
            Content::Text => TEXT.into(),
            Content::Log => log().into_bytes(),
            Content::Nothing => Vec::new(),
        })
    }
}

/// A figure that looks like one: rounded to five, as released counts are.
fn count(row: u32, column: u32) -> u32 {
    let mixed = row.wrapping_mul(2_654_435_761).wrapping_add(column.wrapping_mul(40_503)) >> 16;
    mixed % 2_000 / 5 * 5
}

fn long_table() -> String {
    let mut text = String::from("practice,month,patients,reviews,rate\n");
    for row in 0..100_000_u32 {
        let (patients, reviews) = (count(row, 1) + 2_000, count(row, 2));
        let (year, month) = (2019 + row / 12 % 6, row % 12 + 1);
        let rate = f64::from(reviews) / f64::from(patients);
        // Writing to a string cannot fail.
        writeln!(text, "P{:04},{year}-{month:02},{patients},{reviews},{rate:.3}", row / 72).ok();
    }
    text
}

fn wide_table() -> String {
    let mut text = String::from("age_band");
    for column in 1..300 {
        write!(text, ",week_{column:03}").ok();
    }
    text.push('\n');
    for row in 0..40 {
        write!(text, "{}-{}", row * 5, row * 5 + 4).ok();
        for column in 1..300 {
            write!(text, ",{}", count(row, column)).ok();
        }
        text.push('\n');
    }
    text
}

fn table(seed: u32) -> String {
    let mut text = String::from(
        "group,note,2023,2024,2025\r\n\
         \"Under 18, all\",\"a cell with a comma\",310,295,305\r\n\
         \"\"\"Quoted\"\"\",\"two\nlines\",55,60,45\r\n\
         <b>not bold</b>,<script>document.title = 'wrong'</script>,[REDACTED],10,15\r\n\
         =1+1,a formula for some spreadsheets,5,10,0\r\n\
         Größe ≥ 30 kg/m²,日本語,120,125,130\r\n",
    );
    for row in 0..40 {
        let figures: Vec<String> = (0..3).map(|column| count(row + seed * 97, column).to_string()).collect();
        write!(text, "Region {},,{}\r\n", row + 1, figures.join(",")).ok();
    }
    text
}

const DRAWING: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" width="640" height="320" onload="tell()">
  <title>Reviews per 1,000 patients</title>
  <script>
    // In a picture no script may run. If it does, the line below says so.
    function tell() { document.getElementById("verdict").textContent = "A script ran on " + document.domain; }
  </script>
  <rect width="640" height="320" fill="#ffffff"/>
  <path d="M40 20 V280 H620" fill="none" stroke="#6b7280"/>
  <path d="M40 90 L120 96 L200 102 L280 240 L360 214 L440 170 L520 140 L600 118"
        fill="none" stroke="#0058be" stroke-width="3"/>
  <line x1="265" y1="20" x2="265" y2="280" stroke="#b91c1c" stroke-dasharray="4 4"/>
  <text x="272" y="36" font-family="sans-serif" font-size="13" fill="#b91c1c">first lockdown</text>
  <text x="40" y="306" font-family="sans-serif" font-size="13" id="verdict">2018 to 2025; no script ran</text>
</svg>
"##;

const REPORT: &str = r##"<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Asthma reviews: report</title>
  <style>
    body { font: 16px/1.5 Georgia, serif; max-width: 46rem; margin: 2rem auto; color: #1f2937; background: #fffdf7; }
    h1 { border-bottom: 3px solid #b45309; }
    td, th { padding: .25rem .75rem; border-bottom: 1px solid #d6d3d1; text-align: right; }
    .bar { background: #b45309; height: 1rem; }
    li.kept-out { color: #15803d; } li.got-in { color: #b91c1c; font-weight: bold; }
  </style>
</head>
<body>
  <h1>Asthma reviews in primary care</h1>
  <p>Styles and scripts of this report are its own: the bars below are drawn by a script.</p>
  <div id="bars"></div>
  <table id="table"><tr><th>Year</th><th>Reviews</th></tr></table>
  <h2>What this report must not be able to do</h2>
  <ul id="attempts"></ul>
  <form action="/logout/" method="post"><button>Try to sign the reader out</button></form>
  <script>
    const figures = { 2019: 640, 2020: 310, 2021: 425, 2022: 530, 2023: 575, 2024: 600 };
    for (const [year, reviews] of Object.entries(figures)) {
      const bar = document.createElement("div");
      bar.className = "bar";
      bar.style.width = reviews / 7 + "%";
      bar.title = year;
      document.getElementById("bars").append(bar);
      document.getElementById("table").insertAdjacentHTML("beforeend", `<tr><td>${year}</td><td>${reviews}</td></tr>`);
    }
    function attempt(what, how) {
      let got = false;
      try { got = Boolean(how()); } catch { got = false; }
      const item = document.createElement("li");
      item.className = got ? "got-in" : "kept-out";
      item.textContent = what + (got ? ": possible!" : ": kept out");
      document.getElementById("attempts").append(item);
    }
    attempt("read the site's cookies", () => document.cookie);
    attempt("read the page around it", () => parent !== window && parent.document.title);
    attempt("use the site's storage", () => localStorage);
  </script>
</body>
</html>
"##;

const DOCUMENT: [&str; 4] = [
    "Asthma reviews in primary care",
    "",
    "This page is a PDF (portable document format).",
    "Counts are rounded to the nearest five; counts of seven or less are redacted.",
];

/// Bars of growing height in the site's blue.
fn chart(x: u32, y: u32) -> [u8; 3] {
    let (column, inside) = (x / 32, x % 32);
    let height = 30 + column * 16;
    let is_bar = (6..26).contains(&inside) && y > 190 - height && y <= 190;
    match (is_bar, y == 191) {
        (true, _) => [0, 88, 190],
        (_, true) => [107, 114, 128],
        _ => [255, 255, 255],
    }
}

fn json() -> String {
    let months: Vec<serde_json::Value> =
        (1..=12).map(|month| serde_json::json!({"month": month, "reviews": count(month, 7)})).collect();
    let whole = serde_json::json!({
        "title": "Reviews by month",
        "rounded_to": 5,
        "note": "Übersicht <b>of everything</b> & more",
        "months": months,
    });
    format!("{whole:#}\n")
}

const TEXT: &str = "Model summary\n=============\n\n  \
                    term          estimate   95% interval\n  \
                    age (decade)      1.08   1.05 to 1.11\n  \
                    female            0.97   0.94 to 1.01\n  \
                    <i>smoker</i>     1.31   1.26 to 1.37\n\n\
                    A line that goes on and on, so that it has to be wrapped somewhere on its way to the right-hand side of \
                    the page: the model was fitted on the matched cohort, with robust standard errors, and refitted \
                    without the months of the first lockdown, which changed nothing that matters.\n";

fn log() -> String {
    let mut text = String::new();
    for line in 0..500_u32 {
        let (minute, second) = (line / 60, line % 60);
        let kept = count(line, 3);
        writeln!(
            text,
            "2026-03-04 09:{minute:02}:{second:02} [info     ] rows kept    part={line} rows={kept}"
        )
        .ok();
    }
    text
}
