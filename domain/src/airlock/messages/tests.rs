use super::*;
use crate::airlock::{EventType, Repository, Update, facts::Author};

pub(in crate::airlock) fn event(kind: EventType) -> Event {
    Event {
        kind,
        workspace: "asthma-main".to_owned(),
        request: "01JNG0V6ZQ8T4M2X9K5R7B3CDE".to_owned(),
        author: "ada".to_owned(),
        user: "octo-checker".to_owned(),
        updates: Vec::new(),
        repository: None,
    }
}

fn settings() -> Settings {
    Settings {
        base_url: "https://jobs.example.org".to_owned(),
        repository: Repository::new("ebmdatalab", "opensafely-output-review"),
        slack_channel: "opensafely-outputs".to_owned(),
    }
}

fn facts() -> Facts {
    Facts {
        author: Author {
            username: "ada".to_owned(),
            name: "Ada Lovelace".to_owned(),
            email: "ada@example.org".to_owned(),
            is_internal: false,
        },
        orgs: Vec::new(),
        workspace_path: "/asthma/asthma-main/".to_owned(),
        repo_name: "asthma".to_owned(),
        repo_url: "https://github.com/opensafely/asthma".to_owned(),
        release_path: Some("/asthma/asthma-main/releases/01JNG0V6ZQ8T4M2X9K5R7B3CDE/".to_owned()),
    }
}

fn messages(event: &Event, facts: &Facts) -> Messages {
    of(&settings(), event, facts).unwrap()
}

fn task(messages: &Messages) -> IssueTask {
    let row = messages.rows.iter().find(|row| row.kind == Kind::GitHub).unwrap();
    serde_json::from_value(row.payload.clone()).unwrap()
}

#[test]
fn each_event_causes_the_messages_of_the_catalogue() {
    use EventType::*;
    for (kind, expected) in [
        (Submitted, vec!["github:create"]),
        (Withdrawn, vec!["github:close"]),
        (Approved, vec!["email", "slack", "github:comment"]),
        (Released, vec!["email", "github:close"]),
        (Rejected, vec!["email", "github:close"]),
        (Returned, vec!["email", "slack", "github:comment"]),
        (Resubmitted, vec!["slack", "github:comment"]),
        (Reviewed, vec!["slack", "github:comment"]),
    ] {
        let messages = messages(&event(kind), &facts());
        let found: Vec<String> = messages
            .rows
            .iter()
            .map(|row| match row.payload.get("operation") {
                Some(operation) => format!("github:{}", operation.as_str().unwrap()),
                None => row.kind.as_str().to_owned(),
            })
            .collect();
        assert_eq!(found, expected, "{kind:?}");
        assert!(messages.problems.is_empty());
    }
}

#[test]
fn the_status_label_follows_the_event() {
    use EventType::*;
    for (kind, expected) in [
        (Approved, None),
        (Returned, Some("With requester")),
        (Resubmitted, Some("Pending review")),
        (Reviewed, Some("Under review")),
    ] {
        let Operation::Comment { status, .. } = task(&messages(&event(kind), &facts())).operation else {
            panic!("{kind:?} does not comment")
        };
        assert_eq!(status.as_deref(), expected, "{kind:?}");
    }
}

#[test]
fn an_issue_says_whose_request_it_is_and_carries_the_marker_of_the_request() {
    let mut facts = facts();
    let Operation::Create { issue } = task(&messages(&event(EventType::Submitted), &facts)).operation else {
        panic!("it creates")
    };
    assert_eq!(issue.title, "asthma-main 01JNG0V6ZQ8T4M2X9K5R7B3CDE");
    assert_eq!(issue.labels, ["external", "Pending review"]);
    assert!(issue.body.starts_with(
        "Requested by: [Ada Lovelace](https://jobs.example.org/staff/users/ada/)\n\
         Release request ID: 01JNG0V6ZQ8T4M2X9K5R7B3CDE\n\
         GitHub repo: [asthma](https://github.com/opensafely/asthma)\n\
         Workspace: [asthma-main](https://jobs.example.org/asthma/asthma-main/)\n\n**"
    ));
    assert!(issue.body.ends_with("<!-- job-server:release-request:01JNG0V6ZQ8T4M2X9K5R7B3CDE -->"));
    assert!(issue.body.contains(&issue.marker));

    facts.author.is_internal = true;
    facts.author.name = "Ada](evil) <!-- [x\n".to_owned();
    let Operation::Create { issue: other } = task(&messages(&event(EventType::Submitted), &facts)).operation
    else {
        panic!("it creates")
    };
    assert_eq!(other.labels[0], "internal");
    assert_eq!(other.marker, issue.marker, "whoever creates it, it is the issue of this request");
    assert!(other.body.starts_with(r"Requested by: [Ada\](evil) &lt;!-- \[x ](https://jobs."));
}

#[test]
fn the_same_event_twice_has_two_markers() {
    let event = event(EventType::Returned);
    let (first, second) = (messages(&event, &facts()), messages(&event, &facts()));
    for (one, other) in first.rows.iter().zip(&second.rows) {
        assert_ne!(one.marker, other.marker);
        assert_eq!(one.ordering_key, other.ordering_key);
    }
    let marker = |messages| match task(messages).operation {
        Operation::Comment { comment, .. } => comment.marker,
        _ => panic!("it comments"),
    };
    assert_ne!(marker(&first), marker(&second));
}

#[test]
fn a_comment_lists_what_happened_and_a_closing_one_only_the_event() {
    let mut event = event(EventType::Reviewed);
    event.updates =
        vec![Update { what: "comment <!-- added".to_owned(), group: Some("g".to_owned()), user: None }];
    let Operation::Comment { comment, announcement, .. } = task(&messages(&event, &facts())).operation else {
        panic!("it comments")
    };
    let lines = "Release request updated:\n- request reviewed by user octo-checker\n\
                 - comment &lt;!-- added (filegroup g)";
    assert_eq!(comment.text, format!("{lines}\n\n{}", comment.marker));
    assert_eq!(announcement.subject, "asthma-main 01JNG0V6ZQ8T4M2X9K5R7B3CDE has been updated");

    event.kind = EventType::Released;
    let Operation::Close { comment } = task(&messages(&event, &facts())).operation else {
        panic!("it closes")
    };
    assert_eq!(comment.text, format!("Issue closed: request released by octo-checker\n\n{}", comment.marker));
}

#[test]
fn a_mail_about_a_release_needs_one_and_everybody_else_is_told_all_the_same() {
    let without = Facts { release_path: None, ..facts() };
    let approved = messages(&event(EventType::Approved), &without);
    assert_eq!(approved.problems, ["Release matching query does not exist."]);
    assert_eq!(approved.rows.len(), 2);
    assert!(messages(&event(EventType::Returned), &without).problems.is_empty());
}

#[test]
fn airlock_may_say_where_the_issue_is() {
    let mut event = event(EventType::Submitted);
    event.repository = Some(Repository::new("some-gh-org", "some-repo"));
    let task = task(&messages(&event, &Facts { orgs: vec!["university-of-bristol".to_owned()], ..facts() }));
    assert_eq!(task.repository, Repository::new("some-gh-org", "some-repo"));
}
