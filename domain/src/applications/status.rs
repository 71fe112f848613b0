//! Where an application stands, as staff say it. Approving, which makes a project, and deleting are recorded apart from
//! it: neither changes the status, and no status approves or deletes.

/// Defines the states with the text of the column and what people read, in the order in which they are listed.
macro_rules! statuses {
    ($($variant:ident => $stored:literal, $label:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Status { $($variant),* }

        impl Status {
            pub const ALL: &'static [Status] = &[$(Status::$variant),*];
            /// The texts of the column, in the same order.
            pub const STORED: &'static [&'static str] = &[$($stored),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Status::$variant => $stored),* }
            }

            pub fn label(self) -> &'static str {
                match self { $(Status::$variant => $label),* }
            }

            /// The column has no constraint: it may hold a text that is none of these.
            pub fn from_stored(stored: &str) -> Option<Status> {
                Status::ALL.iter().copied().find(|status| status.as_str() == stored)
            }
        }
    };
}

statuses! {
    ApprovedFully => "approved_fully", "Approved fully";
    ApprovedSubjectTo => "approved_subject_to", "Approved subject to";
    Completed => "completed", "Completed";
    Submitted => "submitted", "Submitted";
    Ongoing => "ongoing", "Ongoing";
    Rejected => "rejected", "Rejected";
    Deferred => "deferred", "Deferred";
}
