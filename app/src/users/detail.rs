use domain::user::UserState;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::api::{EndUserSessions, GetUserDetail, UserDetail, UserView};
use crate::{
    form::{Act, Form},
    list::{Shown, When, current_search},
    paths,
    reading::{follow, show},
    session::{Sessions, SignedInView},
    ui::{Badge, Breadcrumb, Button, ButtonKind, Card, Crumb, KeyValue, KeyValues, LinkButton, PageHeader, Tone},
};

const PATH: &str = paths::USERS;

/// One user, with where they are signed in.
#[component]
pub fn UserPage() -> impl IntoView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let found = follow(move || GetUserDetail { id: id() });
    view! {
        {show(found, |detail| view! { <Detail detail /> }.into_any())}
    }
}

#[component]
fn Detail(detail: UserDetail) -> impl IntoView {
    let UserDetail {
        user,
        password,
        sessions,
        second_factor,
    } = detail;
    let search = current_search().get_untracked();
    let act = |verb| paths::act_from_detail(PATH, &user.id, verb, &search);
    let change = match user.state {
        UserState::Active => "Suspend",
        UserState::Suspended => "Reactivate",
    };
    let edit = user
        .may_touch
        .then(|| view! { <LinkButton href=act("edit")>"Edit"</LinkButton> });
    let reset = (second_factor.is_some() && !user.is_self)
        .then(|| view! { <LinkButton href=act("second-factor")>"Reset second factor"</LinkButton> });
    let rest = (user.may_touch && !user.is_self).then(|| {
        view! {
            <LinkButton href=act("suspend")>{change}</LinkButton>
            <LinkButton href=act("delete") kind=ButtonKind::Danger>
                "Delete"
            </LinkButton>
        }
    });
    let audit = format!("{}?object={}", paths::AUDIT, user.id);
    view! {
        <Title text=user.name.clone() />
        <Breadcrumb crumbs=vec![Crumb::link("Users", paths::with_query(PATH, &search)), Crumb::here(user.name.clone())] />
        <PageHeader title=user.name.clone()>{edit} {reset} {rest}</PageHeader>
        <Facts user=user.clone() password second_factor audit />
        <SignedIn user sessions />
    }
    .into_any()
}

#[component]
fn Facts(user: UserView, password: String, #[prop(into)] second_factor: Option<Shown>, audit: String) -> impl IntoView {
    let organization = match user.organization {
        Some((id, name)) => view! { <a href=paths::detail(paths::ORGANIZATIONS, &id)>{name}</a> }.into_any(),
        None => "None (Global Administrator)".into_any(),
    };
    let second_factor = match second_factor {
        Some(since) => view! { "On, since " <When shown=since /> }.into_any(),
        None if user.may_touch => "Off".into_any(),
        None => "–".into_any(),
    };
    let state = match user.state {
        UserState::Active => user.state.label().into_any(),
        UserState::Suspended => view! { <Badge tone=Tone::Warning>{user.state.label()}</Badge> }.into_any(),
    };
    view! {
        <Card title="User">
            <KeyValues>
                <KeyValue label="Email">{user.email}</KeyValue>
                <KeyValue label="Role">{user.role.label()}</KeyValue>
                <KeyValue label="Organization">{organization}</KeyValue>
                <KeyValue label="State">{state}</KeyValue>
                <KeyValue label="Password">{password}</KeyValue>
                <KeyValue label="Second factor">{second_factor}</KeyValue>
                <KeyValue label="Last sign-in">
                    {match user.last_sign_in {
                        Some(shown) => view! { <When shown /> }.into_any(),
                        None => "Never".into_any(),
                    }}
                </KeyValue>
                <KeyValue label="History">
                    <a href=audit>"Show audit log"</a>
                </KeyValue>
                <KeyValue label="Created">
                    <When shown=user.created />
                </KeyValue>
                <KeyValue label="Changed">
                    <When shown=user.updated />
                </KeyValue>
                <KeyValue label="ID">
                    <code>{user.id}</code>
                </KeyValue>
            </KeyValues>
        </Card>
    }
}

/// Sessions, which whoever may not touch the user does not see.
#[component]
fn SignedIn(user: UserView, sessions: Option<Vec<SignedInView>>) -> impl IntoView {
    let content = match sessions {
        None => view! { <p>"Only an Admin sees where an Admin is signed in."</p> }.into_any(),
        Some(sessions) if sessions.is_empty() => view! { <p>"Not signed in anywhere."</p> }.into_any(),
        Some(sessions) => {
            let act = if user.is_self {
                view! {
                    <div>
                        <LinkButton href=paths::ACCOUNT_SESSIONS>"Sign out everywhere else"</LinkButton>
                    </div>
                }
                .into_any()
            } else {
                view! {
                    <Form act={Act::of::<EndUserSessions>()} refused="Nothing was changed">
                        <input type="hidden" name="id" value=user.id />
                        <div>
                            <Button>"Sign out everywhere"</Button>
                        </div>
                    </Form>
                }
                .into_any()
            };
            view! {
                <Sessions sessions />
                {act}
            }
            .into_any()
        }
    };
    view! { <Card title="Sessions">{content}</Card> }
}
