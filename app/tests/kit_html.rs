//! Writes the kit pages as plain HTML files with all style inlined, to look at in a browser without a server.
#![cfg(all(feature = "ssr", debug_assertions))]

use std::path::{Path, PathBuf};
use std::{fs, io};

use app::kit::{KitModalPage, KitPage, KitPlainPage};
use leptos::prelude::*;

#[test]
fn kit_pages_render_without_a_browser() -> io::Result<()> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kit");
    fs::create_dir_all(&folder)?;
    let style = style()?;
    for theme in ["light", "dark"] {
        for (name, html) in [
            ("kit", rendered(|| view! { <KitPage /> }.into_any())),
            ("modal", rendered(|| view! { <KitModalPage /> }.into_any())),
            ("plain", rendered(|| view! { <KitPlainPage /> }.into_any())),
        ] {
            assert!(
                !html.contains(" style="),
                "the content security policy blocks style attributes"
            );
            assert!(!html.contains("<script"), "nothing here may need a script");
            // As rendered, and as it is once the browser has woken it.
            for (state, html) in [("", html.clone()), ("-awake", html.replace(" hidden", ""))] {
                let page = format!(
                    "<!DOCTYPE html><html lang=\"en\" data-theme=\"{theme}\"><head><meta charset=\"utf-8\">\
                     <meta name=\"viewport\" content=\"width=device-width\"><title>Kit</title><style>{style}</style></head>\
                     <body>{html}</body></html>"
                );
                fs::write(folder.join(format!("{name}-{theme}{state}.html")), page)?;
            }
        }
    }
    Ok(())
}

fn rendered(view: fn() -> AnyView) -> String {
    let owner = Owner::new();
    owner.set();
    view().to_html()
}

/// All style in the order of its layers.
fn style() -> io::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
    let mut files = vec![
        folder.join("tokens.css"),
        folder.join("base.css"),
        folder.join("layout.css"),
    ];
    let mut components = fs::read_dir(folder.join("components"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    components.sort();
    files.append(&mut components);
    files.iter().map(fs::read_to_string).collect()
}
