//! The pages of an application and what is asked on each, as applicants fill them in and staff review them. The list is
//! `data/application_fields.tsv`; the names in it are those of the tables and columns that Django made.

use std::sync::LazyLock;

const LIST: &str = include_str!("../../data/application_fields.tsv");

/// The page that lists the researchers; what it shows is not in its own table.
pub const RESEARCHERS: &str = "researcher-details";
/// The page whose answers decide which others apply.
pub const TYPE_OF_STUDY: &str = "type-of-study";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name in addresses and in forms.
    pub key: &'static str,
    pub title: &'static str,
    /// Its table without the prefix `applications_`; at most one row for an application.
    pub table: &'static str,
    pub applies: Applies,
    pub groups: Vec<Group>,
}

impl Page {
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.groups.iter().flat_map(|group| &group.fields)
    }
}

/// Questions that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// May be empty.
    pub heading: &'static str,
    pub fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub column: &'static str,
    pub kind: Kind,
    pub needed: Needed,
    pub label: &'static str,
}

/// How a question is answered. Checkboxes are `boolean NOT NULL`, yes or no is a boolean that may be null, all else text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    TextArea,
    Email,
    Telephone,
    YesNo,
    Checkbox,
}

/// When an answer must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    No,
    ToSave,
    ToSubmit,
}

/// For which applications there is a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    Always,
    Research,
    EvaluationOrAudit,
    ShortDataReport,
}

/// The types of study that were ticked; none before that page has been filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TypesOfStudy {
    pub research: bool,
    pub service_evaluation: bool,
    pub audit: bool,
    pub short_data_report: bool,
}

impl Applies {
    pub fn to(self, types: TypesOfStudy) -> bool {
        match self {
            Applies::Always => true,
            Applies::Research => types.research,
            Applies::EvaluationOrAudit => types.service_evaluation || types.audit,
            Applies::ShortDataReport => types.short_data_report,
        }
    }
}

/// All pages in the order in which they are filled in.
pub fn pages() -> &'static [Page] {
    static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
        let mut pages = Vec::new();
        for line in LIST.lines() {
            read(line, &mut pages);
        }
        pages
    });
    &PAGES
}

/// The page with this key.
pub fn page(key: &str) -> Option<&'static Page> {
    pages().iter().find(|page| page.key == key)
}

/// Adds what a line of the list says; `None` if it says nothing, as a comment does.
fn read(line: &'static str, pages: &mut Vec<Page>) -> Option<()> {
    let mut words = line.split('\t');
    match words.next()? {
        "page" => pages.push(Page {
            key: words.next()?,
            title: words.next()?,
            table: words.next()?,
            applies: applies(words.next()?)?,
            groups: Vec::new(),
        }),
        "group" => {
            let group = Group { heading: words.next()?, fields: Vec::new() };
            pages.last_mut()?.groups.push(group);
        }
        "field" => {
            let field = Field {
                column: words.next()?,
                kind: kind(words.next()?)?,
                needed: needed(words.next()?)?,
                label: words.next()?,
            };
            pages.last_mut()?.groups.last_mut()?.fields.push(field);
        }
        _ => return None,
    }
    Some(())
}

fn applies(word: &str) -> Option<Applies> {
    Some(match word {
        "always" => Applies::Always,
        "research" => Applies::Research,
        "evaluation_or_audit" => Applies::EvaluationOrAudit,
        "short_data_report" => Applies::ShortDataReport,
        _ => return None,
    })
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "text" => Kind::Text,
        "text_area" => Kind::TextArea,
        "email" => Kind::Email,
        "telephone" => Kind::Telephone,
        "yes_no" => Kind::YesNo,
        "checkbox" => Kind::Checkbox,
        _ => return None,
    })
}

fn needed(word: &str) -> Option<Needed> {
    Some(match word {
        "no" => Needed::No,
        "to_save" => Needed::ToSave,
        "to_submit" => Needed::ToSubmit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const COLUMNS: &str = include_str!("../../data/django_schema.tsv");

    #[test]
    fn every_line_is_understood() {
        let mut pages = Vec::new();
        for line in LIST.lines() {
            assert!(line.starts_with('#') || read(line, &mut pages).is_some(), "{line:?}");
        }
        assert_eq!(pages.len(), 17);
        assert_eq!(pages, super::pages());
    }

    #[test]
    fn the_list_names_exactly_the_columns_that_the_tables_have() {
        let common = [
            "id",
            "application_id",
            "reviewed_by_id",
            "notes",
            "is_approved",
            "last_reviewed_at",
            "created_at",
            "updated_at",
        ];
        for page in pages() {
            let named: HashSet<(&str, &str)> =
                page.fields().map(|field| (field.column, of_kind(field.kind))).collect();
            let prefix = format!("applications_{}\t", page.table);
            let stored: HashSet<(&str, &str)> = COLUMNS
                .lines()
                .filter_map(|line| line.strip_prefix(prefix.as_str()))
                .map(|line| {
                    let words: Vec<&str> = line.split('\t').collect();
                    let nullable = if words[2] == "not null" { "" } else { "?" };
                    (
                        words[0],
                        if words[1] == "boolean" {
                            if nullable.is_empty() { "boolean" } else { "boolean?" }
                        } else {
                            "text"
                        },
                    )
                })
                .filter(|(column, _)| !common.contains(column))
                .collect();
            assert_eq!(named, stored, "{}", page.table);
        }
    }

    fn of_kind(kind: Kind) -> &'static str {
        match kind {
            Kind::YesNo => "boolean?",
            Kind::Checkbox => "boolean",
            Kind::Text | Kind::TextArea | Kind::Email | Kind::Telephone => "text",
        }
    }

    #[test]
    fn pages_apply_by_the_types_of_study() {
        let count = |types| pages().iter().filter(|page| page.applies.to(types)).count();
        assert_eq!(count(TypesOfStudy::default()), 14);
        assert_eq!(count(TypesOfStudy { audit: true, ..TypesOfStudy::default() }), 15);
        let all =
            TypesOfStudy { research: true, service_evaluation: true, audit: true, short_data_report: true };
        assert_eq!(count(all), 17);
    }
}
