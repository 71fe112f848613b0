#![allow(clippy::unwrap_used)]
use std::io::Read;
fn main() {
    let mut s = String::new();
    std::io::stdin().read_to_string(&mut s).unwrap();
    if std::env::args().nth(1).as_deref() == Some("svg") {
        let p = pipeline::parse(&s).unwrap();
        let nodes: Vec<_> = p.actions.iter().map(|a| pipeline::graph::GraphNode { name: a.name.clone(), needs: a.needs.clone() }).collect();
        let t = std::time::Instant::now();
        let l = pipeline::graph::layout(&nodes);
        eprintln!("{:?} {}x{} {} nodes {} edges", t.elapsed(), l.width, l.height, l.nodes.len(), l.edges.len());
        println!("<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='{}'><rect width='100%' height='100%' fill='white'/>", l.width, l.height);
        for e in &l.edges { println!("<path d='{}' fill='none' stroke='#888'/>", e.path); }
        for n in &l.nodes { println!("<rect x='{}' y='{}' width='188' height='32' rx='4' fill='#eef' stroke='#446'/><text x='{}' y='{}' font-size='9'>{}</text>", n.x, n.y, n.x+5.0, n.y+20.0, &n.name.chars().take(32).collect::<String>()); }
        println!("</svg>");
        return;
    }
    let texts: Vec<String> = serde_json::from_str(&s).unwrap();
    for t in texts { println!("{}", pipeline::report::json_line("x", &t)); }
}
