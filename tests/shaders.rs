//! Every shader that the engine can make of the ops' cases and of the examples, under WebGPU's rules and
//! default limits; and what the host believes of them.

mod common;

use std::{
    collections::HashSet,
    fs,
    mem::{offset_of, size_of},
    path::{Path, PathBuf},
};

use common::{graph, title};
use naga::{
    AddressSpace, Module, StorageAccess, TypeInner,
    front::wgsl,
    proc::Layouter,
    valid::{Capabilities, ValidationFlags, Validator},
};
use trainyard::{
    cpu::Step,
    data::{self, Content},
    graph::{Graph, Parameter, Role, ValueId},
    kernels::{self, Access, Composed, Epilogue, Kernel, Number, Target, compose},
    model::{Purpose, build},
    ops::{Lowering, Scale, cases},
    optim,
    plan::{Dispatch, Plan, Update},
    spec::{Experiment, Init},
    twins,
};

/// WebGPU's default limits.
const STORAGE_BUFFERS: usize = 8;
const INVOCATIONS: u32 = 256;
const WORKGROUP_BYTES: u32 = 16 << 10;
const GROUPS: u32 = 65_535;

/// The dispatches of every op's cases, of every optimizer and of the examples' training and prediction.
fn dispatches() -> Vec<(String, Dispatch)> {
    let mut all = Vec::new();
    let mut add = |title: String, plan: Plan| all.extend(plan.dispatches.into_iter().map(|d| (title.clone(), d)));
    for case in cases() {
        let (mut g, _, outputs) = graph(&case);
        for (i, &y) in outputs.iter().enumerate() {
            g.output(format!("y{i}"), y);
        }
        for target in targets() {
            for (_, target) in twins::kernels(&case, &target) {
                add(format!("{} for {target:?}", title(&case)), Plan::on(&g, &target).unwrap());
            }
        }
    }
    for (name, optimizer) in optimizers() {
        let optimizer = &*optimizer;
        let mut g = Graph::new();
        let p = g.parameter(Parameter {
            name: "p".into(),
            value: ValueId(0),
            shape: [3].into(),
            transposed: false,
            init: Init::Zeros,
            fans: (1, 1),
            role: Role::Trained,
        });
        let gradient = g.apply1(Scale { factor: 2.0 }, &[p]).unwrap();
        g.output("gradient:p", gradient);
        let update = Update { optimizer, parameters: &[0], accumulate: 2 };
        add(format!("optimizer {name}"), Plan::new(&g).unwrap().with_update(&g, &update).unwrap());
    }
    for (path, experiment) in examples() {
        let source = &*experiment.data.source;
        let manifest = source.files().map(|folder| data::manifest(&data::locate(folder).unwrap()).unwrap());
        let about = source.about(manifest.as_ref()).unwrap();
        let (samples, order) = (about.counts[0], 900);
        let phases = 0..experiment.phases.len();
        let mut purposes = vec![Purpose::Evaluate { samples, order }, Purpose::Predict, Purpose::Decode];
        purposes.extend(phases.clone().map(|phase| Purpose::Train { phase, samples, order }));
        purposes.extend(phases.map(|phase| Purpose::Gradients { phase }));
        for purpose in purposes {
            let text = matches!(&about.x.content, Content::Classes { .. });
            if purpose == Purpose::Decode && (!text || about.y.as_ref().is_some_and(|y| y.shape.is_empty())) {
                continue; // nothing is made token by token
            }
            let batch = if purpose == Purpose::Decode { 1 } else { 32 };
            let title = format!("{} for {purpose:?}", path.display());
            let built = build(&experiment, &about, purpose, batch).unwrap_or_else(|e| panic!("{title}: {e}"));
            let mut plan = Plan::new(&built.graph).unwrap();
            if let Purpose::Train { phase, .. } = purpose {
                let parameters: Vec<usize> = built.gradients.iter().map(|g| g.0).collect();
                let optimizer = &*experiment.phases[phase].optimizer;
                plan = plan
                    .with_update(&built.graph, &Update { optimizer, parameters: &parameters, accumulate: 1 })
                    .unwrap();
            }
            add(title, plan);
        }
    }
    all
}

/// Without subgroups, and with those of SwiftShader, of lavapipe and of most GPUs.
fn targets() -> [Target; 4] {
    [None, Some((4, 4)), Some((8, 8)), Some((32, 32))].map(|subgroups| Target { subgroups, ..Target::default() })
}

fn optimizers() -> Vec<(&'static str, Box<dyn optim::Optimizer>)> {
    let options = || serde_json::json!({ "learning_rate": 0.5, "clip_norm": 1.0 });
    optim::REGISTRY.iter().map(|(name, parse)| (*name, parse(options(), name).unwrap())).collect()
}

fn examples() -> Vec<(PathBuf, Experiment)> {
    let files = files(&root().join("examples"));
    assert!(!files.is_empty());
    let parse = |path: PathBuf| (path.clone(), Experiment::from_json(&fs::read_to_string(path).unwrap()).unwrap());
    files.into_iter().map(parse).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn module(title: &str, composed: &Composed) -> Module {
    let module = wgsl::parse_str(&composed.source)
        .unwrap_or_else(|e| panic!("{title}: {}\n{}", e.emit_to_string(&composed.source), composed.source));
    // Of what WebGPU leaves to the adapter only subgroups, for adapters that have them.
    let subgroups = composed.source.contains("quadSwap");
    let capabilities = if subgroups { Capabilities::SUBGROUP } else { Capabilities::empty() };
    if let Err(e) = Validator::new(ValidationFlags::all(), capabilities).validate(&module) {
        panic!("{title}: {}", e.emit_to_string(&composed.source));
    }
    module
}

#[test]
fn shaders_are_valid_within_webgpus_limits_and_bind_what_the_host_binds() {
    let mut seen = HashSet::new();
    for (title, dispatch) in dispatches() {
        let title = format!("{title}: {}", dispatch.label);
        assert!(dispatch.groups.iter().all(|&n| (1..=GROUPS).contains(&n)), "{title}: {:?} groups", dispatch.groups);
        let bindings = &dispatch.composed.bindings;
        assert_eq!(bindings.len(), dispatch.operands.len(), "{title}");
        let access = |buffer| bindings.iter().zip(&dispatch.operands).filter(move |(_, o)| o.buffer == buffer);
        for slice in &dispatch.operands {
            let written = access(slice.buffer).any(|(b, _)| b.access == Access::ReadWrite);
            let read = access(slice.buffer).any(|(b, _)| b.access == Access::Read);
            assert!(!(read && written), "{title}: buffer {} is bound for reading and for writing", slice.buffer);
        }
        if seen.insert(dispatch.composed.source.clone()) {
            check(&title, &dispatch.composed);
        }
    }
    println!("{} shaders", seen.len());
}

fn check(title: &str, composed: &Composed) {
    let module = module(title, composed);
    let [entry] = &module.entry_points[..] else { panic!("{title}: {} entry points", module.entry_points.len()) };
    assert_eq!(entry.name, "main", "{title}");
    let invocations = entry.workgroup_size.iter().product::<u32>();
    assert_eq!(invocations, kernels::invocations(&composed.source), "{title}: invocations, as the host has them");
    assert!(invocations <= INVOCATIONS, "{title}: {:?} invocations in a workgroup", entry.workgroup_size);

    let mut layout = Layouter::default();
    layout.update(module.to_ctx()).unwrap();
    let mut storage = Vec::new();
    let (mut step, mut workgroup_bytes) = (false, 0);
    for (_, variable) in module.global_variables.iter() {
        let name = variable.name.clone().unwrap_or_default();
        let at = variable.binding.as_ref().map(|b| (b.group, b.binding));
        match (variable.space, at) {
            (AddressSpace::Storage { access }, Some((0, binding))) => storage.push((binding, name, access)),
            (AddressSpace::Uniform, Some((1, 0))) => step = name == "step",
            (AddressSpace::Private, None) => {}
            (AddressSpace::WorkGroup, None) => workgroup_bytes += layout[variable.ty].size,
            other => panic!("{title}: `{name}` is {other:?}"),
        }
    }
    assert!(workgroup_bytes <= WORKGROUP_BYTES, "{title}: {workgroup_bytes} bytes of workgroup memory");
    assert!(storage.len() <= STORAGE_BUFFERS, "{title}: {} storage buffers", storage.len());
    storage.sort_unstable_by_key(|(binding, ..)| *binding);
    let believed: Vec<_> = composed
        .bindings
        .iter()
        .zip(0..)
        .map(|(binding, index)| {
            let access = match binding.access {
                Access::Read => StorageAccess::LOAD,
                Access::ReadWrite => StorageAccess::LOAD | StorageAccess::STORE,
            };
            (index, binding.name.clone(), access)
        })
        .collect();
    assert_eq!(storage, believed, "{title}: bindings in the shader (left) and as the host has them (right)");
    assert_eq!(step, composed.uses_step, "{title}: the step's uniform");
}

#[test]
fn the_steps_uniform_is_laid_out_as_on_the_host() {
    let host = [
        ("slot", offset_of!(Step, slot)),
        ("index", offset_of!(Step, index)),
        ("cursor", offset_of!(Step, cursor)),
        ("rows", offset_of!(Step, rows)),
        ("seed", offset_of!(Step, seed)),
        ("hyper", offset_of!(Step, hyper)),
    ];
    let source = fs::read_to_string(root().join("shaders/common/step.wgsl")).unwrap();
    let module = wgsl::parse_str(&source).unwrap();
    let found = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some("Step")).unwrap().1;
    let TypeInner::Struct { members, span } = &found.inner else { panic!("Step is not a struct") };
    let shader: Vec<_> = members.iter().map(|m| (m.name.as_deref().unwrap(), m.offset as usize)).collect();
    assert_eq!(shader, host);
    assert_eq!(*span as usize, size_of::<Step>());
}

#[test]
fn every_file_is_part_of_some_shader() {
    let (mut sources, mut kernels) = (HashSet::new(), HashSet::new());
    for (_, dispatch) in dispatches() {
        sources.insert(dispatch.composed.source);
        kernels.extend(dispatch.kernel.split(" | ").map(str::to_owned));
    }
    for path in files(&root().join("shaders")) {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root().join("shaders")).unwrap().with_extension("");
        let used = kernels.contains(&*name.to_string_lossy().replace('\\', "/"));
        // What kernels share is known by its functions: bindings are given lengths, loops are written out.
        let functions: Vec<_> = text.lines().filter(|line| line.starts_with("fn ")).collect();
        let shared = !functions.is_empty() && sources.iter().any(|s| functions.iter().all(|line| s.contains(line)));
        let shared = shared || sources.iter().any(|s| s.contains(&text));
        assert!(used || shared, "no op and no optimizer uses {}", path.display());
    }
}

#[test]
fn every_constant_that_the_host_passes_is_used() {
    let check = |kernel: &Kernel, constants: &[(&'static str, Number)]| {
        let composed = compose(kernel, constants, &Epilogue::default());
        // A constant may be used by another one.
        let used = |line: &str| if line.starts_with("const ") { line.find('=').unwrap_or(0) } else { 0 };
        let words: HashSet<_> = code(&composed.source).flat_map(|line| words(&line[used(line)..])).collect();
        for (name, _) in constants {
            assert!(words.contains(name), "{} gets {name}, but does not use it", kernel.name);
        }
        let mut names: Vec<_> = constants.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), constants.len(), "{} gets a constant twice: {constants:?}", kernel.name);
    };
    for case in cases() {
        let (g, inputs, outputs) = graph(&case);
        let types = |ids: &[_]| ids.iter().map(|&id| g.ty(id).clone()).collect::<Vec<_>>();
        if let Lowering::Kernel(call) = case.op.lower(&types(&inputs), &types(&outputs)) {
            check(call.kernel, &call.constants);
        }
        for target in targets() {
            for call in case.op.variants(&types(&inputs), &types(&outputs), &target) {
                check(call.kernel, &call.constants);
            }
        }
    }
    for (_, optimizer) in optimizers() {
        let (kernel, constants) = optimizer.kernel(3, 2);
        check(kernel, &constants);
    }
}

/// Lines without their comments.
fn code(source: &str) -> impl Iterator<Item = &str> {
    source.lines().map(|line| line.split("//").next().unwrap_or(line))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
