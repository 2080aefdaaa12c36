// Forms of a ticket page: what cannot be sent is said before it travels, a second tap sends nothing, and words that
// did not arrive (no network, signed out meanwhile) are there again; until then they are in this phone only.
(function () {
  "use strict";
  var MOST_FILES = 4, MOST_BYTES = 10 * 1024 * 1024, MAY_SEND_AGAIN_MS = 20000;

  function key(form) { return "words:" + location.pathname + ":" + form.getAttribute("data-act"); }
  function kept(form) { try { return sessionStorage.getItem(key(form)) || ""; } catch (ignored) { return ""; } }
  function keep(form, words) {
    try { if (words) { sessionStorage.setItem(key(form), words); } else { sessionStorage.removeItem(key(form)); } }
    catch (ignored) { /* private mode: not kept */ }
  }

  function wrongWith(form) {
    var input = form.querySelector("input[type=file]");
    var files = input ? Array.prototype.slice.call(input.files) : [];
    var large = files.filter(function (file) { return file.size > MOST_BYTES; })[0];
    if (navigator.onLine === false) { return "现在没有网络。您写的话还在，连上网再点一次。"; }
    if (files.length > MOST_FILES) { return "一次最多 " + MOST_FILES + " 个文件，可以分几次发。"; }
    return large ? "「" + large.name + "」超过 10 MB。大照片可以在对话里直接发，微信会压缩。" : "";
  }

  function say(form, words) {
    var old = form.querySelector(".warn");
    if (old) { old.remove(); }
    if (!words) { return; }
    var line = document.createElement("p");
    line.className = "warn";
    line.setAttribute("role", "alert");
    line.textContent = words;
    form.insertBefore(line, form.lastElementChild);
  }

  function release(form) {
    var button = form.querySelector("button");
    form.removeAttribute("data-sent");
    button.textContent = button.getAttribute("data-label") || button.textContent;
  }

  function send(event) {
    var form = event.target, button = form.querySelector("button"), wrong = wrongWith(form);
    say(form, wrong);
    if (wrong || form.hasAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "");
    button.setAttribute("data-label", button.textContent);
    button.textContent = "正在发送…";
    setTimeout(function () { release(form); }, MAY_SEND_AGAIN_MS);
  }

  var done = /[?&]done=([a-z_]+)/.exec(location.search);
  var forms = Array.prototype.slice.call(document.querySelectorAll("form[data-act]"));
  forms.forEach(function (form) {
    var words = form.querySelector("textarea");
    if (!words.value && kept(form) && !(done && done[1] === form.getAttribute("data-act"))) {
      words.value = kept(form);
      form.parentNode.open = true;
    }
    words.addEventListener("input", function () { keep(form, words.value); });
    form.addEventListener("submit", send);
  });
  if (done) {
    try { sessionStorage.removeItem("words:" + location.pathname + ":" + done[1]); } catch (ignored) { /* not kept */ }
    history.replaceState(null, "", location.pathname);
  }
  window.addEventListener("pageshow", function (event) { if (event.persisted) { forms.forEach(release); } });
}());
