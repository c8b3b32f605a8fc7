// The figures of a running sitting, kept up to date in place; when it ends or stands still, the page is read anew once.
(() => {
  const box = document.getElementById("sitting");
  if (!box || !box.dataset.state) return;
  const bar = box.querySelector("progress");
  const write = (name, number) => {
    const place = box.querySelector(`[data-figure="${name}"]`);
    const words = number.toLocaleString("en-US");
    if (place && place.textContent !== words) place.textContent = words;
  };
  const look = async () => {
    let pause = 1000;
    try {
      const answer = await fetch(box.dataset.state, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const told = await answer.json();
      const gone = told.done + told.refused + told.failed;
      write("gone", gone);
      for (const name of ["done", "refused", "failed", "waiting", "skipped"]) write(name, told[name]);
      bar.value = gone;
      if (told.status !== "RUNNING") return location.reload();
    } catch {
      pause = 5000; // the server is away for a moment; the sitting itself does not need this page
    }
    return setTimeout(look, pause);
  };
  setTimeout(look, 1000);
})();
