// Whoever writes a long question is at work: the page is asked for again, unseen, so that nobody may take the application over.
(() => {
  const EVERY = 5 * 60 * 1000;
  let last = Date.now();
  const works = () => {
    if (Date.now() - last < EVERY) return;
    last = Date.now();
    fetch(location.href, { method: "HEAD" }).catch(() => { /* the next sign of work tries again */ });
  };
  for (const sign of ["keydown", "pointerdown"]) document.addEventListener(sign, works, { passive: true });
})();
