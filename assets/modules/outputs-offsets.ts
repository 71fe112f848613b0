// A long list of ascending positions in a text, four bytes each; finds the one at or before a position.

export class Offsets {
  count = 0;
  private values = new Uint32Array(1024);

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = new Uint32Array(this.count * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count] = value;
    this.count += 1;
  }

  at(index: number): number {
    return this.values[index] ?? 0;
  }

  /** Index of the last value that is not above `position`. */
  indexOf(position: number): number {
    let [low, high] = [0, this.count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.at(middle) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
