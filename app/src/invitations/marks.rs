//! How an invitation's status and its mail's fate are told, in the list and on its page.

use domain::invitation::InvitationStatus;
use leptos::prelude::*;

use super::api::Delivery;
use crate::ui::{Badge, Tone};

#[component]
pub fn StatusBadge(status: InvitationStatus) -> impl IntoView {
    let tone = match status {
        InvitationStatus::Pending => Tone::Info,
        InvitationStatus::Accepted => Tone::Success,
        InvitationStatus::Expired => Tone::Warning,
    };
    view! { <Badge tone>{status.label()}</Badge> }
}

/// The fate of the mail; only a failure stands out.
#[component]
pub fn DeliveryMark(delivery: Option<Delivery>) -> impl IntoView {
    match delivery {
        None => "–".into_any(),
        Some(Delivery { label, has_failed, .. }) if has_failed => {
            view! { <Badge tone=Tone::Danger>{label}</Badge> }.into_any()
        }
        Some(Delivery { label, .. }) => label.into_any(),
    }
}
