// Talks to the desk agent on this computer and to the server; no PIN passes through here, and none is asked for.
export class Trouble extends Error {}
class Offline extends Trouble {}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const $ = (id) => document.getElementById(id);

export class Desk {
  constructor(root) {
    this.root = root;
    this.csrf = root.dataset.csrf || root.elements.csrf_token.value;
  }

  // A text of the page, its {blanks} filled in.
  word(name, blanks = {}) {
    const text = this.root.dataset["word" + name[0].toUpperCase() + name.slice(1)] || "";
    return text.replace(/{(\w+)}/g, (_all, blank) => blanks[blank]);
  }

  async agent(path, body) {
    const asked = { cache: "no-store", credentials: "omit", method: body ? "POST" : "GET" };
    if (body) Object.assign(asked, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    let answer;
    try {
      answer = await fetch(this.root.dataset.agent + path, asked);
    } catch (_away) {
      throw new Trouble(this.word("awayWhy"));
    }
    return { status: answer.status, said: await answer.json() };
  }

  // The same, asked again for a while when the server is away: a signature that was made shall not be made twice.
  async patiently(name, body) {
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.server(name, body);
      } catch (trouble) {
        if (!(trouble instanceof Offline) || tries === 40) throw trouble;
        this.complain(trouble.message);
        await sleep(1500);
      }
    }
  }

  async server(name, body) {
    let answer, said;
    const asked = { headers: { Accept: "application/json", "X-CSRFToken": this.csrf }, cache: "no-store" };
    if (body) Object.assign(asked, { method: "POST", body: JSON.stringify(body) });
    if (body) asked.headers["Content-Type"] = "application/json";
    try {
      answer = await fetch(this.root.dataset[name], asked);
      said = await answer.json();
    } catch (_away) {
      throw new Offline(this.word("offline"));
    }
    if (answer.ok) return said;
    throw new Trouble((said.errors || []).map((fault) => fault.message).join(" ") || said.detail || said.title);
  }

  // Give the agent an order and follow it; `heard` gets the new answers and how far it is.
  async order(sealed, heard) {
    let { status, said } = await this.agent("/orders", sealed);
    if (status !== 202) throw new Trouble(said.sentence);
    for (let since = 0, id = said.id; ; await sleep(300)) {
      ({ status, said } = await this.agent(`/orders/${id}?since=${since}`));
      const fresh = said.answers || [];
      since += fresh.length;
      await heard(fresh, said);
      if (status !== 200) throw new Trouble(said.sentence);
      if (said.state === "done") return;
    }
  }

  // Whether the agent is there, and with whom it is paired.
  async look() {
    const show = (name, why, tone, blanks) => {
      $("agent-state").textContent = this.word(name);
      $("agent-state").className = "state " + tone;
      $("agent-words").textContent = this.word(why, blanks);
    };
    $("agent-again").hidden = false;
    $("agent-end").hidden = true;
    if (location.origin !== this.root.dataset.origin) {
      show("other", "elsewhere", "state-rejected", { origin: this.root.dataset.origin });
      return false;
    }
    try {
      const { status, said } = await this.agent("/state");
      if (status !== 200 || said.fingerprint !== this.root.dataset.fingerprint) {
        show("other", "otherWhy", "state-rejected");
        return false;
      }
      const blanks = { used: said.used, most: said.most, minutes: Math.floor(said.seconds_left / 60) };
      show("here", said.sitting ? "openWhy" : "hereWhy", "state-issued", blanks);
      $("agent-end").hidden = !said.sitting;
      return true;
    } catch (_trouble) {
      show("away", "awayWhy", "state-rejected");
      return false;
    }
  }

  // The buttons of the panel.
  begin() {
    $("agent-again").addEventListener("click", () => this.look());
    $("agent-end").addEventListener("click", async () => {
      await this.agent("/end", {}).catch(() => {});
      await sleep(1200);
      this.look();
    });
    return this.look();
  }

  complain(sentence) {
    $("trouble").textContent = sentence;
    $("trouble").hidden = !sentence;
  }
}
