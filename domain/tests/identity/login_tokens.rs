use domain::{
    db::Pool,
    ids::UserId,
    login_tokens::{Ineligible, PER_ADDRESS, PER_USER, Refused, authenticate, generate},
    users,
};

use super::Db;

/// What Django has stored for the words `correct horse battery`.
const DJANGO_HASH: &str = "argon2$argon2id$v=19$m=102400,t=2,p=8$YWJjZGVmZ2hpamtsbW5vcHFyc3R1dg$UZS8W/9oVk178J7XnaP9IeSfIcsKek2sAouVflHvYGw";
const WORDS: &str = "correct horse battery";
const ADDRESS: &str = "10.1.2.3";

struct Scene {
    db: Db,
    pool: Pool,
    ada: UserId,
}

impl Scene {
    /// Ada, who may use tokens and has none.
    async fn new() -> Scene {
        let db = Db::fresh().await;
        let pool = db._database.pool().unwrap();
        let ada = db.user("ada").await;
        db.github_account(ada, 1).await;
        let scene = Scene { db, pool, ada };
        scene.backend_member(ada).await;
        scene
    }

    async fn backend_member(&self, user: UserId) {
        self.run(&format!(
            "WITH backend AS (
                 INSERT INTO jobserver_backend (slug, name, is_active, auth_token, alert_timeout, created_at,
                                                updated_at, is_in_maintenance_mode)
                 VALUES ('b{user}', '', true, 't{user}', '5 minutes', now(), now(), false)
                 RETURNING id
             )
             INSERT INTO jobserver_backendmembership (backend_id, user_id, created_at)
             SELECT id, {user}, now()
             FROM backend"
        ))
        .await;
    }

    async fn run(&self, sql: &str) {
        self.db.db.batch_execute(sql).await.unwrap();
    }

    /// Gives Ada the token that Django made.
    async fn with_token(self) -> Scene {
        self.run(&format!(
            "UPDATE jobserver_user
             SET login_token = '{DJANGO_HASH}', login_token_expires_at = now() + interval '1 minute'
             WHERE username = 'ada'"
        ))
        .await;
        self
    }

    async fn generate(&self) -> Result<String, Ineligible> {
        let ada = users::find(&self.db.db, self.ada).await.unwrap().unwrap();
        generate(&self.pool, &ada).await.unwrap()
    }

    async fn present(&self, name: &str, token: &str) -> Result<String, Refused> {
        authenticate(&self.pool, name, token, ADDRESS).await.unwrap()
    }

    async fn subjects_of_mails(&self) -> Vec<String> {
        let rows = self
            .db
            .db
            .query("SELECT payload->>'subject' FROM outbox_message ORDER BY id", &[])
            .await
            .unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn ada() -> String {
    "ada".to_owned()
}

#[tokio::test]
async fn a_generated_token_works_once_with_any_spaces_and_is_told_by_mail() {
    let scene = Scene::new().await;
    let words = scene.generate().await.unwrap();
    assert_eq!(
        scene.present("ada@example.com", &format!(" {}  ", words.replace(' ', "  "))).await,
        Ok(ada())
    );
    assert_eq!(scene.present("ada", &words).await, Err(Refused::NoToken(ada())));
    let expected = ["New OpenSAFELY login token generated", "OpenSAFELY account login with token"];
    assert_eq!(scene.subjects_of_mails().await, expected);
    let row =
        scene.db.db.query_one("SELECT payload FROM outbox_message ORDER BY id LIMIT 1", &[]).await.unwrap();
    let payload: serde_json::Value = row.get(0);
    assert_eq!(payload["to"], serde_json::json!(["ada@example.com"]));
    assert_eq!(payload["reply_to"], "OpenSAFELY Team <team@opensafely.org>");
    for word in words.split(' ') {
        assert!(!payload.to_string().contains(word), "the mail holds the token");
    }
}

#[tokio::test]
async fn a_token_that_django_made_is_accepted() {
    let scene = Scene::new().await.with_token().await;
    assert_eq!(scene.present("ada", WORDS).await, Ok(ada()));
}

#[tokio::test]
async fn of_two_uses_at_the_same_instant_one_succeeds() {
    let scene = Scene::new().await.with_token().await;
    let (first, second) = tokio::join!(scene.present("ada", WORDS), scene.present("ada", WORDS));
    assert_eq!(
        [&first, &second].iter().filter(|outcome| outcome.is_ok()).count(),
        1,
        "{first:?}, {second:?}"
    );
    assert_eq!(scene.subjects_of_mails().await.len(), 1);
}

#[tokio::test]
async fn a_newer_token_replaces_the_older_one() {
    let scene = Scene::new().await;
    let (older, newer) = (scene.generate().await.unwrap(), scene.generate().await.unwrap());
    assert_eq!(scene.present("ada", &older).await, Err(Refused::Wrong(ada())));
    assert_eq!(scene.present("ada", &newer).await, Ok(ada()), "a wrong attempt does not use it up");
}

#[tokio::test]
async fn each_refusal_has_its_reason() {
    let scene = Scene::new().await.with_token().await;
    let eve = scene.db.user("eve").await;
    assert_eq!(scene.present("nobody", WORDS).await, Err(Refused::UnknownUser));
    assert_eq!(scene.present("Ada", WORDS).await, Err(Refused::UnknownUser));
    let refused = |reason: Ineligible| Err(Refused::Ineligible(reason));
    assert_eq!(scene.present("eve", WORDS).await, refused(Ineligible::NotOnGitHub("eve".to_owned())));
    scene.db.github_account(eve, 2).await;
    assert_eq!(scene.present("eve", WORDS).await, refused(Ineligible::NoBackends("eve".to_owned())));
    scene.backend_member(eve).await;
    assert_eq!(scene.present("eve", WORDS).await, Err(Refused::NoToken("eve".to_owned())));
    scene.run("UPDATE jobserver_user SET login_token_expires_at = now() - interval '1 second'").await;
    assert_eq!(scene.present("ada", WORDS).await, Err(Refused::Expired(ada())));
    scene.run("DELETE FROM jobserver_backendmembership").await;
    assert_eq!(scene.generate().await, Err(Ineligible::NoBackends(ada())));
}

#[tokio::test]
async fn a_name_that_is_also_anothers_address_is_the_username() {
    let scene = Scene::new().await.with_token().await;
    scene.db.user_with("eve", "ada", &[]).await;
    assert_eq!(scene.present("ada", WORDS).await, Ok(ada()));
}

#[tokio::test]
async fn too_many_wrong_tokens_shut_out_the_right_one_until_the_count_is_over() {
    let scene = Scene::new().await.with_token().await;
    scene
        .run(&format!(
            "INSERT INTO login_token_attempt (subject, attempts) VALUES ('user:{}', {})",
            scene.ada,
            PER_USER - 1
        ))
        .await;
    assert_eq!(scene.present("ada", "wrong").await, Err(Refused::Wrong(ada())));
    assert_eq!(scene.present("ada", WORDS).await, Err(Refused::TooMany { minutes: 15 }));
    scene
        .run("UPDATE login_token_attempt SET counted_since = counted_since - interval '15 minutes 1 second'")
        .await;
    assert_eq!(scene.present("ada", WORDS).await, Ok(ada()));
    assert_eq!(scene.db.count("login_token_attempt WHERE subject LIKE 'user:%'").await, 0, "forgiven");
}

#[tokio::test]
async fn a_new_token_starts_the_count_afresh() {
    let scene = Scene::new().await;
    scene
        .run(&format!(
            "INSERT INTO login_token_attempt (subject, attempts) VALUES ('user:{}', 1000)",
            scene.ada
        ))
        .await;
    let words = scene.generate().await.unwrap();
    assert_eq!(scene.present("ada", &words).await, Ok(ada()));
}

#[tokio::test]
async fn attempts_from_one_address_count_together_whoever_they_are_for() {
    let scene = Scene::new().await.with_token().await;
    for guess in 0..PER_ADDRESS {
        assert_eq!(scene.present(&format!("nobody{guess}"), "wrong").await, Err(Refused::UnknownUser));
    }
    assert!(matches!(scene.present("ada", WORDS).await, Err(Refused::TooMany { .. })));
    assert_eq!(authenticate(&scene.pool, "ada", WORDS, "10.1.2.4").await.unwrap(), Ok(ada()));
}

#[tokio::test]
async fn guesses_at_the_same_instant_are_all_counted() {
    let scene = Scene::new().await;
    let guesses = (0..40).map(|_| scene.present("ada", "wrong"));
    let outcomes = futures_util::future::join_all(guesses).await;
    let limited = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refused::TooMany { .. }))).count();
    assert_eq!(limited, 40 - PER_USER as usize);
}

#[tokio::test]
async fn old_counts_are_swept() {
    let scene = Scene::new().await;
    scene
        .run(
            "INSERT INTO login_token_attempt (subject, attempts, counted_since)
             VALUES ('user:1', 3, now() - interval '25 hours'), ('user:2', 3, now() - interval '23 hours')",
        )
        .await;
    assert_eq!(domain::housekeeping::sweep(&scene.db.db).await.unwrap().login_attempts, 1);
}
