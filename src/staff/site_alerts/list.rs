//! All notices, newest first.

use domain::site_alerts::{self, Authored};
use serde::Serialize;

use super::form::{tone, written};
use crate::{
    app::App,
    http::{error::PageResult, shell::Page},
    staff::Staff,
};

#[derive(Serialize)]
struct ListPage {
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    url: String,
    text: String,
    level: String,
    tone: &'static str,
    created: String,
    updated: String,
}

/// `GET /staff/site-alerts/`
pub async fn show(app: App, staff: Staff) -> PageResult {
    let alerts = site_alerts::authored(&app.db().await?).await?;
    let view = ListPage { lines: alerts.iter().map(line).collect() };
    staff.visitor.render(&app, "staff/site_alerts/list", Page::staff("Site alerts"), &view)
}

fn line(authored: &Authored) -> Line {
    let alert = &authored.alert;
    Line {
        url: super::edit::url(alert.id),
        text: alert.label(),
        level: site_alerts::level_label(&alert.level).to_owned(),
        tone: tone(&alert.level),
        created: written(alert.created_at, authored.created_by.as_deref()),
        updated: written(authored.updated_at, authored.updated_by.as_deref()),
    }
}
