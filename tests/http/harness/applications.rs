//! Rows of applications, as far as tests of other parts of the site need them.

use super::Db;

/// An application in this state; its key.
pub async fn application(db: &Db, by: i32, status: &str) -> i32 {
    db.value(
        "INSERT INTO applications_application (status, status_comment, has_agreed_to_terms, created_at, created_by_id)
         VALUES ($1, '', true, now(), $2)
         RETURNING id",
        &[&status, &by],
    )
    .await
}

/// One in which the page about the study gives it this name.
pub async fn of_study(db: &Db, by: i32, status: &str, study: &str) -> i32 {
    let id = application(db, by, status).await;
    db.execute(
        "INSERT INTO applications_studyinformationpage (notes, created_at, updated_at, study_name, study_purpose,
                                                        application_id)
         VALUES ('', now(), now(), $1, '', $2)",
        &[&study, &id],
    )
    .await;
    id
}

/// Deletes it as staff do: the row stays.
pub async fn delete(db: &Db, application: i32, by: i32) {
    db.execute(
        "UPDATE applications_application SET deleted_at = now(), deleted_by_id = $2 WHERE id = $1",
        &[&application, &by],
    )
    .await;
}
