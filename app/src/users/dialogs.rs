use domain::user::UserState;
use leptos::prelude::*;

use super::{
    api::{
        ChangeUser, CreateUser, DeleteUser as DeleteUserAct, GetUser, GetUserToEdit, ResetSecondFactor, SetUserState,
        UserToEdit, UserView,
    },
    form::UserFields,
};
use crate::{
    form::{Act, Form, VersionField},
    layout::Failure,
    list::{back_to, id_param, initial},
    organizations::OfferOrganizations,
    paths,
    reading::{read, show, show_either},
    ui::{Alert, Button, ButtonKind, Modal, ModalActions, Tone},
};

fn back() -> String {
    back_to(paths::USERS)
}

#[component]
pub fn NewUser() -> impl IntoView {
    let organization = initial("organization");
    let choices = {
        let organization = organization.clone();
        read(move || OfferOrganizations {
            chosen: organization.clone(),
        })
    };
    view! {
        <Modal title="New User" back=back()>
            {show(choices, move |choices| {
                let organization = organization.clone();
                view! {
                    <Form act={Act::of::<CreateUser>()}>
                        <UserFields organization choices />
                        <ModalActions back=back()>
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
pub fn EditUser() -> impl IntoView {
    let found = read(|| GetUserToEdit { id: id_param() });
    view! {
        <Modal title="Edit User" back=back()>
            {show(found, |UserToEdit { user, choices }| {
                if !user.may_touch {
                    return view! { <OutOfReach user /> }.into_any();
                }
                view! {
                    <Form act={Act::of::<ChangeUser>()}>
                        <input type="hidden" name="id" value=user.id.clone() />
                        <VersionField version=user.version />
                        <UserFields user=Some(user) choices />
                        <ModalActions back=back()>
                            <Button kind=ButtonKind::Primary>"Save"</Button>
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}

/// Suspends an active user, and reactivates a suspended one.
#[component]
pub fn SuspendUser() -> impl IntoView {
    let user = read(|| GetUser { id: id_param() });
    view! {
        {show_either(user, |user| match user {
            Ok(user) => view! { <StateDialog user /> }.into_any(),
            Err(error) => view! {
                <Modal title="Suspend User?" back=back()>
                    <Failure error />
                </Modal>
            }
            .into_any(),
        })}
    }
}

#[component]
fn StateDialog(user: UserView) -> impl IntoView {
    let (title, state, button, kind, consequence) = match user.state {
        UserState::Active => (
            "Suspend User?",
            UserState::Suspended,
            "Suspend",
            ButtonKind::Danger,
            "is signed out everywhere at once and cannot sign in until reactivated. Nothing is deleted, and the seat \
             stays taken.",
        ),
        UserState::Suspended => (
            "Reactivate User?",
            UserState::Active,
            "Reactivate",
            ButtonKind::Primary,
            "can sign in again, with the same password.",
        ),
    };
    if !user.may_touch || user.is_self {
        return view! {
            <Modal title back=back()>
                <OutOfReach user />
            </Modal>
        }
        .into_any();
    }
    view! {
        <Modal title back=back()>
            <Form act={Act::of::<SetUserState>()} refused="Nothing was changed">
                <input type="hidden" name="id" value=user.id.clone() />
                <VersionField version=user.version />
                <input type="hidden" name="state" value=state.key() />
                <p>
                    <strong>{user.name}</strong>
                    " ("
                    {user.email}
                    ") "
                    {consequence}
                </p>
                <ModalActions back=back()>
                    <Button kind=kind>{button}</Button>
                </ModalActions>
            </Form>
        </Modal>
    }
    .into_any()
}

/// For somebody who has lost their authenticator.
#[component]
pub fn ResetUserFactor() -> impl IntoView {
    let user = read(|| GetUser { id: id_param() });
    view! {
        <Modal title="Reset Second Factor?" back=back()>
            {show(user, |user| {
                if !user.may_touch || user.is_self {
                    return view! { <OutOfReach user /> }.into_any();
                }
                view! {
                    <Form act={Act::of::<ResetSecondFactor>()} refused="Nothing was changed">
                        <input type="hidden" name="id" value=user.id.clone() />
                        <p>
                            <strong>{user.name}</strong>
                            " ("
                            {user.email}
                            ") is signed out everywhere, and signs in by password alone until a second factor is set up \
                             again. Make sure that it is this person who asks: call them, for example."
                        </p>
                        <ModalActions back=back()>
                            <Button kind=ButtonKind::Danger>"Reset"</Button>
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}

#[component]
pub fn DeleteUser() -> impl IntoView {
    let user = read(|| GetUser { id: id_param() });
    view! {
        <Modal title="Delete User?" back=back()>
            {show(user, |user| {
                if !user.may_touch || user.is_self {
                    return view! { <OutOfReach user /> }.into_any();
                }
                view! {
                    <Form act={Act::of::<DeleteUserAct>()} refused="This was not deleted">
                        <input type="hidden" name="id" value=user.id.clone() />
                        <p>
                            "You are about to delete "
                            <strong>{user.name}</strong>
                            " ("
                            {user.email}
                            ") for good."
                        </p>
                        <p>
                            "Deleted users cannot recover their account. All associated session data will be removed."
                        </p>
                        <ModalActions back=back()>
                            <Button kind=ButtonKind::Danger>"Delete"</Button>
                        </ModalActions>
                    </Form>
                }
                .into_any()
            })}
        </Modal>
    }
}

/// An Org Admin sees an Admin of the organization, and no more than that; nobody ends their own account.
#[component]
fn OutOfReach(user: UserView) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if !user.is_self {
        crate::server::set_status(403);
    }
    let (title, text) = if user.is_self {
        (
            "This is you",
            "You cannot do this to your own account. Ask another administrator.".to_owned(),
        )
    } else {
        let text = format!("{} is an Admin. Ask an Admin of this installation.", user.name);
        ("Only an Admin can do this", text)
    };
    view! {
        <Alert tone=Tone::Warning title=title>
            <p>{text}</p>
        </Alert>
        <ModalActions back=back()>""</ModalActions>
    }
}
