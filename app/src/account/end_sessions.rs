use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::{
    api::{EndSessions, OwnSessions},
    second_factor::CurrentPassword,
};
use crate::{
    form::{Act, Form},
    paths,
    reading::{read, show},
    ui::{Breadcrumb, Button, ButtonKind, Card, Crumb, LinkButton, PageHeader},
};

/// Ends one of the own sessions, or all but this one. The password shows first whose they are.
#[component]
pub fn EndSessionsPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("session").unwrap_or_default());
    let sessions = read(|| OwnSessions {});
    view! {
        <Title text="Sign out elsewhere" />
        <Breadcrumb crumbs=vec![Crumb::link("Account", paths::ACCOUNT), Crumb::here("Sign out elsewhere")] />
        <PageHeader title="Sign out elsewhere" />
        {show(sessions, move |sessions| {
            let id = id.clone();
            let chosen = sessions.into_iter().find(|session| session.id == id);
            let (what, button) = match chosen {
                Some(session) => {
                    (format!("{} at {} is signed out.", session.browser, session.address), "Sign out")
                }
                None if id.is_empty() => {
                    ("Every browser but this one is signed out.".to_owned(), "Sign out everywhere else")
                }
                None => return view! { <EndedAlready /> }.into_any(),
            };
            view! {
                <Card title="Sessions">
                    <p>{what}</p>
                    <Form act={Act::of::<EndSessions>()} refused="Nothing was changed">
                        <input type="hidden" name="session" value=id />
                        <CurrentPassword autofocus=true />
                        <div class="l-row">
                            <Button kind=ButtonKind::Primary>{button}</Button>
                            <LinkButton href=paths::ACCOUNT>"Cancel"</LinkButton>
                        </div>
                    </Form>
                </Card>
            }
            .into_any()
        })}
    }
}

#[component]
fn EndedAlready() -> impl IntoView {
    view! {
        <Card title="Sessions">
            <p>"That session has ended already."</p>
            <div class="l-row">
                <LinkButton href=paths::ACCOUNT>"Back to your account"</LinkButton>
            </div>
        </Card>
    }
}
