// What waits for the token: the agent signs it, the signatures go to the server, and each application is sent or stays a draft.
import { Desk, Trouble } from "./agent.js";

const form = document.getElementById("with-token");
const desk = new Desk(form);
const go = document.getElementById("go");
const said = document.getElementById("said");
const rows = new Map([...form.querySelectorAll("tr[data-order]")].map((row) => [Number(row.dataset.order), row]));
const outcomes = new Map();

function say(text) {
  said.textContent = text;
  said.hidden = !text;
}

// One answer of the server: sent, or why not; what was refused now may still wait.
function mark(each) {
  const badge = rows.get(each.id).querySelector(".state");
  if (each.error) return each.error;
  outcomes.set(each.id, each.status);
  const done = each.status === "DONE";
  badge.textContent = desk.word(done ? "done" : "failed");
  badge.className = "state " + (done ? "state-issued" : "state-rejected");
  return done ? "" : `${rows.get(each.id).querySelector("a").textContent}: ${each.reason}`;
}

async function sign() {
  const { sealed } = await desk.server("sealed", { ids: [...rows.keys()].filter((id) => !outcomes.has(id)) });
  if (!sealed) throw new Trouble(desk.word("over"));
  const troubles = new Set();
  await desk.order(sealed, async (answers, told) => {
    if (told.state === "pin") say(desk.word("pin"));
    if (!answers.length) return;
    const heard = await desk.patiently("answers", { answers });
    heard.answers.map(mark).filter(Boolean).forEach((trouble) => troubles.add(trouble));
    desk.complain([...troubles].join(" "));
  });
}

function finish() {
  const sent = [...outcomes.values()].filter((status) => status === "DONE").length;
  say(sent ? desk.word(sent === rows.size ? "sent" : "left", { sent, all: rows.size }) : "");
  const over = outcomes.size === rows.size;
  go.hidden = document.getElementById("refuse").hidden = over;
  document.getElementById("lead").hidden = over;
  if (sent === rows.size && sent === 1) location.assign(rows.values().next().value.querySelector("a").href);
}

go.hidden = false;
go.addEventListener("click", async () => {
  go.disabled = true;
  desk.complain("");
  say(desk.word("asking"));
  try {
    if (!(await desk.look())) throw new Trouble(document.getElementById("agent-words").textContent);
    await sign();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    desk.complain(trouble.message);
  } finally {
    go.disabled = false;
    finish();
    desk.look();
  }
});
desk.begin();
