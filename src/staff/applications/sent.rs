//! A review as it was sent: for each page notes and a decision, both or one of them or neither.

use domain::applications::{
    PageReview, StoredPage,
    catalogue::{self, Page},
};

use crate::http::form::Fields;

/// What was sent about the pages. Empty when a page is merely looked at.
#[derive(Default)]
pub struct Sent(Vec<SentPage>);

pub struct SentPage {
    pub review: PageReview,
    /// What is wrong with it.
    pub problem: Option<String>,
}

impl Sent {
    /// A page is among them when one of its fields was sent.
    pub fn read(fields: &Fields) -> Sent {
        Sent(catalogue::pages().iter().filter_map(|page| read(page, fields)).collect())
    }

    pub fn about(&self, stored: &StoredPage) -> Option<&SentPage> {
        self.0.iter().find(|sent| sent.review.key == stored.page.key)
    }

    /// None: something is wrong with at least one of them.
    pub fn reviews(&self) -> Option<Vec<PageReview>> {
        let is_well = self.0.iter().all(|sent| sent.problem.is_none());
        is_well.then(|| self.0.iter().map(|sent| sent.review.clone()).collect())
    }
}

fn read(page: &'static Page, fields: &Fields) -> Option<SentPage> {
    let field = |name: &str| fields.raw(&format!("{}-{name}", page.key));
    let (notes, chosen) = (field("notes"), field("is_approved"));
    if notes.is_none() && chosen.is_none() {
        return None;
    }
    let mut problem = None;
    if notes.is_some_and(|notes| notes.contains('\0')) {
        problem = Some("Null characters are not allowed.".to_owned());
    }
    let decision = chosen.map(|chosen| match chosen {
        "" => None,
        "True" | "true" => Some(true),
        "False" | "false" => Some(false),
        other => {
            problem = Some(crate::staff::entered::not_a_choice(other));
            None
        }
    });
    let review = PageReview {
        key: page.key,
        notes: notes.map(str::to_owned),
        decision,
        version: field("version").map(str::to_owned),
    };
    Some(SentPage { review, problem })
}
