//! What applicants wrote on the pages of the sample applications, by the name of the page's table.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{
    applications::{Application, Extent},
    catalogue::ACCOUNTS,
    repositories::email_of,
};

type Page = (&'static str, Map<String, Value>);

pub(super) fn pages(application: &Application) -> Vec<Page> {
    let mut pages = vec![contact(application), study(application)];
    if application.extent == Extent::Everything {
        pages.extend(about_the_study());
        pages.extend(about_the_data());
        pages.extend(about_the_people(application));
    }
    pages
}

fn page(table: &'static str, answers: Value) -> Page {
    let Value::Object(answers) = answers else { return (table, Map::new()) };
    (table, answers)
}

fn fullname(username: &str) -> &'static str {
    ACCOUNTS.iter().find(|account| account.username == username).map_or("", |account| account.fullname)
}

fn contact(application: &Application) -> Page {
    page(
        "contactdetailspage",
        json!({
            "full_name": fullname(application.by),
            "email": email_of(application.by),
            "telephone": "01632 960123",
            "job_title": "Senior research fellow",
            "team_name": application.team,
            "organisation": "Northford University",
        }),
    )
}

fn study(application: &Application) -> Page {
    page(
        "studyinformationpage",
        json!({
            "study_name": application.study,
            "study_purpose": application.purpose,
            "read_analytic_methods_policy": true,
        }),
    )
}

fn about_the_study() -> Vec<Page> {
    vec![
        page("commercialinvolvementpage", json!({"details": "None."})),
        page(
            "studypurposepage",
            json!({
                "description": "We look at what happened to people in England who got this care, and to similar \
                                people who did not.\n\nNobody can be recognised in what we publish.",
                "author_name": "Ada Okafor\nCora Lindqvist",
                "author_email": "ada-researcher@example.org\ncora-collaborator@example.org",
                "author_organisation": "Northford University",
                "is_covid_prevention": false,
                "is_risk_from_covid": false,
                "is_post_covid_health_impacts": true,
                "is_covid_vaccine_eligibility_or_coverage": false,
                "is_covid_vaccine_effectiveness_or_safety": false,
                "is_other_impacts_of_covid": true,
            }),
        ),
        page(
            "typeofstudypage",
            json!({
                "is_study_research": true,
                "is_study_service_evaluation": false,
                "is_study_audit": false,
                "is_study_short_data_report": false,
            }),
        ),
        page(
            "referencespage",
            json!({
                "hra_ires_id": "900123",
                "hra_rec_reference": "26/XX/0123",
                "institutional_rec_reference": "NFU-2026-0417",
            }),
        ),
        page(
            "studyfundingpage",
            json!({"funding_details": "A fellowship of the invented Harbour Foundation."}),
        ),
    ]
}

fn about_the_data() -> Vec<Page> {
    vec![
        page("studydatapage", json!({"need_record_level_data": true, "data_meets_purpose": ""})),
        page(
            "datasetspage",
            json!({
                "needs_icnarc": false,
                "needs_isaric": false,
                "needs_ons_cis": true,
                "needs_phosp": false,
                "needs_ukrr": false,
            }),
        ),
        page(
            "recordleveldatapage",
            json!({"record_level_data_reasons": "Practices in London would be missing without EMIS."}),
        ),
    ]
}

fn about_the_people(application: &Application) -> Vec<Page> {
    let team = format!("{}: two epidemiologists, a statistician and a GP.", application.team);
    vec![
        page("teamdetailspage", json!({"team_details": team})),
        page(
            "previousehrexperiencepage",
            json!({"previous_experience_with_ehr": "Ten years with records of primary care, three of them in OpenSAFELY."}),
        ),
        page(
            "softwaredevelopmentexperiencepage",
            json!({
                "evidence_of_coding": "https://github.com/opensafely/asthma-reviews",
                "all_applicants_completed_getting_started": true,
            }),
        ),
        page(
            "sharingcodepage",
            json!({"evidence_of_sharing_in_public_domain_before": "All code of our last four papers is public."}),
        ),
        page("researcherdetailspage", json!({})),
    ]
}

/// The applicant and a statistician without an account.
pub(super) fn researchers(application: &Application, id: i32, created_at: Timestamp) -> Vec<Value> {
    let researcher = |name: &str, email: String, github: &str, job_title: &str, needs_server: bool| {
        json!({
            "application_id": id,
            "name": name,
            "job_title": job_title,
            "email": email,
            "github_username": github,
            "telephone": "07700 900456",
            "phone_type": if needs_server { "android" } else { "" },
            "does_researcher_need_server_access": needs_server,
            "has_taken_safe_researcher_training": needs_server,
            "training_with_org": if needs_server { "Northford University" } else { "" },
            "training_passed_at": needs_server.then(|| created_at - SignedDuration::from_hours(24 * 300)),
            "daa": needs_server.then(|| format!("https://example.org/agreements/{}", application.by)),
            "created_at": created_at,
        })
    };
    vec![
        researcher(
            fullname(application.by),
            email_of(application.by),
            application.by,
            "Senior research fellow",
            true,
        ),
        researcher("Priya Raghavan", "priya.raghavan@example.org".to_owned(), "", "Statistician", false),
    ]
}
