//! A whole review, played by the stand-in of Airlock on the sample data: every answer is one that Airlock can work with, and
//! everybody concerned hears of it.

use std::time::Duration;

use devkit::{
    airlock::{self, Settings},
    database, sample,
    scratch::Folder,
};

use crate::harness::{TestApp, eventually};

/// A server on the sample data.
struct Site {
    app: TestApp,
    settings: Settings,
    _storage: Folder,
}

impl Site {
    async fn set_up() -> Site {
        let storage = Folder::new().unwrap();
        let app = TestApp::builder().env("RELEASE_STORAGE", &storage.path().to_string_lossy()).start().await;
        let mut client = database::connect(&app.environment["DATABASE_URL"]).await.unwrap();
        assert!(sample::load(&mut client).await.unwrap());
        let settings = Settings {
            server: app.url.clone(),
            backend_token: sample::catalogue::BACKENDS[0].token.to_owned(),
            user: "ada-researcher".to_owned(),
            login_token: None,
            checker: "dev-outputchecker".to_owned(),
            workspace: "asthma-reviews-main".to_owned(),
        };
        Site { app, settings, _storage: storage }
    }
}

#[tokio::test]
async fn airlock_can_work_with_every_answer() {
    let site = Site::set_up().await;
    let played = airlock::play(&site.settings).await.unwrap();
    assert_eq!((played.wrong, played.answers), (0, 16));
    let there: i64 = site
        .app
        .db
        .value(
            "SELECT count(*) FROM jobserver_releasefile WHERE release_id = $1 AND uploaded_at IS NOT NULL",
            &[&played.release],
        )
        .await;
    assert_eq!(there, 6);
    eventually("the researcher has three mails", Duration::from_secs(20), async || {
        let mails = site.app.smtp.mails();
        mails.iter().filter(|mail| mail.to.iter().any(|to| to.contains("ada-researcher"))).count() == 3
    })
    .await;
}

#[tokio::test]
async fn the_stand_in_notices_answers_that_are_wrong() {
    let mut site = Site::set_up().await;
    site.settings.checker = "edda-publisher".to_owned();
    let played = airlock::play(&site.settings).await.unwrap();
    assert!(played.wrong > 5, "a publisher releases nothing: {played:?}");
    assert_eq!(site.app.db.count("jobserver_release").await, 5, "those of the sample");
}
