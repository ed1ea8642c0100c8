//! The dialogs about one invitation: send it again, show a new link, delete it.

use domain::invitation::InvitationStatus;
use leptos::prelude::*;

use super::api::{
    CopyInvitationLink, DeleteInvitation as DeleteInvitationAct, GetInvitation, InvitationView,
    ResendInvitation as ResendInvitationAct,
};
use crate::{
    form::{Act, Form, VersionField, use_revealed},
    list::{back_to, id_param},
    paths,
    reading::{read, show},
    ui::{Alert, Button, ButtonKind, CopyField, Modal, ModalActions, Tone, WayBack},
};

pub(super) fn back() -> String {
    back_to(paths::INVITATIONS)
}

/// A dialog about the invitation of the address.
fn dialog(title: &'static str, content: impl Fn(InvitationView) -> AnyView + Copy + Send + Sync + 'static) -> AnyView {
    let found = read(|| GetInvitation { id: id_param() });
    view! {
        <Modal title back=back()>
            {show(found, content)}
        </Modal>
    }
    .into_any()
}

#[component]
pub fn ResendInvitation() -> impl IntoView {
    dialog("Resend Invitation?", move |invitation| {
        if !invitation.is_open() {
            return view! { <AlreadyAccepted /> }.into_any();
        }
        // After a failure the same act is the next try.
        let has_failed = invitation.delivery.as_ref().is_some_and(|delivery| delivery.has_failed);
        let button = if has_failed { "Retry now" } else { "Resend" };
        view! {
            <Form act={Act::of::<ResendInvitationAct>()} refused="Nothing was sent">
                <input type="hidden" name="id" value=invitation.id.clone() />
                <VersionField version=invitation.version />
                <Revealed>
                    <p>
                        <strong>{invitation.email.clone()}</strong>
                        {format!(
                            " gets a new link, valid for {}. The link made before stops working.",
                            invitation.lifetime,
                        )}
                    </p>
                    <ModalActions back=back()>
                        <Button kind=ButtonKind::Primary>{button}</Button>
                    </ModalActions>
                </Revealed>
            </Form>
        }
        .into_any()
    })
}

#[component]
pub fn InvitationLink() -> impl IntoView {
    dialog("Invitation link", move |invitation| {
        if !invitation.is_open() {
            return view! { <AlreadyAccepted /> }.into_any();
        }
        view! {
            <Form act={Act::of::<CopyInvitationLink>()} refused="There is no new link">
                <input type="hidden" name="id" value=invitation.id.clone() />
                <VersionField version=invitation.version />
                <Revealed>
                    <p>
                        {format!(
                            "A new link is made, valid for {}, and shown here once. The link made before stops \
                            working. Give the new one to nobody but ",
                            invitation.lifetime,
                        )} <strong>{invitation.email.clone()}</strong> "."
                    </p>
                    <ModalActions back=back()>
                        <Button kind=ButtonKind::Primary>"Copy link"</Button>
                    </ModalActions>
                </Revealed>
            </Form>
        }
        .into_any()
    })
}

#[component]
pub fn DeleteInvitation() -> impl IntoView {
    dialog("Delete Invitation?", move |invitation| {
        let consequence = match invitation.status {
            InvitationStatus::Pending => "Deleting a pending invitation prevents the recipient from using the link.",
            InvitationStatus::Accepted => "The account that it brought stays.",
            InvitationStatus::Expired => "Its link has expired already.",
        };
        view! {
            <Form act={Act::of::<DeleteInvitationAct>()} refused="This was not deleted">
                <input type="hidden" name="id" value=invitation.id.clone() />
                <VersionField version=invitation.version />
                <p>
                    "You are about to delete the invitation of " <strong>{invitation.email}</strong> " for good. "
                    {consequence}
                </p>
                <ModalActions back=back()>
                    <Button kind=ButtonKind::Danger>"Delete"</Button>
                </ModalActions>
            </Form>
        }
        .into_any()
    })
}

#[component]
fn AlreadyAccepted() -> impl IntoView {
    view! {
        <Alert tone=Tone::Info>
            <p>"This invitation has already been accepted."</p>
        </Alert>
        <ModalActions back=back()>""</ModalActions>
    }
}

/// Inside of a form: its children, until its act reveals a link, which is shown in their place.
#[component]
pub(super) fn Revealed(children: ChildrenFn) -> impl IntoView {
    let revealed = use_revealed();
    move || match revealed.get() {
        None => children().into_any(),
        Some(link) => view! {
            <Alert tone=Tone::Success title="This link is shown once">
                <p>"Copy it now and give it to the person whom you invite. It cannot be shown again."</p>
            </Alert>
            <CopyField label="Invitation link" value=link />
            <div class="c-modal__actions">
                <WayBack href=back() class="c-button c-button--primary">
                    "Done"
                </WayBack>
            </div>
        }
        .into_any(),
    }
}
