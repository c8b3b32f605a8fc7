// Makes a sheet of the goods lines: cells are text, and the one that is worked in holds a field. Without this script the page
// has plain fields instead. The lines travel as one field of JSON, put into the form whenever the form is read.
import { Lines, exact, packages, plain, shown, sum } from "./goods-lines.js";
import { exchange } from "./goods-paste.js";

const box = document.getElementById("goods");
if (box) start(box);

export function start(root) {
  const columns = JSON.parse(root.dataset.columns);
  const words = JSON.parse(root.dataset.words);
  const most = Number(root.dataset.most);
  const place = Object.fromEntries(columns.map((column, index) => [column.name, index]));
  const table = root.querySelector("table");
  const body = table.tBodies[0];
  const form = root.closest("form");
  const carrier = root.querySelector("textarea[name=items]");
  const message = root.querySelector(".goods-message");
  const free = root.dataset.free ? new Set(JSON.parse(root.dataset.free).map((cell) => cell.join(","))) : null; // null: all
  const blank = columns.map((column) => (column.name === "origin_country" ? "IN" : ""));
  const lists = Object.fromEntries(["packages", "units", "countries", "criteria"].map((name) =>
    [name, new Set(Array.from(document.getElementById("goods-" + name).options, (option) => option.value))]));
  const lines = new Lines(read(), most);
  const faults = new Map(); // "row,column" → sentence, as the server or the sheet found it
  const drawn = []; // what each row of the table shows
  const at = { row: 0, column: 0 };
  let field = null;

  const say = (name, ...parts) => words[name].replace(/\{(\d)\}/g, (_all, index) => parts[index]);
  const key = (row, column) => row + "," + column;
  const kept = (row, column) => free !== null && !free.has(key(row, column));

  function read() {
    if (carrier.value) return JSON.parse(carrier.value);
    return Array.from(body.rows, (row) => columns.map((column) => {
      const input = row.querySelector(`[name$="-${column.name}"]`);
      return input ? input.value : "";
    }));
  }

  // --- drawing -------------------------------------------------------------------------------------------------------------
  function makeRow(index) {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    row.setAttribute("role", "row"); // rows are laid out by themselves, so the browser does not take them for a table's
    head.setAttribute("role", "rowheader");
    head.className = "goods-no";
    head.textContent = index + 1;
    row.append(head);
    columns.forEach((column, place) => {
      const cell = document.createElement("td");
      cell.setAttribute("role", "gridcell");
      cell.id = `items-${index}-${column.name}`;
      cell.className = "goods-" + column.holds;
      cell.dataset.column = place;
      cell.append(document.createElement("span"));
      if (kept(index, place)) { cell.classList.add("kept"); cell.setAttribute("aria-readonly", "true"); }
      row.append(cell);
    });
    return row;
  }
  const cellAt = (row, column) => body.rows[row].cells[column + 1];

  function draw() {
    const rows = lines.rows;
    while (body.rows.length > rows.length) {
      if (field && field.closest("tr") === body.lastElementChild) unmount();
      body.lastElementChild.remove();
      drawn.pop();
    }
    const more = document.createDocumentFragment();
    for (let index = body.rows.length; index < rows.length; index += 1) more.append(makeRow(index));
    body.append(more);
    rows.forEach((row, index) => {
      if (drawn[index] === row) return;
      const cells = body.rows[index].cells;
      columns.forEach((_column, place) => {
        if (!drawn[index] || drawn[index][place] !== row[place]) write(cells[place + 1], row[place]);
      });
      drawn[index] = row;
    });
    mark();
    soon();
  }
  function write(cell, text) {
    const span = cell.firstElementChild;
    if (field && field.parentElement === cell) field.value = text;
    else if (span) span.textContent = text;
  }
  let marked = new Set();
  function mark() {
    const now = new Set();
    for (const [name, sentence] of faults) {
      const [row, column] = name.split(",").map(Number);
      if (row >= body.rows.length) { faults.delete(name); continue; }
      const cell = cellAt(row, column);
      cell.classList.add("bad");
      cell.setAttribute("aria-invalid", "true");
      cell.title = sentence;
      now.add(cell);
    }
    for (const cell of marked) {
      if (now.has(cell)) continue;
      cell.classList.remove("bad");
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("title");
    }
    marked = now;
    const told = root.querySelector(".goods-told");
    told.hidden = !faults.size;
    told.firstElementChild.textContent = faults.size === 1 ? words.bad_one : say("bad", faults.size);
    describe();
  }

  // --- the field that is worked in -----------------------------------------------------------------------------------------
  function unmount() {
    if (!field) return;
    const cell = field.parentElement;
    const span = document.createElement("span");
    span.textContent = lines.rows[at.row]?.[at.column] ?? "";
    field.replaceWith(span);
    cell.classList.remove("on");
    cell.parentElement.classList.remove("on");
    field = null;
  }
  function mount(row, column) {
    unmount();
    at.row = Math.min(Math.max(row, 0), lines.rows.length - 1);
    at.column = Math.min(Math.max(column, 0), columns.length - 1);
    const cell = cellAt(at.row, at.column);
    const { holds, codes, label, name } = columns[at.column];
    field = document.createElement(holds === "lines" ? "textarea" : "input");
    field.value = lines.rows[at.row][at.column];
    field.autocomplete = "off";
    field.spellcheck = holds === "lines";
    if (codes) field.setAttribute("list", "goods-" + codes);
    else if (name === "invoice") field.setAttribute("list", "goods-numbers");
    else if (holds === "number" || holds === "whole" || name === "itc_hs") field.inputMode = "decimal";
    field.readOnly = kept(at.row, at.column);
    field.setAttribute("aria-label", say("cell", at.row + 1, label));
    cell.replaceChildren(field);
    cell.classList.add("on");
    cell.parentElement.classList.add("on");
    describe();
  }
  function go(row, column) {
    commit();
    mount(row, column);
    field.focus({ preventScroll: true });
    field.select();
    field.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  function describe() {
    const sentence = faults.get(key(at.row, at.column));
    if (field) {
      if (sentence) { field.setAttribute("aria-invalid", "true"); field.setAttribute("aria-description", sentence); }
      else { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-description"); }
    }
    if (sentence && field === document.activeElement) tell(`${say("cell", at.row + 1, columns[at.column].label)}: ${sentence}`, true);
    else if (message.classList.contains("bad")) message.hidden = true;
  }
  function tell(text, bad) {
    message.textContent = text;
    message.classList.toggle("bad", Boolean(bad));
    message.hidden = false;
  }
  function hush() {
    message.hidden = true;
  }
  const text = (value) => value.replace(/\r\n?/g, "\n");
  function tidy(column, value) {
    const { holds, codes } = columns[column];
    const trimmed = holds === "lines" ? value : value.trim();
    if (holds === "number" || holds === "whole") return plain(trimmed);
    return codes && lists[codes].has(trimmed.toUpperCase()) ? trimmed.toUpperCase() : trimmed;
  }
  function commit() {
    if (!field || text(field.value) === lines.rows[at.row][at.column]) return;
    const value = tidy(at.column, text(field.value));
    lines.set(at.row, at.column, value);
    field.value = value;
    judge(at.row, at.column);
    changed();
  }
  function changed() {
    draw();
    root.querySelector("[data-do=undo]").disabled = !lines.past.length;
    root.querySelector("[data-do=redo]").disabled = !lines.future.length;
    root.dispatchEvent(new CustomEvent("goods-changed", { bubbles: true }));
  }

  // --- what can be said at once; the filing rules say the rest when the page is saved ----------------------------------------
  function wrong(row, column) {
    const value = lines.rows[row][column].trim();
    const { holds, codes, name } = columns[column];
    if (!value) return "";
    if (codes && !lists[codes].has(value)) return say("code", value.slice(0, 20));
    if (holds === "number" && !/^\d{1,12}(\.\d{1,6})?$/.test(value)) return say("number");
    if (holds === "whole" && !/^\d{1,7}$/.test(value)) return say("whole");
    if (name === "itc_hs" && !/^\d{8}$/.test(value)) return say("itc_hs");
    return "";
  }
  function judge(row, column) {
    note(row, column, wrong(row, column));
    const { name } = columns[column];
    if (name !== "net_weight_kg" && name !== "gross_weight_kg") return;
    const gross = place.gross_weight_kg;
    const [net, all] = [exact(lines.rows[row][place.net_weight_kg]), exact(lines.rows[row][gross])];
    note(row, gross, wrong(row, gross) || (net !== null && all !== null && all < net ? say("gross") : ""));
  }
  function note(row, column, sentence) {
    if (sentence) faults.set(key(row, column), sentence);
    else faults.delete(key(row, column));
  }
  // After lines are put in, taken out or change places, the faults go with them.
  function follow(before) {
    const where = new Map(lines.rows.map((row, index) => [row, index]));
    const moved = [];
    for (const [name, sentence] of faults) {
      const [row, column] = name.split(",").map(Number);
      if (where.has(before[row])) moved.push([key(where.get(before[row]), column), sentence]);
    }
    faults.clear();
    moved.forEach(([name, sentence]) => faults.set(name, sentence));
  }
  function put(rows) {
    const before = lines.rows;
    lines.put(rows);
    follow(before);
    changed();
  }

  // --- what can be done with a line ------------------------------------------------------------------------------------------
  function fresh() {
    const line = blank.slice();
    const numbers = invoices().map((invoice) => invoice.no).filter(Boolean);
    if (numbers.length === 1) line[place.invoice] = numbers[0];
    return line;
  }
  const isBlank = (line) => !line.some((value, column) => value.trim() && column !== place.origin_country && column !== place.invoice);
  function into(index, line) {
    if (lines.rows.length >= most) { tell(say("full", most), true); return; }
    put([...lines.rows.slice(0, index), line, ...lines.rows.slice(index)]);
    go(index, at.column);
  }
  function swap(other) {
    if (other < 0 || other >= lines.rows.length) return;
    const rows = lines.rows.slice();
    [rows[at.row], rows[other]] = [rows[other], rows[at.row]];
    const column = at.column;
    put(rows);
    go(other, column);
    tell(say("moved", other + 1));
  }
  function restore(done) {
    if (!done) return false;
    faults.clear();
    lines.rows.forEach((_row, row) => columns.forEach((_column, column) => { if (drawn[row] !== lines.rows[row]) judge(row, column); }));
    mount(Math.min(at.row, lines.rows.length - 1), at.column);
    changed();
    go(at.row, at.column);
    return true;
  }
  const deeds = {
    add: () => { into(lines.rows.length, fresh()); go(at.row, 0); },
    insert: () => { into(at.row, fresh()); go(at.row, 0); },
    duplicate: () => into(at.row + 1, lines.rows[at.row].slice()),
    up: () => swap(at.row - 1),
    down: () => swap(at.row + 1),
    above: () => {
      if (!at.row || kept(at.row, at.column)) return;
      if (lines.set(at.row, at.column, lines.rows[at.row - 1][at.column])) { judge(at.row, at.column); changed(); }
      go(at.row, at.column);
    },
    fill: () => {
      const value = lines.rows[at.row][at.column];
      const row = at.row;
      put(lines.rows.map((line, index) => (index > row && line[at.column] !== value ? Object.assign(line.slice(), { [at.column]: value }) : line)));
      for (let index = row + 1; index < lines.rows.length; index += 1) judge(index, at.column);
      mark();
      go(row, at.column);
      tell(say("filled", lines.rows.length - row - 1));
    },
    remove: () => {
      const { row, column } = at;
      const rest = lines.rows.filter((_line, index) => index !== row);
      unmount();
      put(rest.length ? rest : [fresh()]);
      go(Math.min(row, lines.rows.length - 1), column);
      tell(say("removed", row + 1));
    },
    undo: () => { if (restore(lines.back())) tell(say("undone")); },
    redo: () => { if (restore(lines.again())) tell(say("redone")); },
    next: () => {
      const here = at.row * columns.length + at.column;
      const all = Array.from(faults.keys(), (name) => name.split(",").map(Number)).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      const [row, column] = all.find(([r, c]) => r * columns.length + c > here) ?? all[0] ?? [at.row, at.column];
      go(row, column);
    },
  };
  // While a query is open the lines stay as many, and where they are.
  const ofWholeLines = new Set(["add", "insert", "duplicate", "up", "down", "fill", "remove"]);
  function act(name) {
    commit();
    if (free && ofWholeLines.has(name)) tell(words.asked_only, true);
    else deeds[name]();
  }
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button && deeds[button.dataset.do]) { act(button.dataset.do); return; }
    const cell = event.target.closest("tbody td");
    if (cell && !cell.contains(field)) go(cell.parentElement.sectionRowIndex, Number(cell.dataset.column));
  });

  // --- keys ------------------------------------------------------------------------------------------------------------------
  const untouched = () => text(field.value) === lines.rows[at.row][at.column];
  const whole = () => field.selectionStart === 0 && field.selectionEnd === field.value.length;
  function atEdge(name) {
    if (whole()) return true;
    if (field.selectionStart !== field.selectionEnd) return false;
    const [before, after] = [field.value.slice(0, field.selectionStart), field.value.slice(field.selectionEnd)];
    return { ArrowLeft: !before, ArrowRight: !after, ArrowUp: !before.includes("\n"), ArrowDown: !after.includes("\n") }[name];
  }
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };

  function withAlt(event) {
    const deed = { ArrowUp: event.shiftKey ? "insert" : "up", ArrowDown: event.shiftKey ? "duplicate" : "down", Delete: "remove" }[event.key];
    if (deed) { act(deed); return true; }
    if (event.key === "Enter" && field.tagName === "TEXTAREA" && !field.readOnly) {
      field.setRangeText("\n", field.selectionStart, field.selectionEnd, "end");
      return true;
    }
    return false;
  }
  function withControl(event) {
    const name = event.key.toLowerCase();
    if (name === "d") { deeds.above(); return true; }
    if (untouched() && (name === "z" || name === "y")) { deeds[name === "y" || event.shiftKey ? "redo" : "undo"](); return true; }
    if (name === "home" || name === "end") { go(name === "home" ? 0 : lines.rows.length - 1, name === "home" ? 0 : at.column); return true; }
    return false;
  }
  function enter(event) {
    if (event.shiftKey) { go(at.row - 1, at.column); return true; }
    commit();
    if (at.row < lines.rows.length - 1) go(at.row + 1, at.column);
    else if (!free && !isBlank(lines.rows[at.row]) && lines.rows.length < most) {
      put([...lines.rows, fresh()]);
      go(at.row + 1, at.column);
    }
    return true;
  }
  function tab(event) {
    const cell = at.row * columns.length + at.column + (event.shiftKey ? -1 : 1);
    if (cell < 0 || cell >= lines.rows.length * columns.length) { commit(); return false; } // leave the sheet
    go(Math.floor(cell / columns.length), cell % columns.length);
    return true;
  }
  function escape() {
    if (untouched()) (free ? field : root.querySelector(".goods-tools button"))[free ? "blur" : "focus"]();
    else { field.value = lines.rows[at.row][at.column]; field.select(); soon(); }
    return true;
  }
  function press(event) {
    if (event.altKey) return withAlt(event);
    if (event.ctrlKey || event.metaKey) return withControl(event);
    if (event.key === "Enter") return enter(event);
    if (event.key === "Tab") return tab(event);
    if (event.key === "Escape") return escape();
    if (event.key === "F2") { field.setSelectionRange(field.value.length, field.value.length); return true; }
    const step = steps[event.key];
    if (!step || event.shiftKey || (event.key.startsWith("Arrow") && !atEdge(event.key))) return false;
    go(at.row + step[0], at.column + step[1]);
    return true;
  }
  body.addEventListener("keydown", (event) => {
    if (event.target === field && !event.isComposing && press(event)) event.preventDefault();
  });
  body.addEventListener("focusin", describe);
  // A moment later: what is said above the table moves the page, and a button that is being pressed must not slip away.
  body.addEventListener("focusout", () => setTimeout(() => { if (field !== document.activeElement) { commit(); describe(); } }, 250));
  body.addEventListener("input", soon);

  // --- sums ------------------------------------------------------------------------------------------------------------------
  function invoices() {
    const value = (index, name) => (document.getElementById(`invoices-${index}-${name}`)?.value ?? "").trim();
    const found = [];
    for (let index = 0; document.getElementById(`invoices-${index}-no`); index += 1) {
      found.push({ no: value(index, "no"), value: value(index, "value"), currency: value(index, "currency") });
    }
    return found;
  }
  let waiting = 0;
  function soon() {
    if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; add(); });
  }
  function add() {
    const rows = field && !untouched() ? lines.rows.map((row, index) =>
      (index === at.row ? Object.assign(row.slice(), { [at.column]: field.value }) : row)) : lines.rows;
    const kinds = Array.from(packages(rows, place.package_count, place.package_kind), ([kind, many]) => `${shown(many, 0)} ${kind}`);
    const many = rows.findLastIndex((row) => !isBlank(row)) + 1 || 1;
    foot.description.textContent = many === 1 ? words.one : say("lines", many);
    foot.packages.textContent = kinds.join(", ");
    for (const name of ["net_weight_kg", "gross_weight_kg", "fob_value"]) {
      foot[name].textContent = shown(sum(rows, place[name]), name === "fob_value" ? 2 : 3);
    }
    compare(rows);
  }
  function compare(rows) {
    const listed = invoices();
    const told = listed.filter((invoice) => invoice.no).map((invoice) => {
      const mine = sum(rows.filter((row) => row[place.invoice].trim() === invoice.no), place.fob_value);
      const due = exact(invoice.value);
      const money = (amount) => `${shown(amount, 2)} ${invoice.currency}`.trim();
      if (due === null) return ["off", say("open", invoice.no, money(mine))];
      if (due === mine) return ["", say("agrees", invoice.no, money(mine))];
      return ["off", say(mine < due ? "less" : "more", invoice.no, money(mine), money(mine < due ? due - mine : mine - due), money(due))];
    });
    const known = new Set(listed.map((invoice) => invoice.no));
    const rest = sum(rows.filter((row) => !known.has(row[place.invoice].trim()) || !row[place.invoice].trim()), place.fob_value);
    if (rest) told.push(["off", say("unnamed", "", shown(rest, 2))]);
    const list = root.querySelector(".goods-invoices");
    list.hidden = !told.length;
    list.replaceChildren(...told.map(([kind, sentence]) => {
      const line = document.createElement("li");
      line.className = kind;
      line.textContent = sentence;
      return line;
    }));
    document.getElementById("goods-numbers").replaceChildren(...[...known].filter(Boolean).map((no) => new Option(no, no)));
  }
  const foot = {};
  function makeFoot() {
    const row = table.tFoot.insertRow();
    const head = document.createElement("th");
    row.setAttribute("role", "row");
    head.setAttribute("role", "rowheader");
    head.className = "goods-no";
    head.textContent = "Σ";
    head.title = words.total;
    head.setAttribute("aria-label", words.total);
    row.append(head);
    for (let index = 0; index < columns.length; index += 1) {
      const { name, holds } = columns[index];
      const cell = row.insertCell();
      cell.setAttribute("role", "gridcell");
      cell.className = holds === "number" ? "goods-sum" : "";
      if (name === "marks") { cell.colSpan = 3; cell.className = "goods-sum"; foot.packages = cell; index += 2; }
      foot[name] ??= cell;
    }
    table.tFoot.hidden = false;
  }

  // --- with the rest of the page -----------------------------------------------------------------------------------------------
  form.addEventListener("formdata", (event) => {
    if (!form.dataset.looking) commit();
    // the page keeps and checks what is typed while somebody types: the cell is read as it stands, and left alone
    const rows = field && form.dataset.looking
      ? lines.rows.map((row, index) => (index === at.row ? row.map((old, column) => (column === at.column ? field.value : old)) : row))
      : lines.rows;
    event.formData.set("items", JSON.stringify(rows));
  });
  form.addEventListener("input", (event) => { if (event.target.id.startsWith("invoices-")) soon(); });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#items-"]');
    const cell = link && document.getElementById(link.getAttribute("href").slice(1));
    if (cell && body.contains(cell)) {
      event.preventDefault();
      go(cell.closest("tr").sectionRowIndex, Number(cell.dataset.column));
      field.scrollIntoView({ block: "center" });
    }
  });

  body.replaceChildren();
  root.classList.add("scripted");
  table.classList.add("goods-sheet");
  table.setAttribute("role", "grid");
  for (const part of table.querySelectorAll("thead, tbody, tfoot")) part.setAttribute("role", "rowgroup");
  table.tHead.rows[0].setAttribute("role", "row");
  for (const head of table.tHead.rows[0].cells) head.setAttribute("role", "columnheader");
  table.querySelector("thead .goods-out")?.remove();
  root.querySelector(".goods-plain")?.remove();
  makeFoot();
  for (const [row, column, sentence] of JSON.parse(root.dataset.told)) faults.set(key(row, column), sentence);
  if (!free) for (const part of root.querySelectorAll(".goods-tools, .goods-help")) part.hidden = false;
  draw();
  mount(0, 0);
  root.sheet = { free, kept, lines, columns, words, at, place, faults, put, go, note, judge, mark, tell, hush, say, commit, fresh, isBlank, most };
  exchange(root, root.sheet);
  root.dispatchEvent(new CustomEvent("goods-ready", { bubbles: true }));
}
