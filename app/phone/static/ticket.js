// Forms of a ticket page: what cannot be sent is said before it travels, a second tap sends nothing, and words that
// did not arrive (no network, signed out meanwhile) are there again; until then they are in this phone only.
(function () {
  "use strict";
  var MOST_FILES = 4, MOST_BYTES = 10 * 1024 * 1024, MAY_SEND_AGAIN_MS = 20000;
  var isStaff = location.pathname.indexOf("/o/") === 0;

  // What is kept of this page: the words of an act, and which act was sent last without an answer so far.
  function kept(name) {
    try { return sessionStorage.getItem(location.pathname + ":" + name) || ""; } catch (ignored) { return ""; }
  }
  function keep(name, value) {
    try {
      if (value) { sessionStorage.setItem(location.pathname + ":" + name, value); }
      else { sessionStorage.removeItem(location.pathname + ":" + name); }
    } catch (ignored) { /* private mode: not kept */ }
  }
  function actOf(form) { return form.getAttribute("data-act"); }

  function wrongWith(form) {
    var input = form.querySelector("input[type=file]");
    var files = input ? Array.prototype.slice.call(input.files) : [];
    var large = files.filter(function (file) { return file.size > MOST_BYTES; })[0];
    if (navigator.onLine === false) { return "现在没有网络。您写的话还在，连上网再点一次。"; }
    if (files.length > MOST_FILES) { return "一次最多 " + MOST_FILES + " 个文件，可以分几次发。"; }
    if (!large) { return ""; }
    return "「" + large.name + "」超过 10 MB。" + (isStaff ? "请压缩后再发。" : "大照片可以在对话里直接发，微信会压缩。");
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
    keep("sent", actOf(form));
    button.setAttribute("data-label", button.textContent);
    button.textContent = "正在发送…";
    setTimeout(function () { release(form); }, MAY_SEND_AGAIN_MS);
  }

  var done = (/[?&]done=([a-z_]+)/.exec(location.search) || [])[1];
  var unanswered = document.getElementById("fault") ? "" : kept("sent");
  var forms = Array.prototype.slice.call(document.querySelectorAll("form[data-act]"));
  if (done) {
    keep(done, "");
    unanswered = "";
    history.replaceState(null, "", location.pathname);
  }
  keep("sent", "");
  forms.forEach(function (form) {
    var words = form.querySelector("textarea");
    if (!words.value && kept(actOf(form))) {
      words.value = kept(actOf(form));
      form.parentNode.open = true;
    }
    if (unanswered === actOf(form)) {
      form.parentNode.open = true;
      say(form, "刚才可能没有发出去。下面的经过里没有，就再点一次。");
    }
    words.addEventListener("input", function () { keep(actOf(form), words.value); });
    form.addEventListener("submit", send);
  });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { forms.forEach(release); } });
}());
