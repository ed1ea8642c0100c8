use leptos::prelude::*;

use super::{
    api::{InvitationOffer, OfferInvitation, SendInvitation},
    dialogs::{Revealed, back},
    expiry::ExpiryField,
};
use crate::{
    form::{Act, Form},
    list::initial,
    reading::{read, show},
    ui::{Button, ButtonKind, Modal, ModalActions, TextField},
    users::PlacementFields,
};

#[component]
pub fn NewInvitation() -> impl IntoView {
    let organization = initial("organization");
    let offer = {
        let organization = organization.clone();
        read(move || OfferInvitation {
            chosen: organization.clone(),
        })
    };
    view! {
        <Modal title="New Invitation" back=back()>
            {show(offer, move |offer| {
                let organization = organization.clone();
                view! {
                    <Form act={Act::of::<SendInvitation>()} refused="Nobody was invited">
                        <Revealed>
                            <Fields organization=organization.clone() offer=offer.clone() />
                        </Revealed>
                    </Form>
                }
                .into_any()
            })}
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
