//! Text form: a table of dispatches, and what they cost.

use std::fmt;

use super::{Kind, Plan};

impl Plan {
    /// Floating-point operations of a step.
    pub fn flops(&self) -> u64 {
        self.dispatches.iter().map(|d| d.flops).sum()
    }

    /// Bytes that a step reads and writes, each operand of a dispatch once. Of a resident data set
    /// and its order only a batch is read: they are left out.
    pub fn traffic(&self) -> u64 {
        self.dispatches.iter().map(|d| self.dispatch_bytes(d)).sum()
    }

    /// Bytes that a dispatch reads and writes; see [`Plan::traffic`].
    pub fn dispatch_bytes(&self, dispatch: &super::Dispatch) -> u64 {
        let moved = |slice: &&super::Slice| !self.is_data(slice.buffer);
        dispatch.operands.iter().filter(moved).map(|slice| slice.bytes).sum()
    }

    /// GPU memory of all buffers but the data set.
    pub fn memory(&self) -> u64 {
        (0..self.buffers.len()).filter(|&i| !self.is_data(i)).map(|i| self.buffers[i].bytes).sum()
    }

    /// GPU memory besides the data set and the parameters: what a plan adds to one that it shares both with.
    pub fn own_memory(&self) -> u64 {
        self.memory() - self.find(&Kind::Parameters).map_or(0, |i| self.buffers[i].bytes)
    }

    /// As [`Plan::own_memory`], where temporary buffers of `owner` are used as far as they go.
    pub fn own_memory_beside(&self, owner: &Self) -> u64 {
        let borrowed = super::borrowed(self, owner);
        let lent = borrowed.iter().zip(&self.buffers).filter(|(lender, _)| lender.is_some()).map(|(_, b)| b.bytes);
        self.own_memory() - lent.sum::<u64>()
    }

    /// GPU memory of the data set.
    pub fn data_memory(&self) -> u64 {
        (0..self.buffers.len()).filter(|&i| self.is_data(i)).map(|i| self.buffers[i].bytes).sum()
    }

    fn is_data(&self, buffer: usize) -> bool {
        matches!(&self.buffers[buffer].kind, Kind::Input(name) if name != "x" && name != "y")
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>3}  {:<34} {:<10} {:<26} {:>16} {:>12} {:>12} {:>8}",
            "#", "ops", "layer", "kernel", "workgroups", "FLOPs", "bytes", "FLOP/B"
        )?;
        for (index, d) in self.dispatches.iter().enumerate() {
            let bytes = self.dispatch_bytes(d);
            let groups = d.groups.map(|n| n.to_string()).join("×");
            writeln!(
                f,
                "{:>3}  {:<34} {:<10} {:<26} {:>16} {:>12} {:>12} {:>8.2}",
                index + 1,
                d.label,
                d.layer,
                d.kernel,
                groups,
                d.flops,
                bytes,
                d.flops as f64 / bytes.max(1) as f64
            )?;
        }
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        writeln!(
            f,
            "{} dispatches a step, {} FLOPs, {} bytes moved",
            self.dispatches.len(),
            self.flops(),
            self.traffic()
        )?;
        writeln!(
            f,
            "{} buffers, {:.2} MiB ({} bytes); data set besides {:.2} MiB",
            self.buffers.len(),
            mib(self.memory()),
            self.memory(),
            mib(self.data_memory())
        )
    }
}
