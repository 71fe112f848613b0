//! The URL table itself, read out of its source, so that a new address is tested from the day it is written.

use crate::harness::{PIPELINE, Study, TestApp, a, released};

const SITE: &str = include_str!("../../src/routes.rs");
const STAFF: &str = include_str!("../../src/staff/routes.rs");

/// The addresses that have a handler for a method, such as `post()`.
pub fn taking(method: &str) -> Vec<String> {
    let (pages, _) = SITE.split_once("/// What a process without pages").unwrap_or((SITE, ""));
    [taking_in(pages, "", method), staff_taking(method)].concat()
}

/// The same, of the staff area alone.
pub fn staff_taking(method: &str) -> Vec<String> {
    taking_in(STAFF, "/staff", method)
}

/// Those of one table, whose functions each stand for a scope that is opened in its first one, at `root`.
fn taking_in(table: &str, root: &str, method: &str) -> Vec<String> {
    let functions = table.split("(config: &mut ServiceConfig)").collect::<Vec<_>>();
    let mut found = Vec::new();
    for pair in functions.windows(2) {
        let (name, body) = (pair[0].rsplit(' ').next().unwrap_or_default(), pair[1]);
        let prefix = match table.split_once(&format!(".configure({name})")) {
            Some((before, _)) => before.rsplit('"').nth(1).unwrap_or_default(),
            None => "",
        };
        for entry in body.split(".service(").skip(1) {
            let (patterns, handlers) = entry.split_once(".route").unwrap_or((entry, ""));
            if handlers.contains(method) {
                let patterns = patterns.split('"').skip(1).step_by(2);
                found.extend(patterns.map(|pattern| format!("{root}{prefix}{pattern}")));
            }
        }
    }
    found
}

/// The address of something that exists, for a pattern of the table.
pub fn filled(pattern: &str, job_request: i32, job: &str) -> String {
    let job_request = job_request.to_string();
    [
        ("{project}", "asthma"),
        ("{workspace}", "asthma-main"),
        ("{pk:[0-9]+}", job_request.as_str()),
        ("{identifier}", job),
        ("{hash}", "1edd"),
        ("{slug:[-a-zA-Z0-9_]+}", "asthma"),
        ("{ref}", "main"),
        ("{repo_url}", "https%253A%252F%252Fgithub.com%252Fopensafely%252Fasthma"),
        ("{provider}", "github"),
        ("{backend:[-a-zA-Z0-9_]+}", "test"),
        ("{path:.*}", "robots.txt"),
        ("{release}", released::RELEASE),
        ("{file}", released::FILE),
        ("{snapshot:[0-9]+}", released::SNAPSHOT),
    ]
    .iter()
    .fold(pattern.to_owned(), |path, (name, value)| path.replace(name, value))
}

#[tokio::test]
async fn every_address_that_can_be_read_answers() {
    let app = TestApp::builder().debug().start().await;
    let study = Study::set_up(&app).await;
    let job_request = study.job_request().definition(PIPELINE).insert(&app.db).await;
    let job = a::job(job_request, "make_table", "running").insert(&app.db).await;
    released::one_of_each(&app.db, &study).await;
    let browser = study.browser(&app).await;
    let routes = taking("get()");
    assert!(routes.len() >= 24, "the table was not understood: {routes:?}");
    for pattern in routes {
        let path = filled(&pattern, job_request, &job);
        let page = browser.get(&path).await;
        let expected: &[u16] = match pattern.as_str() {
            // Answers of another kind than a page.
            "/login/" | "/enter-your-name/" | "/complete/{provider}/" => &[302],
            "/uploads/{path:.*}" => &[404],
            pattern if pattern.starts_with("/staff/") => &[403],
            _ => &[200],
        };
        assert!(
            expected.contains(&page.status.as_u16()),
            "{pattern} gave {}:\n{}",
            page.status,
            page.excerpt()
        );
        page.lacks("{{").lacks("[object");
    }
}
