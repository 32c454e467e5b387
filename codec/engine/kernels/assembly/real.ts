// Products of matrices of real numbers.

/**
 * `c = a b` of f64 `[rows][depth]` and `[depth][columns]`, rows and columns multiples of 4. Each sum starts at 0 and takes its products
 * in order, each rounded, as a plain loop would.
 */
export function multiplyReal(a: usize, b: usize, c: usize, rows: i32, depth: i32, columns: i32): void {
  const aBytes = <usize>depth << 3, bBytes = <usize>columns << 3;
  for (let row = 0; row < rows; row += 4) {
    for (let column = <usize>0; column < bBytes; column += 32) {
      let left0 = f64x2.splat(0), left1 = f64x2.splat(0), left2 = f64x2.splat(0), left3 = f64x2.splat(0);
      let right0 = f64x2.splat(0), right1 = f64x2.splat(0), right2 = f64x2.splat(0), right3 = f64x2.splat(0);
      let other = b + column;
      for (let at = a; at < a + aBytes; at += 8) {
        const left = v128.load(other), right = v128.load(other, 16);
        const value0 = v128.load64_splat(at), value1 = v128.load64_splat(at + aBytes);
        const value2 = v128.load64_splat(at + 2 * aBytes), value3 = v128.load64_splat(at + 3 * aBytes);
        left0 = f64x2.add(left0, f64x2.mul(value0, left));
        right0 = f64x2.add(right0, f64x2.mul(value0, right));
        left1 = f64x2.add(left1, f64x2.mul(value1, left));
        right1 = f64x2.add(right1, f64x2.mul(value1, right));
        left2 = f64x2.add(left2, f64x2.mul(value2, left));
        right2 = f64x2.add(right2, f64x2.mul(value2, right));
        left3 = f64x2.add(left3, f64x2.mul(value3, left));
        right3 = f64x2.add(right3, f64x2.mul(value3, right));
        other += bBytes;
      }
      const to = c + column;
      v128.store(to, left0);
      v128.store(to, right0, 16);
      v128.store(to + bBytes, left1);
      v128.store(to + bBytes, right1, 16);
      v128.store(to + 2 * bBytes, left2);
      v128.store(to + 2 * bBytes, right2, 16);
      v128.store(to + 3 * bBytes, left3);
      v128.store(to + 3 * bBytes, right3, 16);
    }
    a += 4 * aBytes;
    c += 4 * bBytes;
  }
}
