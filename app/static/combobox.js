// A field with a list to choose from by code or by name (the combobox of the ARIA patterns). Without this script a select
// stays a select, and a field for codes is typed into. Marked by data-combo: on a select its own options are searched, on an
// input the address in it is asked ({codes: [{code, name}]}). The select or input keeps its name, and so what is sent.
(function () {
  "use strict";
  const MOST = 30;
  let count = 0;

  function label(code, name) { return code === name || !name ? code : code + " – " + name; }
  function bare(text) { return text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").trim(); }
  function tell(holder) {
    holder.dispatchEvent(new Event("input", { bubbles: true }));
    holder.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function rank(asked, each) {
    const code = bare(each.code), name = bare(each.name);
    if (code === asked) return 0;
    if (name === asked) return 1;
    if (code.startsWith(asked)) return 2;
    if (name.startsWith(asked)) return 3;
    if ((" " + name).includes(" " + asked)) return 4;
    return (code + " " + name).includes(asked) ? 5 : 9;
  }

  function ofSelect(select) {
    const all = Array.from(select.options).filter(function (option) { return option.value; }).map(function (option) {
      return { code: option.value, name: option.text.replace(/\s*\([A-Z0-9]{1,6}\)$/, "") };
    });
    return function (words) {
      const asked = bare(words);
      if (!asked) return Promise.resolve(all);
      const ranked = all.map(function (each) { return [rank(asked, each), each]; }).filter(function (pair) { return pair[0] < 9; });
      ranked.sort(function (a, b) { return a[0] - b[0]; });
      return Promise.resolve(ranked.slice(0, MOST).map(function (pair) { return pair[1]; }));
    };
  }

  function ofAddress(address) {
    const known = new Map();
    return async function (words) {
      const asked = words.trim();
      if (known.has(asked)) return known.get(asked);
      try {
        const answer = await fetch(address + "?q=" + encodeURIComponent(asked), { redirect: "manual", headers: { Accept: "application/json" } });
        const found = answer.ok ? (await answer.json()).codes : [];
        if (answer.ok) known.set(asked, found);
        return found;
      } catch { return []; }
    };
  }

  function build(holder) {
    if (holder.disabled || holder.readOnly) return; // shown, not asked
    const isSelect = holder.tagName === "SELECT";
    const input = isSelect ? document.createElement("input") : holder;
    const list = document.createElement("ul"), id = (holder.id || "combo-" + count++);
    const search = isSelect ? ofSelect(holder) : ofAddress(holder.dataset.combo);
    const box = document.createElement("span");
    let shown = [], active = -1, asked = 0, waiting = 0;
    let stale = false; // something was typed since the list was made: no key takes what stands in it any more

    box.className = "combo";
    (isSelect ? holder : input).before(box);
    if (isSelect) {
      input.type = "text";
      input.className = holder.className;
      input.id = id + "-typed";
      const named = holder.labels && holder.labels[0];
      if (named) named.htmlFor = input.id;
      else input.setAttribute("aria-label", holder.getAttribute("aria-label") || "");
      ["aria-describedby", "aria-invalid"].forEach(function (name) {
        if (holder.hasAttribute(name)) input.setAttribute(name, holder.getAttribute(name));
      });
      holder.classList.add("combo-holder");
      holder.tabIndex = -1;
      holder.setAttribute("aria-hidden", "true");
      holder.comboInput = input;
      box.append(input, list, holder);
    } else {
      input.removeAttribute("list");
      box.append(input, list);
    }
    input.autocomplete = "off";
    input.spellcheck = false;
    list.id = id + "-list";
    list.className = "combo-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", (input.labels && input.labels[0] ? input.labels[0].innerText : input.getAttribute("aria-label")) || "");
    list.hidden = true;
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id }).forEach(function (pair) {
      input.setAttribute(pair[0], pair[1]);
    });

    function close() {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function point(to) {
      const options = list.children;
      if (options[active]) options[active].setAttribute("aria-selected", "false");
      active = (to + options.length) % options.length;
      options[active].setAttribute("aria-selected", "true");
      options[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[active].id);
    }
    function show(found) {
      shown = found;
      stale = false;
      list.replaceChildren(...found.map(function (each, number) {
        const option = document.createElement("li");
        option.id = list.id + "-" + number;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = label(each.code, each.name);
        return option;
      }));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
    }
    async function look(words) {
      const mine = ++asked, found = await search(words);
      if (mine !== asked || document.activeElement !== input) return;
      show(found);
      if (found.length && bare(words)) point(0);
    }
    function name(each) {
      let note = box.parentElement.querySelector("[data-combo-name]");
      if (!note) {
        note = document.createElement("p");
        note.className = "filing-hint";
        note.dataset.comboName = "";
        box.after(note);
      }
      note.textContent = each && each.name !== each.code ? each.name : "";
    }
    function choose(each) {
      close();
      stale = false;
      if (isSelect) {
        input.value = each ? label(each.code, each.name) : "";
        input.setCustomValidity("");
        if (holder.value === (each ? each.code : "")) return;
        holder.value = each ? each.code : "";
        tell(holder);
      } else {
        name(each);
        if (input.value === each.code) return;
        input.value = each.code;
        tell(input);
      }
    }
    function restore() {
      stale = false;
      if (!isSelect) return;
      const option = holder.value && holder.selectedOptions[0];
      input.value = option ? label(option.value, option.text.replace(/\s*\([A-Z0-9]{1,6}\)$/, "")) : "";
    }
    // Left without a choice: what names exactly one code is that code; anything else is cleared in a select, kept in a field.
    async function leave() {
      close();
      stale = false;
      asked++;
      clearTimeout(waiting);
      const words = input.value;
      const exact = function (each) { return [each.code, each.name, label(each.code, each.name)].some(function (text) { return bare(text) === bare(words); }); };
      if (!isSelect && !holder.hasAttribute("data-combo-strict")) return;
      if (!bare(words)) { if (isSelect) choose(null); else name(null); return; }
      if (isSelect && holder.value) {
        const chosen = holder.selectedOptions[0];
        if (bare(words) === bare(label(holder.value, chosen.text.replace(/\s*\([A-Z0-9]{1,6}\)$/, "")))) return;
      }
      const found = await search(words), hits = found.filter(exact);
      if (document.activeElement === input || input.value !== words) return;
      const hit = hits[0] || (found.length === 1 ? found[0] : null);
      if (hit) choose(hit);
      else if (isSelect) choose(null);
    }

    input.addEventListener("input", function (event) {
      if (event.isTrusted === false && !isSelect) return;
      if (isSelect) event.stopPropagation();
      else name(null);
      stale = true;
      asked++;
      clearTimeout(waiting);
      waiting = setTimeout(look, isSelect ? 0 : 150, input.value);
    });
    if (isSelect) input.addEventListener("change", function (event) { event.stopPropagation(); });
    input.addEventListener("keydown", function (event) {
      const open = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (open) point(active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1));
        else look(isSelect && holder.value ? "" : input.value);
      } else if (event.key === "Enter" && (open || stale)) {
        event.preventDefault();
        if (stale) {
          clearTimeout(waiting);
          look(input.value);
        } else if (active >= 0) choose(shown[active]);
        else close();
      } else if (event.key === "Escape" && (open || isSelect)) {
        if (open) event.preventDefault();
        clearTimeout(waiting);
        asked++;
        close();
        restore();
      } else if (event.key === "Tab" && open && active >= 0 && !stale) {
        choose(shown[active]);
      }
    });
    input.addEventListener("focus", function () { input.select(); });
    input.addEventListener("blur", leave);
    list.addEventListener("mousedown", function (event) {
      const option = event.target.closest("[role=option]");
      event.preventDefault();
      if (option) choose(shown[Array.from(list.children).indexOf(option)]);
    });
    if (isSelect) {
      restore();
      holder.addEventListener("focus", function () { input.focus(); });
      holder.addEventListener("change", restore);
    } else if (input.value) {
      search(input.value).then(function (found) { if (found[0] && found[0].code === input.value.toUpperCase()) name(found[0]); });
    }
  }

  function upgrade(root) {
    root.querySelectorAll("[data-combo]").forEach(function (holder) {
      if (holder.comboBuilt) return;
      holder.comboBuilt = true;
      build(holder);
    });
  }
  window.udgamCombo = upgrade;
  upgrade(document);
})();
