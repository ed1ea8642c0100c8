use leptos::prelude::*;

use super::api::{ChangeTier, CreateTier, DeleteTier as DeleteTierAct, GetTier, TierForm};
use crate::{
    AppError,
    form::{Act, Form, VersionField},
    layout::Failure,
    list::id_param,
    paths,
    reading::{read, show},
    session::use_session,
    ui::{Alert, Button, ButtonKind, Modal, ModalActions, TextArea, TextField, Tone},
};
use domain::role::{Permission, Role};

const BACK: &str = paths::TIERS;

#[component]
pub fn NewTier() -> impl IntoView {
    if !use_session().allows(Permission::ManageTiers) {
        let error = AppError::Forbidden {
            needs: Role::needed_for(Permission::ManageTiers),
        };
        return view! {
            <Modal title="New Tier" back=BACK>
                <Failure error />
            </Modal>
        }
        .into_any();
    }
    view! {
        <Modal title="New Tier" back=BACK>
            <Form act={Act::of::<CreateTier>()}>
                <Fields />
                <ModalActions back=BACK>
                    <Button kind=ButtonKind::Primary>"Save"</Button>
                </ModalActions>
            </Form>
        </Modal>
    }
    .into_any()
}

#[component]
pub fn EditTier() -> impl IntoView {
    let tier = read(|| GetTier { id: id_param() });
    view! {
        <Modal title="Edit Tier" back=BACK>
            {show(tier, |tier| {
                view! {
                    <Form act={Act::of::<ChangeTier>()}>
                        <input type="hidden" name="id" value=tier.id.clone() />
                        <VersionField version=tier.version />
                        <Fields form=tier.form />
                        <ModalActions back=BACK>
                            <Button kind=ButtonKind::Primary>"Save"</Button>
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}

#[component]
fn Fields(#[prop(optional)] form: TierForm) -> impl IntoView {
    let empty = "Empty means unlimited.";
    view! {
        <TextField name="name" label="Name" value=form.name required=true autofocus=true />
        <TextField name="seats" label="Seats" value=form.seats hint=format!("Users plus pending invitations. {empty}") />
        <TextField
            name="credits"
            label="AI usage limit"
            value=form.credits
            hint=format!("Whole credits a month. {empty}")
        />
        <TextArea name="features" label="Features" value=form.features hint="One a line: what is switched on." />
        <TextField name="price" label="Price a month" value=form.price hint="For example 49 or 49.90." />
        <TextField
            name="currency"
            label="Currency"
            value=form.currency
            hint="Three letters, for example EUR. Needed beside a price."
        />
    }
}

#[component]
pub fn DeleteTier() -> impl IntoView {
    let tier = read(|| GetTier { id: id_param() });
    view! {
        <Modal title="Delete Tier?" back=BACK>
            {show(tier, |tier| {
                let used = tier.is_used.then(|| {
                    view! {
                        <Alert tone=Tone::Warning title="In use">
                            <p>
                                {tier.organizations.clone()}
                                " would lose the limits. Give them another tier first."
                            </p>
                        </Alert>
                    }
                });
                view! {
                    <Form act={Act::of::<DeleteTierAct>()} refused="This was not deleted">
                        <input type="hidden" name="id" value=tier.id.clone() />
                        <VersionField version=tier.version />
                        <p>"You are about to delete the tier " <strong>{tier.name}</strong> " for good."</p>
                        {used}
                        <ModalActions back=BACK>
                            {(!tier.is_used).then(|| view! { <Button kind=ButtonKind::Danger>"Delete"</Button> })}
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}
