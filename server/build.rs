//! The assets are embedded from folders that must exist when the server is compiled, even before the first bundle.

fn main() -> std::io::Result<()> {
    for folder in ["../target/site-dev", "../target/site"] {
        std::fs::create_dir_all(folder)?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../target/site");
    }
    Ok(())
}
