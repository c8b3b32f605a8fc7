// The papers beside the form: switched, leafed and enlarged by buttons and keys; and the way from one difference to the next.
(() => {
  const side = document.querySelector("[data-papers]");
  const off = document.getElementById("keys-off");
  const told = document.querySelector(".keys-told");
  if (!side) return;
  const tabs = [...side.querySelectorAll(".paper-tabs a[data-picture]")];
  const sheet = side.querySelector(".paper-sheet");
  const picture = sheet && sheet.querySelector("img");
  const page = side.querySelector(".paper-page");
  const pages = new Map();
  let at = 0, number = 1, zoom = 0;
  const address = () => tabs[at].dataset.picture.replace(/\/1\.png$/, `/${number}.png`);
  const tell = () => {
    const all = pages.get(at);
    page.textContent = page.dataset.words.replace("{number}", number).replace("{pages}", all || "…");
  };
  // The picture says how many pages its paper has; it was drawn a moment ago and is kept, so asking again costs nothing.
  const count = async () => {
    if (pages.has(at)) return tell();
    const of = at;
    const answer = await fetch(address(), { method: "HEAD" });
    if (answer.ok) pages.set(of, Number(answer.headers.get("X-Pages")) || 1);
    if (of === at) tell();
  };
  const show = () => {
    sheet.classList.add("loading");
    picture.src = address();
    picture.alt = `${tabs[at].textContent}, ${number}`;
    sheet.scrollTo(0, 0);
    tell();
  };
  const turnTo = (paper) => {
    if (!tabs[paper]) return;
    at = paper; number = 1;
    tabs.forEach((tab, index) => {
      tab.closest("li").classList.toggle("here", index === at);
      if (index === at) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
    });
    side.querySelector(".paper-all").href = tabs[at].href;
    side.querySelector(".paper-file").href = tabs[at].dataset.file;
    const ask = side.querySelector(".paper-ask");
    if (ask) ask.href = tabs[at].dataset.asks;
    show();
  };
  const leaf = (by) => {
    const next = number + by;
    if (next < 1 || next > (pages.get(at) || 1)) return;
    number = next;
    show();
  };
  const enlarge = (by) => { zoom = Math.min(3, Math.max(0, zoom + by)); sheet.dataset.zoom = zoom; };
  const nextMarked = (by) => {
    const marked = [...document.querySelectorAll(".value.differs, .value.odd")];
    if (!marked.length) { told.textContent = told.dataset.none; return; }
    const now = marked.findIndex((value) => value.contains(document.activeElement));
    const next = marked[(now + by + marked.length) % marked.length];
    const row = next.closest("details");
    if (row) row.open = true;
    (next.querySelector("input") || next).focus();
    next.scrollIntoView({ block: "center" });
  };
  const does = { d: () => nextMarked(1), D: () => nextMarked(-1) };
  if (picture) {
    side.querySelector(".paper-tools").hidden = false;
    picture.addEventListener("load", () => { sheet.classList.remove("loading"); count(); });
    picture.addEventListener("error", () => { sheet.classList.remove("loading"); page.textContent = page.dataset.fails; });
    if (picture.complete && picture.naturalWidth) count(); else tell();
    tabs.forEach((tab, index) => tab.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      turnTo(index);
    }));
    const buttons = { "page-back": () => leaf(-1), "page-on": () => leaf(1), smaller: () => enlarge(-1), larger: () => enlarge(1) };
    side.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) buttons[button.dataset.do]();
    });
    Object.assign(does, {
      "]": () => turnTo((at + 1) % tabs.length), "[": () => turnTo((at - 1 + tabs.length) % tabs.length),
      ".": () => leaf(1), ",": () => leaf(-1), "+": () => enlarge(1), "=": () => enlarge(1), "-": () => enlarge(-1),
    });
  }
  const boxes = [...document.querySelectorAll("input[form=ask]")];
  const ticked = document.querySelector(".ticked");
  const sum = () => {
    const number = boxes.filter((box) => box.checked).length;
    if (ticked) ticked.textContent = number ? `${ticked.dataset.some} ${number}` : "";
  };
  boxes.forEach((box) => box.addEventListener("change", sum));
  sum();
  const typing = (here) => here.isContentEditable || here.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  document.addEventListener("keydown", (event) => {
    if (!off || off.checked || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(event.target)) return;
    if (!Object.hasOwn(does, event.key)) return;
    event.preventDefault();
    if (told) told.textContent = "";
    does[event.key]();
  });
})();
