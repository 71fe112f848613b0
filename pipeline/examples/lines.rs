use std::io::Read;
fn main() {
    let mut s = String::new();
    std::io::stdin().read_to_string(&mut s).unwrap();
    let texts: Vec<String> = serde_json::from_str(&s).unwrap();
    for t in texts { println!("{}", pipeline::report::json_line("x", &t)); }
}
