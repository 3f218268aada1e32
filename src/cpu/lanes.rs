//! Four f32 at a time. In WebAssembly SIMD instructions (relaxed SIMD was no faster); elsewhere
//! plain arrays, so that the tests of what is built on it run natively.

pub use four::Four;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod four {
    use core::arch::wasm32::{f32x4_splat, i32x4_shuffle, v128, v128_load, v128_store};

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub struct Four(v128);

    impl Four {
        #[inline(always)]
        pub fn splat(x: f32) -> Self {
            Self(f32x4_splat(x))
        }

        #[inline(always)]
        pub fn load(from: &[f32; 4]) -> Self {
            // SAFETY: the reference is to 16 bytes; any alignment will do.
            Self(unsafe { v128_load(from.as_ptr().cast()) })
        }

        #[inline(always)]
        pub fn store(self, to: &mut [f32; 4]) {
            // SAFETY: as in `load`.
            unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
        }

        /// self · b + c, rounded twice.
        #[inline(always)]
        pub fn multiply_add(self, b: Self, c: Self) -> Self {
            use core::arch::wasm32::{f32x4_add, f32x4_mul};
            Self(f32x4_add(f32x4_mul(self.0, b.0), c.0))
        }

        /// Rows become columns.
        #[inline(always)]
        pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            let low = |a: Self, b: Self| i32x4_shuffle::<0, 4, 1, 5>(a.0, b.0);
            let high = |a: Self, b: Self| i32x4_shuffle::<2, 6, 3, 7>(a.0, b.0);
            let first = |a: v128, b: v128| Self(i32x4_shuffle::<0, 1, 4, 5>(a, b));
            let second = |a: v128, b: v128| Self(i32x4_shuffle::<2, 3, 6, 7>(a, b));
            let (ab, cd) = (low(a, b), low(c, d));
            let (ab_high, cd_high) = (high(a, b), high(c, d));
            [first(ab, cd), second(ab, cd), first(ab_high, cd_high), second(ab_high, cd_high)]
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod four {
    use std::array::from_fn;

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub struct Four([f32; 4]);

    impl Four {
        pub fn splat(x: f32) -> Self {
            Self([x; 4])
        }

        pub fn load(from: &[f32; 4]) -> Self {
            Self(*from)
        }

        pub fn store(self, to: &mut [f32; 4]) {
            *to = self.0;
        }

        pub fn multiply_add(self, b: Self, c: Self) -> Self {
            Self(from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
        }

        pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
            from_fn(|i| Self(from_fn(|j| rows[j].0[i])))
        }
    }
}
