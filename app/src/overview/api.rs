//! The server functions of the overview and what they send: every number as it is told.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AppError, form::Done, list::Shown};

/// The caller's scope in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewView {
    pub figures: Vec<Figure>,
    pub attention: Vec<Attention>,
    /// Over the last 30 and 90 days.
    pub acceptance: [Acceptance; 2],
    pub weeks: Vec<Week>,
    pub expiring: Vec<Expiring>,
    /// How many users did not sign in for 90 days.
    pub unseen: String,
}

/// A number that leads to its list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    pub label: String,
    pub value: String,
    pub href: String,
}

/// What an Admin should do something about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    pub title: String,
    pub text: String,
}

/// What became of the invitations of some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// "Last 30 days".
    pub label: String,
    /// "67%", or "–" when nothing was sent.
    pub rate: String,
    /// "2 of 3 accepted, after 5 hours in the mean".
    pub told: String,
}

/// The invitations that were first sent in a week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// The week's first day: "24 Nov".
    pub label: String,
    /// Percent, and as it is told.
    pub rate: i64,
    pub rate_told: String,
    /// Hours from sending to accepting in the mean, and as it is told.
    pub hours: i64,
    pub time_told: String,
}

/// A pending invitation to follow up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    pub id: String,
    pub email: String,
    pub organization: String,
    pub expires: Shown,
}

/// How mail is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// None when there is no mail server.
    pub server: Option<String>,
    pub queued: String,
    pub failed: String,
    pub last_answer: Option<String>,
    pub last_sent: Option<Shown>,
}

#[cfg(feature = "ssr")]
mod convert;

/// How the caller's scope is doing.
#[server(endpoint = "overview", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_overview() -> Result<OverviewView, AppError> {
    use crate::server;

    let overview = server::access().await?.management()?.overview().await?;
    Ok(OverviewView::new(overview, server::backend()?.clock().now()))
}

/// How mail is doing, for Admins.
#[server(endpoint = "overview/mail", input = server_fn::codec::GetUrl, output = crate::compact::Answer)]
pub async fn get_mail_status() -> Result<MailView, AppError> {
    use crate::server;

    let status = server::access().await?.administration()?.mail_status().await?;
    Ok(MailView::new(status, server::backend()?.clock().now()))
}

/// Sends a test e-mail to the caller.
#[server(endpoint = "overview/test-mail", input = crate::fields::Form, output = crate::compact::Answer)]
pub async fn send_test_mail() -> Result<Done, AppError> {
    use crate::{paths, server};

    let access = server::access().await?;
    access.administration()?.send_test_mail().await?;
    let message = if server::backend()?.settings().mail.has_server() {
        format!("A test e-mail to {} is on its way.", access.caller().user.email)
    } else {
        "There is no mail server: the test e-mail was written as a file into the data folder.".to_owned()
    };
    Ok(Done::on_to(paths::HOME, message))
}
