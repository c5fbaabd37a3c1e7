//! Has the package built again when a file comes into a folder that is compiled in, or leaves it:
//! `include_dir!` sees only those that it included.

fn main() {
    println!("cargo::rerun-if-changed=cases");
    println!("cargo::rerun-if-changed=profiles");
}
