//! The events that Airlock sends, by name, and what each of them causes.

/// What happened to a release request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    Submitted,
    Withdrawn,
    Approved,
    Released,
    Rejected,
    Returned,
    Resubmitted,
    /// Airlock has two names for this one.
    Reviewed,
}

/// What an event does to the issue of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IssueAction {
    Create,
    /// Comment, and replace the status label by this one or by none.
    Comment {
        status: Option<&'static str>,
    },
    Close,
}

/// The e-mail to the author that an event causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mail {
    pub template: &'static str,
    pub subject: String,
    /// Whether it leads to the release, which has to exist then.
    pub needs_release: bool,
}

pub(super) const PENDING_REVIEW: &str = "Pending review";
pub(super) const UNDER_REVIEW: &str = "Under review";
pub(super) const WITH_REQUESTER: &str = "With requester";

impl EventType {
    /// The event of this name, in letters of either case.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "request_submitted" => Self::Submitted,
            "request_withdrawn" => Self::Withdrawn,
            "request_approved" => Self::Approved,
            "request_released" => Self::Released,
            "request_rejected" => Self::Rejected,
            "request_returned" => Self::Returned,
            "request_resubmitted" => Self::Resubmitted,
            "request_reviewed" | "request_partially_reviewed" => Self::Reviewed,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "request_submitted",
            Self::Withdrawn => "request_withdrawn",
            Self::Approved => "request_approved",
            Self::Released => "request_released",
            Self::Rejected => "request_rejected",
            Self::Returned => "request_returned",
            Self::Resubmitted => "request_resubmitted",
            Self::Reviewed => "request_reviewed",
        }
    }

    /// As people read it.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Submitted => "request submitted",
            Self::Withdrawn => "request withdrawn",
            Self::Approved => "request approved",
            Self::Released => "request released",
            Self::Rejected => "request rejected",
            Self::Returned => "request returned",
            Self::Resubmitted => "request resubmitted",
            Self::Reviewed => "request reviewed",
        }
    }

    pub(super) fn issue_action(self) -> IssueAction {
        match self {
            Self::Submitted => IssueAction::Create,
            Self::Withdrawn | Self::Released | Self::Rejected => IssueAction::Close,
            Self::Approved => IssueAction::Comment { status: None },
            Self::Returned => IssueAction::Comment { status: Some(WITH_REQUESTER) },
            Self::Resubmitted => IssueAction::Comment { status: Some(PENDING_REVIEW) },
            Self::Reviewed => IssueAction::Comment { status: Some(UNDER_REVIEW) },
        }
    }

    pub(super) fn mail(self, workspace: &str, request: &str) -> Option<Mail> {
        let (template, subject, needs_release) = match self {
            Self::Approved => (
                "release_request_approved",
                format!("Release request approved for workspace {workspace}"),
                true,
            ),
            Self::Released => {
                ("release_request_released", format!("Files released for workspace {workspace}"), true)
            }
            Self::Rejected => (
                "release_request_rejected",
                format!("Release request rejected: {workspace} ({request})"),
                false,
            ),
            Self::Returned => (
                "release_request_returned",
                format!("Release request returned: {workspace} ({request})"),
                false,
            ),
            Self::Submitted | Self::Withdrawn | Self::Resubmitted | Self::Reviewed => return None,
        };
        Some(Mail { template, subject, needs_release })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_case_and_reviewed_has_two() {
        assert_eq!(EventType::named("Request_RETURNED"), Some(EventType::Returned));
        for name in ["request_reviewed", "REQUEST_PARTIALLY_REVIEWED"] {
            assert_eq!(EventType::named(name), Some(EventType::Reviewed));
        }
        for name in ["", "returned", "request returned", " request_returned"] {
            assert_eq!(EventType::named(name), None, "{name:?}");
        }
    }
}
