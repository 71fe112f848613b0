//! Where a page stands: the project and workspace that its breadcrumbs name. Fields of many view-models.

use domain::{projects::Project, workspaces::Workspace};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Place {
    pub project_name: String,
    pub project_title: String,
    pub project_url: String,
    pub workspace_name: String,
    pub workspace_url: String,
}

impl Place {
    pub fn of(workspace: &Workspace) -> Place {
        Place {
            project_name: workspace.project.name.clone(),
            project_title: workspace.project.title(),
            project_url: workspace.project.url(),
            workspace_name: workspace.name.clone(),
            workspace_url: workspace.url(),
        }
    }
}

/// The same for a page of a project alone.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectPlace {
    pub project_name: String,
    pub project_title: String,
    pub project_url: String,
}

impl ProjectPlace {
    pub fn of(project: &Project) -> ProjectPlace {
        ProjectPlace {
            project_name: project.name.clone(),
            project_title: project.title(),
            project_url: project.url(),
        }
    }
}
