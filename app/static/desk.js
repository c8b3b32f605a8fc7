// The officer's keys: they move and open, and never decide; what a key opens still asks. They can be switched off (WCAG 2.1.4).
(() => {
  const keys = document.getElementById("keys");
  if (!keys) return;
  const told = document.querySelector(".keys-told");
  const off = document.getElementById("keys-off");
  const rows = keys.dataset.on === "list" ? [...document.querySelectorAll("tbody th a[href]")] : [];
  const OFF = "udgam.desk.keys", ORDER = "udgam.desk.order";
  const kept = (store, name) => { try { return store.getItem(name); } catch { return null; } };
  const keep = (store, name, value) => { try { store.setItem(name, value); } catch { /* a browser that keeps nothing */ } };
  const number = (address) => (address.match(/\/show\/(\d+)/) || [])[1];
  const say = (words) => { told.textContent = words; };

  off.checked = kept(localStorage, OFF) === "off";
  off.closest("p").hidden = false;
  off.addEventListener("change", () => keep(localStorage, OFF, off.checked ? "off" : "on"));
  if (rows.length) keep(sessionStorage, ORDER, JSON.stringify(rows.map((row) => row.getAttribute("href"))));

  const search = () => {
    const box = document.querySelector(".search-box");
    if (!box) return say(told.dataset.none);
    box.open = true;
    box.querySelector("input:not([type=hidden]), select").focus();
  };
  const step = (by) => {
    if (keys.dataset.on === "list") {
      const at = rows.findIndex((row) => row.closest("tr").contains(document.activeElement));
      const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
      return next ? next.focus() : say(told.dataset.last);
    }
    const order = JSON.parse(kept(sessionStorage, ORDER) || "[]");
    const at = order.findIndex((address) => number(address) === number(location.pathname));
    const next = at < 0 ? undefined : order[at + by];
    return next ? location.assign(next) : say(told.dataset.last);
  };
  const open = (name) => {
    const link = document.querySelector(`.head a[href$="/${name}"]`);
    return link ? location.assign(link.href) : say(told.dataset.none);
  };
  // The field that has the focus, and what was ticked before: they go into one query.
  const ask = () => {
    const box = document.activeElement.closest(".value, .ask")?.querySelector("[name=about]");
    if (box) box.checked = true;
    const form = document.getElementById("ask");
    return form && document.querySelector("[name=about]:checked") ? form.requestSubmit() : open("query");
  };
  const next = () => {
    const link = document.querySelector(".following a");
    return link ? location.assign(link.href) : say(told.dataset.none);
  };
  const reach = (name) => {
    const button = document.querySelector(`.head form[action$="/${name}"] button`);
    return button ? button.focus() : say(told.dataset.none);
  };
  const pick = () => {
    const row = rows.map((link) => link.closest("tr")).find((line) => line.contains(document.activeElement));
    const box = row && row.querySelector("input[name=pick]:enabled");
    return box ? box.click() : say(told.dataset.none);
  };
  const help = () => {
    keys.classList.add("sheet");
    keys.open = !keys.open;
    if (keys.open) keys.querySelector("summary").focus();
  };
  const does = {
    j: () => step(1), k: () => step(-1), "?": help, a: () => open("approve"), q: ask, r: () => open("reject"),
    b: () => reach("release"),
    t: () => (document.querySelector('.head a[href$="/take_over"]') ? open("take_over") : reach("take_up")), x: pick, n: next,
    s: () => (keys.dataset.on === "list" && keys.dataset.toSign ? location.assign(keys.dataset.toSign) : reach("sign")),
    "/": () => (keys.dataset.on === "list" ? search() : location.assign(`${keys.dataset.desk}#search`)),
  };
  const typing = (at) => at.isContentEditable || at.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && keys.open) { keys.open = false; return; }
    if (off.checked || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(event.target)) return;
    if (!Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    say("");
    does[event.key]();
  });
  if (keys.dataset.on === "list" && location.hash === "#search") search();
})();
