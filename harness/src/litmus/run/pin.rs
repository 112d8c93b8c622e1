//! Keeping a thread to one processor, so that two agents never share one while another idles.

/// Keeps this thread to the processor of this place among those that the process may use; agents
/// beyond their number share. Says why where that cannot be.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(super) fn pin(place: usize) -> Result<(), String> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let allowed = sched_getaffinity(None).map_err(|error| error.to_string())?;
    let processors: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu)).collect();
    let mut one = CpuSet::new();
    one.set(*processors.get(place % processors.len().max(1)).ok_or("no processor is allowed")?);
    sched_setaffinity(None, &one).map_err(|error| error.to_string())
}

/// Says that this platform has no way.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(super) fn pin(_place: usize) -> Result<(), String> {
    Err("this platform has no way to keep a thread to a processor".to_owned())
}
