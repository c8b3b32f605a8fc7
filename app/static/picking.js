// Lists with tick boxes: the head's box ticks the page, shift ticks a stretch, and the bar says how many are picked.
(() => {
  const form = document.querySelector("[data-picking]");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=pick]")];
  const all = form.querySelector("input[name=all]");
  const told = form.querySelector(".pick-count");
  const head = form.querySelector("th.pick");
  const page = document.createElement("input");
  let last = null;
  page.type = "checkbox";
  page.setAttribute("aria-label", head.textContent.trim());
  head.append(page);
  const tell = () => {
    const number = boxes.filter((box) => box.checked).length;
    page.checked = number === boxes.length;
    page.indeterminate = number > 0 && number < boxes.length;
    boxes.forEach((box) => { box.disabled = all.checked; });
    page.disabled = all.checked;
    told.textContent = all.checked ? "" : number ? `${told.dataset.some} ${number}` : told.dataset.none;
  };
  page.addEventListener("change", () => { boxes.forEach((box) => { box.checked = page.checked; }); tell(); });
  boxes.forEach((box, at) => box.addEventListener("click", (event) => {
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(last, at), Math.max(last, at)];
      boxes.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
    }
    last = at;
    tell();
  }));
  all.addEventListener("change", tell);
  tell();
})();
