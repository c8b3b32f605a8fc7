// The lines of the sheet as data: changed as a whole, so that every change can be undone; and exact sums of them.

export class Lines {
  constructor(rows, most) {
    this.rows = rows;
    this.most = most;
    this.past = [];
    this.future = [];
  }
  put(rows) {
    this.past.push(this.rows);
    if (this.past.length > 200) this.past.shift();
    this.future = [];
    this.rows = rows;
  }
  set(row, column, text) {
    if (this.rows[row][column] === text) return false;
    const line = this.rows[row].slice();
    line[column] = text;
    this.put(this.rows.with ? this.rows.with(row, line) : this.rows.map((old, index) => (index === row ? line : old)));
    return true;
  }
  back() {
    if (!this.past.length) return false;
    this.future.push(this.rows);
    this.rows = this.past.pop();
    return true;
  }
  again() {
    if (!this.future.length) return false;
    this.past.push(this.rows);
    this.rows = this.future.pop();
    return true;
  }
}

// 1,23,456.50 or 123,456.50 as 123456.50; anything that could mean something else, such as 12,50, stays as it is.
export function plain(text) {
  const trimmed = text.trim();
  return /^\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?$/.test(trimmed) ? trimmed.replaceAll(",", "") : trimmed;
}

// 1,744.5 → 1744500n thousandths; null when it is no number that can be summed.
export function exact(text) {
  const found = /^(\d{1,15})(?:\.(\d{1,3})\d*)?$/.exec(plain(text));
  return found ? BigInt(found[1]) * 1000n + BigInt((found[2] || "").padEnd(3, "0")) : null;
}

export function shown(thousandths, places) {
  const minus = thousandths < 0n;
  const size = minus ? -thousandths : thousandths;
  const whole = (size / 1000n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = (size % 1000n).toString().padStart(3, "0");
  const cut = places === 2 ? rest.slice(0, 2) : rest.replace(/0+$/, "");
  return (minus ? "−" : "") + whole + (cut ? "." + cut : "");
}

export function sum(rows, column) {
  return rows.reduce((total, row) => total + (exact(row[column]) ?? 0n), 0n);
}

// kind → how many packages of it, in the order in which the kinds come up
export function packages(rows, count, kind) {
  const found = new Map();
  for (const row of rows) {
    const many = exact(row[count]);
    if (many) found.set(row[kind] || "?", (found.get(row[kind] || "?") ?? 0n) + many);
  }
  return found;
}
