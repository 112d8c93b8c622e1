//! A loop that calls nothing, in wasmi built with optimisation and debug assertions.
//! Expected: it returns. Where the bug shows, the process is aborted with a stack overflow.

use wasmi::{Engine, Instance, Module, Store};

fn main() {
    let engine = Engine::default();
    let module = Module::new(
        &engine,
        r#"(module
             (memory 1)
             (func (export "count") (param i32) (result i32)
               (loop $again
                 (i32.store8 (i32.const 0) (local.get 0))
                 (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
               (local.get 0)))"#,
    )
    .expect("a valid module");
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("an instance");
    let count = instance.get_typed_func::<i32, i32>(&store, "count").expect("the function");
    println!("expected Ok(0), it gave {:?}", count.call(&mut store, 50_000_000));
}
