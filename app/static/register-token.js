// Registers the certificate on a token: the agent lists what can sign, one is chosen, and the token signs a text as proof.
import { Desk, Trouble } from "./agent.js";

const root = document.getElementById("register-token");
const desk = new Desk(root);
const look = document.getElementById("look");
const said = document.getElementById("said");
const list = document.getElementById("found");

function say(text) {
  said.textContent = text;
  said.hidden = !text;
}

async function follow(sealed) {
  const answers = [];
  await desk.order(sealed, (fresh, told) => {
    answers.push(...fresh);
    if (told.state === "pin") say(desk.word("pin"));
  });
  return answers;
}

async function register(certificate) {
  const { challenge, sealed } = await desk.server("begin", { certificate });
  say(desk.word("proving"));
  const [{ signature }] = await follow(sealed);
  const done = await desk.server("prove", { challenge, signature });
  say(done.sentence);
  location.assign(done.next);
}

// The names in a certificate, good enough to choose by; what counts is looked at by the server.
function namesIn(certificate) {
  const der = Uint8Array.from(atob(certificate), (letter) => letter.charCodeAt(0));
  const names = [];
  for (let at = 0; at < der.length - 5; at += 1) {
    // the object identifier 2.5.4.3, then a text
    if (der[at] === 0x55 && der[at + 1] === 4 && der[at + 2] === 3) {
      names.push(new TextDecoder().decode(der.slice(at + 5, at + 5 + der[at + 4])));
    }
  }
  return names.reverse();
}

async function attempt(work) {
  look.disabled = true;
  desk.complain("");
  try {
    if (!(await desk.look())) throw new Trouble(document.getElementById("agent-words").textContent);
    await work();
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    say("");
    desk.complain(trouble.message);
  } finally {
    look.disabled = false;
    desk.look();
  }
}

function offer({ certificate }) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const name = document.createElement("b");
  const [whose, by] = namesIn(certificate);
  name.textContent = whose;
  item.className = "card";
  item.append(name, document.createElement("br"), desk.word("by", { who: by }), document.createElement("br"));
  button.type = "button";
  button.className = "btn btn-primary";
  button.textContent = desk.word("choose");
  button.addEventListener("click", () => attempt(() => register(certificate)));
  item.append(button);
  return item;
}

look.hidden = false;
look.addEventListener("click", () => attempt(async () => {
  const { sealed } = await desk.server("list", {});
  const found = await follow(sealed);
  list.replaceChildren(...found.map(offer));
  look.classList.toggle("btn-primary", !found.length);
  say(found.length ? "" : desk.word("none"));
}));
desk.begin();
