// One phone: its chat, its keyboard, its menu. Everything shown comes from the stand-in platform by polling;
// nothing is put on a phone before the platform has it.
import { element, guarded, post } from "./page.js";

const STAMP_GAP_MS = 5 * 60 * 1000;
const narrow = window.matchMedia("(max-width: 819px)");
const stampFormat = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

export class Phone {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.select = this.find(".who-select");
    this.chat = this.find(".chat");
    this.entries = this.find(".entries");
    this.input = this.find(".input");
    this.tab = document.getElementById(`tab-${root.dataset.side}`);
    this.generation = 0;
    this.menuShape = "";
    this.listen();
    this.forget();
  }

  get openid() { return this.select.value; }
  get person() { return this.select.selectedOptions[0]; }
  get isVisible() { return !narrow.matches || this.root.classList.contains("is-chosen"); }

  listen() {
    this.select.addEventListener("change", () => { this.forget(); this.poll(); });
    this.find(".composer").addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
    });
    this.input.addEventListener("input", () => this.reflectInput());
    this.find(".plus").addEventListener("click", () => this.togglePanel());
    this.find(".picture").addEventListener("change", guarded(async (event) => {
      const [file] = event.target.files;
      event.target.value = "";
      this.togglePanel(false);
      if (file) { await post(`/playground/api/image?openid=${encodeURIComponent(this.openid)}`, file); await this.poll(); }
    }));
    this.root.querySelectorAll("[data-do]").forEach((button) => {
      button.addEventListener("click", () => { this.togglePanel(false); this.act(button.dataset.do); });
    });
    this.find(".follow").addEventListener("click", () => this.act("follow"));
    this.find(".unfollow").addEventListener("click", () => { this.closeAll(); this.act("unfollow"); });
    this.root.addEventListener("keydown", (event) => { if (event.key === "Escape") this.closeAll(); });
    document.addEventListener("click", (event) => {
      if (!this.find(".menu").contains(event.target)) this.closeMenus();
      if (!this.find(".more").contains(event.target)) this.find(".more").open = false;
    });
  }

  forget() {
    this.after = 0;
    this.lastStamp = 0;
    this.entries.replaceChildren();
    this.root.dataset.person = this.person.dataset.side;
    const chips = this.person.dataset.suggestions.split("\n").filter(Boolean).map((text) => {
      const chip = element("button", "chip", text);
      chip.type = "button";
      chip.addEventListener("click", () => this.act("text", text));
      chip.addEventListener("focus", () => chip.scrollIntoView({ block: "nearest", inline: "nearest" }));
      return chip;
    });
    this.find(".suggestions").replaceChildren(...chips);
  }

  async poll() {
    const openid = this.openid;
    const query = new URLSearchParams({ openid, after: this.after, generation: this.generation });
    const response = await fetch(`/playground/api/phone?${query}`);
    if (!response.ok) throw new Error("连不上演示服务，请确认它还在运行");
    const view = await response.json();
    if (openid === this.openid) this.show(view);
    return view;
  }

  show(view) {
    if (this.generation && view.generation !== this.generation) this.forget();
    this.generation = view.generation;
    const isAtEnd = this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < 80;
    const fresh = view.entries.filter((entry) => entry.number > this.after);
    fresh.forEach((entry) => this.append(entry));
    this.find(".typing").hidden = !view.awaiting;
    this.find(".nav-title").classList.toggle("is-typing", view.awaiting);
    this.find(".status-time").textContent = view.clock.time;
    this.reflectFollowing(view.following);
    this.showMenu(view.following ? view.menu : []);
    if (isAtEnd || fresh.some((entry) => entry.kind === "sent")) this.chat.scrollTop = this.chat.scrollHeight;
    if (fresh.some((entry) => entry.kind !== "sent") && !this.isVisible) this.tab.querySelector(".dot").hidden = false;
  }

  append(entry) {
    this.after = entry.number;
    if (entry.at - this.lastStamp > STAMP_GAP_MS) {
      this.entries.append(element("p", "stamp", stampFormat.format(entry.at)));
      this.lastStamp = entry.at;
    }
    this.entries.append(this.drawn(entry));
  }

  drawn(entry) {
    if (entry.kind === "system") return element("p", "apology", entry.parts.map((part) => part.text).join(""));
    if (entry.card) return this.card(entry.card);
    const isMine = entry.kind === "sent";
    if (entry.menu) return element("p", "stamp", `点了菜单「${entry.parts[0].text}」`);
    const row = element("div", `line ${isMine ? "is-mine" : "is-theirs"}`);
    const avatar = element("span", `avatar ${isMine ? "is-person" : "is-account"}`, isMine ? this.person.dataset.name.slice(0, 1) : "企");
    avatar.setAttribute("role", "img");
    avatar.setAttribute("aria-label", isMine ? this.person.dataset.name : this.find(".nav-title").textContent);
    row.append(avatar, entry.image && isMine ? this.image(entry) : this.bubble(entry));
    return row;
  }

  image(entry) {
    const image = element("img", "photo");
    image.src = entry.image;
    image.alt = "发出的图片";
    image.addEventListener("load", () => { this.chat.scrollTop = this.chat.scrollHeight; });
    return image;
  }

  bubble(entry) {
    const bubble = element("div", "bubble");
    entry.parts.forEach((part) => {
      if (part.kind === "option") bubble.append(this.option(part));
      else if (part.kind === "link") bubble.append(this.link(part.text, part.url));
      else bubble.append(part.text);
    });
    return bubble;
  }

  option(part) {
    const button = element("button", "option", part.text);
    button.type = "button";
    button.addEventListener("click", () => this.act("text", part.say, part.id));
    return button;
  }

  link(text, url) {
    const link = element("a", "link", text);
    link.href = url;
    link.target = "_blank";
    link.rel = "noopener";
    const holdPhone = () => {
      document.cookie = `${document.body.dataset.cookie}=${encodeURIComponent(this.openid)}; path=/; SameSite=Lax`;
    };
    link.addEventListener("click", holdPhone);
    link.addEventListener("auxclick", holdPhone);
    return link;
  }

  card(card) {
    const box = element("article", "card");
    if (card.picture) {
      const picture = element("img", "card-picture");
      picture.src = card.picture;
      picture.alt = "";
      box.append(picture);
    }
    box.append(element("h3", "card-title", card.title));
    if (card.text) box.append(element("p", "card-text", card.text));
    const rows = element("dl", "card-rows");
    card.rows.forEach(([label, value]) => rows.append(element("dt", "", label), element("dd", "", value)));
    box.append(rows);
    if (card.url) {
      const link = this.link("详情", card.url);
      link.className = "card-link";
      box.append(link);
    }
    return box;
  }

  showMenu(buttons) {
    const shape = JSON.stringify(buttons);
    if (shape === this.menuShape) return;
    this.menuShape = shape;
    const menu = this.find(".menu");
    menu.hidden = buttons.length === 0;
    menu.replaceChildren(...buttons.map((button) => this.menuItem(button)));
  }

  menuItem(button) {
    const item = element("div", "menu-item");
    const top = element("button", "menu-top", button.name);
    top.type = "button";
    item.append(top);
    if (button.buttons.length === 0) {
      top.addEventListener("click", () => this.press(button));
      return item;
    }
    top.classList.add("has-more");
    top.setAttribute("aria-expanded", "false");
    const sub = element("div", "submenu");
    sub.hidden = true;
    button.buttons.forEach((inner) => {
      const choice = element("button", "submenu-item", inner.name);
      choice.type = "button";
      choice.addEventListener("click", () => { this.closeMenus(); top.focus(); this.press(inner); });
      sub.append(choice);
    });
    top.addEventListener("click", () => {
      const isOpen = sub.hidden;
      this.closeMenus();
      sub.hidden = !isOpen;
      top.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) sub.firstElementChild.focus({ preventScroll: true });
    });
    item.append(sub);
    return item;
  }

  press(button) {
    if (button.type === "view" && button.url) {
      window.open(button.url, "_blank", "noopener");
      this.act("view", button.name, button.url);
      return;
    }
    this.act("menu", button.name, button.key);
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.reflectInput();
    this.act("text", text);
  }

  act(what, text = "", value = "") {
    return guarded(async () => {
      await post("/playground/api/act", { openid: this.openid, do: what, text, value });
      await this.poll();
    })();
  }

  reflectInput() {
    const isEmpty = !this.input.value.trim();
    this.find(".send").hidden = isEmpty;
    this.find(".plus").hidden = !isEmpty;
  }

  reflectFollowing(isFollowing) {
    this.find(".composer").hidden = !isFollowing;
    this.find(".suggestions").hidden = !isFollowing;
    this.find(".more").hidden = !isFollowing;
    const active = document.activeElement;
    const isLosing = this.root.contains(active) && active.closest(isFollowing ? ".stranger" : ".more, .composer");
    this.find(".stranger").hidden = isFollowing;
    if (!isFollowing) this.togglePanel(false);
    if (isLosing) (isFollowing ? this.chat : this.find(".follow")).focus();
  }

  togglePanel(isOpen = this.find(".panel").hidden) {
    const isInside = this.find(".panel").contains(document.activeElement);
    this.find(".panel").hidden = !isOpen;
    this.find(".plus").setAttribute("aria-expanded", String(isOpen));
    if (isInside && !isOpen) this.find(".plus").focus();
  }

  closeMenus() {
    this.root.querySelectorAll(".submenu").forEach((sub) => { sub.hidden = true; });
    this.root.querySelectorAll(".menu-top.has-more").forEach((top) => top.setAttribute("aria-expanded", "false"));
  }

  closeAll() {
    const opener = document.activeElement.closest(".submenu")?.previousElementSibling
      || document.activeElement.closest(".more")?.querySelector("summary");
    this.closeMenus();
    this.togglePanel(false);
    this.find(".more").open = false;
    opener?.focus();
  }
}
