// One sitting: send what is chosen for preparing, have the agent sign what is ready, hand the signatures over as they come.
import { Desk, Trouble, sleep } from "./agent.js";

const form = document.getElementById("to-sign");
const desk = new Desk(form);
const go = document.getElementById("go");
const labels = Object.fromEntries(form.dataset.labels.split("|").map((pair) => pair.split("=")));
const rows = new Map([...form.querySelectorAll("tr[data-application]")].map((row) => [Number(row.dataset.application), row]));
const PREPARE = new Set(["APPROVED", "SIGN_FAILED"]);

function mark(row, state) {
  if (row.dataset.state === state) return;
  row.dataset.state = state;
  const badge = row.querySelector(".state");
  badge.textContent = labels[state] || state;
  badge.className = "state state-" + state.toLowerCase();
}

// What the server says of the chosen ones; a row it does not list any more is issued.
async function states(chosen) {
  const told = new Map((await desk.patiently("state")).rows.map((row) => [row.application, row]));
  for (const [pk, row] of rows) mark(row, told.has(pk) ? told.get(pk).state : "ISSUED");
  return chosen.map((pk) => told.get(pk) || { application: pk, state: "ISSUED", order: null });
}

function progress(found, word) {
  const signed = found.filter((row) => row.state === "ANSWERED" || row.state === "ISSUED").length;
  const box = document.getElementById("progress");
  box.hidden = false;
  box.querySelector("p").textContent = desk.word(word, { signed, all: found.length, left: found.length - signed });
  box.querySelector("progress").max = found.length;
  box.querySelector("progress").value = signed;
}

async function sign(ready, chosen) {
  const { sealed } = await desk.server("sealed", { ids: ready.map((row) => row.order) });
  if (!sealed) return;
  await desk.order(sealed, async (answers, said) => {
    if (said.state === "pin") document.getElementById("progress-words").textContent = desk.word("pin");
    if (!answers.length) return;
    const { answers: told } = await desk.patiently("answers", { answers });
    desk.complain("");
    const refused = told.find((each) => each.error);
    if (refused) desk.complain(refused.error);
    progress(await states(chosen), "progress");
  });
}

async function sitting(chosen) {
  let found = await states(chosen);
  const unprepared = found.filter((row) => PREPARE.has(row.state)).map((row) => row.application);
  const reasons = new Set();
  progress(found, "preparing");
  while (unprepared.length) {
    // a few at a time, so that the worker begins with the first while the last are sent
    const { refused } = await desk.patiently("send", { ids: unprepared.splice(0, 10) });
    refused.forEach((each) => reasons.add(each.sentence));
    found = await states(chosen);
  }
  desk.complain([...reasons].join(" "));
  for (;;) {
    const ready = found.filter((row) => row.state === "WAITING");
    const coming = found.some((row) => row.state === "PREPARING");
    if (ready.length) await sign(ready, chosen);
    else if (coming) await sleep(700);
    else break;
    found = await states(chosen);
    progress(found, "progress");
  }
  for (let tries = 0; tries < 600 && found.some((row) => row.state === "ANSWERED"); tries += 1) {
    await sleep(1000);
    found = await states(chosen);
    progress(found, "progress");
  }
  return found;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = [...form.querySelectorAll("input[name=application]:checked")].map((box) => Number(box.value));
  if (!chosen.length || go.disabled) return;
  go.disabled = true;
  desk.complain("");
  try {
    if (!(await desk.look())) throw new Trouble(document.getElementById("agent-words").textContent);
    const found = await sitting(chosen);
    progress(found, found.every((row) => row.state === "ISSUED") ? "issued" : "left");
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    desk.complain(trouble.message);
    progress(await states(chosen).catch(() => []), "left");
  } finally {
    go.disabled = false;
    desk.look();
  }
});

go.textContent = desk.word("button");
desk.begin();
