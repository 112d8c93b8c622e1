//! How fast the suite runs in wasmi, and what the trait costs against calling wasmi directly, as a
//! ratio within one run: `cargo bench`.

use std::rc::Rc;
use std::time::{Duration, Instant};

use samebytes::engine::{Agent, Engine, Host, Interruption};
use samebytes::value::Value;
use samebytes::{Suite, Verdict};
use samebytes_wasmi::Wasmi;
use wasmi::{Instance, Store, Val};

/// Sums `n` bytes; with 0 of them, nothing but a call.
const GUEST: &str = r#"
    (module
      (memory 1)
      (func (export "sum") (param $n i32) (result i32) (local $sum i32)
        (block $done
          (loop $next
            (br_if $done (i32.eqz (local.get $n)))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum) (i32.load8_u (local.get $n))))
            (br $next)))
        (local.get $sum)))
"#;

/// So many cases fill 2 or 4 GiB, which takes as long as the machine needs to zero them.
const LARGE: usize = 4;

struct Nobody;

impl Host for Nobody {
    fn call(&self, _: &mut dyn Agent, _: u32, _: Vec<Value>) -> Result<Vec<Value>, Interruption> {
        Err(Interruption::Stopped)
    }
}

fn main() {
    let begun = Instant::now();
    let report = Suite::bundled().with_engine(Wasmi::new()).run();
    let took = begun.elapsed();
    let ran = report.cases.iter().filter(|case| case.verdict != Verdict::Unsupported).count();
    println!("{report}");
    println!("all {ran} cases that wasmi can run: {:.2} s, of which", took.as_secs_f64());
    let mut cases: Vec<_> = report.cases.iter().filter(|case| case.verdict != Verdict::Unsupported).collect();
    cases.sort_by_key(|case| std::cmp::Reverse(case.took));
    let (large, rest) = cases.split_at(LARGE);
    for case in large {
        println!("  {:.2} s {}", case.took.as_secs_f64(), case.id);
    }
    let rest_took: Duration = rest.iter().map(|case| case.took).sum();
    let per_500 = rest_took.as_secs_f64() * 500.0 / rest.len() as f64;
    println!("  {:.2} s the other {}: {per_500:.2} s for 500", rest_took.as_secs_f64(), rest.len());

    for (what, bytes, rounds) in [("an empty call", 0, 200_000), ("a call that sums 1000 bytes", 1000, 2_000)] {
        let ratio = (0..7).map(|_| overhead(bytes, rounds)).fold(f64::INFINITY, f64::min);
        println!("{what}: through the trait / directly = {ratio:.2}");
    }
}

fn overhead(bytes: i32, rounds: u32) -> f64 {
    let engine = wasmi::Engine::default();
    let wasm = wat::parse_str(GUEST).expect("the guest");
    let module = wasmi::Module::new(&engine, &wasm).expect("the guest");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    let sum = instance.get_func(&store, "sum").expect("its function");
    let begun = Instant::now();
    for _ in 0..rounds {
        let mut results = [Val::I32(0)];
        sum.call(&mut store, &[Val::I32(bytes)], &mut results).expect("a sum");
        std::hint::black_box(&results);
    }
    let directly = begun.elapsed();

    let engine = Wasmi::new();
    let module = engine.compile(&wasm).expect("the guest");
    let mut agent = engine.agent(Rc::new(Nobody));
    let instance = agent.instantiate(&module, &[]).expect("an instance");
    let begun = Instant::now();
    for _ in 0..rounds {
        std::hint::black_box(agent.call(instance, "sum", &[Value::I32(bytes)]).expect("a sum"));
    }
    begun.elapsed().as_secs_f64() / directly.as_secs_f64()
}
