use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::api::{ChangeTier, CreateTier, DeleteTier as DeleteTierAct, TierForm, get_tier};
use crate::{
    AppError,
    form::{Form, VersionField},
    layout::{Failure, fail_or},
    paths,
    session::use_session,
    ui::{Alert, Button, ButtonKind, Modal, ModalActions, TextArea, TextField, Tone},
};
use domain::role::{Permission, Role};

const BACK: &str = paths::TIERS;

fn id_param() -> String {
    use_params_map().with_untracked(|params| params.get("id").unwrap_or_default())
}

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
    let action = ServerAction::<CreateTier>::new();
    view! {
        <Modal title="New Tier" back=BACK>
            <Form action>
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
    let tier = Resource::new_blocking(id_param, get_tier);
    let action = ServerAction::<ChangeTier>::new();
    view! {
        <Modal title="Edit Tier" back=BACK>
            <Suspense>
                {move || Suspend::new(async move {
                    fail_or(tier.await, |tier| {
                        view! {
                            <Form action>
                                <input type="hidden" name="id" value=tier.id.clone() />
                                <VersionField version=tier.version />
                                <Fields form=tier.form />
                                <ModalActions back=BACK>
                                    <Button kind=ButtonKind::Primary>"Save"</Button>
                                </ModalActions>
                            </Form>
                        }
                        .into_any()
                    })
                })}
            </Suspense>
        </Modal>
    }
}

#[component]
fn Fields(#[prop(optional)] form: TierForm) -> impl IntoView {
    let empty = "Empty means unlimited.";
    view! {
        <TextField name="name" label="Name" value=form.name required=true maxlength=100 autofocus=true />
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
            maxlength=3
            hint="Three letters, for example EUR. Needed beside a price."
        />
    }
}

#[component]
pub fn DeleteTier() -> impl IntoView {
    let tier = Resource::new_blocking(id_param, get_tier);
    let action = ServerAction::<DeleteTierAct>::new();
    view! {
        <Modal title="Delete Tier?" back=BACK>
            <Suspense>
                {move || Suspend::new(async move {
                    fail_or(tier.await, |tier| {
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
                            <Form action refused="This was not deleted">
                                <input type="hidden" name="id" value=tier.id.clone() />
                                <VersionField version=tier.version />
                                <p>"You are about to delete the tier " <strong>{tier.name}</strong> " for good."</p>
                                {used}
                                <ModalActions back=BACK>
                                    <Button kind=ButtonKind::Danger>"Delete"</Button>
                                </ModalActions>
                            </Form>
                        }
                        .into_any()
                    })
                })}
            </Suspense>
        </Modal>
    }
}
