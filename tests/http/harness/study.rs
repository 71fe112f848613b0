//! The usual scene: Ada develops the project `asthma`, whose workspace `asthma-main` runs the repository
//! `opensafely/asthma` on the backend `test`.

use devkit::standins::repositories::{Push, Repositories};
use jiff::Timestamp;

use super::{Browser, TestApp, a};

/// Three actions in a chain, the first on the database.
pub const PIPELINE: &str = r#"version: "4.0"

actions:
  generate_dataset:
    run: ehrql:v1 generate-dataset analysis/dataset_definition.py --output output/dataset.csv.gz
    outputs:
      highly_sensitive:
        dataset: output/dataset.csv.gz

  make_table:
    run: python:latest python analysis/make_table.py
    needs: [generate_dataset]
    outputs:
      moderately_sensitive:
        table: output/table.csv

  draw_plot:
    run: r:latest analysis/draw_plot.R
    needs: [make_table]
    outputs:
      moderately_sensitive:
        plot: output/plot.png
"#;

pub struct Study {
    pub ada: i32,
    pub project: i32,
    pub workspace: i32,
    pub backend: i32,
    /// The newest commit.
    pub sha: String,
}

impl Study {
    /// Where the workspace's pages are.
    pub const PATH: &'static str = "/asthma/asthma-main/";
    /// Where its jobs are requested.
    pub const RUN_JOBS: &'static str = "/asthma/asthma-main/run-jobs/";
    pub const LOGS: &'static str = "/asthma/asthma-main/logs/";
    pub const REPO: &'static str = "opensafely/asthma";

    /// A server with the study on it, and Ada's browser.
    pub async fn of_researcher() -> (TestApp, Study, Browser) {
        Study::of_researcher_on(TestApp::start().await).await
    }

    /// The study on this server, and Ada's browser.
    pub async fn of_researcher_on(app: TestApp) -> (TestApp, Study, Browser) {
        let study = Study::set_up(&app).await;
        let browser = study.browser(&app).await;
        (app, study, browser)
    }

    pub async fn set_up(app: &TestApp) -> Study {
        let db = &app.db;
        let ada = a::user("ada").named("Ada Lovelace").insert(db).await;
        let org = a::org(db, "Bennett").await;
        a::org_member(db, org, ada).await;
        let project = a::project(db, "asthma", "Asthma reviews", ada).await;
        a::lead(db, project, org, ada).await;
        a::member(db, project, ada, &["ProjectDeveloper"]).await;
        let repo = a::repo(db, "asthma").await;
        let workspace = a::workspace(db, "asthma-main", project, repo, ada).await;
        let backend = a::backend(db, "test").await;
        a::backend_member(db, backend, ada).await;
        app.repositories.create(Study::REPO, Timestamp::now()).expect("a repository");
        let sha = push(&app.repositories, "main", &[("project.yaml", Some(PIPELINE))]);
        Study { ada, project, workspace, backend, sha }
    }

    pub async fn browser(&self, app: &TestApp) -> Browser {
        app.browser_of(self.ada).await
    }

    pub fn job_request(&self) -> a::JobRequest {
        a::job_request(self.workspace, self.backend, self.ada)
    }

    /// Commits files to the study's repository and returns the new commit's id.
    pub fn push(&self, app: &TestApp, branch: &str, changes: &[(&str, Option<&str>)]) -> String {
        push(&app.repositories, branch, changes)
    }
}

fn push(repositories: &Repositories, branch: &str, changes: &[(&str, Option<&str>)]) -> String {
    let changes =
        changes.iter().map(|(path, content)| ((*path).to_owned(), content.map(str::to_owned))).collect();
    let push = Push {
        branch: branch.to_owned(),
        message: "Change the study".to_owned(),
        author: "ada".to_owned(),
        at: Timestamp::now(),
        changes,
    };
    repositories.push(Study::REPO, push).expect("a commit")
}
