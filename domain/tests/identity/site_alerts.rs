//! Notices to everybody who is signed in.

use domain::site_alerts;

use super::Db;

#[tokio::test]
async fn all_alerts_come_newest_first() {
    let db = Db::fresh().await;
    assert!(site_alerts::all(&db.db).await.unwrap().is_empty());
    db.db
        .batch_execute(
            "INSERT INTO jobserver_sitealert (title, message, level, created_at, updated_at)
             VALUES
                 ('', 'Old <b>news</b>', 'warning', now() - interval '1 day', now()),
                 ('Now', 'Fresh news', 'tomorrow', now(), now())",
        )
        .await
        .unwrap();
    let alerts = site_alerts::all(&db.db).await.unwrap();
    let shown =
        alerts.iter().map(|alert| (alert.title.as_str(), alert.message.as_str(), alert.level.as_str()));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [("Now", "Fresh news", "tomorrow"), ("", "Old <b>news</b>", "warning")]
    );
}
