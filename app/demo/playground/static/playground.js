// Two phones in front of one account, and the strip above them: clock, reset, news of the others.
import { guarded, post, say } from "./page.js";
import { Phone } from "./phone.js";

const POLL_MS = 600;

const phones = [...document.querySelectorAll(".seat")].map((root) => new Phone(root));

// A dot beside every name whose phone has something that was not looked at.
const seen = new Map();
const markNews = (latest) => {
  phones.forEach((phone) => { if (phone.isVisible) seen.set(phone.openid, latest[phone.openid] || 0); });
  document.querySelectorAll(".who-select option").forEach((option) => {
    option.dataset.label ||= option.textContent;
    if (!seen.has(option.value)) seen.set(option.value, latest[option.value] || 0);
    const label = ((latest[option.value] || 0) > seen.get(option.value) ? "● " : "") + option.dataset.label;
    if (option.textContent !== label) option.textContent = label;
  });
};

const pollAll = async () => {
  const views = await Promise.all(phones.map((phone) => phone.poll()));
  const clock = document.getElementById("clock");
  if (clock.textContent !== views[0].clock.text) clock.textContent = views[0].clock.text;
  markNews(views[0].latest);
};

const choose = (chosen) => {
  phones.forEach((phone) => {
    const isChosen = phone === chosen;
    phone.root.classList.toggle("is-chosen", isChosen);
    phone.tab.setAttribute("aria-selected", String(isChosen));
    if (isChosen) {
      phone.tab.querySelector(".dot").hidden = true;
      phone.chat.scrollTop = phone.chat.scrollHeight;
    }
  });
};
phones.forEach((phone, index) => {
  phone.tab.addEventListener("click", () => choose(phone));
  phone.tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = phones[(index + 1) % phones.length];
    choose(other);
    other.tab.focus();
  });
});

const strip = (id, path, body, done) => {
  const button = document.getElementById(id);
  button.addEventListener("click", guarded(async () => {
    button.disabled = true;
    try {
      const clock = await post(path, body);
      await pollAll();
      say(done(clock));
    } finally {
      button.disabled = false;
      if (document.activeElement === document.body) button.focus(); // a disabled button loses the focus
    }
  }));
};
strip("advance", "/playground/api/advance", { days: 1 }, (clock) => `现在是 ${clock.text}`);
strip("reset", "/playground/api/reset", {}, () => "演示已重新开始");

let isLost = false;
const loop = async () => {
  try {
    if (!document.hidden) await pollAll();
    if (isLost) say("");
    isLost = false;
  } catch {
    if (!isLost) say("连不上演示服务，请确认它还在运行");
    isLost = true;
  }
  setTimeout(loop, isLost ? POLL_MS * 5 : POLL_MS);
};
loop();
