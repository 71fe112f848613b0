//! Finn, of staff, and applications by Ada. Pages of an application are filled by their key.

use domain::applications::{
    self,
    catalogue::{self, Kind},
};
use serde_json::{Map, Value, json};

use crate::harness::{Browser, Db, Page, TestApp, a};

pub struct Scene {
    pub app: TestApp,
    pub finn: i32,
    pub ada: i32,
    /// Finn's.
    pub browser: Browser,
}

impl Scene {
    pub async fn set_up() -> Scene {
        let app = TestApp::start().await;
        let finn = a::user("finn").named("Finn Staff").staff().insert(&app.db).await;
        let ada = a::user("ada").named("Ada Lovelace").insert(&app.db).await;
        let browser = app.browser_of(finn).await;
        Scene { app, finn, ada, browser }
    }

    pub fn db(&self) -> &Db {
        &self.app.db
    }

    /// An application by Ada.
    pub async fn application(&self) -> i32 {
        application(self.db(), self.ada).await
    }

    /// One with this study.
    pub async fn study(&self, name: &str) -> i32 {
        let id = self.application().await;
        fill(self.db(), id, "study-information", &json!({"study_name": name})).await;
        id
    }

    /// Another member of staff.
    pub async fn colleague(&self, username: &str) -> Browser {
        let id = a::user(username).named(&format!("Colleague {username}")).staff().insert(self.db()).await;
        self.app.browser_of(id).await
    }

    pub async fn get(&self, path: &str) -> Page {
        self.browser.get(path).await
    }

    /// Posts with Finn's browser.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.browser.post_form(path, fields).await
    }

    /// The kinds of the events about applications, oldest first.
    pub async fn events(&self) -> Vec<String> {
        self.db().values("SELECT type FROM staff_event ORDER BY id", &[]).await
    }
}

pub async fn application(db: &Db, by: i32) -> i32 {
    db.value(
        "INSERT INTO applications_application (status, status_comment, has_agreed_to_terms, created_at, created_by_id)
         VALUES ('ongoing', '', false, now(), $1)
         RETURNING id",
        &[&by],
    )
    .await
}

/// Where staff see it.
pub fn url(id: i32) -> String {
    format!("/staff/applications/{}/", applications::hash(id))
}

/// Saves a page as its applicant does; what is not given is blank.
pub async fn fill(db: &Db, application: i32, key: &str, given: &Value) {
    let page = catalogue::page(key).expect("a page");
    let mut row = Map::new();
    for field in page.fields() {
        let blank = match field.kind {
            Kind::YesNo => Value::Null,
            Kind::Checkbox => json!(false),
            Kind::Text | Kind::TextArea | Kind::Email | Kind::Telephone => json!(""),
        };
        row.insert(field.column.to_owned(), blank);
    }
    row.insert("application_id".to_owned(), json!(application));
    row.insert("notes".to_owned(), json!(""));
    row.extend(given.as_object().expect("an object").clone());
    let table = format!("applications_{}", page.table);
    let sql = format!(
        "INSERT INTO {table}
         SELECT (jsonb_populate_record(
             NULL::{table},
             jsonb_build_object('id', nextval(pg_get_serial_sequence('{table}', 'id')),
                                'created_at', now() - interval '1 day',
                                'updated_at', now() - interval '1 day') || $1
         )).*"
    );
    db.execute(&sql, &[&Value::Object(row)]).await;
}

/// A researcher called so, without anything optional.
pub async fn researcher(db: &Db, application: i32, name: &str) -> i32 {
    db.value(
        "INSERT INTO applications_researcherregistration
             (name, job_title, email, telephone, phone_type, training_with_org, github_username, created_at,
              application_id)
         VALUES ($1, 'Statistician', 'r@example.org', '', '', '', '', now(), $2)
         RETURNING id",
        &[&name, &application],
    )
    .await
}
