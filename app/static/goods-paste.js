// Brings lines into the sheet from elsewhere: the clipboard and a file are read by the server, so that both mean the same.

export function exchange(root, sheet) {
  const form = root.closest("form");
  const { lines, columns, words } = sheet;
  const taken = root.querySelector(".goods-taken");
  const looked = root.querySelector(".goods-looked");
  const file = root.querySelector("input[type=file]");
  const numbers = () => Array.from(form.querySelectorAll('input[name^="invoices-"][name$="-no"]'), (input) => input.value.trim()).filter(Boolean);

  async function ask(address, given) {
    const data = new FormData();
    data.set("csrf_token", form.querySelector("[name=csrf_token]")?.value ?? "");
    for (const [name, value] of given) data.append(name, value);
    sheet.tell(words.reading);
    try {
      const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (!answer.headers.get("Content-Type")?.includes("json")) throw new TypeError("no answer of ours");
      const said = await answer.json();
      const refusal = said.error ?? said.detail;
      sheet.tell(refusal ?? "", Boolean(refusal));
      if (!refusal) sheet.hush();
      return refusal ? null : said;
    } catch {
      sheet.tell(words.offline, true);
      return null;
    }
  }

  // --- the clipboard -------------------------------------------------------------------------------------------------------
  // Text with tabs or line breaks is a table; in a cell that may hold several lines only tabs, or a copied table, make it one.
  function isTable(clip, text) {
    const cells = text.replace(/(\r\n|\r|\n)$/, "");
    if (cells.includes("\t")) return true;
    if (!/[\r\n]/.test(cells)) return false;
    return columns[sheet.at.column].holds !== "lines" || /<table/i.test(clip.getData("text/html"));
  }
  root.querySelector("tbody").addEventListener("paste", (event) => {
    const clip = event.clipboardData;
    const text = clip.getData("text/plain");
    if (!isTable(clip, text)) return;
    event.preventDefault();
    take(text);
  });
  // While a query is open a paste is taken whole, and only when it changes nothing but what the officer asked about.
  const isAsked = (rows) => !sheet.free || (rows.length === lines.rows.length
    && rows.every((row, index) => row.every((value, column) => value === lines.rows[index][column] || !sheet.kept(index, column))));
  async function take(text) {
    if (text.length > 900000) { sheet.tell(words.much, true); return; }
    sheet.commit();
    const empty = lines.rows.every(sheet.isBlank);
    const row = empty ? 0 : sheet.at.row;
    const said = await ask(root.dataset.read, [["text", text], ["row", row], ["column", columns[sheet.at.column].name]]);
    if (!said) return;
    const rows = lines.rows.slice();
    said.lines.forEach((line, index) => {
      const there = rows[row + index];
      const old = there && !sheet.isBlank(there) ? there.slice() : sheet.fresh();
      for (const [name, value] of Object.entries(line)) old[sheet.place[name]] = value;
      rows[row + index] = old;
    });
    if (!isAsked(rows)) { sheet.tell(words.asked_only, true); return; }
    const given = new Set(said.lines.flatMap((line) => Object.keys(line)).map((name) => sheet.place[name]));
    put(rows, row, said.lines.length, given);
    for (const [index, column, sentence] of said.faults) sheet.note(row + index, column, sentence);
    sheet.mark();
    tell(taken, said.html);
    sheet.go(row, sheet.at.column);
    taken.scrollIntoView({ block: "nearest" });
  }
  function put(rows, from, many, given) {
    sheet.put(rows.slice(0, sheet.most));
    for (let row = from; row < from + many; row += 1) for (const column of given) sheet.judge(row, column);
    sheet.mark();
  }
  function tell(place, html) {
    const made = new DOMParser().parseFromString(html, "text/html");
    place.replaceChildren(...made.body.childNodes);
  }

  if (!file) return;

  // --- a file --------------------------------------------------------------------------------------------------------------
  async function look() {
    looked.replaceChildren();
    if (!file.files.length) { sheet.tell(words.choose, true); return; }
    const said = await ask(root.dataset.look, [["goods_file", file.files[0]], ...numbers().map((no) => ["invoice", no])]);
    if (said) tell(looked, said.html);
  }
  file.addEventListener("change", () => { if (file.files.length) look(); });
  function takeFile(how) {
    const given = JSON.parse(looked.querySelector("textarea").value);
    const before = how === "replace" ? [] : lines.rows.filter((row) => !sheet.isBlank(row));
    if (before.length + given.length > sheet.most) {
      sheet.tell(words.many.replace("{0}", before.length + given.length).replace("{1}", sheet.most), true);
      return;
    }
    sheet.put([...before, ...given]);
    looked.replaceChildren();
    file.value = "";
    sheet.go(before.length, 0);
    sheet.tell(sheet.say("taken", given.length));
  }
  async function save(button) {
    const answer = await fetch(button.formAction, { method: "POST", body: only("csrf_token", "items") });
    if (!answer.ok) { sheet.tell(words.offline, true); return; }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = "goods-lines.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }
  function only(...names) {
    const all = new FormData(form);
    const some = new FormData();
    for (const name of names) some.set(name, all.get(name) ?? "");
    return some;
  }
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { name, value } = button;
    if ("shut" in button.dataset) { taken.replaceChildren(); return; }
    if (button.closest(".goods-taken")) { taken.replaceChildren(); return; } // its «Undo» has been done by the sheet
    if (!["goods_look", "goods_take", "goods_out"].includes(name)) return;
    event.preventDefault();
    if (name === "goods_look") look();
    else if (name === "goods_take") takeFile(value);
    else save(button).catch(() => sheet.tell(words.offline, true));
  });
  form.addEventListener("formdata", (event) => {
    event.formData.delete("goods_file"); // looked at already; it is not part of the application
    event.formData.delete("goods_pending");
  });
}
