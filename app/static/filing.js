// Without this script the filing page works too: it keeps what is typed, says what is wrong while it is typed, and takes
// papers as soon as they are chosen. Everything it says comes from the server; words are in data-words of the form.
(function () {
  "use strict";
  const form = document.querySelector("form.filing[data-typed]");
  if (!form) return;
  const words = JSON.parse(form.dataset.words);
  const bar = document.getElementById("filing-state"), state = bar.querySelector("[role=status]");
  const told = document.getElementById("filing-told"), list = told.querySelector("ul"), counts = told.querySelector("summary");
  const PAUSE = 1000, LONGEST = 4000, AGAIN = 15000;
  const touched = new Set();
  let dirty = false, busy = false, out = false, done = false, pressed = null, timer = 0, since = 0, last = null;

  function field(name) { return form.elements[name]; }
  function say(text, link) {
    if (state.textContent !== text) state.textContent = text;
    if (link && !state.querySelector("a")) {
      const there = document.createElement("a");
      there.href = form.dataset.login;
      there.target = "_blank";
      there.textContent = words.login;
      state.append(" ", there);
    }
  }

  if (!field("kept_window").value) field("kept_window").value = Array.from(crypto.getRandomValues(new Uint8Array(12)), function (each) { return each.toString(36); }).join("");

  // --- keep and look ---------------------------------------------------------------------------------------------------
  function typed() {
    const body = new URLSearchParams();
    form.dataset.looking = "1"; // the sheet leaves the cell that is worked in alone
    const words = new FormData(form);
    delete form.dataset.looking;
    for (const [name, value] of words) if (typeof value === "string") body.append(name, value);
    return body;
  }
  function ask(body, leaving) {
    const fits = leaving && String(body).length < 60000;
    return fetch(form.dataset.typed, { method: "POST", body: body, redirect: "manual", keepalive: fits, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(30000) });
  }
  async function freshToken() {
    const answer = await fetch(form.dataset.who, { redirect: "manual", headers: { Accept: "application/json" } });
    if (!answer.ok) return false;
    const who = await answer.json();
    if (!who.csrf_token) { say(words.other); return null; } // another person, or the same one for another firm
    document.querySelectorAll("input[name=csrf_token]").forEach(function (each) { each.value = who.csrf_token; });
    return true;
  }
  async function send(more) {
    if (busy || done) return;
    busy = true;
    dirty = false;
    since = 0;
    clearTimeout(timer);
    try {
      const look = more === "look";
      let body = typed();
      if (look) body.append("look_only", "1");
      let answer = await ask(body, more === "leaving");
      if (answer.status === 400 || answer.status === 409 || answer.type === "opaqueredirect") {
        const fresh = await freshToken();
        if (fresh === null) { out = true; return; }
        if (!fresh) { out = true; dirty = true; say(words.out, true); return; }
        body = typed();
        if (look) body.append("look_only", "1");
        answer = await ask(body);
      }
      if (!answer.ok) throw new Error(String(answer.status));
      out = false;
      hear(await answer.json(), look);
    } catch {
      dirty = true;
      say(words.away);
      timer = setTimeout(send, AGAIN);
    } finally {
      busy = false;
      if (pressed) { form.requestSubmit(pressed); return; }
      if (dirty && !out && !timer) soon();
    }
  }
  function soon() {
    dirty = true;
    since = since || Date.now();
    clearTimeout(timer);
    timer = setTimeout(function () { timer = 0; send(); }, Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())));
  }
  function hear(answer, look) {
    if (answer.kept_version) {
      field("kept_version").value = answer.kept_version;
      say(words.kept.replace("{at}", answer.kept_at));
    } else if (!look) say(answer.not_kept || "");
    last = answer;
    mark();
  }
  form.addEventListener("input", function (event) { if (event.target.type !== "file") soon(); });
  form.addEventListener("change", function (event) { if (event.target.type !== "file") soon(); });
  form.addEventListener("focusout", function (event) { if (event.target.id) touched.add(event.target.id.replace(/-typed$/, "")); setTimeout(mark, 0); });
  const goods = document.getElementById("goods");
  if (goods) goods.addEventListener("goods-changed", soon);
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden") { if (dirty && !out) send("leaving"); } else if (out) send();
  });
  window.addEventListener("focus", function () { if (out) send(); });
  window.addEventListener("beforeunload", function (event) { if (out && dirty) event.preventDefault(); });
  form.addEventListener("submit", function (event) {
    const button = event.submitter;
    if (button && button.formTarget === "_blank") return;
    if (out) {
      event.preventDefault();
      say(words.out, true);
      state.querySelector("a").focus();
    } else if (busy) { // what is being kept now must not arrive after what is saved
      event.preventDefault();
      pressed = button || form.querySelector("button[type=submit]");
    } else {
      done = true;
      clearTimeout(timer);
    }
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) done = false; });

  // --- what is wrong, at its field ---------------------------------------------------------------------------------------
  function place(target) {
    const holder = target && document.getElementById(target);
    return holder ? { at: holder.comboInput || holder, box: holder.closest(".filing-field, .filing-tick, td, th") || holder.parentElement } : null;
  }
  function clear() {
    form.querySelectorAll(".filing-error, .filing-odd").forEach(function (each) { each.remove(); });
    form.querySelectorAll(".has-error, .has-odd").forEach(function (each) { each.classList.remove("has-error", "has-odd"); });
    form.querySelectorAll("[aria-invalid], [aria-describedby]").forEach(function (each) {
      if (each.closest("#goods")) return;
      each.removeAttribute("aria-invalid");
      const hint = document.getElementById(each.id.replace(/-typed$/, "") + "-hint");
      if (hint) each.setAttribute("aria-describedby", hint.id);
      else each.removeAttribute("aria-describedby");
    });
  }
  // The sheet marks its own cells; what the server found goes in beside what the sheet finds by itself.
  let noted = [];
  function markSheet() {
    const sheet = goods && goods.sheet;
    if (!sheet) return;
    noted.forEach(function (each) { if (sheet.faults.get(each[0] + "," + each[1]) === each[2]) sheet.note(each[0], each[1], ""); });
    noted = [];
    last.wrong.forEach(function (each) {
      const cell = /^items-(\d+)-(\w+)$/.exec(each.target), column = cell && sheet.place[cell[2]];
      if (!cell || column === undefined || sheet.faults.has(cell[1] + "," + column)) return;
      sheet.note(Number(cell[1]), column, each.message);
      noted.push([Number(cell[1]), column, each.message]);
    });
    sheet.mark();
  }
  function put(each, kind) {
    const found = place(each.target);
    if (!found || found.at.tagName === "TD") return; // the sheet marks its own cells
    const here = document.activeElement;
    if (kind === "error" && found.at === here && !touched.has(each.target)) return;
    const note = document.createElement("p");
    note.className = "filing-" + kind;
    note.id = each.target + "-" + kind;
    note.textContent = each.message;
    found.box.append(note);
    found.box.classList.add("has-" + kind);
    if (kind === "error") found.at.setAttribute("aria-invalid", "true");
    found.at.setAttribute("aria-describedby", ((found.at.getAttribute("aria-describedby") || "") + " " + note.id).trim());
  }
  function empty(target) {
    const holder = document.getElementById(target);
    return !holder || !holder.value;
  }
  let listed = "";
  function lineOf(each) {
    const item = document.createElement("li"), text = last.missing.includes(each) ? each.sentence.replace(": " + each.message, "") : each.sentence;
    if (!each.target) { item.textContent = text; return item; }
    const link = document.createElement("a");
    link.href = "#" + each.target;
    link.textContent = text;
    item.append(link);
    return item;
  }
  function mark() {
    if (!last) return;
    clear();
    markSheet();
    last.wrong.forEach(function (each) { put(each, "error"); });
    last.missing.forEach(function (each) { if (touched.has(each.target) && empty(each.target)) put(each, "error"); });
    last.odd.forEach(function (each) { put(each, "odd"); });
    const numbers = [[last.wrong, words.wrong], [last.odd, words.odd], [last.missing, words.missing]].filter(function (pair) { return pair[0].length; });
    const line = numbers.map(function (pair) { return pair[1].replace("{n}", pair[0].length); }).join(" · ") || words.nothing;
    if (counts.textContent !== line) counts.textContent = line;
    told.classList.toggle("filing-wrong", last.wrong.length > 0);
    const lines = [...last.wrong, ...last.odd, ...last.missing], now = JSON.stringify([last.wrong, last.odd, last.missing]);
    if (now !== listed) list.replaceChildren(...lines.map(lineOf)); // a link made anew under a pressed mouse is never clicked
    listed = now;
    told.hidden = false;
    const still = new Set([...last.wrong, ...last.missing].map(function (each) { return each.target; }));
    document.querySelectorAll(".alert-danger a[href^='#']").forEach(function (link) {
      link.parentElement.classList.toggle("filing-done", !still.has(link.hash.slice(1)));
    });
  }
  document.addEventListener("click", function (event) {
    const link = event.target.closest("a[href^='#']"), found = link && place(link.hash.slice(1));
    if (!found) return;
    if (told.contains(link)) told.open = false;
    if (found.at.tagName === "TD") return; // the sheet goes there by itself
    event.preventDefault();
    for (let each = found.at.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
    found.box.scrollIntoView({ block: "center" });
    found.at.focus();
  });

  // --- papers, taken when they are chosen ----------------------------------------------------------------------------------
  const papers = document.getElementById("filing-papers");
  function renumber() {
    papers.querySelectorAll("button[name=forget_paper]").forEach(function (each, number) { each.value = number; });
  }
  function add(row) {
    if (!row.beside) papers.querySelectorAll("li[data-kept='" + row.kind + "']").forEach(function (each) { each.remove(); });
    const item = document.getElementById("filing-paper").content.firstElementChild.cloneNode(true);
    item.dataset.kept = row.kind;
    item.querySelector("b").textContent = row.filename;
    item.querySelector(".filing-hint").textContent = words[row.kind] + " · " + Math.ceil(row.size / 1024) + " KiB · " + words.waits;
    item.querySelector("input").value = row.token;
    item.querySelector("button").setAttribute("aria-label", words.leave.replace("{name}", row.filename));
    papers.append(item);
    renumber();
  }
  papers.addEventListener("click", function (event) {
    const button = event.target.closest("button[name=forget_paper]");
    if (!button) return;
    event.preventDefault();
    button.closest("li").remove();
    renumber();
    soon();
  });
  form.querySelectorAll("input[type=file][data-kind]").forEach(function (input) {
    input.addEventListener("change", async function () {
      const file = input.files[0];
      if (!file) return;
      const body = new FormData(), beside = field(input.name.replace("_file", "_beside"));
      body.append("csrf_token", field("csrf_token").value);
      body.append("kind", input.dataset.kind);
      if (beside && beside.type === "checkbox" && beside.checked) body.append("beside", "1");
      body.append("file", file);
      say(words.taking.replace("{name}", file.name));
      try {
        const answer = await fetch(form.dataset.paper, { method: "POST", body: body, redirect: "manual", headers: { Accept: "application/json" } });
        const row = await answer.json();
        if (input.files[0] !== file) return;
        touched.add(input.id);
        if (answer.ok) { add(row); input.value = ""; soon(); } else { say(row.detail || words.away); put({ target: input.id, message: row.detail || words.away }, "error"); }
      } catch { say(words.later); }
    });
  });

  // --- small help -----------------------------------------------------------------------------------------------------------
  const buyer = document.getElementById("consignee-country"), there = document.getElementById("destination_country");
  if (buyer && there) buyer.addEventListener("change", function () {
    if (there.value || !buyer.value) return;
    there.value = buyer.value;
    there.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("click", async function (event) {
    const button = event.target.closest("button[data-picture]"), dialog = document.getElementById("filing-preview");
    if (!button || !dialog || !dialog.showModal) return;
    event.preventDefault();
    const pages = dialog.querySelector(".filing-pages"), note = dialog.querySelector("[role=status]");
    pages.replaceChildren();
    note.textContent = words.drawing;
    dialog.showModal();
    try {
      const answer = await fetch(button.dataset.picture, { method: "POST", body: typed(), redirect: "manual", headers: { Accept: "application/json" } });
      const drawn = await answer.json();
      note.textContent = answer.ok ? "" : drawn.detail || words.away;
      (drawn.pages || []).forEach(function (page, number) {
        const picture = document.createElement("img");
        picture.src = page;
        picture.alt = words.page.replace("{n}", number + 1);
        pages.append(picture);
      });
    } catch { note.textContent = words.away; }
  });
  send("look");
})();
