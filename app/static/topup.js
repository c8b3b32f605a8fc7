// Whoever comes back from the gateway need not reload: the page is asked for unseen, and shown anew once something is known.
(() => {
  const EVERY = 3000;
  let left = 20;
  const waits = (page) => page.querySelector("[data-waits]") !== null;
  if (!waits(document)) return;
  const look = async () => {
    left -= 1;
    try {
      const answer = await fetch(location.pathname, { redirect: "error" });
      if (answer.ok && !waits(new DOMParser().parseFromString(await answer.text(), "text/html"))) {
        location.replace(location.pathname);
        return;
      }
    } catch { /* the next look tries again */ }
    if (left) setTimeout(look, EVERY);
  };
  setTimeout(look, EVERY);
})();
