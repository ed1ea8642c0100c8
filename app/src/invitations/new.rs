use leptos::prelude::*;

use super::{
    api::{InvitationOffer, SendInvitation, offer_invitation},
    dialogs::{Revealed, back},
    expiry::ExpiryField,
};
use crate::{
    form::Form,
    layout::fail_or,
    list::initial,
    ui::{Button, ButtonKind, Modal, ModalActions, TextField},
    users::PlacementFields,
};

#[component]
pub fn NewInvitation() -> impl IntoView {
    let organization = initial("organization");
    let offer = {
        let organization = organization.clone();
        Resource::new_blocking(move || organization.clone(), offer_invitation)
    };
    let action = ServerAction::<SendInvitation>::new();
    view! {
        <Modal title="New Invitation" back=back()>
            <Suspense>
                {move || {
                    let organization = organization.clone();
                    Suspend::new(async move {
                        fail_or(offer.await, |offer| {
                            view! {
                                <Form action refused="Nobody was invited">
                                    <Revealed>
                                        <Fields organization=organization.clone() offer=offer.clone() />
                                    </Revealed>
                                </Form>
                            }
                            .into_any()
                        })
                    })
                }}
            </Suspense>
        </Modal>
    }
}

#[component]
fn Fields(organization: String, offer: InvitationOffer) -> impl IntoView {
    view! {
        <TextField name="email" label="Email" kind="email" required=true autocomplete="off" autofocus=true />
        <PlacementFields organization choices=offer.choices />
        <ExpiryField now=offer.now />
        <ModalActions back=back()>
            <Button kind=ButtonKind::Primary>"Send"</Button>
        </ModalActions>
    }
    .into_any()
}
