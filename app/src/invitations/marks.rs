//! How an invitation's status and its mail's fate are told, in the list and on its page.

use domain::invitation::InvitationStatus;
use leptos::prelude::*;

use super::api::Delivery;
use crate::ui::{Badge, Tone};

#[component]
pub fn StatusBadge(status: InvitationStatus) -> impl IntoView {
    view! { <Badge tone=status_tone(status)>{status.label()}</Badge> }
}

pub(super) fn status_tone(status: InvitationStatus) -> Tone {
    match status {
        InvitationStatus::Pending => Tone::Info,
        InvitationStatus::Accepted => Tone::Success,
        InvitationStatus::Expired => Tone::Warning,
    }
}

/// The fate of the mail; only a failure stands out.
#[component]
pub fn DeliveryMark(delivery: Delivery) -> impl IntoView {
    let Delivery { label, has_failed, .. } = delivery;
    if has_failed {
        return view! { <Badge tone=Tone::Danger>{label}</Badge> }.into_any();
    }
    label.into_any()
}
